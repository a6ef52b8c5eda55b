/*
 * The head of one HTTP request, read strictly (RFC 9112). Bytes in, a struct out; nothing is
 * allocated, and every span is a loan from the bytes. What is refused, and why, is in PROTOCOL.md,
 * "HTTP, strictly".
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"

enum http_method { HTTP_OTHER, HTTP_GET, HTTP_HEAD, HTTP_POST };

struct http_head {
	enum http_method method;
	struct span path;	  /* begins with '/', not decoded                     */
	struct span query;	  /* behind '?', not decoded                          */
	bool has_query;		  /* also when it is empty                            */
	bool keep_alive;	  /* the client wants the connection to stay          */
	bool expects_continue;	  /* Expect: 100-continue, in HTTP/1.1                */
	bool is_chunked;	  /* Transfer-Encoding: chunked                       */
	size_t content_length;	  /* 0 without one; SIZE_MAX for more than fits       */
	struct span content_type; /* without parameters; empty if absent              */
	struct span accept;	  /* the first Accept line; empty if absent           */
};

/*
 * Looks for the empty line that ends a head. `*scanned` starts at 0 and says how far earlier calls
 * with the same, growing bytes have looked.
 *
 * The head's length with the empty line; -FAIL_AGAIN it is not complete; -FAIL_INPUT a line that
 * does not end in CRLF (one that never can become a head is refused at once).
 */
long http_head_scan(struct span bytes, size_t *scanned, struct err *e);

/* Reads a whole head. -FAIL_INPUT names the first thing that is wrong; -FAIL_LIMIT: more than
 * LIMIT_API_HEADERS lines. */
int http_head_parse(struct span bytes, struct http_head *ret, struct err *e);

/* Equal without regard to ASCII case. */
bool http_is_word(struct span text, const char *word);

/* Takes what stands before the next `separator` off the front of `rest`, without white space around
 * it. False when nothing is left. */
bool http_next(struct span *rest, char separator, struct span *ret);
