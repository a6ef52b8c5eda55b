/* The disk that a volume lives on: found by what the configuration calls it, opened once. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/limits.h"

struct device {
	int fd;			     /* O_RDWR | O_DIRECT           */
	char name[LIMIT_NAME_BYTES]; /* as the kernel says: "vdb"   */
	dev_t rdev;
	uint64_t size; /* bytes, cut to whole 4096    */
};

#define DEVICE_EMPTY ((struct device){ .fd = -1 })
#define AUTO_DEVICE  __attribute__((cleanup(device_close)))

/*
 * Finds the one whole disk that `spec` names: "/dev/NAME", or "serial:TEXT" as virtio, NVMe and
 * SCSI disks report it. Mappings, loops and partitions are not looked at.
 *
 *   sys       directory, /sys/block; stays open
 *   ret_name  the kernel's name for it
 *   ret_rdev  its number
 *
 * -FAIL_SYS ENODEV: none, and the text says which disks there are; -FAIL_INPUT: a spec of another
 * form, or more than one disk of that serial.
 */
int device_find(int sys, const char *spec, char ret_name[LIMIT_NAME_BYTES], dev_t *ret_rdev,
		struct err *e);

/*
 * Finds it and opens its node beneath `dev` (/dev; stays open).
 *
 * -FAIL_SYS (EBUSY: somebody uses it), -FAIL_INPUT: the node is another device, or no disk; it is
 * read-only, smaller than VOLUME_MIN_BYTES, or has sectors of more than 4096 bytes; and as
 * device_find().
 */
int device_open(int sys, int dev, const char *spec, struct device *ret, struct err *e);

void device_close(struct device *d);
