#include "attest/verify/tpm/pcrs.h"

#include <inttypes.h>
#include <string.h>

#include "attest/verify/tpm/alg.h"

#define SELECT_BYTES 3 /* of a PC's 24 PCRs */
#define INITDATA_PCR 8

size_t tpm_pcrs_len(uint16_t alg)
{
	enum digest_alg hash;

	return tpm_hash(alg, &hash) ? digest_alg_len(hash) : 0;
}

int tpm_pcrs_check_selection(const struct tpm_attest *a, const struct tpm_policy *policy,
			     const struct registers *claimed, struct err *e)
{
	const struct tpm_selection *s = &a->selections[0];

	if (a->selection_count != 1)
		return FAIL(e, FAIL_DENIED, "the quote selects %" PRIu32 " banks, must be one",
			    a->selection_count);
	if (s->size != SELECT_BYTES)
		return FAIL(e, FAIL_DENIED, "a PCR bitmap of %u bytes, must be %d", s->size,
			    SELECT_BYTES);
	if (!s->pcrs)
		return FAIL(e, FAIL_DENIED, "the quote selects no PCR at all");
	if (!tpm_pcrs_len(s->hash) || (policy->bank && s->hash != policy->bank))
		return FAIL(e, FAIL_DENIED, "the quote covers bank %s, must be %s",
			    tpm_alg_name(s->hash),
			    policy->bank ? tpm_alg_name(policy->bank) : "SHA-2");
	if (policy->has_selection && s->pcrs != policy->selection)
		return FAIL(e, FAIL_DENIED,
			    "the quote covers PCRs %06" PRIx32 ", must be %06" PRIx32, s->pcrs,
			    policy->selection);
	if (claimed->present && (s->pcrs != claimed->present || s->hash != claimed->alg))
		return FAIL(e, FAIL_DENIED,
			    "the quote covers PCRs %06" PRIx32 " of %s, and values of %06" PRIx32
			    " of %s came with it",
			    s->pcrs, tpm_alg_name(s->hash), claimed->present,
			    tpm_alg_name(claimed->alg));
	return 0;
}

int tpm_pcrs_check_digest(const struct tpm_attest *a, enum digest_alg hash,
			  const struct registers *claimed, struct err *e)
{
	uint8_t all[REGISTERS_MAX * DIGEST_MAX_BYTES];
	size_t each = tpm_pcrs_len(claimed->alg), len = 0;
	struct digest d;
	int failed;

	for (size_t i = 0; i < REGISTERS_MAX; i++)
		if (claimed->present & 1u << i) {
			memcpy(all + len, claimed->at[i], each);
			len += each;
		}
	failed = digest_of(hash, span(all, len), &d, e);
	if (failed)
		return failed;
	if (!digest_is_equal(span(d.at, d.len), a->pcr_digest))
		return FAIL(e, FAIL_FORGED,
			    "the PCR values hash to %02x%02x%02x%02x..., the quote signed another "
			    "digest (%zu bytes)",
			    d.at[0], d.at[1], d.at[2], d.at[3], a->pcr_digest.len);
	return 0;
}

int tpm_pcrs_check_initdata(const struct registers *r, const struct refs *digests, struct err *e)
{
	uint8_t extended[64] = { 0 };
	struct digest d;

	if (r->alg != TPM_ALG_SHA256 || !(r->present & 1u << INITDATA_PCR))
		return FAIL(e, FAIL_DENIED,
			    "initdata needs PCR 8 of the SHA-256 bank in the quote");
	for (size_t i = 0; i < digests->count; i++) {
		int failed;

		memcpy(extended + 32, digests->at[i].at, 32);
		failed = digest_of(DIGEST_SHA256, span(extended, sizeof(extended)), &d, e);
		if (failed)
			return failed;
		if (!memcmp(d.at, r->at[INITDATA_PCR], 32))
			return 0;
	}
	return FAIL(e, FAIL_DENIED,
		    "PCR 8 is %02x%02x%02x%02x..., which no expected initdata gives",
		    r->at[INITDATA_PCR][0], r->at[INITDATA_PCR][1], r->at[INITDATA_PCR][2],
		    r->at[INITDATA_PCR][3]);
}
