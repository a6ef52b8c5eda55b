#include "api/reply.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/json.h"
#include "base/limits.h"

void reply_body(struct reply *r, enum form form, struct buf *body)
{
	reply_done(r);
	r->status = 200;
	r->form = form;
	r->body = buf_take(body);
}

static int problem_json(const struct reply *r, const char *detail, struct buf *ret, struct err *e)
{
	const struct problem_row *row = &problem_rows[r->problem];
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	char type[64];

	(void)snprintf(type, sizeof(type), "urn:sealinit:problem:%s", row->code);
	if (json_add_text(o, "type", type, e) < 0 || json_add_text(o, "title", row->title, e) < 0 ||
	    json_add_u64(o, "status", (uint64_t)row->http, e) < 0 ||
	    json_add_text(o, "code", row->code, e) < 0 ||
	    json_add_text(o, "detail", detail, e) < 0 ||
	    (r->retry_after_ms && json_add_u64(o, "retry_after_ms", r->retry_after_ms, e) < 0))
		return -(int)FAIL_SYS;
	return json_print(o, LIMIT_API_BODY_BYTES, ret, e);
}

static void keep_printable(char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			*text = '?';
}

void reply_problem(struct reply *r, enum form form, enum problem problem,
		   unsigned int retry_after_ms, const char *format, ...)
{
	char detail[256];
	struct err e = { 0 };
	va_list args;

	va_start(args, format);
	(void)vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	keep_printable(detail);

	reply_done(r);
	r->status = problem_rows[problem].http;
	r->form = form;
	r->problem = problem;
	r->retry_after_ms = retry_after_ms;
	if (form == FORM_TEXT)
		(void)buf_printf(&r->body, LIMIT_API_BODY_BYTES, &e, "%s: %s\n",
				 problem_rows[problem].code, detail);
	else
		(void)problem_json(r, detail, &r->body, &e);
}

/* RFC 9110, 15; only what the table of problems and the routes use. */
static const char *phrase(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 408:
		return "Request Timeout";
	case 413:
		return "Content Too Large";
	case 415:
		return "Unsupported Media Type";
	case 422:
		return "Unprocessable Content";
	case 502:
		return "Bad Gateway";
	case 503:
		return "Service Unavailable";
	default:
		return "Internal Server Error";
	}
}

/* No Date: a guest has no clock that it could vouch for (RFC 9110, 6.6.1). */
int reply_head(const struct reply *r, bool keep_alive, struct buf *ret, struct err *e)
{
	const size_t limit = LIMIT_API_HEAD_BYTES;
	int failed = buf_printf(ret, limit, e,
				"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
				"Cache-Control: no-store\r\n",
				r->status, phrase(r->status), form_type(r->form), r->body.len);

	if (!failed && r->problem)
		failed = buf_printf(ret, limit, e, "Sealinit-Problem: %s\r\n",
				    problem_rows[r->problem].code);
	if (!failed && r->retry_after_ms)
		failed = buf_printf(ret, limit, e,
				    "Sealinit-Retry-After-Ms: %u\r\nRetry-After: %u\r\n",
				    r->retry_after_ms, (r->retry_after_ms + 999) / 1000);
	if (!failed && r->allow)
		failed = buf_printf(ret, limit, e, "Allow: %s\r\n", r->allow);
	if (!failed && !keep_alive)
		failed = buf_printf(ret, limit, e, "Connection: close\r\n");
	return failed ? failed : buf_printf(ret, limit, e, "\r\n");
}

void reply_done(struct reply *r)
{
	buf_done(&r->body);
	*r = (struct reply){ 0 };
}
