#include <string.h>

#include "attest/evidence/ccel.h"
#include "attest/evidence/probe.h"
#include "attest/evidence/tdx_json.h"
#include "attest/evidence/tdx_quote.h"
#include "attest/evidence/tdx_registers.h"
#include "attest/evidence/tsm.h"
#include "base/digest.h"
#include "base/limits.h"

static int platform(const struct evidence *self, uint64_t deadline_ms,
		    struct evidence_platform *ret, struct err *e)
{
	(void)deadline_ms; /* both ways answer at once, without the host */
	return tdx_registers(self->dev.tdx_guest, self->dev.tdx_measurements, ret, e);
}

static int report(const struct evidence *self, struct span report_data, uint64_t deadline_ms,
		  cJSON **ret, struct err *e)
{
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	AUTO_BUF struct buf log = BUF_EMPTY;
	uint8_t data[REPORT_DATA_BYTES] = { 0 };
	struct tdx_quote quote = { .bytes = SPAN_EMPTY };
	int failed;

	memcpy(data, report_data.at, report_data.len);
	failed = tsm_report(self->dev.tsm, data, false, deadline_ms, &b, e);
	if (!failed)
		failed = tdx_quote_parse(buf_view(&b.out), &quote, e);
	/* Without a log the verifier judges the registers alone. */
	if (!failed && self->dev.ccel >= 0)
		failed = ccel_read(self->dev.ccel, &log, e);
	if (failed)
		return failed;
	if (!digest_is_equal(quote.report_data, span(data, sizeof(data))))
		return FAIL(e, FAIL_FORGED, "tdx: the quote binds other data than was asked for");
	return tdx_json(quote.bytes, buf_view(&log), ret, e);
}

const struct evidence_driver evidence_tdx = {
	.tee = "tdx",
	.provider = "tdx_guest",
	.platform = platform,
	.report = report,
};
