#include "api/chunk.h"

#include <string.h>

bool chunk_is_done(const struct chunk *c)
{
	return c->state == CHUNK_DONE;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Moves bytes of one line into c->line. 1 when the line is whole (its CRLF is taken off). */
static int take_line(struct chunk *c, struct span *in, struct err *e)
{
	while (in->len) {
		char byte = (char)in->at[0];

		*in = span(in->at + 1, in->len - 1);
		if (byte == '\n') {
			if (!c->line_len || c->line[c->line_len - 1] != '\r')
				return FAIL(e, FAIL_INPUT, "a chunk line does not end in CRLF");
			c->line_len--;
			return 1;
		}
		if (c->line_len && c->line[c->line_len - 1] == '\r')
			return FAIL(e, FAIL_INPUT, "a bare CR in a chunk line");
		if (c->line_len == sizeof(c->line))
			return FAIL(e, FAIL_LIMIT, "a chunk line of more than %d bytes",
				    CHUNK_LINE_BYTES);
		c->line[c->line_len++] = byte;
	}
	return 0;
}

static int read_size(struct chunk *c, struct err *e)
{
	size_t size = 0, i;

	for (i = 0; i < c->line_len && hex_value(c->line[i]) >= 0; i++)
		if (__builtin_mul_overflow(size, 16, &size) ||
		    __builtin_add_overflow(size, (size_t)hex_value(c->line[i]), &size))
			return FAIL(e, FAIL_LIMIT, "a chunk beyond all memory");
	/* RFC 9112, 7.1.1: what is not known in an extension is passed over. */
	if (!i || (i < c->line_len && c->line[i] != ';'))
		return FAIL(e, FAIL_INPUT, "malformed chunk size");
	c->left = size;
	c->line_len = 0;
	c->state = size ? CHUNK_DATA : CHUNK_TRAILER;
	return 0;
}

static int end_line(struct chunk *c, struct err *e)
{
	bool is_empty = c->line_len == 0;

	c->line_len = 0;
	if (c->state == CHUNK_DATA_END) {
		if (!is_empty)
			return FAIL(e, FAIL_INPUT, "a chunk is longer than its size");
		c->state = CHUNK_SIZE;
	} else if (is_empty) {
		c->state = CHUNK_DONE;
	} else if (++c->trailers > CHUNK_TRAILERS) {
		return FAIL(e, FAIL_LIMIT, "more than %d trailers", CHUNK_TRAILERS);
	}
	return 0;
}

static void take_data(struct chunk *c, struct span *in, struct span *ret)
{
	size_t n = in->len < c->left ? in->len : c->left;

	*ret = span(in->at, n);
	*in = span(in->at + n, in->len - n);
	c->left -= n;
	if (!c->left)
		c->state = CHUNK_DATA_END;
}

int chunk_next(struct chunk *c, struct span *in, struct span *ret, struct err *e)
{
	*ret = SPAN_EMPTY;
	while (in->len && c->state != CHUNK_DONE) {
		int got;

		if (c->state == CHUNK_DATA) {
			take_data(c, in, ret);
			return 0;
		}
		got = take_line(c, in, e);
		if (got > 0)
			got = c->state == CHUNK_SIZE ? read_size(c, e) : end_line(c, e);
		if (got < 0)
			return got;
	}
	return 0;
}
