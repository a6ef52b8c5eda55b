/* The process: PID 1 on one side, attest on another, tenants on the third, one event loop. */
#pragma once

#include "api/options.h"

struct app;

/* Takes over the descriptors of `o` (all of them, also on failure). -FAIL_SYS. */
int app_new(const struct options *o, const struct server_limits *limits, struct app **ret,
	    struct err *e);

/* Serves until PID 1 says stop (0) or is gone (-FAIL_SYS). */
int app_run(struct app *a, struct err *e);

/* Wipes and closes. */
void app_free(struct app *a);

/* libevent's memory is wiped on free from here on. Before the first call of libevent. */
void app_init_memory(void);
