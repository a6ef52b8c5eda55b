/*
 * The kernel's TPM device behind a socket. Every call on the device waits for the TPM itself, poll
 * and non-blocking reads included, for minutes if it hangs: here a thread of its own does that.
 * Spec: Linux, drivers/char/tpm/tpm-dev-common.c.
 */
#pragma once

#include "base/err.h"

/*
 * Starts it. What was left unread on the device by an attest before us is thrown away first.
 *
 *   device   /dev/tpmrm0, opened without O_NONBLOCK; stays open, for as long as the process lives
 *
 * Returns a stream socket of the caller's, whose closing ends the thread when it is not waiting for
 * the TPM; or -FAIL_SYS. When the device fails, its errno is logged, and the socket closed.
 */
int pump_start(int device, struct err *e);
