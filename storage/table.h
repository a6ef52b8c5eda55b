/*
 * Compares what the kernel has mapped with what was asked for, field by field. Any difference,
 * any word more or less is -FAIL_FORGED: the mapping is to be closed at once.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "storage/dm.h"
#include "storage/sealblock.h"

/* The head in memory, then the disk: HEAD_BYTES from `loop`, the rest up to `size` from `disk`. */
int table_check_head(const struct dm_mapping *m, dev_t loop, dev_t disk, uint64_t size,
		     struct err *e);

/* dm-integrity on `lower`, from HEAD_DATA_OFFSET, of exactly `sectors` sectors. */
int table_check_integrity(const struct dm_mapping *m, dev_t lower, enum seal_profile profile,
			  uint64_t sectors, struct err *e);

/* dm-crypt on `lower`, whole, with the key in the kernel's key ring under the name that
 * libcryptsetup gives it for `uuid`. */
int table_check_crypt(const struct dm_mapping *m, dev_t lower, const char *uuid, uint64_t sectors,
		      struct err *e);

/*
 * How many sectors dm-integrity provides, from the superblock in an authenticated head.
 * -FAIL_FORGED: not a superblock, or more sectors than a volume of `size` bytes can have.
 * Spec: Linux, drivers/md/dm-integrity.c, struct superblock.
 */
int table_sectors(const uint8_t *head, uint64_t size, uint64_t *ret, struct err *e);
