#include "base/span.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct span span(const void *at, size_t len)
{
	return (struct span){ at, len };
}

struct span span_text(const char *text)
{
	return text ? (struct span){ (const uint8_t *)text, strlen(text) } : SPAN_EMPTY;
}

struct span buf_view(const struct buf *b)
{
	return (struct span){ b->at, b->len };
}

_Bool span_is_equal(struct span a, struct span b)
{
	return a.len == b.len && (!a.len || !memcmp(a.at, b.at, a.len));
}

static const uint8_t *find(struct span s, char c)
{
	return s.len ? memchr(s.at, c, s.len) : NULL;
}

_Bool span_has(struct span s, char c)
{
	return find(s, c) != NULL;
}

static _Bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

struct span span_trim(struct span s)
{
	while (s.len && is_blank(s.at[0]))
		s = span(s.at + 1, s.len - 1);
	while (s.len && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

struct span span_cut(struct span *rest, char separator)
{
	const uint8_t *found = find(*rest, separator);
	struct span part = *rest;

	if (!found) {
		*rest = SPAN_EMPTY;
		return part;
	}
	part.len = (size_t)(found - rest->at);
	*rest = span(found + 1, rest->len - part.len - 1);
	return part;
}

int buf_reserve(struct buf *b, size_t len, struct err *e)
{
	size_t cap = b->cap ? b->cap : 64;
	uint8_t *at;

	if (len == SIZE_MAX)
		return FAIL(e, FAIL_LIMIT, "a buffer of all memory");
	if (len < b->cap)
		return 0;
	while (cap < len + 1)
		cap = cap > SIZE_MAX / 2 ? len + 1 : cap * 2;

	/* Not realloc(): what it leaves behind could be a key. */
	at = malloc(cap);
	if (!at)
		return FAIL_ERRNO(e, "no memory for %zu bytes", cap);
	if (b->len)
		memcpy(at, b->at, b->len);
	at[b->len] = 0;
	if (b->at)
		explicit_bzero(b->at, b->cap);
	free(b->at);
	b->at = at;
	b->cap = cap;
	return 0;
}

int buf_append(struct buf *b, struct span more, size_t limit, struct err *e)
{
	size_t len;

	if (__builtin_add_overflow(b->len, more.len, &len) || len > limit)
		return FAIL(e, FAIL_LIMIT, "more than %zu bytes", limit);
	if (buf_reserve(b, len, e) < 0)
		return -(int)FAIL_SYS;
	if (more.len)
		memcpy(b->at + b->len, more.at, more.len);
	b->at[len] = 0;
	b->len = len;
	return 0;
}

int buf_printf(struct buf *b, size_t limit, struct err *e, const char *format, ...)
{
	va_list args, again;
	size_t len;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0 || __builtin_add_overflow(b->len, (size_t)n, &len) || len > limit) {
		va_end(again);
		return FAIL(e, FAIL_LIMIT, "more than %zu bytes", limit);
	}
	if (buf_reserve(b, len, e) < 0) {
		va_end(again);
		return -(int)FAIL_SYS;
	}
	(void)vsnprintf((char *)b->at + b->len, (size_t)n + 1, format, again);
	va_end(again);
	b->len = len;
	return 0;
}

struct buf buf_take(struct buf *b)
{
	struct buf taken = *b;

	*b = BUF_EMPTY;
	return taken;
}

void buf_done(struct buf *b)
{
	if (!b || !b->at)
		return;
	explicit_bzero(b->at, b->cap);
	free(b->at);
	*b = BUF_EMPTY;
}
