/* One request and its answer, from the head on; between the connection that carries it and the
 * route that answers it. */
#pragma once

#include "api/http.h"
#include "api/reply.h"
#include "api/services.h"

struct route;

struct exchange {
	struct http_head head; /* loans from the connection's bytes            */
	struct buf body;
	const struct route *route;
	const struct services *services;
	uint32_t question; /* open at attest; 0: none                      */
	struct reply reply;
	void (*done)(struct exchange *x); /* the reply is filled; called once   */
};

/*
 * Finds the route and checks everything that a head can be wrong in. False: the reply is a problem
 * already, and the body is not wanted.
 */
bool exchange_begin(struct exchange *x);

/* What the body may have, in bytes. */
size_t exchange_body_limit(const struct exchange *x);

/* With the whole body there: runs the route, which calls done() now or later. */
void exchange_run(struct exchange *x);

/* For routes: how they end. */
void exchange_answer(struct exchange *x, enum form form, struct buf *body);
void exchange_refuse(struct exchange *x, enum problem problem, unsigned int retry_after_ms,
		     const char *format, ...) __attribute__((format(printf, 4, 5)));
void exchange_fail(struct exchange *x, const struct err *why); /* by problem_of() */

/* "not-ready", or "stopping", with what is waited for. */
void exchange_not_ready(struct exchange *x);

/* Asks attest; `answered` gets `x`. What can't be asked is answered as a problem. */
void exchange_ask(struct exchange *x, const struct question *q, answer_fn *answered);

/* Drops an open question; the reply is "stopping" then, and done() is not called. */
void exchange_stop(struct exchange *x);

/* Drops an open question, wipes bodies. */
void exchange_done(struct exchange *x);
