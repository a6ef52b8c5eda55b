/*
 * A "newc" cpio archive, as the kernel unpacks it into the initial ramfs. The same entries in the
 * same order give the same bytes: inode numbers are positions, one time stands for all.
 * Spec: Linux, Documentation/driver-api/early-userspace/buffer-format.rst.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "image/build/manifest.h"

#define LIMIT_ARCHIVE_BYTES (1024UL * 1024 * 1024)

struct cpio {
	struct buf out; /* the archive so far; give it back with buf_done() */
	uint32_t mtime; /* seconds since 1970, of every entry               */
	uint32_t count;
};

/* Appends one entry. `content`: a file's bytes, or a link's target; empty for all else.
 * -FAIL_LIMIT, -FAIL_SYS (ENOMEM). */
int cpio_add(struct cpio *c, const struct entry *x, struct span content, struct err *e);

/* The trailer, and zeros up to 512 bytes. */
int cpio_end(struct cpio *c, struct err *e);
