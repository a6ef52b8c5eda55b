#include "api/ctl/call.h"

#include <poll.h>
#include <string.h>

#include "api/ctl/exits.h"
#include "api/ctl/limits.h"
#include "base/clock.h"

bool call_can_wait(const struct outcome *a)
{
	if (strcmp(a->code, CODE_NO_SOCKET) == 0 || strcmp(a->code, CODE_LOST) == 0)
		return true;
	return a->head.status >= 300 && a->head.has_retry;
}

static uint64_t pause_ms(const struct outcome *a, unsigned attempt)
{
	uint64_t ms = attempt < 4 ? (uint64_t)CTL_PAUSE_FIRST_MS << attempt : CTL_PAUSE_MOST_MS;

	return a->head.has_retry ? a->head.retry_after_ms : ms;
}

/* There is nothing to be woken by: whoever listens next is another socket, and the service answers
 * questions but tells nothing unasked. */
static void wait_ms(uint64_t ms)
{
	(void)poll(NULL, 0, (int)ms);
}

int call_make(const struct args *args, const struct request *rq,
	      bool (*can_wait)(const struct outcome *), struct output *out, struct outcome *ret,
	      struct err *e)
{
	const uint64_t until = deadline_in(args->wait_ms);
	uint64_t ms;
	int rc;

	for (unsigned attempt = 0;; attempt++) {
		rc = exchange(args->socket, rq, deadline_in(args->timeout_ms), out, ret, e);
		if (rc == 0 || !can_wait(ret))
			return rc;
		ms = pause_ms(ret, attempt);
		if (ms >= (uint64_t)deadline_left(until))
			return rc;
		wait_ms(ms);
		if (output_reset(out, e) < 0) {
			ret->code = CODE_LOCAL;
			return -(int)e->kind;
		}
	}
}

/* Text is how the service says it to us: "code: detail\n"; the code is known from the head. */
static const char *text_detail(char *text, const char *code)
{
	const size_t n = strlen(code);

	text[strcspn(text, "\r\n")] = '\0';
	return strncmp(text, code, n) == 0 && strncmp(text + n, ": ", 2) == 0 ? text + n + 2 : text;
}

/* Where JSON was asked for, the reason is JSON as well (RFC 9457). This finds what to show and
 * decides nothing: an odd document only makes an odd line. */
static const char *json_detail(char *text)
{
	static const char name[] = "\"detail\":\"";
	char *from = strstr(text, name), *to;

	if (!from)
		return "";
	from += strlen(name);
	for (to = from; *to != '\0' && *to != '"'; to++)
		if (*to == '\\' && to[1] != '\0')
			to++;
	*to = '\0';
	return from;
}

static const char *detail_of(struct outcome *a)
{
	char *text = (char *)a->text.at;

	if (text && strcmp(a->head.type, MEDIA_TEXT) == 0)
		return text_detail(text, a->code);
	if (text && strcmp(a->head.type, "application/problem+json") == 0)
		return json_detail(text);
	return "";
}

int call_report(struct outcome *a, const struct err *e)
{
	return exits_report(a->code, e->kind == FAIL_DENIED ? detail_of(a) : e->text);
}

int call_commit(struct output *out)
{
	struct err e = { 0 };

	if (output_commit(out, &e) < 0)
		return exits_report(CODE_LOCAL, e.text);
	return 0;
}

int call_run(const struct args *args, const struct request *rq, struct output *out)
{
	AUTO_OUTCOME struct outcome answer = { 0 };
	struct err e = { 0 };

	if (call_make(args, rq, call_can_wait, out, &answer, &e) < 0)
		return call_report(&answer, &e);
	return call_commit(out);
}
