/* libcryptsetup, as far as we need it: LUKS2 without key slots, opened by volume key. */
#pragma once

#include "base/err.h"
#include "base/span.h"
#include "storage/sealblock.h"

#define LUKS_UUID_BYTES 40

/* Once: no locks, no repairs, no plug-ins, messages to the debug log. After dm_init(). */
void luks_init(void);

/*
 * Writes LUKS2 header and dm-integrity superblock to `path` (a block device of `size` bytes whose
 * first HEAD_BYTES are memory), and dm-integrity's journal behind them. `key` is
 * VOLUME_SECRET_BYTES.
 * -FAIL_SYS, the library's own words in the text.
 */
int luks_format(const char *path, uint64_t size, struct span key, enum seal_profile profile,
		struct err *e);

/*
 * Maps the volume on `path`, whose head is authentic, as `name` (and `name`_dif below it).
 *
 *   ret_uuid  the header's UUID, terminated
 *
 * -FAIL_FORGED: the key doesn't fit the header; -FAIL_SYS.
 */
int luks_activate(const char *path, const char *name, struct span key, enum seal_profile profile,
		  char ret_uuid[LUKS_UUID_BYTES], struct err *e);
