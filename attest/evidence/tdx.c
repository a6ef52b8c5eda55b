#include <string.h>

#include "attest/evidence/ccel.h"
#include "attest/evidence/probe.h"
#include "attest/evidence/tdx_direct.h"
#include "attest/evidence/tdx_json.h"
#include "attest/evidence/tdx_quote.h"
#include "attest/evidence/tdx_registers.h"
#include "attest/evidence/tsm.h"
#include "attest/eventlog/ownlog.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/log.h"

#define ASKS 2 /* a quote over other data may be a mix-up; twice, it is none */

static int platform(const struct evidence *self, uint64_t deadline_ms,
		    struct evidence_platform *ret, struct err *e)
{
	(void)deadline_ms; /* both ways answer at once, without the host */
	return tdx_registers(self->dev.tdx_guest, self->dev.tdx_measurements, ret, e);
}

/* --- Two ways to a quote ---------------------------------------------------------------------- */

/* By the kernel, which looks for the host's answer once a second. */
static int by_configfs(int tsm, const uint8_t data[static REPORT_DATA_BYTES], uint64_t deadline_ms,
		       struct buf *ret, struct err *e)
{
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	struct tdx_quote quote = { .bytes = SPAN_EMPTY };
	int failed = tsm_report(tsm, data, false, deadline_ms, &b, e);

	if (!failed)
		failed = tdx_quote_parse(buf_view(&b.out), &quote, e);
	if (failed)
		return failed;
	if (!digest_is_equal(quote.report_data, span(data, REPORT_DATA_BYTES)))
		return FAIL(e, FAIL_FORGED, "tdx: the quote binds other data than was asked for");
	b.out.len = quote.bytes.len; /* which begin where the blob does */
	*ret = buf_take(&b.out);
	return 0;
}

/* The other way's share of the time: it has to leave some for the kernel's. */
static uint64_t direct_deadline(uint64_t deadline_ms)
{
	uint64_t half = deadline_in((uint64_t)deadline_left(deadline_ms) / 2);
	uint64_t most = deadline_in(LIMIT_QGS_MS);

	return half < most ? half : most;
}

/*
 * Directly where that is possible, since it takes milliseconds; else by the kernel. Choosing by
 * what answers makes nothing weaker: both ways end in the same enclave of the host's, and a quote
 * is worth what its signatures are, however it came.
 */
static int quote_once(const struct evidence_devices *dev,
		      const uint8_t data[static REPORT_DATA_BYTES], uint64_t deadline_ms,
		      struct buf *ret, struct err *e)
{
	struct tdx_direct *d = dev->tdx_guest >= 0 ? dev->tdx_direct : NULL;
	struct err why = { 0 };
	int failed;

	if (dev->tsm < 0 && d)
		return tdx_direct_quote(d, dev->tdx_guest, data, deadline_ms, ret, e);
	if (dev->tsm < 0)
		return FAIL(e, FAIL_SYS, "tdx: no way to a quote: neither configfs nor a device");
	if (!d || tdx_direct_is_resting(d))
		return by_configfs(dev->tsm, data, deadline_ms, ret, e);
	failed = tdx_direct_quote(d, dev->tdx_guest, data, direct_deadline(deadline_ms), ret, &why);
	if (!failed)
		return 0;
	if (failed == -(int)FAIL_FORGED) {
		*e = why;
		return failed;
	}
	log_err(tdx_direct_is_resting(d) ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
		"tdx: no direct quote", &why);
	return by_configfs(dev->tsm, data, deadline_ms, ret, e);
}

/* Without a log the verifier judges the registers alone. */
static int read_firmware(int ccel, struct buf *ret, struct err *e)
{
	int failed = ccel >= 0 ? ccel_read(ccel, ret, e) : 0;
	size_t len = 0;

	if (!failed && ret->len)
		failed = ccel_length(buf_view(ret), &len, e);
	if (!failed)
		ret->len = len;
	return failed;
}

/* As CoCo's agent does it: the firmware's log with our events behind it, or a log of those alone.
 */
static int read_log(const struct evidence *self, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf log = BUF_EMPTY;
	struct ownlog_view own = { .count = 0 };
	int failed = read_firmware(self->dev.ccel, &log, e);

	if (!failed && self->log)
		failed = ownlog_view(self->log, &own, e);
	if (failed)
		return failed;
	if (own.count && !log.len)
		failed = ownlog_bytes(self->log, &log, e);
	else if (own.count)
		failed = buf_append(&log, own.entries, LIMIT_EVENTLOG_BYTES, e);
	if (!failed)
		*ret = buf_take(&log);
	return failed;
}

static int report(const struct evidence *self, struct span report_data, uint64_t deadline_ms,
		  cJSON **ret, struct err *e)
{
	AUTO_BUF struct buf quote = BUF_EMPTY, log = BUF_EMPTY;
	uint8_t data[REPORT_DATA_BYTES] = { 0 };
	int failed = -(int)FAIL_FORGED;

	memcpy(data, report_data.at, report_data.len);
	for (int i = 0; i < ASKS && failed == -(int)FAIL_FORGED; i++)
		failed = quote_once(&self->dev, data, deadline_ms, &quote, e);
	if (!failed)
		failed = read_log(self, &log, e);
	if (failed)
		return failed;
	return tdx_json(buf_view(&quote), buf_view(&log), ret, e);
}

const struct evidence_driver evidence_tdx = {
	.tee = "tdx",
	.provider = "tdx_guest",
	.platform = platform,
	.report = report,
};
