/* Evidence as the hardware made it, told by its first bytes. */
#include <string.h>

#include "attest/verify/bundle.h"
#include "attest/verify/bytes.h"

#define SNP_REPORT_BYTES    1184
#define TDREPORT_BYTES	    1024
#define TDREPORT_TYPE	    0x81
#define QUOTE_HEADER_BYTES  48
#define SPEC_ID_AT	    32 /* register 4, type 4, SHA-1 20, size 4 */
#define SPEC_ID		    "Spec ID Event"
#define SPDM_SWITCH_BLOCKS  31
#define SPDM_BLOCK_COUNT_AT 41

static bool has(struct span b, size_t at, const void *what, size_t len)
{
	return b.len >= at + len && !memcmp(b.at + at, what, len);
}

static bool is_snp(struct span b)
{
	return b.len == SNP_REPORT_BYTES && le32(b.at) >= 1 && le32(b.at) < 16;
}

/* Version 3 to 5 and a key type that the format defines. */
static bool is_quote(struct span b)
{
	return b.len > QUOTE_HEADER_BYTES && b.at[0] >= 3 && b.at[0] <= 5 && !b.at[1] &&
	       (b.at[2] == 2 || b.at[2] == 3) && !b.at[3];
}

static bool is_tdreport(struct span b)
{
	return b.len == TDREPORT_BYTES && b.at[0] == TDREPORT_TYPE;
}

static int add_device(struct bundle *b, struct span bytes, struct err *e)
{
	bool is_switch = bytes.len > SPDM_BLOCK_COUNT_AT &&
			 bytes.at[SPDM_BLOCK_COUNT_AT] == SPDM_SWITCH_BLOCKS;

	return bundle_part(b, is_switch ? PART_SWITCH : PART_GPU, bytes, NULL, e);
}

/* What goes with a TPM quote that came before it in files of its own. */
static struct part *open_tpm(struct bundle *b)
{
	struct part *last = b->count ? &b->parts[b->count - 1] : NULL;

	return last && last->kind == PART_TPM ? last : NULL;
}

static bool is_tpm_signature(struct span b)
{
	return b.len > 6 && b.len < 1024 && b.at[0] == 0 &&
	       (b.at[1] == 0x14 || b.at[1] == 0x16 || b.at[1] == 0x18) && b.at[2] == 0 &&
	       b.at[3] >= 0x04 && b.at[3] <= 0x0d;
}

/* TPMT_PUBLIC, or TPM2B_PUBLIC as tpm2-tools writes it: the size goes. */
static bool is_tpm_public(struct span b, struct span *ret)
{
	if (b.len > 12 && b.len < 1024 && b.at[0] == 0 && (b.at[1] == 0x01 || b.at[1] == 0x23)) {
		*ret = b;
		return true;
	}
	if (b.len < 14 || b.at[0] != ((b.len - 2) >> 8 & 0xff) || b.at[1] != ((b.len - 2) & 0xff))
		return false;
	return is_tpm_public(span(b.at + 2, b.len - 2), ret);
}

static int add_to_tpm(struct bundle *b, struct span bytes, struct err *e)
{
	struct part *p = open_tpm(b);
	struct span public;

	if (p && !p->signature.len && is_tpm_signature(bytes))
		p->signature = bytes;
	else if (p && !p->ak.len && is_tpm_public(bytes, &public))
		p->ak = public;
	else
		return FAIL(e, FAIL_AGAIN, "not recognised");
	return 0;
}

int bundle_raw(struct bundle *b, struct span bytes, struct err *e)
{
	static const uint8_t spdm[] = { 0x11, 0xe0 };
	static const uint8_t attest[] = { 0xff, 0x54, 0x43, 0x47, 0x80 };

	if (is_snp(bytes))
		return bundle_part(b, PART_SNP, bytes, NULL, e);
	if (is_quote(bytes) || is_tdreport(bytes))
		return bundle_part(b, PART_QUOTE, bytes, NULL, e);
	if (has(bytes, 0, spdm, sizeof(spdm)))
		return add_device(b, bytes, e);
	if (has(bytes, 0, attest, sizeof(attest)))
		return bundle_part(b, PART_TPM, bytes, NULL, e);
	if (has(bytes, SPEC_ID_AT, SPEC_ID, strlen(SPEC_ID)))
		return bundle_part(b, PART_LOG, bytes, NULL, e);
	return add_to_tpm(b, bytes, e);
}
