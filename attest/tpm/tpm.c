#include "attest/tpm/tpm.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "attest/tpm/pump.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/lock.h"
#include "base/mem.h"
#include "base/messages.h"

#define HANDLES_A_TURN	16
#define FIRST_OF(type)	((TPM2_HANDLE)(type) << TPM2_HR_SHIFT)
#define FORMAT_ONE	0x080u
#define FORMAT_ONE_BITS 0x0bfu /* without handle, parameter and session */
#define FORMAT_ZERO	0xfffu

/* --- What the TPM says ------------------------------------------------------------------------ */

static const struct answer {
	TSS2_RC code;
	enum err_kind kind;
	const char *name, *advice;
} answers[] = {
	{ TPM2_RC_RETRY, FAIL_AGAIN, "RETRY", "it is busy" },
	{ TPM2_RC_YIELDED, FAIL_AGAIN, "YIELDED", "it is busy" },
	{ TPM2_RC_TESTING, FAIL_AGAIN, "TESTING", "it tests itself" },
	{ TPM2_RC_NV_RATE, FAIL_AGAIN, "NV_RATE", "it spares its memory" },
	{ TPM2_RC_PCR_CHANGED, FAIL_AGAIN, "PCR_CHANGED", "a PCR was extended meanwhile" },
	{ TPM2_RC_INITIALIZE, FAIL_SYS, "INITIALIZE", "no firmware has started it" },
	{ TPM2_RC_FAILURE, FAIL_SYS, "FAILURE", "it has failed: start the machine again" },
	{ TPM2_RC_LOCKOUT, FAIL_DENIED, "LOCKOUT",
	  "too many wrong passwords: wait, or tpm2_dictionarylockout -c" },
	{ TPM2_RC_BAD_AUTH, FAIL_DENIED, "BAD_AUTH",
	  "the hierarchy has a password; it must be empty (tpm2_changeauth)" },
	{ TPM2_RC_AUTH_FAIL, FAIL_DENIED, "AUTH_FAIL", "it has a password; it must be empty" },
	{ TPM2_RC_HIERARCHY, FAIL_DENIED, "HIERARCHY", "the hierarchy is disabled" },
	{ TPM2_RC_NV_SPACE, FAIL_DENIED, "NV_SPACE",
	  "its memory is full: remove what nobody needs (tpm2_getcap handles-persistent)" },
	{ TPM2_RC_OBJECT_MEMORY, FAIL_DENIED, "OBJECT_MEMORY", "others fill it with objects" },
	{ TPM2_RC_SESSION_MEMORY, FAIL_DENIED, "SESSION_MEMORY", "others fill it with sessions" },
	{ TPM2_RC_SESSION_HANDLES, FAIL_DENIED, "SESSION_HANDLES", "others fill it with sessions" },
	{ TPM2_RC_POLICY_FAIL, FAIL_DENIED, "POLICY_FAIL", "the policy does not hold" },
};

/* The TPM itself speaks, or the kernel's resource manager in its language. */
static bool is_of_tpm(TSS2_RC rc)
{
	TSS2_RC layer = rc & TSS2_RC_LAYER_MASK;

	return layer == TSS2_TPM_RC_LAYER || layer == TSS2_RESMGR_TPM_RC_LAYER;
}

static TSS2_RC bare(TSS2_RC rc)
{
	return rc & FORMAT_ONE ? rc & FORMAT_ONE_BITS : rc & FORMAT_ZERO;
}

bool tpm_is_code(TSS2_RC rc, TSS2_RC code)
{
	return is_of_tpm(rc) && bare(rc) == code;
}

static int refused(TSS2_RC rc, const char *what, struct err *e)
{
	for (size_t i = 0; i < COUNT_OF(answers); i++)
		if (bare(rc) == answers[i].code)
			return FAIL(e, answers[i].kind, "TPM: %s: TPM_RC_%s (0x%03" PRIx32 "): %s",
				    what, answers[i].name, rc & FORMAT_ZERO, answers[i].advice);
	return FAIL(e, FAIL_DENIED, "TPM: %s: TPM_RC 0x%03" PRIx32 " (tpm2_rc_decode tells what)",
		    what, rc & FORMAT_ZERO);
}

static int unheard(const struct tpm *t, const char *what, struct err *e)
{
	*e = t->tcti.why;
	return strncmp(e->text, TEE_DEAD, sizeof(TEE_DEAD) - 1) != 0 ? err_add(e, "%s", what)
								     : -(int)e->kind;
}

static int unfit(TSS2_RC rc, const char *what, struct err *e)
{
	TSS2_RC layer = rc & TSS2_RC_LAYER_MASK;

	if (rc == TSS2_ESYS_RC_RSP_AUTH_FAILED)
		return FAIL(e, FAIL_FORGED, "TPM: %s: the answer's HMAC does not hold", what);
	if (layer == TSS2_SYS_RC_LAYER || layer == TSS2_MU_RC_LAYER ||
	    rc == TSS2_ESYS_RC_MALFORMED_RESPONSE)
		return FAIL(e, FAIL_INPUT, "TPM: %s: the answer is malformed (0x%08" PRIx32 ")",
			    what, rc);
	return FAIL(e, FAIL_SYS, "TPM: %s: libtss2 refuses: 0x%08" PRIx32, what, rc);
}

/* After anything but the TPM's own word libtss2's context is of no more use. */
int tpm_check(struct tpm *t, TSS2_RC rc, const char *what, struct err *e)
{
	if (!rc)
		return 0;
	if (is_of_tpm(rc))
		return refused(rc, what, e);
	if (t->esys)
		Esys_Finalize(&t->esys);
	return rc == TSS2_TCTI_RC_IO_ERROR ? unheard(t, what, e) : unfit(rc, what, e);
}

/* --- What is in it ---------------------------------------------------------------------------- */

static int list_handles(struct tpm *t, TPM2_HANDLE from, uint32_t most, TPML_HANDLE *ret,
			struct err *e)
{
	TPMS_CAPABILITY_DATA *data = NULL;
	TPMI_YES_NO more = 0;
	TSS2_RC rc = Esys_GetCapability(t->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					TPM2_CAP_HANDLES, from, most, &more, &data);

	if (!rc)
		*ret = data->data.handles;
	Esys_Free(data);
	return tpm_check(t, rc, "list of handles", e);
}

int tpm_has_handle(struct tpm *t, TPM2_HANDLE handle, bool *ret, struct err *e)
{
	TPML_HANDLE found;
	int failed = list_handles(t, handle, 1, &found, e);

	if (!failed)
		*ret = found.count && found.handle[0] == handle;
	return failed;
}

/* FlushContext wants an object of libtss2's own, which it makes of a handle. */
static int flush(struct tpm *t, TPM2_HANDLE handle, struct err *e)
{
	ESYS_TR object = ESYS_TR_NONE;
	TSS2_RC rc = Esys_TR_FromTPMPublic(t->esys, handle, ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, &object);

	if (!rc)
		rc = Esys_FlushContext(t->esys, object);
	return tpm_check(t, rc, "flush", e);
}

static int flush_all(struct tpm *t, TPM2_HANDLE from, struct err *e)
{
	TPML_HANDLE found = { .count = 0 };
	int failed = list_handles(t, from, HANDLES_A_TURN, &found, e);

	for (uint32_t i = 0; !failed && i < found.count; i++)
		failed = flush(t, found.handle[i], e);
	return failed;
}

/* The kernel keeps objects and sessions for whoever holds its device open, three of each, and that
 * is PID 1: those of an attest that was killed are still there. Sessions of others are not loaded
 * while we ask. */
static int tidy(struct tpm *t, struct err *e)
{
	int failed = flush_all(t, FIRST_OF(TPM2_HT_TRANSIENT), e);

	return failed ? failed : flush_all(t, FIRST_OF(TPM2_HT_LOADED_SESSION), e);
}

/* --- Life ------------------------------------------------------------------------------------- */

static int connect_line(struct tpm *t, struct err *e)
{
	struct stat st;

	if (fstat(t->device, &st) < 0)
		return FAIL_ERRNO(e, "TPM: fstat: %s", strerror(errno));
	t->line = S_ISSOCK(st.st_mode) ? t->device : pump_start(t->device, e);
	if (t->line < 0)
		return t->line;
	tcti_init(&t->tcti, t->line);
	return 0;
}

/* A context that is not tidied is not kept. */
static int make_ready(struct tpm *t, struct err *e)
{
	TSS2_RC rc = Esys_Initialize(&t->esys, (TSS2_TCTI_CONTEXT *)&t->tcti, NULL);
	int failed = tpm_check(t, rc, "start", e);

	if (!failed)
		failed = tidy(t, e);
	if (failed && t->esys)
		Esys_Finalize(&t->esys);
	return failed;
}

void tpm_init(struct tpm *t, int device)
{
	(void)setenv("TSS2_LOG", "all+NONE", 0);
	*t = (struct tpm){ .device = device, .line = -1, .lock = PTHREAD_MUTEX_INITIALIZER };
}

void tpm_done(struct tpm *t)
{
	if (t->esys)
		Esys_Finalize(&t->esys);
	if (t->line != t->device)
		fd_done(&t->line);
	t->line = -1;
}

int tpm_begin(struct tpm *t, uint64_t deadline_ms, struct err *e)
{
	int failed = 0;

	if (!lock_until(&t->lock, deadline_ms))
		return FAIL(e, FAIL_AGAIN, "the TPM is busy with another question");
	if (t->line < 0)
		failed = connect_line(t, e);
	t->tcti.deadline_ms = deadline_ms;
	if (!failed && !t->esys)
		failed = make_ready(t, e);
	if (failed)
		tpm_end(t);
	return failed;
}

void tpm_end(struct tpm *t)
{
	(void)pthread_mutex_unlock(&t->lock);
}
