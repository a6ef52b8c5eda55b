#include "attest/tpm/counter.h"

#include <string.h>

#include "attest/tpm/session.h"
#include "base/digest.h"
#include "base/limits.h"

#define LABEL	      "sealinit/v1/anchor" /* with its NUL: between label and name */
#define COUNTER_BYTES 8
#define ATTRIBUTES                                                                         \
	(TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT | TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE | \
	 TPMA_NV_NO_DA)

struct counter {
	TPMI_RH_NV_INDEX number;
	ESYS_TR index;
	struct tpm_session session;
	bool is_raised; /* once at least */
};

static int number_of(const char *name, TPMI_RH_NV_INDEX *ret, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct digest d;
	int failed = buf_append(&text, span(LABEL, sizeof(LABEL)), LIMIT_PATH_BYTES, e);

	if (!failed)
		failed = buf_append(&text, span_text(name), LIMIT_PATH_BYTES, e);
	if (!failed)
		failed = digest_of(DIGEST_SHA256, buf_view(&text), &d, e);
	if (!failed)
		*ret = TPM_COUNTER_FIRST | (TPMI_RH_NV_INDEX)(d.at[0] << 8 | d.at[1]);
	return failed;
}

/* --- The index -------------------------------------------------------------------------------- */

static int define(struct tpm *t, struct counter *c, struct err *e)
{
	static const TPM2B_AUTH no_password = { 0 };
	const TPM2B_NV_PUBLIC public = {
		.nvPublic = { .nvIndex = c->number,
			      .nameAlg = TPM2_ALG_SHA256,
			      .attributes = ATTRIBUTES,
			      .dataSize = COUNTER_BYTES },
	};
	TSS2_RC rc = Esys_NV_DefineSpace(t->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
					 ESYS_TR_NONE, &no_password, &public, &c->index);

	return tpm_check(t, rc, "counter, as the owner", e);
}

static int check_public(const TPMS_NV_PUBLIC *p, struct counter *c, struct err *e)
{
	if ((p->attributes & ~(TPMA_NV)TPMA_NV_WRITTEN) != ATTRIBUTES ||
	    p->dataSize != COUNTER_BYTES || p->nameAlg != TPM2_ALG_SHA256 || p->authPolicy.size)
		return FAIL(e, FAIL_DENIED,
			    "TPM: NV index 0x%08x is no counter of ours (attributes %08x); another "
			    "volume name has another index",
			    c->number, p->attributes);
	c->is_raised = p->attributes & TPMA_NV_WRITTEN;
	return 0;
}

/* Asked within the session: its HMAC is over name and answer, so that nobody between us and the TPM
 * shows another kind of index as a counter. */
static int find(struct tpm *t, struct counter *c, struct err *e)
{
	TPM2B_NV_PUBLIC *public = NULL;
	TSS2_RC rc = Esys_TR_FromTPMPublic(t->esys, c->number, ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, &c->index);
	int failed;

	if (!rc)
		rc = Esys_NV_ReadPublic(t->esys, c->index, c->session.handle, ESYS_TR_NONE,
					ESYS_TR_NONE, &public, NULL);
	failed = tpm_check(t, rc, "counter", e);
	if (!failed)
		failed = check_public(&public->nvPublic, c, e);
	Esys_Free(public);
	return failed;
}

static void counter_close(struct tpm *t, struct counter *c)
{
	tpm_session_close(t, &c->session);
	if (c->index != ESYS_TR_NONE && t->esys)
		(void)Esys_TR_Close(t->esys, &c->index);
}

static int increment(struct tpm *t, struct counter *c, struct err *e)
{
	TSS2_RC rc = Esys_NV_Increment(t->esys, c->index, c->index, c->session.handle, ESYS_TR_NONE,
				       ESYS_TR_NONE);

	return tpm_check(t, rc, "raising a counter", e);
}

static int counter_open(struct tpm *t, const char *name, struct counter *ret, struct err *e)
{
	struct counter c = { .index = ESYS_TR_NONE, .session = { ESYS_TR_NONE, ESYS_TR_NONE } };
	bool is_there = false;
	int failed = number_of(name, &c.number, e);

	if (!failed)
		failed = tpm_has_handle(t, c.number, &is_there, e);
	if (!failed)
		failed = tpm_session_open(t, TPM2_SE_HMAC, TPMA_SESSION_ENCRYPT, &c.session, e);
	if (!failed)
		failed = is_there ? find(t, &c, e) : define(t, &c, e);
	if (!failed && !c.is_raised)
		failed = increment(t, &c, e);
	if (failed)
		counter_close(t, &c);
	else
		*ret = c;
	return failed;
}

/* --- Its value -------------------------------------------------------------------------------- */

static int read_value(struct tpm *t, const struct counter *c, uint64_t *ret, struct err *e)
{
	TPM2B_MAX_NV_BUFFER *data = NULL;
	TSS2_RC rc = Esys_NV_Read(t->esys, c->index, c->index, c->session.handle, ESYS_TR_NONE,
				  ESYS_TR_NONE, COUNTER_BYTES, 0, &data);
	int failed = tpm_check(t, rc, "reading a counter", e);
	uint64_t value = 0;

	if (!failed && data->size != COUNTER_BYTES)
		failed = FAIL(e, FAIL_INPUT, "TPM: a counter of %u bytes", data->size);
	for (size_t i = 0; !failed && i < COUNTER_BYTES; i++)
		value = value << 8 | data->buffer[i];
	Esys_Free(data);
	if (!failed)
		*ret = value;
	return failed;
}

/* The name of the session's key, which the answers' HMAC proves that the other side has: algorithm
 * and digest of its public area. */
static int read_id(struct tpm *t, const struct counter *c, uint8_t ret[static TPM_SHA256_BYTES],
		   struct err *e)
{
	TPM2B_NAME *name = NULL;
	TSS2_RC rc = Esys_TR_GetName(t->esys, c->session.primary, &name);
	int failed = tpm_check(t, rc, "name of the storage key", e);
	struct digest d;

	if (!failed)
		failed = digest_of(DIGEST_SHA256, span(name->name, name->size), &d, e);
	if (!failed)
		memcpy(ret, d.at, TPM_SHA256_BYTES);
	Esys_Free(name);
	return failed;
}

/* Without `ret_id` it is raised. */
static int ask(struct tpm *t, const char *name, uint64_t *ret, uint8_t *ret_id, struct err *e)
{
	struct counter c;
	int failed = counter_open(t, name, &c, e);

	if (failed)
		return failed;
	failed = ret_id ? read_id(t, &c, ret_id, e) : increment(t, &c, e);
	if (!failed)
		failed = read_value(t, &c, ret, e);
	counter_close(t, &c);
	return failed;
}

static int ask_locked(struct tpm *t, const char *name, uint64_t deadline_ms, uint64_t *ret,
		      uint8_t *ret_id, struct err *e)
{
	int failed = tpm_begin(t, deadline_ms, e);

	if (failed)
		return failed;
	failed = ask(t, name, ret, ret_id, e);
	tpm_end(t);
	return failed;
}

int tpm_counter_read(struct tpm *t, const char *name, uint64_t deadline_ms, uint64_t *ret,
		     uint8_t ret_id[static TPM_SHA256_BYTES], struct err *e)
{
	return ask_locked(t, name, deadline_ms, ret, ret_id, e);
}

int tpm_counter_raise(struct tpm *t, const char *name, uint64_t deadline_ms, uint64_t *ret,
		      struct err *e)
{
	return ask_locked(t, name, deadline_ms, ret, NULL, e);
}
