/*
 * A number outside the disk that only goes up, one for each volume: it tells a volume from an old
 * copy of it (storage/FORMAT.md, "Sessions"). Filled by whatever has such numbers here, and by
 * tests.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/messages.h"

/*
 * Both wait until deadline_ms at most, write *ret on success alone, and fail with a kind of their
 * own; -FAIL_AGAIN: not in time, or busy.
 *
 *   volume  its name, terminated, below LIMIT_NAME_BYTES
 *   ret     1 .. UINT64_MAX - 1: the value now, which lasts through power cuts
 *   ret_id  whose number it is: another one's with the same value is another number
 *
 * A volume that was never asked for gets a number of its own. Its first value is arbitrary, but
 * never below one that this volume had before, also where its number was deleted in between.
 */
struct anchor {
	int (*read)(void *ctx, const char *volume, uint64_t deadline_ms, uint64_t *ret,
		    uint8_t ret_id[static ANCHOR_ID_BYTES], struct err *e);
	/* Up by exactly one. A call that failed may have raised it, but not twice. */
	int (*raise)(void *ctx, const char *volume, uint64_t deadline_ms, uint64_t *ret,
		     struct err *e);
	void *ctx;
};
