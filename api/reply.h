/* The answer to one request, and its head. */
#pragma once

#include <stdbool.h>

#include "api/form.h"
#include "api/problem.h"
#include "base/err.h"
#include "base/span.h"

#define REPLY_RETRY_MS 500 /* for what is about to be ready */

struct reply {
	int status; /* HTTP; 0: not filled yet */
	enum form form;
	enum problem problem;
	unsigned int retry_after_ms; /* 0: not told                       */
	const char *allow;	     /* with method-not-allowed, or NULL  */
	struct buf body;
};

/* Everything is fine: takes `body` over. */
void reply_body(struct reply *r, enum form form, struct buf *body);

/* Replaces whatever `r` had by a problem; `form` is form_of_problem(). Cannot fail: without memory
 * for a body, status and headers tell the code. */
void reply_problem(struct reply *r, enum form form, enum problem problem,
		   unsigned int retry_after_ms, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* Appends status line and headers. -FAIL_SYS (ENOMEM). */
int reply_head(const struct reply *r, bool keep_alive, struct buf *ret, struct err *e);

/* Wipes the body, empties the rest. */
void reply_done(struct reply *r);
