/* Whether nobody has written to a disk: asked before one that may be formatted "if-blank". */
#pragma once

#include <stdint.h>

#include "base/err.h"

/*
 * Reads the first and the last MiB and blocks in between, evenly spread; the whole disk would take
 * time that grows with its size. A disk whose owner wiped all of these looks blank: who can't have
 * that must not say "if-blank".
 *
 *   fd    a disk or file of at least `size` bytes; may be O_DIRECT; stays open
 *   size  a multiple of 4096
 *   ret   1: every byte that was looked at is zero
 *
 * -FAIL_SYS (no memory, I/O), -FAIL_INPUT (the disk ends before `size`).
 */
int blank_probe(int fd, uint64_t size, _Bool *ret, struct err *e);
