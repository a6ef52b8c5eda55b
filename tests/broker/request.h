/*
 * The head of an HTTP/1.1 request, as far as a key broker looks at it. Written out rather than
 * taken from evhttp, which adds a Content-Type to every answer; Trustee's errors have none.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define BROKER_COOKIE "kbs-session-id"

/* Spans are loans from the head that was parsed. */
struct broker_request {
	struct span method;
	struct span path;   /* from its "/" on, as it came; without the query       */
	struct span query;  /* behind the "?"; empty when there is none             */
	struct span cookie; /* value of BROKER_COOKIE, or empty                     */
	struct span bearer; /* the token of "Authorization: Bearer", or empty       */
	struct span body;   /* filled by whoever reads the body_len bytes           */
	uint64_t body_len;  /* Content-Length; 0 without one                        */
	bool has_cookie;    /* an empty value is a cookie too                       */
	bool is_last;	    /* close after the answer                               */
	bool wants_100;	    /* Expect: 100-continue                                 */
};

/*
 * Reads one head, its empty line included.
 *
 * -FAIL_INPUT  not HTTP/1.0 or 1.1, a bare CR or LF, a folded line, a name or value of odd bytes, a
 * target that doesn't start with "/", a body of another form than one Content-Length -FAIL_LIMIT
 * more than BROKER_HEAD_BYTES or BROKER_HEADERS lines
 */
int broker_request_parse(struct span head, struct broker_request *ret, struct err *e);

/* One cookie out of a Cookie header's value (RFC 6265, 4.2.1): the first of that name. */
bool broker_cookie_find(struct span header, const char *name, struct span *ret);

/* True if every "%" of a query is followed by two hex digits. */
bool broker_query_is_sane(struct span query);

bool broker_span_is(struct span s, const char *text);
