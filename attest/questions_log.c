#include <string.h>

#include "attest/questions.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/json.h"
#include "base/limits.h"

static bool is_terminated(const char *field, size_t size)
{
	return memchr(field, 0, size) != NULL;
}

static int add_hex(cJSON *o, const char *name, const struct digest *d, struct err *e)
{
	char hex[2 * DIGEST_MAX_BYTES + 1];

	digest_hex(span(d->at, d->len), hex);
	return json_add_text(o, name, hex, e);
}

static int print_event(const struct ownlog *log, const struct ownlog_event *event, struct buf *ret,
		       struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	int failed = json_add_u64(o, "index", event->index, e);

	if (!failed)
		failed = json_add_text(o, "strength", log->reg.strength, e);
	if (!failed)
		failed = json_add_text(o, "register", log->reg.name, e);
	if (!failed)
		failed = add_hex(o, "digest", &event->digest, e);
	if (!failed)
		failed = add_hex(o, "head", &event->head, e);
	return failed ? failed : json_print(o, LIMIT_EVENTLOG_JSON_BYTES, ret, e);
}

int question_event(struct boot *b, const struct msg_event *q, uint64_t deadline_ms, struct err *e)
{
	const struct entry_text t = { q->domain, q->operation, q->content };
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct ownlog_event event;
	int failed;

	if (!is_terminated(q->domain, sizeof(q->domain)) ||
	    !is_terminated(q->operation, sizeof(q->operation)) ||
	    !is_terminated(q->content, sizeof(q->content)))
		return FAIL(e, FAIL_INPUT, "event: a text that does not end");
	failed = ownlog_append(&b->log, EVENT_TENANT, &t, deadline_ms, &event, e);
	if (!failed)
		failed = print_event(&b->log, &event, &text, e);
	return failed ? failed : fd_seal_bytes("sealinit-event", buf_view(&text), e);
}

static int describe(struct ownlog *log, cJSON *o, bool with_count, struct digest *ret_head,
		    struct err *e)
{
	AUTO_BUF struct buf events = BUF_EMPTY;
	struct ownlog_view v;
	int failed = ownlog_view(log, &v, e);

	if (!failed)
		failed = ownlog_bytes(log, &events, e);
	if (!failed)
		failed = json_add_text(o, "strength", log->reg.strength, e);
	if (!failed)
		failed = json_add_text(o, "register", log->reg.name, e);
	if (!failed && with_count)
		failed = json_add_u64(o, "count", v.count, e);
	if (!failed)
		failed = json_add_b64(o, "events", buf_view(&events), e);
	if (!failed)
		failed = json_add_b64(o, "head", span(v.head.at, v.head.len), e);
	if (!failed)
		*ret_head = v.head;
	return failed;
}

int question_log(struct boot *b, cJSON **ret, struct digest *ret_head, struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	int failed = ownlog_begin(&b->log, deadline_in(LIMIT_LOG_MS), e);

	if (failed)
		return failed;
	failed = describe(&b->log, o, false, ret_head, e);
	ownlog_end(&b->log);
	if (failed)
		return failed;
	*ret = o;
	o = NULL;
	return 0;
}

int question_eventlog(struct boot *b, uint64_t deadline_ms, struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct digest head;
	int failed = ownlog_begin(&b->log, deadline_ms, e);

	if (failed)
		return failed;
	failed = describe(&b->log, o, true, &head, e);
	ownlog_end(&b->log);
	if (!failed)
		failed = json_print(o, LIMIT_EVENTLOG_JSON_BYTES, &text, e);
	return failed ? failed : fd_seal_bytes("sealinit-eventlog", buf_view(&text), e);
}
