/*
 * The main loop: PID 1 on the control pair, the API on the service pair, the lanes on theirs. It
 * never waits for anything but them, so that a new service pair and the end are heard at any time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attest/lanes.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/span.h"

struct service {
	int control; /* stays open                                               */
	int api;     /* ours: -1 while there is no API                           */
	const struct secret *seal_keys; /* a struct msg_seal_keys once booted    */
	const struct buf *policy;	/* likewise                              */
	bool is_booted;
	struct lanes lanes; /* ends: given, stay open */
};

/*
 * Runs until MSG_STOP or the end of a partner.
 *
 * 0          MSG_STOP
 * -FAIL_SYS  PID 1 or a lane is gone; else as the boot failed (PID 1 knows already)
 */
int service_run(struct service *s, struct err *e);

/* Closes the service end. */
void service_done(struct service *s);
