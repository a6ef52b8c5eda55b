#include "api/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api/routes.h"
#include "base/limits.h"

#define BUSY_RETRY_MS 200

/* A problem that the head alone calls for. */
static bool refuse_head(struct exchange *x, enum problem problem, const char *detail)
{
	reply_problem(&x->reply, form_of_problem(x->head.accept), problem, 0, "%s", detail);
	return false;
}

static bool begin_method(struct exchange *x, const struct route *path)
{
	x->route = route_with_method(path, x->head.method);
	if (x->route)
		return true;
	(void)refuse_head(x, PROBLEM_METHOD_NOT_ALLOWED, "this path has other methods");
	x->reply.allow = path->method == HTTP_GET ? "GET" : "POST";
	return false;
}

bool exchange_begin(struct exchange *x)
{
	const struct route *path = route_with_path(x->head.path);
	bool has_body = x->head.is_chunked || x->head.content_length;

	if (!path)
		return refuse_head(x, PROBLEM_NOT_FOUND, "no such path");
	if (!begin_method(x, path))
		return false;
	if (x->head.has_query && !x->route->has_query)
		return refuse_head(x, PROBLEM_BAD_REQUEST, "this route takes no query");
	if (has_body && !x->route->body_limit)
		return refuse_head(x, PROBLEM_BAD_REQUEST, "this route takes no body");
	if (x->route->body_limit && !(form_of_type(x->head.content_type) & x->route->body_forms))
		return refuse_head(x, PROBLEM_UNSUPPORTED_MEDIA, x->route->body_hint);
	if (x->head.content_length > x->route->body_limit)
		return refuse_head(x, PROBLEM_TOO_LARGE, "the body is too large for this route");
	return true;
}

size_t exchange_body_limit(const struct exchange *x)
{
	return x->route->body_limit;
}

void exchange_run(struct exchange *x)
{
	x->route->run(x);
}

void exchange_answer(struct exchange *x, enum form form, struct buf *body)
{
	reply_body(&x->reply, form, body);
	x->done(x);
}

void exchange_refuse(struct exchange *x, enum problem problem, unsigned int retry_after_ms,
		     const char *format, ...)
{
	char detail[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	reply_problem(&x->reply, form_of_problem(x->head.accept), problem, retry_after_ms, "%s",
		      detail);
	x->done(x);
}

void exchange_fail(struct exchange *x, const struct err *why)
{
	enum problem problem = problem_of(why->kind);

	exchange_refuse(x, problem, problem == PROBLEM_BUSY ? BUSY_RETRY_MS : 0, "%s", why->text);
}

void exchange_not_ready(struct exchange *x)
{
	const struct status *s = x->services->status(x->services->arg);
	const char *stage = status_stage_name(s);

	switch (status_state(s)) {
	case GUEST_STOPPING:
		exchange_refuse(x, PROBLEM_STOPPING, 0, "the guest is going down");
		return;
	case GUEST_DEGRADED:
		exchange_refuse(x, PROBLEM_NOT_READY, 0,
				"this guest goes on without secrets: stage %s failed: %s",
				stage_names[s->failed.stage], s->failed.text);
		return;
	case GUEST_FAILED:
		exchange_refuse(x, PROBLEM_NOT_READY, 0, "stage %s failed", stage ? stage : "?");
		return;
	case GUEST_ATTESTING:
	case GUEST_READY:
		break;
	}
	exchange_refuse(x, PROBLEM_NOT_READY, REPLY_RETRY_MS, "the guest is attesting%s%s",
			stage ? ", in stage " : "", stage ? stage : "");
}

void exchange_ask(struct exchange *x, const struct question *q, answer_fn *answered)
{
	const struct services *s = x->services;
	struct err e = { 0 };
	int failed;

	if (status_state(s->status(s->arg)) != GUEST_READY) {
		exchange_not_ready(x);
		return;
	}
	failed = s->ask(s->arg, q, answered, x, &x->question, &e);
	if (failed == -(int)FAIL_SYS && e.sys == ENOTCONN)
		exchange_not_ready(x);
	else if (failed)
		exchange_fail(x, &e);
}

static void cancel(struct exchange *x)
{
	if (x->question)
		x->services->cancel(x->services->arg, x->question);
	x->question = 0;
}

void exchange_stop(struct exchange *x)
{
	cancel(x);
	reply_problem(&x->reply, form_of_problem(x->head.accept), PROBLEM_STOPPING, 0,
		      "the guest is going down");
}

void exchange_done(struct exchange *x)
{
	cancel(x);
	buf_done(&x->body);
	reply_done(&x->reply);
	x->route = NULL;
	memset(&x->head, 0, sizeof(x->head));
}
