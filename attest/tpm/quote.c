#include "attest/tpm/quote.h"

#include <string.h>
#include <tss2/tss2_mu.h>

#include "attest/tpm/ak.h"
#include "base/digest.h"
#include "base/limits.h"

#define ALL_PCRS ((1u << TPM_PCRS) - 1)
#define ASKED	 2 /* an answer to somebody else's question may be a race; twice it is not */
#define MOVED	 3 /* PCRs that were extended between reading and quoting                 */

void tpm_quote_done(struct tpm_quote *q)
{
	buf_done(&q->message);
	buf_done(&q->signature);
	buf_done(&q->ak);
}

/* --- Comparing what came with what was asked -------------------------------------------------- */

static bool is_selection(const TPML_PCR_SELECTION *got)
{
	TPML_PCR_SELECTION want = tpm_pcr_selection(ALL_PCRS);
	const TPMS_PCR_SELECTION *a = &got->pcrSelections[0], *b = &want.pcrSelections[0];

	return got->count == 1 && a->hash == b->hash && a->sizeofSelect == b->sizeofSelect &&
	       !memcmp(a->pcrSelect, b->pcrSelect, b->sizeofSelect);
}

static int parse(const TPM2B_ATTEST *attest, TPMS_ATTEST *ret, struct err *e)
{
	size_t at = 0;

	if (Tss2_MU_TPMS_ATTEST_Unmarshal(attest->attestationData, attest->size, &at, ret) ||
	    at != attest->size)
		return FAIL(e, FAIL_INPUT, "TPM: what it signed is no TPMS_ATTEST (%u bytes)",
			    attest->size);
	return 0;
}

static int check_answer(const TPMS_ATTEST *a, const uint8_t *data, struct err *e)
{
	if (a->magic != TPM2_GENERATED_VALUE || a->type != TPM2_ST_ATTEST_QUOTE)
		return FAIL(e, FAIL_FORGED, "TPM: magic %08x, type %04x: not a quote", a->magic,
			    a->type);
	if (!digest_is_equal(span(a->extraData.buffer, a->extraData.size),
			     span(data, TPM_QUOTE_DATA_BYTES)))
		return FAIL(e, FAIL_FORGED, "TPM: the quote binds other data than was asked for");
	if (!is_selection(&a->attested.quote.pcrSelect))
		return FAIL(e, FAIL_FORGED, "TPM: the quote covers other PCRs than were asked for");
	return 0;
}

static int check_pcrs(const TPMS_ATTEST *a, const struct tpm_pcrs *pcrs, bool *ret_moved,
		      struct err *e)
{
	const TPM2B_DIGEST *got = &a->attested.quote.pcrDigest;
	uint8_t want[TPM_SHA256_BYTES];
	int failed = tpm_pcrs_digest(pcrs, ALL_PCRS, want, e);

	if (!failed)
		*ret_moved =
			!digest_is_equal(span(got->buffer, got->size), span(want, sizeof(want)));
	return failed;
}

/* --- Asking ----------------------------------------------------------------------------------- */

static int write_signature(const TPMT_SIGNATURE *s, struct buf *ret, struct err *e)
{
	uint8_t bytes[sizeof(*s)];
	size_t len = 0;

	if (s->sigAlg != TPM2_ALG_RSASSA || s->signature.rsassa.hash != TPM2_ALG_SHA256)
		return FAIL(e, FAIL_INPUT, "TPM: a signature of scheme 0x%04x", s->sigAlg);
	if (Tss2_MU_TPMT_SIGNATURE_Marshal(s, bytes, sizeof(bytes), &len))
		return FAIL(e, FAIL_INPUT, "TPM: a signature that can't be written down");
	return buf_append(ret, span(bytes, len), LIMIT_TPM_BYTES, e);
}

static int take(const TPM2B_ATTEST *attest, const TPMT_SIGNATURE *signature, const uint8_t *data,
		struct tpm_quote *q, bool *ret_moved, struct err *e)
{
	TPMS_ATTEST a;
	int failed = parse(attest, &a, e);

	if (!failed)
		failed = check_answer(&a, data, e);
	if (!failed)
		failed = check_pcrs(&a, &q->pcrs, ret_moved, e);
	if (failed || *ret_moved)
		return failed;
	failed = buf_append(&q->message, span(attest->attestationData, attest->size),
			    LIMIT_TPM_BYTES, e);
	return failed ? failed : write_signature(signature, &q->signature, e);
}

static int ask(struct tpm *t, ESYS_TR key, const uint8_t *data, struct tpm_quote *q,
	       bool *ret_moved, struct err *e)
{
	const TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_RSASSA,
					 .details.rsassa.hashAlg = TPM2_ALG_SHA256 };
	const TPML_PCR_SELECTION all = tpm_pcr_selection(ALL_PCRS);
	TPM2B_DATA asked = { .size = TPM_QUOTE_DATA_BYTES };
	TPM2B_ATTEST *attest = NULL;
	TPMT_SIGNATURE *signature = NULL;
	TSS2_RC rc;
	int failed;

	memcpy(asked.buffer, data, TPM_QUOTE_DATA_BYTES);
	rc = Esys_Quote(t->esys, key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &asked, &scheme,
			&all, &attest, &signature);
	failed = tpm_check(t, rc, "quote", e);
	if (!failed)
		failed = take(attest, signature, data, q, ret_moved, e);
	Esys_Free(attest);
	Esys_Free(signature);
	return failed;
}

static int ask_twice(struct tpm *t, ESYS_TR key, const uint8_t *data, struct tpm_quote *q,
		     bool *ret_moved, struct err *e)
{
	int failed = -(int)FAIL_FORGED;

	for (int i = 0; i < ASKED && failed == -(int)FAIL_FORGED; i++)
		failed = ask(t, key, data, q, ret_moved, e);
	return failed;
}

static int quote(struct tpm *t, const uint8_t *data, struct tpm_quote *q, struct err *e)
{
	ESYS_TR key = ESYS_TR_NONE;
	bool is_moved = true;
	int failed = tpm_ak(t, &key, &q->ak, e);

	for (int i = 0; !failed && is_moved && i < MOVED; i++) {
		failed = tpm_pcrs_read(t, &q->pcrs, e);
		if (!failed)
			failed = ask_twice(t, key, data, q, &is_moved, e);
	}
	if (key != ESYS_TR_NONE && t->esys)
		(void)Esys_TR_Close(t->esys, &key);
	if (!failed && is_moved)
		return FAIL(e, FAIL_AGAIN, "TPM: somebody keeps extending PCRs under the quote");
	return failed;
}

int tpm_quote(struct tpm *t, const uint8_t data[static TPM_QUOTE_DATA_BYTES], uint64_t deadline_ms,
	      struct tpm_quote *ret, struct err *e)
{
	AUTO_TPM_QUOTE struct tpm_quote q = TPM_QUOTE_EMPTY;
	int failed = tpm_begin(t, deadline_ms, e);

	if (failed)
		return failed;
	failed = quote(t, data, &q, e);
	tpm_end(t);
	if (failed)
		return failed;
	tpm_quote_done(ret);
	*ret = q;
	q = TPM_QUOTE_EMPTY;
	return 0;
}
