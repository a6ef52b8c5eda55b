#include "api/http.h"

#include <string.h>
#include <strings.h>

#include "base/limits.h"

/* What a head may have once. */
struct seen {
	bool host, length, coding, expect;
	bool close, keep_alive;
	bool is_1_0;
};

long http_head_scan(struct span bytes, size_t *scanned, struct err *e)
{
	size_t i;

	for (i = *scanned; i < bytes.len; i++) {
		if (bytes.at[i] != '\n')
			continue;
		if (i == 0 || bytes.at[i - 1] != '\r')
			return FAIL(e, FAIL_INPUT, "a line of the head does not end in CRLF");
		if (i >= 3 && bytes.at[i - 2] == '\n')
			return (long)i + 1;
	}
	*scanned = i;
	return FAIL(e, FAIL_AGAIN, "the head is not complete");
}

bool http_is_word(struct span text, const char *word)
{
	return text.len == strlen(word) && !strncasecmp((const char *)text.at, word, text.len);
}

bool http_next(struct span *rest, char separator, struct span *ret)
{
	if (!rest->len)
		return false;
	*ret = span_trim(span_cut(rest, separator));
	return true;
}

/* RFC 9110, 5.6.2. */
static bool is_token(struct span text)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    (!c || !strchr(others, c)))
			return false;
	}
	return text.len > 0;
}

static bool is_visible(struct span text, bool with_blanks)
{
	for (size_t i = 0; i < text.len; i++)
		if ((text.at[i] <= 0x20 || text.at[i] > 0x7e) &&
		    !(with_blanks && (text.at[i] == ' ' || text.at[i] == '\t')))
			return false;
	return true;
}

static enum http_method method_of(struct span name)
{
	static const struct {
		char name[8];
		enum http_method method;
	} rows[] = { { "GET", HTTP_GET }, { "HEAD", HTTP_HEAD }, { "POST", HTTP_POST } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (span_is_equal(name, span_text(rows[i].name)))
			return rows[i].method;
	return HTTP_OTHER;
}

/* RFC 9112, 3.2.2: a server understands "http://host/path" as well. */
static struct span without_origin(struct span target)
{
	static const char scheme[] = "http://";
	const size_t len = sizeof(scheme) - 1;
	const uint8_t *slash;

	if (target.len < len || strncasecmp((const char *)target.at, scheme, len) != 0)
		return target;
	slash = memchr(target.at + len, '/', target.len - len);
	return slash ? span(slash, target.len - (size_t)(slash - target.at)) : span_text("/");
}

static int parse_request_line(struct span line, struct http_head *ret, struct seen *seen,
			      struct err *e)
{
	struct span method = span_cut(&line, ' ');
	struct span target = span_cut(&line, ' ');
	struct span path;

	seen->is_1_0 = span_is_equal(line, span_text("HTTP/1.0"));
	if (!seen->is_1_0 && !span_is_equal(line, span_text("HTTP/1.1")))
		return FAIL(e, FAIL_INPUT, "not an HTTP/1.1 request line");
	if (!is_token(method))
		return FAIL(e, FAIL_INPUT, "malformed method");
	if (!target.len || !is_visible(target, false) || memchr(target.at, '#', target.len))
		return FAIL(e, FAIL_INPUT, "malformed target");
	target = without_origin(target);
	if (target.at[0] != '/')
		return FAIL(e, FAIL_INPUT, "the target is not a path");
	ret->method = method_of(method);
	ret->has_query = memchr(target.at, '?', target.len) != NULL;
	path = span_cut(&target, '?');
	ret->path = path;
	ret->query = target;
	return 0;
}

static int once(bool *seen, const char *name, struct err *e)
{
	if (*seen)
		return FAIL(e, FAIL_INPUT, "%s is there twice", name);
	*seen = true;
	return 0;
}

static int take_length(struct span value, struct http_head *ret, struct seen *seen, struct err *e)
{
	size_t length = 0;

	if (once(&seen->length, "Content-Length", e) < 0)
		return -(int)FAIL_INPUT;
	if (!value.len)
		return FAIL(e, FAIL_INPUT, "malformed Content-Length");
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return FAIL(e, FAIL_INPUT, "malformed Content-Length");
		if (__builtin_mul_overflow(length, 10, &length) ||
		    __builtin_add_overflow(length, (size_t)(value.at[i] - '0'), &length))
			length = SIZE_MAX;
	}
	ret->content_length = length;
	return 0;
}

static int take_coding(struct span value, struct http_head *ret, struct seen *seen, struct err *e)
{
	if (once(&seen->coding, "Transfer-Encoding", e) < 0)
		return -(int)FAIL_INPUT;
	if (!http_is_word(value, "chunked"))
		return FAIL(e, FAIL_INPUT, "a Transfer-Encoding other than chunked");
	ret->is_chunked = true;
	return 0;
}

static int take_expect(struct span value, struct http_head *ret, struct seen *seen, struct err *e)
{
	if (once(&seen->expect, "Expect", e) < 0)
		return -(int)FAIL_INPUT;
	if (!http_is_word(value, "100-continue"))
		return FAIL(e, FAIL_INPUT, "an Expect other than 100-continue");
	ret->expects_continue = true;
	return 0;
}

static int take_content_type(struct span value, struct http_head *ret, struct err *e)
{
	bool seen = ret->content_type.at != NULL;

	if (once(&seen, "Content-Type", e) < 0)
		return -(int)FAIL_INPUT;
	ret->content_type = span_trim(span_cut(&value, ';'));
	return 0;
}

static void take_connection(struct span value, struct seen *seen)
{
	struct span word;

	while (http_next(&value, ',', &word)) {
		seen->close |= http_is_word(word, "close");
		seen->keep_alive |= http_is_word(word, "keep-alive");
	}
}

static int take_header(struct span name, struct span value, struct http_head *ret,
		       struct seen *seen, struct err *e)
{
	if (http_is_word(name, "host"))
		return once(&seen->host, "Host", e);
	if (http_is_word(name, "content-length"))
		return take_length(value, ret, seen, e);
	if (http_is_word(name, "transfer-encoding"))
		return take_coding(value, ret, seen, e);
	if (http_is_word(name, "expect"))
		return take_expect(value, ret, seen, e);
	if (http_is_word(name, "content-type"))
		return take_content_type(value, ret, e);
	if (http_is_word(name, "accept") && !ret->accept.at)
		ret->accept = value;
	if (http_is_word(name, "connection"))
		take_connection(value, seen);
	return 0;
}

static int parse_header(struct span line, struct http_head *ret, struct seen *seen, struct err *e)
{
	const uint8_t *colon = line.len ? memchr(line.at, ':', line.len) : NULL;
	struct span name;

	if (!colon)
		return FAIL(e, FAIL_INPUT, "a header line without a colon");
	name = span_cut(&line, ':');
	/* is_token() also refuses folded lines and a space before the colon. */
	if (!is_token(name))
		return FAIL(e, FAIL_INPUT, "malformed header name");
	if (!is_visible(line, true))
		return FAIL(e, FAIL_INPUT, "a header value with odd bytes");
	return take_header(name, span_trim(line), ret, seen, e);
}

/* A line with its CRLF off the front. Heads come from http_head_scan(), so each line has one. */
static struct span cut_line(struct span *rest)
{
	struct span line = span_cut(rest, '\n');

	if (line.len)
		line.len--;
	return line;
}

static int check_whole(struct http_head *head, const struct seen *seen, struct err *e)
{
	if (!seen->is_1_0 && !seen->host)
		return FAIL(e, FAIL_INPUT, "Host is missing");
	if (seen->length && seen->coding)
		return FAIL(e, FAIL_INPUT, "both Content-Length and Transfer-Encoding");
	if (seen->is_1_0 && seen->coding)
		return FAIL(e, FAIL_INPUT, "Transfer-Encoding in HTTP/1.0");
	/* RFC 9110, 10.1.1: a 1.0 client's expectation is ignored. */
	if (seen->is_1_0)
		head->expects_continue = false;
	head->keep_alive = !seen->close && (!seen->is_1_0 || seen->keep_alive);
	return 0;
}

int http_head_parse(struct span bytes, struct http_head *ret, struct err *e)
{
	struct http_head head = { .method = HTTP_OTHER };
	struct seen seen = { false };
	struct span line = cut_line(&bytes);
	size_t count = 0;

	if (parse_request_line(line, &head, &seen, e) < 0)
		return -(int)FAIL_INPUT;
	while ((line = cut_line(&bytes)).len) {
		if (++count > LIMIT_API_HEADERS)
			return FAIL(e, FAIL_LIMIT, "more than %d header lines", LIMIT_API_HEADERS);
		if (parse_header(line, &head, &seen, e) < 0)
			return -(int)FAIL_INPUT;
	}
	if (check_whole(&head, &seen, e) < 0)
		return -(int)FAIL_INPUT;
	*ret = head;
	return 0;
}
