#include "storage/head.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"

#define GENERATION_BEGUN 1
#define GENERATION_FIRST 2

uint8_t *head_new(void)
{
	uint8_t *head = aligned_alloc(HEAD_BLOCK, HEAD_BYTES);

	if (head)
		memset(head, 0, HEAD_BYTES);
	return head;
}

static bool head_is_zero(const uint8_t *head)
{
	size_t i;

	for (i = 0; i < HEAD_BYTES; i++)
		if (head[i])
			return false;
	return true;
}

/* A volume beats a format that was begun, whatever their numbers: the last write of a format
 * goes over the block that says it has begun. */
static bool is_better(const struct seal *a, const struct seal *b)
{
	if (a->state != b->state)
		return a->state == SEAL_VOLUME;
	return a->generation > b->generation;
}

/* Why neither block counts: the more telling of two reasons. */
static int refuse(const uint8_t *head, const struct err *ea, const struct err *eb, struct err *e)
{
	const struct err *why = seal_is_claimed(head, HEAD_SEAL_A) ? ea : eb;

	if (!seal_is_claimed(head, HEAD_SEAL_A) && !seal_is_claimed(head, HEAD_SEAL_B))
		return FAIL(e, FAIL_INPUT, "the disk holds something that is not a volume of ours");
	if (why->kind != FAIL_FORGED)
		return err_set(e, why->kind, why->sys, why->where, "%s", why->text);
	return FAIL(e, FAIL_FORGED,
		    "the volume's head is not authentic: damaged, another volume's, or other keys");
}

/* The seal block that counts, and its place. */
static int pick(const uint8_t *head, const struct seal_with *with, struct seal *ret,
		size_t *ret_place, struct err *e)
{
	struct err ea = { 0 }, eb = { 0 };
	struct seal sa, sb;
	int a = seal_decode(head, HEAD_SEAL_A, with, &sa, &ea);
	int b = seal_decode(head, HEAD_SEAL_B, with, &sb, &eb);
	bool is_b = a < 0 || (b == 0 && is_better(&sb, &sa));

	if (a < 0 && b < 0)
		return refuse(head, &ea, &eb, e);
	*ret = is_b ? sb : sa;
	*ret_place = is_b ? HEAD_SEAL_B : HEAD_SEAL_A;
	return 0;
}

int head_judge(const uint8_t *head, const struct seal_with *with, enum head_kind *ret,
	       struct seal *ret_seal, struct err *e)
{
	struct seal s;
	size_t place;
	int failed;

	if (head_is_zero(head)) {
		*ret = HEAD_ZERO;
		return 0;
	}
	failed = pick(head, with, &s, &place, e);
	if (failed)
		return failed;
	*ret = s.state == SEAL_VOLUME ? HEAD_VOLUME : HEAD_FORMATTING;
	*ret_seal = s;
	return 0;
}

static int sink_write_fd(void *at, uint64_t offset, const uint8_t *block, struct err *e)
{
	return fd_pwrite_all(*(const int *)at, span(block, HEAD_BLOCK), offset, e);
}

static int sink_flush_fd(void *at, struct err *e)
{
	if (fdatasync(*(const int *)at) < 0)
		return FAIL_ERRNO(e, "flush: %s", strerror(errno));
	return 0;
}

struct head_sink head_sink_fd(int *fd)
{
	return (struct head_sink){ sink_write_fd, sink_flush_fd, fd };
}

/* One block and its flush. */
static int put(const struct head_sink *sink, uint64_t offset, const uint8_t *block, struct err *e)
{
	int failed = sink->write(sink->at, offset, block, e);

	return failed ? failed : sink->flush(sink->at, e);
}

int head_begin(const struct head_sink *sink, const struct seal *s, const struct seal_with *with,
	       struct err *e)
{
	AUTO_FREE uint8_t *block = aligned_alloc(HEAD_BLOCK, HEAD_BLOCK);
	struct seal begun = *s;
	int failed;

	if (!block)
		return FAIL_ERRNO(e, "format: no memory");
	begun.state = SEAL_FORMATTING;
	begun.generation = GENERATION_BEGUN;
	begun.session = 0;
	memset(begun.anchor_id, 0, sizeof(begun.anchor_id));
	memset(begun.wrapped, 0, sizeof(begun.wrapped));
	failed = seal_encode(&begun, with, NULL, block, e);
	return failed ? failed : put(sink, HEAD_SEAL_A, block, e);
}

/* Everything but the two seal blocks. */
static int put_covered(const struct head_sink *sink, const uint8_t *head, struct err *e)
{
	uint64_t at;
	int failed;

	for (at = 0; at < HEAD_BYTES; at += HEAD_BLOCK) {
		if (at == HEAD_SEAL_A || at == HEAD_SEAL_B)
			continue;
		failed = sink->write(sink->at, at, head + at, e);
		if (failed)
			return failed;
	}
	return sink->flush(sink->at, e);
}

int head_commit(const struct head_sink *sink, uint8_t *head, const struct seal *s,
		const struct seal_with *with, struct err *e)
{
	struct seal b = *s, a;
	int failed;

	b.state = SEAL_VOLUME;
	b.generation = GENERATION_FIRST;
	a = b;
	a.generation++;
	failed = seal_encode(&b, with, head, head + HEAD_SEAL_B, e);
	if (!failed)
		failed = seal_encode(&a, with, head, head + HEAD_SEAL_A, e);
	if (!failed)
		failed = put_covered(sink, head, e);
	/* From here on B makes it a volume, and A still says that it is being formatted. */
	if (!failed)
		failed = put(sink, HEAD_SEAL_B, head + HEAD_SEAL_B, e);
	if (!failed)
		failed = put(sink, HEAD_SEAL_A, head + HEAD_SEAL_A, e);
	return failed;
}

int head_reseal(const struct head_sink *sink, uint8_t *head, const struct seal_with *with,
		uint64_t session, struct seal *ret, struct err *e)
{
	struct seal first, second;
	size_t counts, other;
	int failed = pick(head, with, &first, &counts, e);

	if (failed)
		return failed;
	if (first.generation > UINT64_MAX - 2)
		return FAIL(e, FAIL_LIMIT,
			    "the seal's generation can't go up: copy the data to a new volume");
	other = counts == HEAD_SEAL_A ? HEAD_SEAL_B : HEAD_SEAL_A;
	first.session = session;
	first.generation++;
	second = first;
	second.generation++;
	failed = seal_encode(&first, with, head, head + other, e);
	if (!failed)
		failed = seal_encode(&second, with, head, head + counts, e);
	/* On the disk the block that counts stays whole until a newer one is there. */
	if (!failed)
		failed = put(sink, other, head + other, e);
	if (!failed)
		failed = put(sink, counts, head + counts, e);
	if (!failed)
		*ret = second;
	return failed;
}

int head_erase(const struct head_sink *sink, struct err *e)
{
	AUTO_FREE uint8_t *zero = aligned_alloc(HEAD_BLOCK, HEAD_BLOCK);
	uint64_t at;
	int failed;

	if (!zero)
		return FAIL_ERRNO(e, "erase: no memory");
	memset(zero, 0, HEAD_BLOCK);
	for (at = 0; at < HEAD_BYTES; at += HEAD_BLOCK) {
		failed = sink->write(sink->at, at, zero, e);
		if (failed)
			return failed;
	}
	return sink->flush(sink->at, e);
}
