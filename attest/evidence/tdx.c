#include <fcntl.h>
#include <string.h>

#include "attest/evidence/probe.h"
#include "attest/evidence/tdx_json.h"
#include "attest/evidence/tdx_quote.h"
#include "attest/evidence/tdx_registers.h"
#include "attest/evidence/tsm.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/limits.h"

static int platform(const struct evidence *self, uint64_t deadline_ms,
		    struct evidence_platform *ret, struct err *e)
{
	(void)deadline_ms; /* both ways answer at once, without the host */
	return tdx_registers(&self->paths, ret, e);
}

/* A guest without a log, or with one that only root may read, sends none: the verifier then judges
 * the registers alone. The area may be shared with the host, so it is copied once. */
static int read_log(const char *path, struct buf *ret, struct err *e)
{
	AUTO_FD int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : -1;
	int failed;

	if (fd < 0)
		return 0;
	failed = fd_read_all(fd, LIMIT_EVENTLOG_BYTES, ret, e);
	return failed ? err_add(e, "%s", path) : 0;
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
	failed = tsm_report(self->tsm_dir, data, false, deadline_ms, &b, e);
	if (!failed)
		failed = tdx_quote_parse(buf_view(&b.out), &quote, e);
	if (!failed)
		failed = read_log(self->paths.ccel, &log, e);
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
