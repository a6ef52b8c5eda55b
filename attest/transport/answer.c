#include "attest/transport/answer.h"

#include <string.h>

#include "base/limits.h"

void answer_done(struct answer *a)
{
	buf_done(&a->fields);
	buf_done(&a->body);
	buf_done(&a->line);
}

bool answer_is_complete(const struct answer *a)
{
	return a->state == ANSWER_COMPLETE;
}

static char lower(uint8_t c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static bool is_text(struct span s, const char *want)
{
	size_t i = 0;

	while (i < s.len && want[i] && lower(s.at[i]) == want[i])
		i++;
	return i == s.len && !want[i];
}

/* RFC 9110, 5.6.2: token. */
static bool is_token_char(uint8_t c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* RFC 9110, 5.5: field content, obs-text included. */
static bool is_value(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.at[i] < 0x20 && s.at[i] != '\t') || s.at[i] == 0x7f)
			return false;
	return true;
}

static struct span trimmed(struct span s)
{
	while (s.len && (s.at[0] == ' ' || s.at[0] == '\t'))
		s = span(s.at + 1, s.len - 1);
	while (s.len && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* RFC 9112, 4: "HTTP/1.1 200 reason". Servers leave out the last space when there is no reason. */
static int take_status(struct answer *a, struct span line, struct err *e)
{
	const uint8_t *c = line.at;

	if (line.len < 12 || memcmp(c, "HTTP/1.", 7) != 0 || (c[7] != '0' && c[7] != '1') ||
	    c[8] != ' ' || c[9] < '1' || c[9] > '5' || c[10] < '0' || c[10] > '9' || c[11] < '0' ||
	    c[11] > '9' || (line.len > 12 && c[12] != ' ') || !is_value(line))
		return FAIL(e, FAIL_INPUT, "http: not a status line: \"%.*s\"",
			    (int)(line.len < 40 ? line.len : 40), (const char *)c);
	a->status = (unsigned int)((c[9] - '0') * 100 + (c[10] - '0') * 10 + (c[11] - '0'));
	a->is_old = c[7] == '0';
	a->keep_alive = !a->is_old;
	a->state = ANSWER_FIELD;
	return 0;
}

static int take_length(struct answer *a, struct span value, struct err *e)
{
	uint64_t length = 0;

	if (a->has_length)
		return FAIL(e, FAIL_INPUT, "http: two Content-Length fields");
	if (!value.len)
		return FAIL(e, FAIL_INPUT, "http: an empty Content-Length");
	for (size_t i = 0; i < value.len; i++)
		if (value.at[i] < '0' || value.at[i] > '9' ||
		    __builtin_mul_overflow(length, 10, &length) ||
		    __builtin_add_overflow(length, (uint64_t)(value.at[i] - '0'), &length))
			return FAIL(e, FAIL_INPUT, "http: Content-Length is not a number");
	a->has_length = true;
	a->left = length;
	return 0;
}

static int take_coding(struct answer *a, struct span value, struct err *e)
{
	if (a->is_chunked || a->is_old || !is_text(value, "chunked"))
		return FAIL(e, FAIL_INPUT, "http: a Transfer-Encoding other than one \"chunked\"");
	a->is_chunked = true;
	return 0;
}

/* The field is a comma-separated list (RFC 9110, 7.6.1); only "close" means something here, since
 * keep-alive is what HTTP/1.1 does, and 1.0 is not trusted with it. */
static void take_connection(struct answer *a, struct span value)
{
	while (value.len) {
		const uint8_t *comma = memchr(value.at, ',', value.len);
		size_t len = comma ? (size_t)(comma - value.at) : value.len;

		if (is_text(trimmed(span(value.at, len)), "close"))
			a->keep_alive = false;
		len += comma ? 1 : 0;
		value = span(value.at + len, value.len - len);
	}
}

static int keep_field(struct answer *a, struct span name, struct span value, struct err *e)
{
	int failed = buf_append(&a->fields, name, LIMIT_HTTP_HEAD_BYTES * 2, e);

	if (failed)
		return failed;
	for (size_t i = a->fields.len - name.len; i < a->fields.len; i++)
		a->fields.at[i] = (uint8_t)lower(a->fields.at[i]);
	if ((failed = buf_append(&a->fields, span(":", 1), LIMIT_HTTP_HEAD_BYTES * 2, e)) ||
	    (failed = buf_append(&a->fields, value, LIMIT_HTTP_HEAD_BYTES * 2, e)))
		return failed;
	return buf_append(&a->fields, span("\n", 1), LIMIT_HTTP_HEAD_BYTES * 2, e);
}

/* Splits "Name: value"; white space before the colon is how smugglers hide a field. */
static int split_field(struct answer *a, struct span line, struct span *ret_name,
		       struct span *ret_value, struct err *e)
{
	size_t n = 0;

	if (++a->count > LIMIT_HTTP_FIELDS)
		return FAIL(e, FAIL_LIMIT, "http: more than %d fields", LIMIT_HTTP_FIELDS);
	while (n < line.len && is_token_char(line.at[n]))
		n++;
	if (!n || n == line.len || line.at[n] != ':')
		return FAIL(e, FAIL_INPUT, "http: not a field: \"%.*s\"",
			    (int)(line.len < 40 ? line.len : 40), (const char *)line.at);
	*ret_name = span(line.at, n);
	*ret_value = trimmed(span(line.at + n + 1, line.len - n - 1));
	if (!is_value(*ret_value))
		return FAIL(e, FAIL_INPUT, "http: a control character in a field");
	return 0;
}

static int take_field(struct answer *a, struct span line, struct err *e)
{
	struct span name, value;
	int failed = split_field(a, line, &name, &value, e);

	if (failed)
		return failed;
	if (is_text(name, "content-length"))
		failed = take_length(a, value, e);
	else if (is_text(name, "transfer-encoding"))
		failed = take_coding(a, value, e);
	else if (is_text(name, "connection"))
		take_connection(a, value);
	return failed ? failed : keep_field(a, name, value, e);
}

/* An interim answer is thrown away; the next line is another status line. */
static int pass_interim(struct answer *a, struct err *e)
{
	if (a->status == 101 || a->has_length || a->is_chunked)
		return FAIL(e, FAIL_INPUT, "http: an interim answer that we can't follow (%u)",
			    a->status);
	if (++a->interims > LIMIT_HTTP_INTERIMS)
		return FAIL(e, FAIL_LIMIT, "http: more than %d interim answers",
			    LIMIT_HTTP_INTERIMS);
	buf_done(&a->fields);
	a->count = 0;
	a->state = ANSWER_STATUS;
	return 0;
}

/* The empty line behind the fields: how the body ends (RFC 9112, 6.3). */
static int take_head_end(struct answer *a, struct err *e)
{
	if (a->status < 200)
		return pass_interim(a, e);
	if (a->has_length && a->is_chunked)
		return FAIL(e, FAIL_INPUT, "http: both Content-Length and Transfer-Encoding");
	if (a->has_length && a->left > LIMIT_HTTP_BODY_BYTES)
		return FAIL(e, FAIL_LIMIT, "http: a body of more than %d bytes",
			    LIMIT_HTTP_BODY_BYTES);
	if (a->status == 204 || a->status == 304) {
		a->state = ANSWER_COMPLETE;
	} else if (a->is_chunked) {
		a->state = ANSWER_CHUNK_SIZE;
	} else if (a->has_length) {
		a->state = a->left ? ANSWER_BODY : ANSWER_COMPLETE;
	} else {
		a->state = ANSWER_BODY_TO_END;
		a->keep_alive = false;
	}
	return 0;
}

static unsigned int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - (unsigned int)'0';
	if (lower(c) >= 'a' && lower(c) <= 'f')
		return (unsigned int)(lower(c) - 'a') + 10;
	return 16;
}

/* RFC 9112, 7.1: hexadecimal digits, then extensions that are passed over. */
static int take_chunk_size(struct answer *a, struct span line, struct err *e)
{
	uint64_t size = 0;
	size_t n = 0;

	for (; n < line.len && n < 8 && hex_value(line.at[n]) < 16; n++)
		size = size << 4 | hex_value(line.at[n]);
	if (!n || (n < line.len && line.at[n] != ';') || !is_value(line))
		return FAIL(e, FAIL_INPUT, "http: not a chunk size: \"%.*s\"",
			    (int)(line.len < 24 ? line.len : 24), (const char *)line.at);
	if (size > LIMIT_HTTP_BODY_BYTES - a->body.len)
		return FAIL(e, FAIL_LIMIT, "http: a body of more than %d bytes",
			    LIMIT_HTTP_BODY_BYTES);
	a->left = size;
	a->state = size ? ANSWER_CHUNK : ANSWER_TRAILER;
	return 0;
}

/* Trailers are read for their form and then forgotten: none may change what the head said. */
static int take_trailer(struct answer *a, struct span line, struct err *e)
{
	struct span name, value;

	if (line.len)
		return split_field(a, line, &name, &value, e);
	a->state = ANSWER_COMPLETE;
	return 0;
}

static int take_line(struct answer *a, struct span line, struct err *e)
{
	switch (a->state) {
	case ANSWER_STATUS:
		return take_status(a, line, e);
	case ANSWER_FIELD:
		return line.len ? take_field(a, line, e) : take_head_end(a, e);
	case ANSWER_CHUNK_SIZE:
		return take_chunk_size(a, line, e);
	case ANSWER_CHUNK_END:
		a->state = ANSWER_CHUNK_SIZE;
		return line.len ? FAIL(e, FAIL_INPUT, "http: a chunk longer than its size") : 0;
	case ANSWER_TRAILER:
		return take_trailer(a, line, e);
	default:
		return FAIL(e, FAIL_BUG, "http: a line in the body");
	}
}

/* One byte of a line. Lines end with CR LF and nothing else. */
static int take_line_byte(struct answer *a, uint8_t c, struct err *e)
{
	struct span line;
	int failed;

	if (a->after_cr != (c == '\n'))
		return FAIL(e, FAIL_INPUT, "http: a line that doesn't end in CR LF");
	if (++a->head_bytes > LIMIT_HTTP_HEAD_BYTES)
		return FAIL(e, FAIL_LIMIT, "http: more than %d bytes of head",
			    LIMIT_HTTP_HEAD_BYTES);
	a->after_cr = c == '\r';
	if (c == '\r')
		return 0;
	if (c != '\n')
		return buf_append(&a->line, span(&c, 1), LIMIT_HTTP_HEAD_BYTES, e);
	line = buf_view(&a->line);
	a->line.len = 0;
	failed = take_line(a, line, e);
	return failed;
}

static bool is_body(enum answer_state s)
{
	return s == ANSWER_BODY || s == ANSWER_BODY_TO_END || s == ANSWER_CHUNK;
}

static int take_body(struct answer *a, struct span *bytes, struct err *e)
{
	size_t n = bytes->len;
	int failed;

	if (a->state != ANSWER_BODY_TO_END && n > a->left)
		n = (size_t)a->left;
	failed = buf_append(&a->body, span(bytes->at, n), LIMIT_HTTP_BODY_BYTES, e);
	if (failed)
		return failed;
	*bytes = span(bytes->at + n, bytes->len - n);
	if (a->state == ANSWER_BODY_TO_END)
		return 0;
	a->left -= n;
	if (!a->left)
		a->state = a->state == ANSWER_BODY ? ANSWER_COMPLETE : ANSWER_CHUNK_END;
	return 0;
}

int answer_take(struct answer *a, struct span bytes, struct err *e)
{
	int failed = 0;

	while (bytes.len && !failed) {
		if (a->state == ANSWER_COMPLETE)
			return FAIL(e, FAIL_INPUT, "http: bytes behind the answer");
		if (is_body(a->state)) {
			failed = take_body(a, &bytes, e);
		} else {
			failed = take_line_byte(a, bytes.at[0], e);
			bytes = span(bytes.at + 1, bytes.len - 1);
		}
	}
	return failed;
}

int answer_end(struct answer *a, struct err *e)
{
	a->keep_alive = false;
	if (a->state == ANSWER_BODY_TO_END)
		a->state = ANSWER_COMPLETE;
	if (a->state != ANSWER_COMPLETE)
		return FAIL(e, FAIL_AGAIN, "the connection ended %s the answer",
			    a->head_bytes ? "within" : "before");
	return 0;
}

struct span answer_field(const struct answer *a, const char *name, unsigned int n)
{
	struct span rest = buf_view(&a->fields);
	size_t len = strlen(name);

	while (rest.len) {
		/* Each was written with its newline; names hold no colon, values no newline. */
		size_t line = (size_t)((const uint8_t *)memchr(rest.at, '\n', rest.len) - rest.at);

		if (line > len && rest.at[len] == ':' && !memcmp(rest.at, name, len) && !n--)
			return span(rest.at + len + 1, line - len - 1);
		rest = span(rest.at + line + 1, rest.len - line - 1);
	}
	return SPAN_EMPTY;
}
