/*
 * Where an answer goes: a file that appears whole or not at all, or standard output, which gets
 * its first byte when the last one is here.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct output {
	int dir;	  /* of the file; -1: standard output              */
	int fd;		  /* the file before it has its name                 */
	char temp[32];	  /* its name in the meantime; "" while it has none  */
	const char *path; /* the caller's; for messages and the last step   */
	uint64_t len;
	struct buf mem; /* for standard output; wiped at the end            */
};

#define OUTPUT_EMPTY ((struct output){ -1, -1, "", NULL, 0, BUF_EMPTY })
#define AUTO_OUTPUT  __attribute__((cleanup(output_done)))

/*
 * Prepares it; NULL or "-" is standard output. `path` must outlive the output. What lies there
 * stays untouched until output_commit(), and must be a regular file or nothing.
 * -FAIL_SYS; -FAIL_INPUT: a directory, device or link lies there. The caller's to output_done().
 */
int output_open(const char *path, struct output *ret, struct err *e);

/* Bytes that nobody should see on a terminal: -FAIL_DENIED when they would end on one. */
int output_refuse_terminal(const struct output *out, struct err *e);

/* -FAIL_LIMIT: more than CTL_OUTPUT_BYTES. -FAIL_SYS. */
int output_write(struct output *out, struct span bytes, struct err *e);

/* Forgets what was written so far: the call begins anew. -FAIL_SYS. */
int output_reset(struct output *out, struct err *e);

/* Replaces what prints badly in a text for a person: control characters but tab and newline. Only
 * for standard output. */
void output_clean_text(struct output *out);

/* Gives the file its name (mode 0600, on the disk before it shows), or writes standard output.
 * On failure there is no new file, and an older one is as it was. -FAIL_SYS. */
int output_commit(struct output *out, struct err *e);

/* Without a commit before it, nothing stays behind. */
void output_done(struct output *out);
