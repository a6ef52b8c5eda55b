#include "attest/verify/tpm/attest.h"

#include <inttypes.h>
#include <stdio.h>

#include "attest/verify/tpm/alg.h"
#include "attest/verify/tpm/claims.h"
#include "attest/verify/tpm/wire.h"
#include "base/json.h"

#define NAME_BYTES   66 /* hash algorithm and the largest digest */
#define DIGEST_BYTES 64

static bool read_selection(struct span *from, struct tpm_selection *ret)
{
	struct span bitmap;

	if (!wire_u16(from, &ret->hash) || !wire_u8(from, &ret->size) || !ret->size ||
	    ret->size > TPM_ATTEST_SELECT || !bytes_take(from, ret->size, &bitmap))
		return false;
	ret->pcrs = 0;
	for (size_t i = 0; i < bitmap.len; i++)
		ret->pcrs |= (uint32_t)bitmap.at[i] << (8 * i);
	return true;
}

static int read_quote(struct span *from, struct tpm_attest *a, struct err *e)
{
	if (!wire_u32(from, &a->selection_count))
		return FAIL(e, FAIL_INPUT, "TPMS_ATTEST: cut before the PCR selection");
	if (a->selection_count > TPM_ATTEST_BANKS)
		return FAIL(e, FAIL_INPUT, "TPMS_ATTEST: %" PRIu32 " PCR selections",
			    a->selection_count);
	for (uint32_t i = 0; i < a->selection_count; i++)
		if (!read_selection(from, &a->selections[i]))
			return FAIL(e, FAIL_INPUT,
				    "TPMS_ATTEST: PCR selection %" PRIu32
				    " is cut or has an unfit size",
				    i);
	if (!wire_2b(from, DIGEST_BYTES, &a->pcr_digest))
		return FAIL(e, FAIL_INPUT, "TPMS_ATTEST: pcrDigest is cut or over %d bytes",
			    DIGEST_BYTES);
	return 0;
}

static int read_head(struct span *from, struct tpm_attest *a, struct err *e)
{
	uint8_t safe;

	if (!wire_u32(from, &a->magic) || !wire_u16(from, &a->type))
		return FAIL(e, FAIL_INPUT, "TPMS_ATTEST: %zu bytes", from->len);
	if (!wire_2b(from, NAME_BYTES, &a->qualified_signer))
		return FAIL(e, FAIL_INPUT, "TPMS_ATTEST: qualifiedSigner is cut or over %d bytes",
			    NAME_BYTES);
	if (!wire_2b(from, TPM_ATTEST_DATA_BYTES, &a->extra_data))
		return FAIL(e, FAIL_INPUT, "TPMS_ATTEST: extraData is cut or over %d bytes",
			    TPM_ATTEST_DATA_BYTES);
	if (!wire_u64(from, 8, &a->clock_ms) || !wire_u32(from, &a->reset_count) ||
	    !wire_u32(from, &a->restart_count) || !wire_u8(from, &safe) ||
	    !wire_u64(from, 8, &a->firmware_version))
		return FAIL(e, FAIL_INPUT, "TPMS_ATTEST: cut in clockInfo or firmwareVersion");
	if (safe > 1)
		return FAIL(e, FAIL_INPUT, "TPMS_ATTEST: clockInfo.safe is %u", safe);
	a->is_safe = safe;
	return 0;
}

int tpm_attest_parse(struct span bytes, struct tpm_attest *ret, struct err *e)
{
	struct tpm_attest a = { 0 };
	int failed = read_head(&bytes, &a, e);

	if (failed)
		return failed;
	if (a.type != TPM_ATTEST_QUOTE) {
		a.attested = bytes;
		*ret = a;
		return 0;
	}
	failed = read_quote(&bytes, &a, e);
	if (failed)
		return failed;
	if (bytes.len)
		return FAIL(e, FAIL_INPUT, "TPMS_ATTEST: %zu bytes left", bytes.len);
	*ret = a;
	return 0;
}

bool tpm_attest_is_quote(const struct tpm_attest *a)
{
	return a->magic == TPM_MAGIC && a->type == TPM_ATTEST_QUOTE;
}

static const char *type_name(uint16_t type)
{
	static const char *const names[] = { "nv",    "command-audit", "session-audit", "certify",
					     "quote", "time",	       "creation" };

	return type >= 0x8014 && type <= 0x801a ? names[type - 0x8014] : "unknown";
}

static int selection_claims(const struct tpm_selection *s, cJSON *list, struct err *e)
{
	cJSON *o = cJSON_CreateObject(), *pcrs = cJSON_CreateArray();
	int failed = json_add(list, NULL, o, e);

	if (failed) {
		cJSON_Delete(pcrs);
		return failed;
	}
	failed = json_add(o, "pcrs", pcrs, e);
	if (!failed)
		failed = json_add_text(o, "bank", tpm_alg_name(s->hash), e);
	for (int i = 0; i < 32 && !failed; i++)
		if (s->pcrs & 1u << i)
			failed = json_add_u64(pcrs, NULL, (uint64_t)i, e);
	return failed;
}

static int quote_claims(const struct tpm_attest *a, cJSON *o, struct err *e)
{
	cJSON *list = cJSON_CreateArray();
	int failed = json_add(o, "pcr_selection", list, e);

	for (uint32_t i = 0; i < a->selection_count && !failed; i++)
		failed = selection_claims(&a->selections[i], list, e);
	return failed ? failed : tpm_claim_hex(o, "pcr_digest", a->pcr_digest, e);
}

int tpm_attest_claims(const struct tpm_attest *a, cJSON *o, struct err *e)
{
	char version[20], magic[12];
	int failed;

	(void)snprintf(version, sizeof(version), "%016" PRIx64, a->firmware_version);
	(void)snprintf(magic, sizeof(magic), "%08" PRIx32, a->magic);
	failed = json_add_text(o, "magic", magic, e);
	if (!failed)
		failed = json_add_text(o, "type", type_name(a->type), e);
	if (!failed)
		failed = tpm_claim_hex(o, "qualified_signer", a->qualified_signer, e);
	if (!failed)
		failed = tpm_claim_hex(o, "extra_data", a->extra_data, e);
	if (!failed)
		failed = json_add_u64(o, "clock_ms", a->clock_ms, e);
	if (!failed)
		failed = json_add_u64(o, "reset_count", a->reset_count, e);
	if (!failed)
		failed = json_add_u64(o, "restart_count", a->restart_count, e);
	if (!failed)
		failed = json_add_bool(o, "clock_safe", a->is_safe, e);
	if (!failed)
		failed = json_add_text(o, "firmware_version", version, e);
	if (failed)
		return failed;
	return a->type == TPM_ATTEST_QUOTE ? quote_claims(a, o, e)
					   : tpm_claim_hex(o, "attested", a->attested, e);
}
