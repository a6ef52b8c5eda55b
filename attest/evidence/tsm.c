#include "attest/evidence/tsm.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"

#define RETRY_FIRST_MS 20
#define RETRY_MOST_MS  1000

void tsm_blobs_done(struct tsm_blobs *b)
{
	buf_done(&b->out);
	buf_done(&b->aux);
}

int tsm_provider(int dir, char ret[static TSM_PROVIDER_BYTES], struct err *e)
{
	AUTO_BUF struct buf b = BUF_EMPTY;
	int failed = file_read(dir, "provider", TSM_PROVIDER_BYTES - 1, &b, e);

	if (failed)
		return err_add(e, "tsm");
	if (b.len && b.at[b.len - 1] == '\n')
		b.at[--b.len] = 0;
	if (!b.len)
		return FAIL(e, FAIL_INPUT, "tsm: provider is empty");
	for (size_t i = 0; i < b.len; i++)
		if (b.at[i] <= 0x20 || b.at[i] > 0x7e)
			return FAIL(e, FAIL_INPUT, "tsm: provider is not a name");
	memcpy(ret, b.at, b.len + 1);
	return 0;
}

/*
 * A guest below VMPL 0 may only ask for its own level or a lower one, and the kernel's default is
 * 0: there, and only there, the level has to be written. It is text, and it counts as a write.
 */
static int set_privlevel(int dir, struct err *e)
{
	char text[24];
	uint64_t floor;
	struct err none = { 0 };
	int failed = file_read_u64(dir, "privlevel_floor", &floor, &none);

	if (failed && none.sys == ENOENT)
		return 0;
	if (failed) {
		*e = none;
		return err_add(e, "tsm");
	}
	if (!floor)
		return 0;
	(void)snprintf(text, sizeof(text), "%" PRIu64, floor);
	failed = file_write(dir, "privlevel", span_text(text), e);
	return failed ? err_add(e, "tsm") : 0;
}

static int ask_once(int dir, struct span data, bool snp, struct tsm_blobs *ret, struct err *e)
{
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	uint64_t before, after;

	if (snp && set_privlevel(dir, e) < 0)
		return -(int)e->kind;
	/* outblob before auxblob: both come from one report, as long as nobody writes. */
	if (file_read_u64(dir, "generation", &before, e) < 0 ||
	    file_write(dir, "inblob", data, e) < 0 ||
	    file_read(dir, "outblob", LIMIT_REPORT_BYTES, &b.out, e) < 0 ||
	    (snp && file_read(dir, "auxblob", LIMIT_REPORT_BYTES, &b.aux, e) < 0) ||
	    file_read_u64(dir, "generation", &after, e) < 0)
		return err_add(e, "tsm");

	/* Our one write moves the counter by one; any other step means that the report may answer
	 * somebody else's data. */
	if (after != before + 1)
		return FAIL(e, FAIL_AGAIN, "tsm: generation %" PRIu64 " -> %" PRIu64, before,
			    after);
	if (!b.out.len)
		return FAIL(e, FAIL_INPUT, "tsm: empty report: no quoting service on this host?");
	*ret = b;
	b = TSM_BLOBS_EMPTY;
	return 0;
}

static bool is_worth_retrying(const struct err *e)
{
	return e->kind == FAIL_AGAIN ||
	       (e->kind == FAIL_SYS && (e->sys == EBUSY || e->sys == EINTR));
}

int tsm_report(int dir, const uint8_t data[static TSM_DATA_BYTES], bool snp, uint64_t deadline_ms,
	       struct tsm_blobs *ret, struct err *e)
{
	int pause_ms = RETRY_FIRST_MS;
	struct err why = { 0 };
	int failed;

	for (;;) {
		failed = ask_once(dir, span(data, TSM_DATA_BYTES), snp, ret, &why);
		if (!failed)
			return 0;
		if (!is_worth_retrying(&why) || deadline_left(deadline_ms) <= pause_ms)
			break;
		/* The kernel tells nobody when the device is free again. */
		(void)poll(NULL, 0, pause_ms);
		pause_ms = pause_ms > RETRY_MOST_MS / 2 ? RETRY_MOST_MS : pause_ms * 2;
	}
	if (why.kind == FAIL_SYS && why.sys == EIO)
		return err_set(e, FAIL_SYS, EIO, __func__, "%s (no quoting service on this host?)",
			       why.text);
	return err_set(e, is_worth_retrying(&why) ? FAIL_AGAIN : why.kind, why.sys, why.where, "%s",
		       why.text);
}
