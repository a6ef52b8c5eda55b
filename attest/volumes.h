/* The volumes stage: each storage run is started by PID 1 and gets its keys from us. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "attest/config/config.h"
#include "attest/keys.h"
#include "base/err.h"
#include "base/limits.h"

/* For one volume: PID 1 ends a storage run in time and says so; we wait that bit longer. */
#define VOLUMES_ONE_MS (LIMIT_STORAGE_OPEN_MS + LIMIT_TELL_MS)

/* What PID 1 is told, and where its answers come in. One socket in tests, two in the program, whose
 * main loop reads the control pair. */
struct volumes_way {
	int control;
	int answers;

	/* Told of each volume that is open; a failure of it is the volume's. NULL: nobody. */
	int (*opened)(void *ctx, const struct msg_volume *v, struct err *e);
	void *ctx;
};

/*
 * Opens all volumes of the configuration, in its order. A volume that is open already (we were
 * started again) is taken as it is, without keys.
 *
 *   ret_text   "data, scratch", terminated, cut to `size`
 *
 * The first failure ends it: storage's own kind and text; -FAIL_AGAIN no answer until the deadline;
 * -FAIL_INPUT an answer that doesn't fit; -FAIL_SYS PID 1 is gone.
 */
int volumes_open(const struct volumes_way *way, const struct config *config,
		 const struct keys *keys, uint64_t deadline_ms, char *ret_text, size_t size,
		 struct err *e);
