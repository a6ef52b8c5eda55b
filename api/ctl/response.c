#include "api/ctl/response.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define RETRY_AFTER_MAX_MS 3600000

void response_init(struct response *r, uint64_t body_limit)
{
	memset(r, 0, sizeof(*r));
	r->state = RESPONSE_STATUS;
	r->body_limit = body_limit;
}

bool response_has_head(const struct response *r)
{
	return r->state > RESPONSE_HEADER && r->state != RESPONSE_BROKEN;
}

bool response_is_done(const struct response *r)
{
	return r->state == RESPONSE_DONE;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* RFC 9110, section 5.6.2. */
static bool is_token_char(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* Digits alone, without sign or space; false if there are none, or more than a uint64_t holds. */
static bool parse_decimal(const char *text, size_t len, uint64_t *ret)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++)
		if (!is_digit(text[i]) || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(text[i] - '0'), &value))
			return false;
	if (len > 0)
		*ret = value;
	return len > 0;
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "HTTP/1.1 200 OK". Interim answers (1xx) come only to those who ask for them; we never do. */
static int read_status(struct response *r, struct err *e)
{
	const char *line = r->line;
	uint64_t status;

	if (r->line_len < 13 || memcmp(line, "HTTP/1.1 ", 9) != 0 || line[12] != ' ' ||
	    !parse_decimal(line + 9, 3, &status) || status < 200 || status > 599)
		return FAIL(e, FAIL_INPUT, "the answer doesn't begin with an HTTP/1.1 status");
	r->status = (unsigned)status;
	r->state = RESPONSE_HEADER;
	return 0;
}

static int read_length(struct response *r, const char *value, size_t len, struct err *e)
{
	if (r->has_length || !parse_decimal(value, len, &r->left))
		return FAIL(e, FAIL_INPUT, "the answer's Content-Length is not one number");
	r->has_length = true;
	return 0;
}

static int read_coding(struct response *r, const char *value, size_t len, struct err *e)
{
	if (r->is_chunked || len != 7 || strncasecmp(value, "chunked", len) != 0)
		return FAIL(e, FAIL_INPUT, "the answer has a transfer coding other than chunked");
	r->is_chunked = true;
	return 0;
}

/* "text/plain; charset=utf-8" -> "text/plain" */
static int read_type(struct response *r, const char *value, size_t len, struct err *e)
{
	size_t n = 0;

	while (n < len && value[n] != ';' && value[n] != ' ')
		n++;
	if (r->type[0] != '\0' || n == 0 || n >= sizeof(r->type))
		return FAIL(e, FAIL_INPUT, "the answer's Content-Type is not one media type");
	for (size_t i = 0; i < n; i++)
		r->type[i] =
			value[i] >= 'A' && value[i] <= 'Z' ? (char)(value[i] | 0x20) : value[i];
	return 0;
}

static int read_problem(struct response *r, const char *value, size_t len, struct err *e)
{
	if (r->problem[0] != '\0' || len == 0 || len >= sizeof(r->problem))
		return FAIL(e, FAIL_INPUT, "the answer's Sealinit-Problem is not one code");
	for (size_t i = 0; i < len; i++)
		if (!(value[i] >= 'a' && value[i] <= 'z') && !is_digit(value[i]) && value[i] != '-')
			return FAIL(e, FAIL_INPUT, "the answer's Sealinit-Problem is not a code");
	memcpy(r->problem, value, len);
	return 0;
}

static int read_retry(struct response *r, const char *value, size_t len, struct err *e)
{
	if (r->has_retry || !parse_decimal(value, len, &r->retry_after_ms) ||
	    r->retry_after_ms > RETRY_AFTER_MAX_MS)
		return FAIL(e, FAIL_INPUT, "the answer's Sealinit-Retry-After-Ms is not one time");
	r->has_retry = true;
	return 0;
}

/* The headers that mean something here; all others are passed over. */
static const struct {
	char name[32];
	int (*read)(struct response *r, const char *value, size_t len, struct err *e);
} headers[] = {
	{ "Content-Length", read_length },
	{ "Transfer-Encoding", read_coding },
	{ "Content-Type", read_type },
	{ "Sealinit-Problem", read_problem },
	{ "Sealinit-Retry-After-Ms", read_retry },
};

/* The head is over: what follows? A body needs a length that can't be cut in silence. */
static int end_head(struct response *r, struct err *e)
{
	if (r->has_length && r->is_chunked)
		return FAIL(e, FAIL_INPUT, "the answer has two lengths");
	if (r->is_chunked) {
		r->state = RESPONSE_CHUNK_SIZE;
		return 0;
	}
	if (!r->has_length && r->status != 204)
		return FAIL(e, FAIL_INPUT, "the answer has no length");
	if (r->left > r->body_limit)
		return FAIL(e, FAIL_LIMIT, "the answer is longer than %" PRIu64 " bytes",
			    r->body_limit);
	r->state = r->left > 0 ? RESPONSE_BODY : RESPONSE_DONE;
	return 0;
}

static int read_header(struct response *r, struct err *e)
{
	size_t name = 0, from, to = r->line_len;

	if (r->line_len == 0)
		return end_head(r, e);
	if (++r->headers > RESPONSE_HEADERS)
		return FAIL(e, FAIL_LIMIT, "the answer has more than %d headers", RESPONSE_HEADERS);

	while (name < r->line_len && is_token_char(r->line[name]))
		name++;
	if (name == 0 || name == r->line_len || r->line[name] != ':')
		return FAIL(e, FAIL_INPUT, "the answer has a header without a name");
	for (from = name + 1; from < to && (r->line[from] == ' ' || r->line[from] == '\t');)
		from++;
	while (to > from && (r->line[to - 1] == ' ' || r->line[to - 1] == '\t'))
		to--;

	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
		if (strlen(headers[i].name) == name &&
		    strncasecmp(headers[i].name, r->line, name) == 0)
			return headers[i].read(r, r->line + from, to - from, e);
	return 0;
}

/* Chunk extensions mean nothing to us, and nobody has a reason to send one. */
static int read_chunk_size(struct response *r, struct err *e)
{
	uint64_t size = 0, total;

	if (r->line_len == 0 || r->line_len > 15)
		return FAIL(e, FAIL_INPUT, "the answer has a chunk without a size");
	for (size_t i = 0; i < r->line_len; i++) {
		int digit = hex_value(r->line[i]);

		if (digit < 0)
			return FAIL(e, FAIL_INPUT, "the answer has a chunk without a size");
		size = size << 4 | (uint64_t)digit;
	}
	if (__builtin_add_overflow(size, r->body_bytes, &total) || total > r->body_limit)
		return FAIL(e, FAIL_LIMIT, "the answer is longer than %" PRIu64 " bytes",
			    r->body_limit);
	r->left = size;
	r->state = size > 0 ? RESPONSE_CHUNK : RESPONSE_TRAILER;
	return 0;
}

static int read_chunk_end(struct response *r, struct err *e)
{
	if (r->line_len != 0)
		return FAIL(e, FAIL_INPUT, "the answer has a chunk longer than its size");
	r->state = RESPONSE_CHUNK_SIZE;
	return 0;
}

/* Fields behind the last chunk could only say again what the head has said. */
static int read_trailer(struct response *r, struct err *e)
{
	if (r->line_len != 0)
		return FAIL(e, FAIL_INPUT, "the answer goes on behind its last chunk");
	r->state = RESPONSE_DONE;
	return 0;
}

static int read_line(struct response *r, struct err *e)
{
	switch (r->state) {
	case RESPONSE_STATUS:
		return read_status(r, e);
	case RESPONSE_HEADER:
		return read_header(r, e);
	case RESPONSE_CHUNK_SIZE:
		return read_chunk_size(r, e);
	case RESPONSE_CHUNK_END:
		return read_chunk_end(r, e);
	default:
		return read_trailer(r, e);
	}
}

/* Takes one byte of a line; the line is handed on when its CR LF is complete. */
static int feed_line(struct response *r, char c, struct err *e)
{
	bool after_cr = r->line_len > 0 && r->line[r->line_len - 1] == '\r';
	int rc;

	if (++r->head_bytes > RESPONSE_HEAD_BYTES && r->state <= RESPONSE_HEADER)
		return FAIL(e, FAIL_LIMIT, "the answer's head is longer than %d bytes",
			    RESPONSE_HEAD_BYTES);
	if (after_cr != (c == '\n'))
		return FAIL(e, FAIL_INPUT, "the answer has a line that doesn't end in CR LF");
	if ((c >= 0 && c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f)
		return FAIL(e, FAIL_INPUT, "the answer has a control character in a line");
	if (c != '\n') {
		if (r->line_len == sizeof(r->line))
			return FAIL(e, FAIL_LIMIT, "the answer has a line over %d bytes",
				    RESPONSE_LINE_BYTES);
		r->line[r->line_len++] = c;
		return 0;
	}

	r->line_len--;
	rc = read_line(r, e);
	r->line_len = 0;
	return rc;
}

static struct span feed_body(struct response *r, struct span in)
{
	size_t n = in.len < r->left ? in.len : (size_t)r->left;

	r->left -= n;
	r->body_bytes += n;
	if (r->left == 0)
		r->state = r->state == RESPONSE_BODY ? RESPONSE_DONE : RESPONSE_CHUNK_END;
	return span(in.at, n);
}

static int feed(struct response *r, struct span in, size_t *ret_used, struct span *ret_body,
		struct err *e)
{
	int rc;

	for (size_t i = 0; i < in.len; i++) {
		if (r->state == RESPONSE_DONE)
			return FAIL(e, FAIL_INPUT, "the answer goes on behind its end");
		if (r->state == RESPONSE_BODY || r->state == RESPONSE_CHUNK) {
			*ret_body = feed_body(r, span(in.at + i, in.len - i));
			*ret_used = i + ret_body->len;
			return 0;
		}
		rc = feed_line(r, (char)in.at[i], e);
		if (rc < 0)
			return rc;
	}
	*ret_body = SPAN_EMPTY;
	*ret_used = in.len;
	return 0;
}

int response_feed(struct response *r, struct span in, size_t *ret_used, struct span *ret_body,
		  struct err *e)
{
	int rc;

	if (r->state == RESPONSE_BROKEN)
		return FAIL(e, FAIL_BUG, "an answer that was refused is read on");
	rc = feed(r, in, ret_used, ret_body, e);
	if (rc < 0)
		r->state = RESPONSE_BROKEN;
	return rc;
}

int response_end(const struct response *r, struct err *e)
{
	if (r->state != RESPONSE_DONE)
		return FAIL(e, FAIL_INPUT,
			    "the answer was cut after %zu bytes of head and %" PRIu64 " of body",
			    r->head_bytes, r->body_bytes);
	return 0;
}
