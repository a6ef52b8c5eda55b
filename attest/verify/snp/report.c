#include "attest/verify/snp/report.h"

#include "attest/verify/snp/snp.h"
#include "base/mem.h"

#define VERSION_MIN 2
#define VERSION_MAX 5

#define ECDSA_P384_SHA384 1

#define KEY_INFO_AUTHOR	  0
#define KEY_INFO_MASK	  1
#define KEY_INFO_KEY	  2 /* three bits */
#define KEY_INFO_RESERVED 5 /* and all above */

static uint64_t read_le(struct span b, size_t at, size_t len)
{
	uint64_t value = 0;

	while (len--)
		value = value << 8 | b.at[at + len];
	return value;
}

bool snp_is_filled(struct span bytes, uint8_t value)
{
	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.at[i] != value)
			return false;
	return true;
}

/* Bytes that must be zero, from one version to another. */
static const struct reserved {
	uint16_t at, end;
	uint8_t first, last;
} reserved[] = {
	{ 0x04c, 0x050, 2, 5 }, { 0x188, 0x1a0, 2, 2 }, { 0x18b, 0x1a0, 3, 5 },
	{ 0x1eb, 0x1ec, 2, 5 }, { 0x1ef, 0x1f0, 2, 5 }, { 0x1f8, 0x2a0, 2, 4 },
	{ 0x208, 0x2a0, 5, 5 }, { 0x2d0, 0x2e8, 2, 5 }, /* R above 384 bits */
	{ 0x318, 0x330, 2, 5 },				/* S above 384 bits */
	{ 0x330, 0x4a0, 2, 5 },
};

static int check_reserved(struct span b, uint32_t version, struct err *e)
{
	for (size_t i = 0; i < COUNT_OF(reserved); i++) {
		const struct reserved *z = &reserved[i];

		if (version >= z->first && version <= z->last &&
		    !snp_is_filled(span(b.at + z->at, (size_t)(z->end - z->at)), 0))
			return FAIL(e, FAIL_INPUT,
				    "reserved bytes 0x%03x .. 0x%03x are not zero (version %u)",
				    z->at, z->end - 1, version);
	}
	return 0;
}

static struct snp_firmware firmware(struct span b, size_t at)
{
	return (struct snp_firmware){ b.at[at], b.at[at + 1], b.at[at + 2] };
}

static void read_numbers(struct span b, struct snp_report *r)
{
	uint32_t key_info = (uint32_t)read_le(b, 0x048, 4);

	r->guest_svn = (uint32_t)read_le(b, 0x004, 4);
	r->policy = read_le(b, 0x008, 8);
	r->vmpl = (uint32_t)read_le(b, 0x030, 4);
	r->sig_algo = (uint32_t)read_le(b, 0x034, 4);
	r->platform_info = read_le(b, 0x040, 8);
	r->has_author_key = snp_bit(key_info, KEY_INFO_AUTHOR);
	r->is_chip_key_masked = snp_bit(key_info, KEY_INFO_MASK);
	r->key = (enum snp_key)(key_info >> KEY_INFO_KEY & 7);
	r->has_cpuid = r->version >= 3;
	if (r->has_cpuid) {
		r->family = b.at[0x188];
		r->model = b.at[0x189];
		r->stepping = b.at[0x18a];
	}
	r->current = firmware(b, 0x1e8);
	r->committed = firmware(b, 0x1ec);
	r->has_mitigation = r->version >= 5;
	if (r->has_mitigation) {
		r->launch_mit_vector = read_le(b, 0x1f8, 8);
		r->current_mit_vector = read_le(b, 0x200, 8);
	}
}

static void read_spans(struct span b, struct snp_report *r)
{
	r->family_id = span(b.at + 0x010, 16);
	r->image_id = span(b.at + 0x020, 16);
	r->current_tcb = span(b.at + 0x038, SNP_TCB_BYTES);
	r->report_data = span(b.at + 0x050, 64);
	r->measurement = span(b.at + 0x090, 48);
	r->host_data = span(b.at + 0x0c0, 32);
	r->id_key_digest = span(b.at + 0x0e0, 48);
	r->author_key_digest = span(b.at + 0x110, 48);
	r->report_id = span(b.at + 0x140, 32);
	r->report_id_ma = span(b.at + 0x160, 32);
	r->reported_tcb = span(b.at + 0x180, SNP_TCB_BYTES);
	r->chip_id = span(b.at + 0x1a0, SNP_CHIP_ID_BYTES);
	r->committed_tcb = span(b.at + 0x1e0, SNP_TCB_BYTES);
	r->launch_tcb = span(b.at + 0x1f0, SNP_TCB_BYTES);
	r->r = span(b.at + 0x2a0, SNP_SIGNATURE_BYTES);
	r->s = span(b.at + 0x2e8, SNP_SIGNATURE_BYTES);
}

int snp_report_parse(struct span bytes, struct snp_report *ret, struct err *e)
{
	struct snp_report r = { .bytes = bytes };

	if (bytes.len != SNP_REPORT_BYTES)
		return FAIL(e, FAIL_INPUT, "%zu bytes, a report has %d", bytes.len,
			    SNP_REPORT_BYTES);
	r.version = (uint32_t)read_le(bytes, 0, 4);
	if (r.version < VERSION_MIN || r.version > VERSION_MAX)
		return FAIL(e, FAIL_INPUT, "report version %u is not known (%d .. %d)", r.version,
			    VERSION_MIN, VERSION_MAX);
	if (check_reserved(bytes, r.version, e) < 0)
		return -(int)FAIL_INPUT;
	if (read_le(bytes, 0x048, 4) >> KEY_INFO_RESERVED)
		return FAIL(e, FAIL_INPUT, "reserved bits of KEY_INFO are not zero");
	read_numbers(bytes, &r);
	read_spans(bytes, &r);
	*ret = r;
	return 0;
}

int snp_report_check_signed(const struct snp_report *r, struct err *e)
{
	if (r->sig_algo != ECDSA_P384_SHA384)
		return FAIL(e, FAIL_INPUT, "signature algorithm %u, must be %d (ECDSA P-384)",
			    r->sig_algo, ECDSA_P384_SHA384);
	if (r->key != SNP_VCEK && r->key != SNP_VLEK)
		return FAIL(e, FAIL_INPUT, "signing key %d: neither VCEK nor VLEK signed", r->key);
	/* The sources disagree on what this bit does to the signature: with a VCEK it is refused.
	 */
	if (r->is_chip_key_masked && r->key == SNP_VCEK)
		return FAIL(e, FAIL_INPUT, "the host masked the chip's key, and no other signed");
	if (snp_is_filled(r->r, 0) && snp_is_filled(r->s, 0))
		return FAIL(e, FAIL_INPUT, "the signature is zero");
	return 0;
}
