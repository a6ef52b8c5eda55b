/* The head in memory, as a block device: what parses it reads guest memory, and what it writes
 * goes there too (storage.md is about why; FORMAT.md, "Opening"). */
#pragma once

#include <sys/types.h>

#include "base/err.h"

struct ram {
	int memfd;  /* HEAD_BYTES                                         */
	int loop;   /* the loop device: detaches itself after its last user */
	dev_t rdev; /* of the loop device                                 */
};

#define RAM_EMPTY ((struct ram){ -1, -1, 0 })
#define AUTO_RAM  __attribute__((cleanup(ram_done)))

/* A loop device over a memfd that starts with HEAD_BYTES of `head`. -FAIL_SYS: no module loop, no
 * free device. */
int ram_open(const unsigned char *head, struct ram *ret, struct err *e);

/* What it holds now. -FAIL_SYS. */
int ram_read(const struct ram *r, unsigned char *ret_head, struct err *e);

/* Closes our descriptors: without another user the device and its memory are gone. */
void ram_done(struct ram *r);
