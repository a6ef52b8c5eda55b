#include "attest/tpm/pcr.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/mem.h"

#define ALL_PCRS     ((1u << TPM_PCRS) - 1)
#define SELECT_BYTES (TPM_PCRS / 8)
#define READ_TRIES   3

/* --- Banks ------------------------------------------------------------------------------------ */

static const struct bank {
	TPM2_ALG_ID alg;
	const char *name; /* OpenSSL's */
} banks[] = {
	{ TPM2_ALG_SHA1, "SHA1" },	   { TPM2_ALG_SHA256, "SHA256" },
	{ TPM2_ALG_SHA384, "SHA384" },	   { TPM2_ALG_SHA512, "SHA512" },
	{ TPM2_ALG_SM3_256, "SM3" },	   { TPM2_ALG_SHA3_256, "SHA3-256" },
	{ TPM2_ALG_SHA3_384, "SHA3-384" }, { TPM2_ALG_SHA3_512, "SHA3-512" },
};

static const char *bank_hash(TPM2_ALG_ID alg)
{
	for (size_t i = 0; i < COUNT_OF(banks); i++)
		if (banks[i].alg == alg)
			return banks[i].name;
	return NULL;
}

static uint32_t mask_of(const TPMS_PCR_SELECTION *s)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < s->sizeofSelect && i < SELECT_BYTES; i++)
		mask |= (uint32_t)s->pcrSelect[i] << 8 * i;
	return mask;
}

static int list_banks(struct tpm *t, TPML_PCR_SELECTION *ret, struct err *e)
{
	TPMS_CAPABILITY_DATA *data = NULL;
	TPMI_YES_NO more = 0;
	TSS2_RC rc = Esys_GetCapability(t->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					TPM2_CAP_PCRS, 0, 1, &more, &data);

	if (!rc)
		*ret = data->data.assignedPCR;
	Esys_Free(data);
	return tpm_check(t, rc, "list of PCR banks", e);
}

static int check_banks(const TPML_PCR_SELECTION *active, struct err *e)
{
	for (uint32_t i = 0; i < active->count; i++)
		if (active->pcrSelections[i].hash == TPM2_ALG_SHA256 &&
		    mask_of(&active->pcrSelections[i]) == ALL_PCRS)
			return 0;
	return FAIL(e, FAIL_DENIED,
		    "TPM: no SHA-256 bank of %d PCRs is active: tpm2_pcrallocate sha256:all, and "
		    "start again",
		    TPM_PCRS);
}

TPML_PCR_SELECTION tpm_pcr_selection(uint32_t mask)
{
	TPML_PCR_SELECTION s = { .count = 1 };

	s.pcrSelections[0].hash = TPM2_ALG_SHA256;
	s.pcrSelections[0].sizeofSelect = SELECT_BYTES;
	for (size_t i = 0; i < SELECT_BYTES; i++)
		s.pcrSelections[0].pcrSelect[i] = (uint8_t)(mask >> 8 * i);
	return s;
}

/* --- Reading ---------------------------------------------------------------------------------- */

/* What came, in ascending order, is taken off `left`. A TPM that serves nothing, or what was not
 * asked for, would keep us here for ever. */
static int take_values(const TPML_PCR_SELECTION *served, const TPML_DIGEST *values, uint32_t *left,
		       struct tpm_pcrs *ret, struct err *e)
{
	uint32_t mask = served->count == 1 ? mask_of(&served->pcrSelections[0]) : 0, n = 0;

	if (!mask || mask & ~*left || served->pcrSelections[0].hash != TPM2_ALG_SHA256)
		return FAIL(e, FAIL_INPUT, "TPM: PCRs %06x for %06x", mask, *left);
	for (unsigned i = 0; i < TPM_PCRS; i++) {
		if (!(mask & 1u << i))
			continue;
		if (n >= values->count || values->digests[n].size != TPM_SHA256_BYTES)
			return FAIL(e, FAIL_INPUT, "TPM: PCR %u without a value", i);
		memcpy(ret->at[i], values->digests[n++].buffer, TPM_SHA256_BYTES);
	}
	*left &= ~mask;
	return 0;
}

/* Eight at most in one answer; the counter tells of any extension. */
static int read_round(struct tpm *t, uint32_t *left, struct tpm_pcrs *ret, uint32_t *ret_counter,
		      struct err *e)
{
	TPML_PCR_SELECTION want = tpm_pcr_selection(*left), *served = NULL;
	TPML_DIGEST *values = NULL;
	TSS2_RC rc = Esys_PCR_Read(t->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &want,
				   ret_counter, &served, &values);
	int failed = tpm_check(t, rc, "PCR read", e);

	if (!failed)
		failed = take_values(served, values, left, ret, e);
	Esys_Free(served);
	Esys_Free(values);
	return failed;
}

static int read_mask(struct tpm *t, uint32_t mask, struct tpm_pcrs *ret, bool *ret_moved,
		     struct err *e)
{
	uint32_t left = mask, first = 0, counter = 0;
	int failed = read_round(t, &left, ret, &first, e);

	*ret_moved = false;
	while (!failed && left) {
		failed = read_round(t, &left, ret, &counter, e);
		*ret_moved = *ret_moved || counter != first;
	}
	return failed;
}

static int read_still(struct tpm *t, uint32_t mask, struct tpm_pcrs *ret, struct err *e)
{
	TPML_PCR_SELECTION active = { .count = 0 };
	bool is_moved = true;
	int failed = list_banks(t, &active, e);

	if (!failed)
		failed = check_banks(&active, e);
	for (int i = 0; !failed && is_moved && i < READ_TRIES; i++)
		failed = read_mask(t, mask, ret, &is_moved, e);
	if (!failed && is_moved)
		failed = FAIL(e, FAIL_AGAIN, "TPM: somebody keeps extending PCRs");
	return failed;
}

int tpm_pcrs_read(struct tpm *t, struct tpm_pcrs *ret, struct err *e)
{
	return read_still(t, ALL_PCRS, ret, e);
}

int tpm_pcrs_digest(const struct tpm_pcrs *p, uint32_t mask, uint8_t ret[static TPM_SHA256_BYTES],
		    struct err *e)
{
	uint8_t all[TPM_PCRS * TPM_SHA256_BYTES];
	struct digest d;
	size_t len = 0;
	int failed;

	for (unsigned i = 0; i < TPM_PCRS; i++)
		if (mask & 1u << i) {
			memcpy(all + len, p->at[i], TPM_SHA256_BYTES);
			len += TPM_SHA256_BYTES;
		}
	failed = digest_of(DIGEST_SHA256, span(all, len), &d, e);
	if (!failed)
		memcpy(ret, d.at, TPM_SHA256_BYTES);
	return failed;
}

int tpm_pcr_read(struct tpm *t, unsigned pcr, uint64_t deadline_ms,
		 uint8_t ret[static TPM_SHA256_BYTES], struct err *e)
{
	struct tpm_pcrs all;
	int failed = tpm_begin(t, deadline_ms, e);

	if (failed)
		return failed;
	failed = read_still(t, 1u << pcr, &all, e);
	tpm_end(t);
	if (!failed)
		memcpy(ret, all.at[pcr], TPM_SHA256_BYTES);
	return failed;
}

/* --- Extending -------------------------------------------------------------------------------- */

static int value_for(TPM2_ALG_ID alg, const uint8_t *digest, TPMT_HA *ret, struct err *e)
{
	const char *hash = bank_hash(alg);
	unsigned len = 0;

	if (!hash)
		return FAIL(e, FAIL_DENIED, "TPM: a PCR bank of algorithm 0x%04x, unknown here",
			    alg);
	ret->hashAlg = alg;
	if (alg == TPM2_ALG_SHA256)
		memcpy(&ret->digest, digest, TPM_SHA256_BYTES);
	else if (EVP_Digest(digest, TPM_SHA256_BYTES, (uint8_t *)&ret->digest, &len,
			    EVP_get_digestbyname(hash), NULL) != 1)
		return FAIL(e, FAIL_SYS, "TPM: no %s for its bank", hash);
	return 0;
}

static int values_for(const TPML_PCR_SELECTION *active, unsigned pcr, const uint8_t *digest,
		      TPML_DIGEST_VALUES *ret, struct err *e)
{
	int failed = 0;

	ret->count = 0;
	for (uint32_t i = 0; !failed && i < active->count; i++)
		if (mask_of(&active->pcrSelections[i]) & 1u << pcr)
			failed = value_for(active->pcrSelections[i].hash, digest,
					   &ret->digests[ret->count++], e);
	return failed;
}

static int extend(struct tpm *t, unsigned pcr, const uint8_t *digest, struct err *e)
{
	TPML_PCR_SELECTION active = { .count = 0 };
	TPML_DIGEST_VALUES values;
	int failed = list_banks(t, &active, e);

	if (!failed)
		failed = check_banks(&active, e);
	if (!failed)
		failed = values_for(&active, pcr, digest, &values, e);
	if (failed)
		return failed;
	return tpm_check(t,
			 Esys_PCR_Extend(t->esys, ESYS_TR_PCR0 + pcr, ESYS_TR_PASSWORD,
					 ESYS_TR_NONE, ESYS_TR_NONE, &values),
			 "PCR extend", e);
}

int tpm_pcr_extend(struct tpm *t, unsigned pcr, uint64_t deadline_ms,
		   const uint8_t digest[static TPM_SHA256_BYTES], struct err *e)
{
	int failed = tpm_begin(t, deadline_ms, e);

	if (failed)
		return failed;
	failed = extend(t, pcr, digest, e);
	tpm_end(t);
	return failed;
}

/* --- The event log's ---------------------------------------------------------------------------
 */

static int read_register(void *ctx, uint8_t ret[static LOG_REGISTER_BYTES], struct err *e)
{
	return tpm_pcr_read(ctx, TPM_PCR_LOG, deadline_in(LIMIT_LOG_MS), ret, e);
}

static int extend_register(void *ctx, const uint8_t digest[static LOG_REGISTER_BYTES],
			   struct err *e)
{
	return tpm_pcr_extend(ctx, TPM_PCR_LOG, deadline_in(LIMIT_LOG_MS), digest, e);
}

struct log_register tpm_log_register(struct tpm *t)
{
	return (struct log_register){
		.strength = "pcr",
		.name = "PCR 15",
		.number = TPM_PCR_LOG,
		.alg = DIGEST_SHA256,
		.read = read_register,
		.extend = extend_register,
		.ctx = t,
	};
}
