#include "attest/verify/tdx/tdreport.h"

#include "attest/verify/bytes.h"
#include "attest/verify/tdx/claims.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"

#define TDREPORT_BYTES 1024
#define TDREPORT_TYPE  0x81
#define VERSION_MAX    2
#define AT_ATTRIBUTES  512
#define AT_MRTD	       528
#define AT_MRCONFIGID  576
#define AT_REPORT_DATA 128
#define HASH_BYTES     48

struct range {
	const char *name;
	uint16_t at, len;
};

static const struct range fields[] = {
	{ "cpu_svn", 16, 16 },
	{ "tee_tcb_info_hash", 32, 48 },
	{ "tee_info_hash", 80, 48 },
	{ "report_data", AT_REPORT_DATA, 64 },
	{ "tcb_svn", 264, 16 },
	{ "mr_seam", 280, 48 },
	{ "mrsigner_seam", 328, 48 },
	{ "seam_attributes", 376, 8 },
	{ "tee_tcb_svn2", 384, 16 },
	{ "td_attributes", AT_ATTRIBUTES, 8 },
	{ "xfam", 520, 8 },
	{ "mr_td", AT_MRTD, 48 },
	{ "mr_config_id", AT_MRCONFIGID, 48 },
	{ "mr_owner", 624, 48 },
	{ "mr_owner_config", 672, 48 },
	{ "rtmr_0", 720, 48 },
	{ "rtmr_1", 768, 48 },
	{ "rtmr_2", 816, 48 },
	{ "rtmr_3", 864, 48 },
	{ "mr_servicetd", 912, 48 },
};

static const struct range reserved[] = { { "header", 3, 13 },
					 { "before the MAC", 192, 32 },
					 { "before the TD's info", 495, 17 } };

static const struct {
	const char *name;
	uint16_t at, over, len;
} hashes[] = {
	{ "TEE_TCB_INFO", 32, 256, 239 },
	{ "TEE_INFO", 80, 512, 512 },
};

bool tdreport_is(struct span bytes)
{
	return bytes.len == TDREPORT_BYTES && bytes.at[0] == TDREPORT_TYPE;
}

int tdreport_check(struct span report, struct err *e)
{
	struct digest digest;

	if (!tdreport_is(report))
		return FAIL(e, FAIL_INPUT, "no TDREPORT");
	if (report.at[1] != 0 && report.at[1] != 1)
		return FAIL(e, FAIL_INPUT, "TDREPORT: subtype %u", report.at[1]);
	if (report.at[2] > VERSION_MAX)
		return FAIL(e, FAIL_INPUT, "TDREPORT: version %u, at most %d", report.at[2],
			    VERSION_MAX);
	for (size_t i = 0; i < COUNT_OF(reserved); i++)
		if (!bytes_are_zero(span(report.at + reserved[i].at, reserved[i].len)))
			return FAIL(e, FAIL_INPUT, "TDREPORT: reserved bytes set, %s",
				    reserved[i].name);
	for (size_t i = 0; i < COUNT_OF(hashes); i++) {
		if (digest_of(DIGEST_SHA384, span(report.at + hashes[i].over, hashes[i].len),
			      &digest, e))
			return err_add(e, "TDREPORT");
		if (!digest_is_equal(span(digest.at, digest.len),
				     span(report.at + hashes[i].at, HASH_BYTES)))
			return FAIL(e, FAIL_INPUT, "TDREPORT: the hash of %s does not hold",
				    hashes[i].name);
	}
	return 0;
}

int tdreport_show(struct span report, cJSON *ret, struct err *e)
{
	cJSON *body;
	int failed = tdreport_check(report, e);

	if (failed)
		return failed;
	body = cJSON_CreateObject();
	if (json_add(ret, "tdreport", body, e) || json_add_u64(body, "subtype", report.at[1], e) ||
	    json_add_u64(body, "version", report.at[2], e))
		return err_add(e, "claims");
	for (size_t i = 0; i < COUNT_OF(fields) && !failed; i++)
		failed = claim_hex(body, fields[i].name,
				   span(report.at + fields[i].at, fields[i].len), e);
	if (failed || json_add_text(ret, "tee", "tdx", e) ||
	    claim_hex(ret, "measurement", span(report.at + AT_MRTD, 48), e) ||
	    claim_hex(ret, "report_data", span(report.at + AT_REPORT_DATA, 64), e) ||
	    claim_hex(ret, "init_data", span(report.at + AT_MRCONFIGID, 48), e) ||
	    td_attributes_claims(le64(report.at + AT_ATTRIBUTES), ret, "td_attributes", e))
		return err_add(e, "claims");
	return 0;
}
