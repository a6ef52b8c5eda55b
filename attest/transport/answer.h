/*
 * One HTTP/1.1 response, parsed as its bytes arrive, no matter how they are cut. What two parsers
 * could read in two ways is refused: a bare LF, a folded or repeated field that frames, both kinds
 * of framing. Spec: RFC 9112.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define AUTO_ANSWER __attribute__((cleanup(answer_done)))

enum answer_state {
	ANSWER_STATUS, /* zero: a fresh answer waits for its status line */
	ANSWER_FIELD,
	ANSWER_BODY,	    /* `left` bytes of Content-Length */
	ANSWER_BODY_TO_END, /* neither framing: until the connection ends */
	ANSWER_CHUNK_SIZE,
	ANSWER_CHUNK, /* `left` bytes of a chunk */
	ANSWER_CHUNK_END,
	ANSWER_TRAILER,
	ANSWER_COMPLETE,
};

/* Starts as { 0 }. The first four members are for everyone. */
struct answer {
	unsigned int status; /* 200 .. 599; interim answers (1xx) are passed over         */
	bool keep_alive;     /* another request may follow on this connection             */
	struct buf fields;   /* answer_field() looks in here                              */
	struct buf body;

	enum answer_state state;
	struct buf line;       /* as far as it has arrived                                   */
	size_t head_bytes;     /* lines of all heads and trailers so far, to be bounded      */
	unsigned int interims; /* 1xx answers so far                                         */
	unsigned int count;    /* fields of this answer                                      */
	uint64_t left;
	bool has_length;
	bool is_chunked;
	bool is_old; /* HTTP/1.0 */
	bool after_cr;
};

/*
 * Takes the next bytes. Bytes behind the end of the answer are an error, since nobody asked for
 * them.
 *
 * -FAIL_INPUT breaks RFC 9112, or is ambiguous; -FAIL_LIMIT more than LIMIT_HTTP_HEAD_BYTES of
 * head, LIMIT_HTTP_FIELDS fields, LIMIT_HTTP_BODY_BYTES of body; -FAIL_SYS. After an error the
 * answer is of no use but to answer_done().
 */
int answer_take(struct answer *a, struct span bytes, struct err *e);

/* The connection has ended in order: completes a body that nothing else ends. -FAIL_AGAIN: cut. */
int answer_end(struct answer *a, struct err *e);

bool answer_is_complete(const struct answer *a);

/* The value of the n-th (0 ..) field `name` (lower case), a loan from the answer; at == NULL: none.
 */
struct span answer_field(const struct answer *a, const char *name, unsigned int n);

void answer_done(struct answer *a);
