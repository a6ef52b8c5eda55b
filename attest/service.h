/*
 * The main loop: PID 1 on the control pair, the API on the service pair, the worker on its own. It
 * never waits for anything but them, so that a new service pair and the end are heard at any time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/secret.h"

/* A question that the worker has. */
struct service_pending {
	bool is_open;
	uint16_t op;
	uint32_t id;   /* the API's            */
	uint32_t peer; /* that asked           */
};

struct service {
	int control; /* stays open                                               */
	int api;     /* ours: -1 while there is no API                           */
	int work;    /* stays open                                               */
	const struct secret *seal_keys; /* a struct msg_seal_keys once booted    */
	bool is_booted;
	uint32_t peer; /* counts service pairs: an answer goes to whom asked     */
	struct service_pending pending[LIMIT_QUESTIONS]; /* the job's id is index + 1 */
};

/*
 * Runs until MSG_STOP or the end of a partner.
 *
 * 0          MSG_STOP
 * -FAIL_SYS  PID 1 or the worker is gone; else as the boot failed (PID 1 knows already)
 */
int service_run(struct service *s, struct err *e);

/* Closes the service end. */
void service_done(struct service *s);
