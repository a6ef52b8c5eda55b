/*
 * What a call sends: bytes in memory, a file, or standard input. It can be read again from its
 * start, so that a refused call can be repeated. A regular file is read as it is sent; a pipe is
 * taken into memory first, since the request must name its length.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct input {
	int fd;	       /* a regular file, or -1                      */
	uint64_t from; /* where in the file it begins                */
	uint64_t len;
	struct buf mem;	  /* what came out of a pipe; wiped at the end */
	struct span loan; /* input_of()                              */
};

#define INPUT_EMPTY ((struct input){ -1, 0, 0, BUF_EMPTY, SPAN_EMPTY })
#define AUTO_INPUT  __attribute__((cleanup(input_done)))

/*
 * Opens a file; NULL or "-" is standard input, from where it stands. At most `limit` bytes.
 * -FAIL_SYS; -FAIL_LIMIT; -FAIL_INPUT: a directory. The caller's to input_done().
 */
int input_open(const char *path, uint64_t limit, struct input *ret, struct err *e);

/* Bytes that the caller keeps. */
struct input input_of(struct span bytes);

/* Reads exactly `len` bytes at `offset`, which lie within the input's length.
 * -FAIL_SYS; -FAIL_INPUT: the file has become shorter. */
int input_read(const struct input *in, uint64_t offset, void *ret, size_t len, struct err *e);

void input_done(struct input *in);
