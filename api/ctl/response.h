/*
 * One HTTP/1.1 answer, read strictly and piece by piece (RFC 9112, sections 4 to 7).
 *
 * Refused, because an honest service never sends it: a bare LF, folded or unnamed headers, a length
 * given twice or beside chunks, a transfer coding other than "chunked", a body that only the end
 * of the connection ends, and any byte behind the answer. Memory is this struct and no more.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define RESPONSE_LINE_BYTES 2048 /* the longest line of a head, with its end       */
#define RESPONSE_HEAD_BYTES (16 * 1024)
#define RESPONSE_HEADERS    64

enum response_state {
	RESPONSE_STATUS,
	RESPONSE_HEADER,
	RESPONSE_BODY, /* of a known length                                        */
	RESPONSE_CHUNK_SIZE,
	RESPONSE_CHUNK,
	RESPONSE_CHUNK_END,
	RESPONSE_TRAILER,
	RESPONSE_DONE,
	RESPONSE_BROKEN, /* an error was reported; nothing more is read            */
};

struct response {
	/* What the head said; complete once response_has_head(). */
	unsigned status;  /* 200 .. 599                                      */
	char type[64];	  /* media type without parameters, lower case; "" if none */
	char problem[32]; /* Sealinit-Problem; "" if none                    */
	bool has_retry;	  /* Sealinit-Retry-After-Ms was there: waiting may help */
	uint64_t retry_after_ms;
	uint64_t body_bytes; /* handed out so far                               */

	enum response_state state;
	uint64_t body_limit;
	uint64_t left; /* of the body or of the chunk                              */
	bool has_length;
	bool is_chunked;
	size_t head_bytes;
	unsigned headers;
	size_t line_len;
	char line[RESPONSE_LINE_BYTES];
};

/* body_limit  bytes of body that the caller takes at most */
void response_init(struct response *r, uint64_t body_limit);

/*
 * Reads from the front of `in` until a piece of the body is found or `in` is used up.
 *
 *   ret_used  bytes read off `in`
 *   ret_body  a piece of the body, a loan from `in`; often empty
 *
 * Call it again with the rest until `in` is used up. 0, or -FAIL_INPUT (not an answer as above),
 * -FAIL_LIMIT (a line, the head or the body is longer than its bound). After an error every call
 * is -FAIL_BUG.
 */
int response_feed(struct response *r, struct span in, size_t *ret_used, struct span *ret_body,
		  struct err *e);

/* The connection has ended: 0 when the answer is complete, -FAIL_INPUT when it was cut. */
int response_end(const struct response *r, struct err *e);

bool response_has_head(const struct response *r);
bool response_is_done(const struct response *r);
