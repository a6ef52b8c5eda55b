#include "attest/verify/log/read.h"

#include <stdlib.h>

#include "base/limits.h"

#define END_BYTES 8

void tcg_log_done(struct tcg_log *log)
{
	if (!log)
		return;
	free(log->events);
	*log = (struct tcg_log){ 0 };
}

/* How many of the first bytes are `value`, up to `limit`. */
static size_t run_of(struct span bytes, uint8_t value, size_t limit)
{
	size_t n = 0;

	while (n < bytes.len && n < limit && bytes.at[n] == value)
		n++;
	return n;
}

/* No register is FFFFFFFF with a type FFFFFFFF. Zeros could be an event of PCR 0, so they end only
 * the areas that are known to be padded. */
static bool is_end(struct span rest, enum tcg_form form)
{
	size_t want = rest.len < END_BYTES ? rest.len : END_BYTES;

	return run_of(rest, 0xff, want) == want ||
	       (form == TCG_FORM_CC && run_of(rest, 0x00, want) == want);
}

static int add_event(struct tcg_log *log, size_t *cap, const struct tcg_event *event, struct err *e)
{
	if (log->count == LIMIT_VERIFY_EVENTS)
		return FAIL(e, FAIL_LIMIT, "more than %d events", LIMIT_VERIFY_EVENTS);
	if (log->count == *cap) {
		size_t want = *cap ? *cap * 2 : 64;
		struct tcg_event *more = realloc(log->events, want * sizeof(*more));

		if (!more)
			return FAIL_ERRNO(e, "event log");
		log->events = more;
		*cap = want;
	}
	log->events[log->count++] = *event;
	return 0;
}

static int read_events(struct span bytes, struct span *rest, struct tcg_log *log, struct err *e)
{
	size_t cap = 0;

	while (!is_end(*rest, log->form)) {
		struct tcg_event event;
		size_t offset = bytes.len - rest->len;
		int failed = tcg_event_read(rest, &log->header, &event, e);

		if (failed) {
			(void)err_add(e, "event %zu at byte %zu", log->count, offset);
			return failed;
		}
		event.offset = offset;
		failed = add_event(log, &cap, &event, e);
		if (failed)
			return failed;
	}
	return 0;
}

int tcg_log_read(struct span bytes, enum tcg_form form, struct tcg_log *ret, struct err *e)
{
	AUTO_TCG_LOG struct tcg_log log = { .form = form };
	struct span rest = bytes;
	int failed;

	if (bytes.len > LIMIT_EVENTLOG_BYTES)
		return FAIL(e, FAIL_LIMIT, "an event log of more than %d bytes",
			    LIMIT_EVENTLOG_BYTES);
	failed = tcg_header_read(&rest, &log.header, e);
	if (!failed)
		failed = read_events(bytes, &rest, &log, e);
	if (failed)
		return failed;
	log.rest = rest.len;
	log.end = bytes.len - rest.len;
	log.is_padding = rest.len && run_of(rest, rest.at[0], rest.len) == rest.len;
	*ret = log;
	log.events = NULL;
	return 0;
}

int tcg_log_guess(struct span bytes, enum tcg_form *ret, struct err *e)
{
	struct tcg_header h;
	int failed = tcg_header_read(&bytes, &h, e);

	if (failed)
		return failed;
	/* OVMF writes the header of a CCEL as register 1, where a TPM's has PCR 0. */
	*ret = h.is_aael || h.reg == 1 ? TCG_FORM_CC : TCG_FORM_TPM;
	return 0;
}
