/*
 * The guest's TPM 2.0, one for all threads. It answers one question at a time: whoever has several
 * that belong together holds it from begin to end.
 *
 * What it says is worth what it is worth: a TPM that the host emulates knows every secret that it
 * keeps, and extends and signs as the host likes.
 * Spec: TPM 2.0 parts 1 to 3; TSS 2.0 ESAPI; cpu-evidence reference, section 6.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <tss2/tss2_esys.h>

#include "attest/tpm/tcti.h"
#include "base/err.h"

#define TPM_SHA256_BYTES 32

struct tpm {
	int device; /* a loan                                              */
	int line;   /* a socket to it: a loan, or ours in front of a device */
	struct tcti tcti;
	ESYS_CONTEXT *esys; /* NULL: to be made, and the TPM to be tidied first */
	pthread_mutex_t lock;
};

/*
 * Asks nothing yet.
 *
 *   device   /dev/tpmrm0, or a stream socket to a TPM that was started; stays open
 *
 * To be called while the process has one thread: it tells libtss2 to keep its own log to itself.
 */
void tpm_init(struct tpm *t, int device);
void tpm_done(struct tpm *t);

/*
 * The TPM is this thread's until tpm_end(), and what it is asked has until `deadline_ms`. What an
 * attest before us, or a question that had to be given up, left in it is flushed first.
 *
 * -FAIL_AGAIN: others have it, or it still owes an answer. -FAIL_SYS: no device, tee-dead (tcti.h).
 * Else as tpm_check().
 */
int tpm_begin(struct tpm *t, uint64_t deadline_ms, struct err *e);
void tpm_end(struct tpm *t);

/*
 * What became of a call of libtss2's between begin and end: 0, or
 *
 * -FAIL_AGAIN   no answer in time; RETRY, YIELDED, TESTING, NV_RATE until the deadline
 * -FAIL_DENIED  the TPM's no, with its code and what to do
 * -FAIL_SYS     it is not started, has failed, or is gone; libtss2 refuses (its code)
 * -FAIL_INPUT, -FAIL_LIMIT   it does not speak like a TPM
 * -FAIL_FORGED  an answer whose HMAC does not hold
 *
 *   what   the call, for the text
 */
int tpm_check(struct tpm *t, TSS2_RC rc, const char *what, struct err *e);

/* Whether the answer was this code, whichever handle, parameter or session it is about. */
bool tpm_is_code(TSS2_RC rc, TSS2_RC code);

/* Whether there is an object at this handle, or an NV index. As tpm_check(). */
int tpm_has_handle(struct tpm *t, TPM2_HANDLE handle, bool *ret, struct err *e);
