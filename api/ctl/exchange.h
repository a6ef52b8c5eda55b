/* One request and its answer, over a connection of its own. */
#pragma once

#include <stdint.h>

#include "api/ctl/input.h"
#include "api/ctl/output.h"
#include "api/ctl/response.h"
#include "base/err.h"
#include "base/span.h"

#define MEDIA_JSON "application/json"
#define MEDIA_TEXT "text/plain"
#define MEDIA_RAW  "application/octet-stream"

struct request {
	const char *target;	  /* route with query, percent-encoded where it must be          */
	const char *want;	  /* media type of a success; a failure is asked for as text      */
	const char *type;	  /* media type of the body                                      */
	const struct input *body; /* NULL: a GET; else a POST                              */
};

struct outcome {
	struct response head;
	const char *code; /* of the failure (exits.h); a loan from `head` or static      */
	struct buf text;  /* body of a failed answer; "" when there was none             */
};

#define AUTO_OUTCOME __attribute__((cleanup(outcome_done)))

/*
 * Sends `rq` and appends the body of a 2xx answer to `out`, which the caller commits.
 *
 *   socket       as for conn_open()
 *   deadline_ms  for all of it, in clock_boot_ms()
 *   ret          filled in any case; empty before (outcome_done() afterwards)
 *
 * 0: a success of the wanted type. Else -kind, with `ret->code` set, and what `out` got is no whole
 * answer: -FAIL_DENIED the service says no (ret->head, ret->text; `e` has its text); -FAIL_AGAIN
 * out of time; -FAIL_INPUT, -FAIL_LIMIT not an answer; -FAIL_SYS no service, or a file.
 */
int exchange(const char *socket, const struct request *rq, uint64_t deadline_ms, struct output *out,
	     struct outcome *ret, struct err *e);

void outcome_done(struct outcome *a);
