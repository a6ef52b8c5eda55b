#include "tests/broker/request.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "tests/broker/bounds.h"

bool broker_span_is(struct span s, const char *text)
{
	return span_is_equal(s, span_text(text));
}

static bool is_named(struct span s, const char *name)
{
	return s.len == strlen(name) && !strncasecmp((const char *)s.at, name, s.len);
}

/* Cuts *rest at the first `mark`: what is before it comes back, what is behind it stays. Without a
 * mark the whole comes back and nothing stays. */
static struct span cut(struct span *rest, char mark, bool *ret_found)
{
	*ret_found = span_has(*rest, mark);
	return span_cut(rest, mark);
}

/* RFC 9110, 5.6.2. */
static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isalnum(s.at[i]) && (!s.at[i] || !strchr("!#$%&'*+-.^_`|~", s.at[i])))
			return false;
	return s.len > 0;
}

static bool is_printable(struct span s, bool blanks)
{
	for (size_t i = 0; i < s.len; i++) {
		bool is_blank = s.at[i] == ' ' || s.at[i] == '\t';

		if (is_blank ? !blanks : s.at[i] < 0x21 || s.at[i] == 0x7f)
			return false;
	}
	return true;
}

bool broker_query_is_sane(struct span query)
{
	for (size_t i = 0; i < query.len; i++)
		if (query.at[i] == '%' &&
		    (query.len - i < 3 || !isxdigit(query.at[i + 1]) || !isxdigit(query.at[i + 2])))
			return false;
	return true;
}

bool broker_cookie_find(struct span header, const char *name, struct span *ret)
{
	bool more = true;

	while (more) {
		bool has_value;
		struct span value = cut(&header, ';', &more);
		struct span found = cut(&value, '=', &has_value);

		if (has_value && broker_span_is(span_trim(found), name)) {
			*ret = span_trim(value);
			return true;
		}
	}
	return false;
}

static int read_request_line(struct span line, struct broker_request *r, struct err *e)
{
	bool a, b, query;
	struct span target;

	r->method = cut(&line, ' ', &a);
	target = cut(&line, ' ', &b);
	if (!a || !b || !is_token(r->method))
		return FAIL(e, FAIL_INPUT, "http: not a request line");
	if (!broker_span_is(line, "HTTP/1.1") && !broker_span_is(line, "HTTP/1.0"))
		return FAIL(e, FAIL_INPUT, "http: not version 1.0 or 1.1");
	if (!target.len || target.at[0] != '/' || !is_printable(target, false))
		return FAIL(e, FAIL_INPUT, "http: a target that is no path");
	r->is_last = line.at[7] == '0';
	r->path = cut(&target, '?', &query);
	r->query = target;
	return 0;
}

static int read_length(struct span value, bool *seen, struct broker_request *r, struct err *e)
{
	uint64_t len = 0;

	for (size_t i = 0; i < value.len; i++)
		if (!isdigit(value.at[i]) || __builtin_mul_overflow(len, 10, &len) ||
		    __builtin_add_overflow(len, (uint64_t)(value.at[i] - '0'), &len))
			return FAIL(e, FAIL_INPUT, "http: not a Content-Length");
	if (*seen || !value.len)
		return FAIL(e, FAIL_INPUT, "http: Content-Length twice or empty");
	*seen = true;
	r->body_len = len;
	return 0;
}

static int read_connection(struct span value, struct broker_request *r)
{
	bool more = true;

	while (more) {
		struct span word = span_trim(cut(&value, ',', &more));

		if (is_named(word, "close"))
			r->is_last = true;
		else if (is_named(word, "keep-alive"))
			r->is_last = false;
	}
	return 0;
}

static int read_authorization(struct span value, struct broker_request *r)
{
	bool found;
	struct span scheme = cut(&value, ' ', &found);

	if (found && is_named(scheme, "Bearer"))
		r->bearer = span_trim(value);
	return 0;
}

static int read_header(struct span line, bool *length_seen, struct broker_request *r, struct err *e)
{
	bool found;
	struct span name = cut(&line, ':', &found), value = span_trim(line);

	if (!found || !is_token(name) || !is_printable(value, true))
		return FAIL(e, FAIL_INPUT, "http: not a header line");
	if (is_named(name, "Content-Length"))
		return read_length(value, length_seen, r, e);
	if (is_named(name, "Transfer-Encoding"))
		return FAIL(e, FAIL_INPUT, "http: a body without Content-Length");
	if (is_named(name, "Connection"))
		return read_connection(value, r);
	if (is_named(name, "Authorization"))
		return read_authorization(value, r);
	if (is_named(name, "Cookie") && !r->has_cookie)
		r->has_cookie = broker_cookie_find(value, BROKER_COOKIE, &r->cookie);
	if (is_named(name, "Expect"))
		r->wants_100 = is_named(value, "100-continue");
	return 0;
}

/* A line up to its CR LF. A bare LF or CR would let a proxy in front of us see other lines than we
 * do. */
static bool cut_line(struct span *rest, struct span *ret)
{
	bool found;
	struct span line = cut(rest, '\n', &found);

	if (!found || !line.len || line.at[line.len - 1] != '\r')
		return false;
	line.len--;
	*ret = line;
	return !line.len || !memchr(line.at, '\r', line.len);
}

int broker_request_parse(struct span head, struct broker_request *ret, struct err *e)
{
	struct broker_request r = { 0 };
	bool length_seen = false;
	struct span line;
	int failed = 0;

	if (head.len > BROKER_HEAD_BYTES)
		return FAIL(e, FAIL_LIMIT, "http: a head over %d bytes", BROKER_HEAD_BYTES);
	if (!cut_line(&head, &line))
		return FAIL(e, FAIL_INPUT, "http: not a request line");
	failed = read_request_line(line, &r, e);
	for (unsigned int n = 0; !failed; n++) {
		if (!cut_line(&head, &line))
			return FAIL(e, FAIL_INPUT, "http: a line without its end");
		if (!line.len)
			break;
		if (n == BROKER_HEADERS)
			return FAIL(e, FAIL_LIMIT, "http: over %d headers", BROKER_HEADERS);
		failed = read_header(line, &length_seen, &r, e);
	}
	if (failed)
		return failed;
	if (head.len)
		return FAIL(e, FAIL_INPUT, "http: bytes behind the head");
	*ret = r;
	return 0;
}
