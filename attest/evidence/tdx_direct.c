#include "attest/evidence/tdx_direct.h"

#include "attest/evidence/tdx_quote.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/limits.h"

bool tdx_direct_is_resting(const struct tdx_direct *d)
{
	return clock_boot_ms() < d->rest_until_ms;
}

/* An answer to somebody else's question has another body. That it has ours does not make it true:
 * its signatures do, and they are not ours to check. */
static int check_quote(struct span quote, struct span tdreport, struct span *ret, struct err *e)
{
	struct tdx_quote q = { .bytes = SPAN_EMPTY };
	int failed = tdx_quote_parse(quote, &q, e);

	if (failed)
		return failed;
	if (!span_is_equal(q.td, span(tdreport.at + TDREPORT_OFF_TD, TDX_TD_BYTES)) ||
	    !span_is_equal(q.report_data, span(tdreport.at + TDREPORT_OFF_DATA, REPORT_DATA_BYTES)))
		return FAIL(e, FAIL_FORGED, "tdx: the quote is of another TDREPORT");
	*ret = q.bytes;
	return 0;
}

static int ask_service(struct tdx_direct *d, struct span tdreport, uint64_t deadline_ms,
		       struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf b = BUF_EMPTY;
	uint64_t start_ms = clock_boot_ms();
	struct span quote = SPAN_EMPTY;
	int failed = qgs_quote(d->connect, d->ctx, tdreport, deadline_ms, &b, e);

	if (failed && clock_boot_ms() - start_ms >= LIMIT_QGS_CONNECT_MS)
		d->rest_until_ms = deadline_in(LIMIT_QGS_REST_MS);
	if (!failed)
		failed = check_quote(buf_view(&b), tdreport, &quote, e);
	if (failed)
		return failed;
	b.len = quote.len; /* a quote begins where its bytes do */
	*ret = buf_take(&b);
	return 0;
}

int tdx_direct_quote(struct tdx_direct *d, int device, const uint8_t data[static REPORT_DATA_BYTES],
		     uint64_t deadline_ms, struct buf *ret, struct err *e)
{
	uint8_t tdreport[TDREPORT_BYTES];
	int failed = d->tdreport(device, data, tdreport, e);

	if (failed)
		return failed;
	if (!span_is_equal(span(tdreport + TDREPORT_OFF_DATA, REPORT_DATA_BYTES),
			   span(data, REPORT_DATA_BYTES)))
		return FAIL(e, FAIL_FORGED,
			    "tdx: the TDREPORT binds other data than was asked for");
	return ask_service(d, span(tdreport, sizeof(tdreport)), deadline_ms, ret, e);
}
