#include <stdio.h>
#include <string.h>

#include "attest/evidence/probe.h"
#include "attest/evidence/snp_json.h"
#include "attest/evidence/tsm.h"
#include "base/digest.h"

/* A report for `data`; what comes back is checked to be about it, and for its length. */
static int get_report(const struct evidence *self, const uint8_t data[static REPORT_DATA_BYTES],
		      uint64_t deadline_ms, struct tsm_blobs *ret, struct err *e)
{
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	int failed = tsm_report(self->dev.tsm, data, true, deadline_ms, &b, e);

	if (failed)
		return failed;
	if (b.out.len != SNP_REPORT_BYTES)
		return FAIL(e, FAIL_INPUT, "snp: a report of %zu bytes", b.out.len);
	if (!digest_is_equal(span(b.out.at + SNP_OFF_REPORT_DATA, REPORT_DATA_BYTES),
			     span(data, REPORT_DATA_BYTES)))
		return FAIL(e, FAIL_FORGED, "snp: the report binds other data than was asked for");
	*ret = b;
	b = TSM_BLOBS_EMPTY;
	return 0;
}

/* The firmware seals its answer to this guest with a key that the host does not have: without
 * looking at its signature, HOST_DATA in a fresh report is the hardware's word. */
static int platform(const struct evidence *self, uint64_t deadline_ms,
		    struct evidence_platform *ret, struct err *e)
{
	static const uint8_t zero[REPORT_DATA_BYTES] = { 0 };
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	int failed = get_report(self, zero, deadline_ms, &b, e);

	if (failed)
		return failed;
	*ret = (struct evidence_platform){ .has_init_data = true, .len = SNP_HOST_DATA_BYTES };
	(void)snprintf(ret->name, sizeof(ret->name), "HOST_DATA");
	memcpy(ret->at, b.out.at + SNP_OFF_HOST_DATA, SNP_HOST_DATA_BYTES);
	ret->debug =
		b.out.at[SNP_OFF_POLICY + SNP_POLICY_DEBUG_BIT / 8] >> SNP_POLICY_DEBUG_BIT % 8 & 1;
	return 0;
}

static int report(const struct evidence *self, struct span report_data, uint64_t deadline_ms,
		  cJSON **ret, struct err *e)
{
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	uint8_t data[REPORT_DATA_BYTES] = { 0 };
	int failed;

	memcpy(data, report_data.at, report_data.len);
	failed = get_report(self, data, deadline_ms, &b, e);
	return failed ? failed : snp_json(buf_view(&b.out), buf_view(&b.aux), ret, e);
}

const struct evidence_driver evidence_snp = {
	.tee = "snp",
	.provider = "sev_guest",
	.platform = platform,
	.report = report,
};
