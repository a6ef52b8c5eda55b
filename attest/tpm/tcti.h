/*
 * How libtss2 reaches the TPM: over a stream socket that is already there. A command is one send;
 * an answer is its header, whose length is bounded, and the rest.
 *
 * An answer that did not come in time is still owed. Nothing is asked before it has come and is
 * thrown away, so that it is never taken for an answer to the next question.
 * Spec: TCG TSS 2.0 TPM Command Transmission Interface 1.0; TPM 2.0 part 1, 18 (headers).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tss2/tss2_tcti.h>

#include "base/err.h"
#include "base/limits.h"

struct tcti {
	TSS2_TCTI_CONTEXT_COMMON_V1 common; /* first: libtss2 knows no more of it */
	int fd;				    /* a loan                             */
	uint64_t deadline_ms;		    /* of what is asked now               */
	bool is_owed;			    /* the last answer is yet to come     */
	struct err why;			    /* what the last failure here was     */
	struct err broken;		    /* kind 0: the stream is fit for use  */
	uint8_t command[LIMIT_TPM_BYTES];   /* for asking again                   */
	size_t command_len;
	uint8_t answer[LIMIT_TPM_BYTES];
	size_t answer_len; /* as far as it has come */
};

/*
 * Over `fd`, a stream socket behind which is a TPM that has been started; it must stay open. Set
 * `deadline_ms` before anything is asked. A TPM that says RETRY, YIELDED or TESTING is asked again
 * until then.
 *
 * What libtss2 gets told is TSS2_TCTI_RC_IO_ERROR for all that goes wrong here, and `why` says it:
 * -FAIL_AGAIN (no answer in time), -FAIL_INPUT (not an answer: from then on the stream is not used
 * any more, and it is -FAIL_SYS with a text that begins with TEE_DEAD), -FAIL_LIMIT (an answer over
 * LIMIT_TPM_BYTES: likewise), -FAIL_SYS (the other side is gone: likewise).
 */
void tcti_init(struct tcti *t, int fd);
