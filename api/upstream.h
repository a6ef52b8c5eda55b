/*
 * Questions to attest over the service pair: many at once, each with a deadline, every one answered
 * exactly once, whatever happens to the other side.
 */
#pragma once

#include <event2/event.h>

#include "api/services.h"

struct upstream;

/* No peer yet. `gone` is told when a peer is lost. -FAIL_SYS (ENOMEM). */
int upstream_new(struct event_base *base, unsigned int deadline_ms, void (*gone)(void *arg),
		 void *gone_arg, struct upstream **ret, struct err *e);

/* A new end of the pair; `fd` is consumed. Open questions to the old one fail with ECONNRESET. */
int upstream_connect(struct upstream *u, int fd, struct err *e);

bool upstream_is_connected(const struct upstream *u);

/* As services.ask and services.cancel. Cancelling what is not open does nothing. */
int upstream_ask(struct upstream *u, const struct question *q, answer_fn *answered, void *arg,
		 uint32_t *ret_id, struct err *e);
void upstream_cancel(struct upstream *u, uint32_t id);

/* Open questions are dropped without a call. */
void upstream_free(struct upstream *u);
