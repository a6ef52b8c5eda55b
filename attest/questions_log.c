#include <string.h>

#include "attest/questions.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/json.h"
#include "base/limits.h"

#define JSON_BYTES (2 * LIMIT_OWN_LOG_BYTES)

static bool is_terminated(const char *field, size_t size)
{
	return memchr(field, 0, size) != NULL;
}

static void fill(const struct ownlog *log, const struct ownlog_event *event,
		 struct msg_event_done *ret)
{
	*ret = (struct msg_event_done){ .index = event->index,
					.digest_len = (uint32_t)event->digest.len };
	(void)strncpy(ret->strength, log->reg.strength, sizeof(ret->strength) - 1);
	(void)strncpy(ret->reg, log->reg.name, sizeof(ret->reg) - 1);
	memcpy(ret->digest, event->digest.at, event->digest.len);
	memcpy(ret->head, event->head.at, event->head.len);
}

int question_event(struct boot *b, const struct msg_event *q, uint64_t deadline_ms,
		   struct msg_event_done *ret, struct err *e)
{
	const struct entry_text t = { q->domain, q->operation, q->content };
	struct ownlog_event event;
	int failed;

	if (!is_terminated(q->domain, sizeof(q->domain)) ||
	    !is_terminated(q->operation, sizeof(q->operation)) ||
	    !is_terminated(q->content, sizeof(q->content)))
		return FAIL(e, FAIL_INPUT, "event: a text that does not end");
	failed = ownlog_append(&b->log, EVENT_TENANT, &t, deadline_ms, &event, e);
	if (!failed)
		fill(&b->log, &event, ret);
	return failed;
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
		failed = json_print(o, JSON_BYTES, &text, e);
	return failed ? failed : fd_seal_bytes("sealinit-eventlog", buf_view(&text), e);
}
