/*
 * The head as a whole: what it says about a disk, and the order of writes that makes a volume of
 * a blank disk, such that a cut at any point leaves "blank", "being formatted by us" or "whole".
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "storage/sealblock.h"

enum head_kind {
	HEAD_ZERO,	 /* nothing: every byte of it is zero                  */
	HEAD_FORMATTING, /* we began to format here, with these keys and name  */
	HEAD_VOLUME,	 /* a volume; the seal says the rest                   */
};

/* HEAD_BYTES, zeroed, aligned for direct I/O; NULL without memory. The caller's to free(). */
uint8_t *head_new(void);

/*
 * Authenticates a head that was read once. Of two good seal blocks the higher generation wins; one
 * damaged block is what two are for. Reading never repairs.
 *
 *   ret_seal  filled for HEAD_FORMATTING and HEAD_VOLUME
 *
 * -FAIL_INPUT: something that is no volume of ours, or of a version that we don't know.
 * -FAIL_FORGED: a volume, but damaged, or another one's, or other keys. -FAIL_SYS.
 */
int head_judge(const uint8_t *head, const struct seal_with *with, enum head_kind *ret,
	       struct seal *ret_seal, struct err *e);

/* Where blocks go: the disk, or what a test wants to know. `block` is HEAD_BLOCK bytes, aligned. */
struct head_sink {
	int (*write)(void *at, uint64_t offset, const uint8_t *block, struct err *e);
	int (*flush)(void *at, struct err *e);
	void *at;
};

/* A sink for a descriptor (`fd` must outlive it and stays open). */
struct head_sink head_sink_fd(int *fd);

/* First write of a format: says in block A that it has begun. Data behind the head may be written
 * once this has returned. `s` gives size, epoch and profile; its session is head_commit()'s. */
int head_begin(const struct head_sink *sink, const struct seal *s, const struct seal_with *with,
	       struct err *e);

/* Last writes of a format, when everything behind the head is on the disk: header, reserve and
 * superblock; then block B; then block A over the one of head_begin(). Both blocks are put into
 * `head` first; their generations are 2 and 3. */
int head_commit(const struct head_sink *sink, uint8_t *head, const struct seal *s,
		const struct seal_with *with, struct err *e);

/*
 * Seals a volume's head anew with `session`: over the older (or damaged) block, then over the one
 * that counted so far, each a generation higher and flushed. Two, so that one damaged block is
 * still no loss. Between any two writes the head is the old volume or the new.
 *
 *   head  as head_judge() took it for a HEAD_VOLUME; both blocks are put into it first
 *   ret   what counts then
 *
 * -FAIL_LIMIT: no generation is left; -FAIL_SYS; and as head_judge().
 */
int head_reseal(const struct head_sink *sink, uint8_t *head, const struct seal_with *with,
		uint64_t session, struct seal *ret, struct err *e);

/* Zeroes the head on the disk: what was there is a volume no more. */
int head_erase(const struct head_sink *sink, struct err *e);
