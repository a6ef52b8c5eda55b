/* The volumes stage: each storage run is started by PID 1 and gets its keys from us. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "attest/config/config.h"
#include "attest/key/anchor.h"
#include "attest/keys.h"
#include "base/err.h"
#include "base/limits.h"

/* For one volume: PID 1 ends a storage run in time and says so; we wait that bit longer. Its anchor
 * is read before, and raised after. */
#define VOLUMES_ONE_MS (LIMIT_STORAGE_OPEN_MS + LIMIT_TELL_MS + 2 * LIMIT_ANCHOR_MS)

/* What PID 1 is told, and where its answers come in. One socket in tests, two in the program, whose
 * main loop reads the control pair. */
struct volumes_way {
	int control;
	int answers;

	/* Holds volumes whose rollback is ROLLBACK_TPM. NULL: there is none. */
	const struct anchor *anchor;

	/* Told of each volume that is open, and whose anchor has followed; a failure of it is the
	 * volume's. NULL: nobody. */
	int (*opened)(void *ctx, const struct msg_volume *v, struct err *e);
	void *ctx;
};

/*
 * Opens all volumes of the configuration, in its order. A volume that is open already (we were
 * started again) is taken as it is, without keys.
 *
 * One that an anchor holds counts as open when storage has begun the session after the anchor's
 * value, and the anchor was raised to it. Open already, it may be in the anchor's own session, or
 * one ahead: then we ended in between, and raise it now.
 *
 *   ret_text   "data, scratch", terminated, cut to `size`
 *
 * The first failure ends it: storage's own kind and text, the anchor's own; -FAIL_AGAIN no answer
 * until the deadline; -FAIL_INPUT an answer that doesn't fit; -FAIL_DENIED an anchor is wanted and
 * not there; -FAIL_FORGED a session or a value of the anchor's that can't be; -FAIL_SYS PID 1 is
 * gone.
 */
int volumes_open(const struct volumes_way *way, const struct config *config,
		 const struct keys *keys, uint64_t deadline_ms, char *ret_text, size_t size,
		 struct err *e);
