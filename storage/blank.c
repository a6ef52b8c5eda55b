#include "storage/blank.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/mem.h"

#define BLOCK  4096
#define CHUNK  (256 * 1024)
#define EDGE   (1024 * 1024) /* partition tables, superblocks, and their copies at the end */
#define PROBES 64

static int range_is_zero(int fd, uint64_t offset, size_t len, uint8_t *chunk, bool *ret,
			 struct err *e)
{
	size_t n, i;
	int failed;

	for (*ret = true; *ret && len; offset += n, len -= n) {
		n = len < CHUNK ? len : CHUNK;
		failed = fd_pread_all(fd, chunk, n, offset, e);
		if (failed)
			return failed;
		for (i = 0; i < n && !chunk[i]; i++)
			;
		*ret = i == n;
	}
	return 0;
}

static int blocks_are_zero(int fd, uint64_t size, uint8_t *chunk, bool *ret, struct err *e)
{
	uint64_t step = size / PROBES / BLOCK * BLOCK, at;
	int failed;

	for (at = step, *ret = true; *ret && step && at + BLOCK <= size; at += step) {
		failed = range_is_zero(fd, at, BLOCK, chunk, ret, e);
		if (failed)
			return failed;
	}
	return 0;
}

int blank_probe(int fd, uint64_t size, _Bool *ret, struct err *e)
{
	AUTO_FREE uint8_t *chunk = aligned_alloc(BLOCK, CHUNK);
	size_t edge = size < EDGE ? (size_t)size : EDGE;
	bool zero = false;
	int failed;

	if (!chunk)
		return FAIL_ERRNO(e, "blank: no memory");
	failed = range_is_zero(fd, 0, edge, chunk, &zero, e);
	if (!failed && zero)
		failed = range_is_zero(fd, size - edge, edge, chunk, &zero, e);
	if (!failed && zero)
		failed = blocks_are_zero(fd, size, chunk, &zero, e);
	if (!failed)
		*ret = zero;
	return failed;
}
