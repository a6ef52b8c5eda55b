/* The body of a request in chunks (RFC 9112, 7.1), as it arrives. Extensions and trailers are
 * dropped, each within CHUNK_LINE_BYTES. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"

#define CHUNK_LINE_BYTES 256 /* a size line, one trailer line                 */
#define CHUNK_TRAILERS	 16  /* lines                                         */

enum chunk_state { CHUNK_SIZE, CHUNK_DATA, CHUNK_DATA_END, CHUNK_TRAILER, CHUNK_DONE };

/* All zero to begin with. */
struct chunk {
	enum chunk_state state;
	size_t left;	 /* data bytes to come in this chunk */
	size_t line_len; /* bytes in `line`                  */
	unsigned int trailers;
	char line[CHUNK_LINE_BYTES];
};

/*
 * Reads off the front of `in` until a piece of data is there, `in` is empty or the body is at its
 * end. `*ret` is the piece, a loan from `in`'s bytes, maybe empty.
 *
 * 0, or -FAIL_INPUT (size, line ends), -FAIL_LIMIT (a line or the trailers).
 */
int chunk_next(struct chunk *c, struct span *in, struct span *ret, struct err *e);

bool chunk_is_done(const struct chunk *c);
