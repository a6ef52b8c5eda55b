/* What a resident costs: Linux, Documentation/filesystems/proc.rst, smaps_rollup. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/span.h"

/*
 * In an initial ramfs the pages of a program's file count as dirty too, private while one process
 * alone maps them: they are the image's bytes. Anonymous memory is what the process itself wrote.
 */
struct memory {
	uint64_t private_dirty_kib;
	uint64_t anonymous_kib;
	uint64_t proportional_kib; /* Pss */
};

/* -FAIL_INPUT when a line is missing or isn't "Name: digits kB". */
int memory_parse(struct span rollup, struct memory *ret, struct err *e);

/* Of a running process. -FAIL_SYS, -FAIL_INPUT. */
int memory_of(pid_t pid, struct memory *ret, struct err *e);
