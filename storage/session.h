/*
 * Which opening of a volume its head belongs to (FORMAT.md, "Sessions"). A MAC doesn't know old
 * from new: only the anchor does, a number outside the disk that goes up with every opening.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/messages.h"
#include "storage/head.h"

struct session_anchor {
	uint64_t value; /* 0: there is none */
	uint8_t id[ANCHOR_ID_BYTES];
};

/* The session that a volume is in once it is opened, or made, with `anchor`; 0 without one. */
uint64_t session_of(uint64_t anchor);

/*
 * Holds a volume against its anchor, and begins its next session on the disk.
 *
 *   head    as head_judge() took it for a HEAD_VOLUME; gets the blocks that are written
 *   anchor  without a value nothing is checked or written; it is below UINT64_MAX
 *   seal    what head_judge() found; then what counts on the disk, with session_of(anchor)
 *
 * A volume that is one session ahead was cut off before its anchor followed: it stands as it is.
 * -FAIL_DENIED "volume-stale": any other session, both numbers in the text, or one that another
 * anchor counts; and as head_reseal().
 */
int session_begin(const struct head_sink *sink, uint8_t *head, const struct seal_with *with,
		  const struct session_anchor *anchor, struct seal *seal, struct err *e);
