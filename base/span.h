/* Bytes that travel with their length: a loan (span) and an owner (buf). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct span {
	const uint8_t *at; /* may be NULL when len is 0 */
	size_t len;
};

struct buf {
	uint8_t *at; /* heap; NULL when empty */
	size_t len;
	size_t cap;
};

#define BUF_EMPTY  ((struct buf){ NULL, 0, 0 })
#define SPAN_EMPTY ((struct span){ NULL, 0 })

/* Gives the buffer back when its scope ends. */
#define AUTO_BUF __attribute__((cleanup(buf_done)))

struct span span(const void *at, size_t len);
struct span span_text(const char *text); /* without its terminator; NULL is empty */
struct span buf_view(const struct buf *b);

/* Equal in length and bytes. Not for secrets: time depends on the content. */
_Bool span_is_equal(struct span a, struct span b);

_Bool span_has(struct span s, char c);

/* Without the spaces and tabs at both ends. */
struct span span_trim(struct span s);

/* Takes what stands before the first `separator` off the front of *rest, and the separator with it;
 * all of it without one. */
struct span span_cut(struct span *rest, char separator);

/* Appends; the whole may not exceed `limit` bytes. The bytes at `at` are always followed by a
 * NUL that `len` does not count, so text can be handed to C. -FAIL_LIMIT, -FAIL_SYS (ENOMEM);
 * the buffer keeps what it had. */
int buf_append(struct buf *b, struct span more, size_t limit, struct err *e);
int buf_printf(struct buf *b, size_t limit, struct err *e, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Room for `len` bytes in all, contents kept; `len` itself unchanged. -FAIL_SYS (ENOMEM). */
int buf_reserve(struct buf *b, size_t len, struct err *e);

/* Moves ownership and empties the source. */
struct buf buf_take(struct buf *b);

/* Wipes and frees; fine on an empty buffer. */
void buf_done(struct buf *b);
