/* The head as a whole, and what a cut at any point of a format leaves. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "base/mem.h"
#include "storage/head.h"
#include "tests/support/fault.h"
#include "tests/unit/storage/fixture.h"

static int judge(const uint8_t *head, enum head_kind *kind, struct seal *seal)
{
	struct seal_with with = fixture_with();
	struct err e;

	return head_judge(head, &with, kind, seal, &e);
}

Test(head, of_zeroes_is_nothing)
{
	AUTO_FREE uint8_t *head = head_new();
	enum head_kind kind = HEAD_VOLUME;
	struct seal seal;

	cr_assert_eq(judge(head, &kind, &seal), 0);
	cr_assert_eq(kind, HEAD_ZERO);
}

Test(head, with_any_bit_set_is_not_nothing)
{
	AUTO_FREE uint8_t *head = head_new();
	enum head_kind kind = HEAD_VOLUME;
	struct seal seal;
	size_t at;

	for (at = 0; at < HEAD_BYTES; at += 97) {
		head[at] = 0x10;
		cr_assert_eq(judge(head, &kind, &seal), -FAIL_INPUT, "%zu", at);
		head[at] = 0;
	}
	head[HEAD_BYTES - 1] = 1;
	cr_assert_eq(judge(head, &kind, &seal), -FAIL_INPUT);
	cr_assert_eq(kind, HEAD_VOLUME, "output untouched on failure");
}

Test(head, opens_by_the_block_of_the_higher_generation)
{
	AUTO_FREE uint8_t *head = fixture_volume();
	enum head_kind kind = HEAD_ZERO;
	struct seal seal;

	cr_assert_eq(judge(head, &kind, &seal), 0);
	cr_assert_eq(kind, HEAD_VOLUME);
	cr_assert_eq(seal.generation, 3);
	head[HEAD_SEAL_B + 23] = 9;
	fixture_reseal(head, HEAD_SEAL_B);
	cr_assert_eq(judge(head, &kind, &seal), 0);
	cr_assert_eq(seal.generation, 9);
}

Test(head, opens_by_one_block_when_the_other_is_damaged)
{
	AUTO_FREE uint8_t *head = fixture_volume();
	enum head_kind kind = HEAD_ZERO;
	struct seal seal;

	head[HEAD_SEAL_A + 100] ^= 1;
	cr_assert_eq(judge(head, &kind, &seal), 0);
	cr_assert_eq(seal.generation, 2);
	memset(head + HEAD_SEAL_A, 0, HEAD_BLOCK);
	cr_assert_eq(judge(head, &kind, &seal), 0);
	cr_assert_eq(seal.generation, 2);
	free(head);
	head = fixture_volume();
	memset(head + HEAD_SEAL_B, 0xff, HEAD_BLOCK);
	cr_assert_eq(judge(head, &kind, &seal), 0);
	cr_assert_eq(seal.generation, 3);
}

Test(head, is_refused_when_both_blocks_or_what_they_cover_is_damaged)
{
	AUTO_FREE uint8_t *head = fixture_volume();
	enum head_kind kind = HEAD_ZERO;
	struct seal seal;

	head[20] ^= 1;
	cr_assert_eq(judge(head, &kind, &seal), -FAIL_FORGED);
	head[20] ^= 1;
	head[HEAD_SEAL_A + 464] ^= 1;
	head[HEAD_SEAL_B + 464] ^= 1;
	cr_assert_eq(judge(head, &kind, &seal), -FAIL_FORGED);
}

Test(head, names_a_version_that_it_does_not_know)
{
	AUTO_FREE uint8_t *head = fixture_volume();
	struct seal_with with = fixture_with();
	enum head_kind kind = HEAD_ZERO;
	struct seal seal;
	struct err e;

	head[HEAD_SEAL_A + 11] = head[HEAD_SEAL_B + 11] = 5;
	cr_assert_eq(head_judge(head, &with, &kind, &seal, &e), -FAIL_INPUT);
	cr_assert_str_eq(e.text, "seal block of version 5, 1 is known");
}

Test(head, prefers_a_volume_over_a_format_that_has_begun)
{
	AUTO_FREE uint8_t *head = fixture_volume();
	struct seal_with with = fixture_with();
	struct seal begun = fixture_seal(SEAL_FORMATTING), seal;
	enum head_kind kind = HEAD_ZERO;

	begun.generation = 1000;
	cr_assert_eq(seal_encode(&begun, &with, NULL, head + HEAD_SEAL_A, NULL), 0);
	cr_assert_eq(judge(head, &kind, &seal), 0);
	cr_assert_eq(kind, HEAD_VOLUME);
	head[HEAD_SEAL_B] ^= 1;
	cr_assert_eq(judge(head, &kind, &seal), 0);
	cr_assert_eq(kind, HEAD_FORMATTING);
}

/* --- What a power cut leaves ------------------------------------------------------------------
 * A disk keeps every write before the last flush, and any of those behind it. */

#define WRITES	32
#define FLUSHES 8

struct record {
	struct {
		uint64_t offset;
		uint8_t block[HEAD_BLOCK];
	} writes[WRITES];
	size_t count;
	size_t flush[FLUSHES]; /* how many writes were there */
	size_t flushes;
};

static int record_write(void *at, uint64_t offset, const uint8_t *block, struct err *e)
{
	struct record *r = at;

	(void)e;
	cr_assert_lt(r->count, (size_t)WRITES);
	cr_assert_eq(offset % HEAD_BLOCK, 0);
	cr_assert_leq(offset, (uint64_t)(HEAD_BYTES - HEAD_BLOCK));
	r->writes[r->count].offset = offset;
	memcpy(r->writes[r->count++].block, block, HEAD_BLOCK);
	return 0;
}

static int record_flush(void *at, struct err *e)
{
	struct record *r = at;

	(void)e;
	cr_assert_lt(r->flushes, (size_t)FLUSHES);
	r->flush[r->flushes++] = r->count;
	return 0;
}

/* All of a format's writes to the head. */
static struct record *format(void)
{
	struct record *r = calloc(1, sizeof(*r));
	struct head_sink sink = { record_write, record_flush, r };
	struct seal_with with = fixture_with();
	struct seal s = fixture_seal(SEAL_VOLUME);
	AUTO_FREE uint8_t *head = fixture_head();

	cr_assert_not_null(r);
	memset(head + HEAD_SEAL_A, 0, HEAD_DATA_OFFSET - HEAD_SEAL_A);
	cr_assert_eq(head_begin(&sink, &s, &with, NULL), 0);
	cr_assert_eq(head_commit(&sink, head, &s, &with, NULL), 0);
	cr_assert_eq(r->flushes, 4);
	cr_assert_eq(r->flush[r->flushes - 1], r->count, "nothing is left unflushed");
	return r;
}

static void apply(uint8_t *disk, const struct record *r, size_t from, size_t to, size_t subset)
{
	size_t i;

	for (i = from; i < to; i++)
		if (subset >> (i - from) & 1)
			memcpy(disk + r->writes[i].offset, r->writes[i].block, HEAD_BLOCK);
}

/* Every subset of what lies between two flushes, on a disk that held `before`. */
static void cut_everywhere(const uint8_t *before, bool was_zero)
{
	AUTO_FREE struct record *r = format();
	AUTO_FREE uint8_t *durable = head_new(), *disk = head_new();
	size_t i, from = 0, subset, all;
	enum head_kind kind;
	struct seal seal;

	memcpy(durable, before, HEAD_BYTES);
	for (i = 0; i < r->flushes; from = r->flush[i++]) {
		all = (size_t)1 << (r->flush[i] - from);
		for (subset = 0; subset < all; subset++) {
			memcpy(disk, durable, HEAD_BYTES);
			apply(disk, r, from, r->flush[i], subset);
			cr_assert_eq(judge(disk, &kind, &seal), 0, "flush %zu, subset %zx", i,
				     subset);
			if (i == 0 && subset == 0 && was_zero)
				cr_assert_eq(kind, HEAD_ZERO);
			else if (i < 2 || (i == 2 && subset == 0))
				cr_assert_eq(kind, HEAD_FORMATTING);
			else
				cr_assert_eq(kind, HEAD_VOLUME);
		}
		apply(durable, r, from, r->flush[i], all - 1);
	}
}

Test(head, cut_anywhere_is_nothing_or_begun_or_whole, .timeout = 120)
{
	AUTO_FREE uint8_t *blank = head_new();

	cut_everywhere(blank, true);
}

Test(head, cut_anywhere_again_is_begun_or_whole, .timeout = 120)
{
	AUTO_FREE struct record *r = format();
	AUTO_FREE uint8_t *half = head_new();

	/* A format that was cut among the covered blocks, and is made anew. */
	apply(half, r, 0, r->flush[0], 1);
	apply(half, r, r->flush[0], r->flush[1], 0x2aa5);
	cut_everywhere(half, false);
}

/* 512 bytes are written at once, 4096 need not be. */
Test(head, survives_a_torn_seal_block)
{
	AUTO_FREE struct record *r = format();
	AUTO_FREE uint8_t *durable = head_new(), *disk = head_new();
	size_t i, subset, sector;
	enum head_kind kind;
	struct seal seal;

	for (i = 0; i < r->count; i++) {
		size_t at = r->writes[i].offset;

		for (subset = 0; (at == HEAD_SEAL_A || at == HEAD_SEAL_B) && subset < 256;
		     subset++) {
			memcpy(disk, durable, HEAD_BYTES);
			for (sector = 0; sector < 8; sector++)
				if (subset >> sector & 1)
					memcpy(disk + at + sector * 512,
					       r->writes[i].block + sector * 512, 512);
			cr_assert_eq(judge(disk, &kind, &seal), 0, "write %zu", i);
		}
		apply(durable, r, i, i + 1, 1);
	}
}

Test(head, begin_touches_block_a_alone_and_erase_everything)
{
	AUTO_FREE struct record *r = calloc(1, sizeof(*r));
	struct head_sink sink = { record_write, record_flush, r };
	struct seal_with with = fixture_with();
	struct seal s = fixture_seal(SEAL_VOLUME);

	cr_assert_eq(head_begin(&sink, &s, &with, NULL), 0);
	cr_assert_eq(r->count, 1);
	cr_assert_eq(r->writes[0].offset, HEAD_SEAL_A);
	r->count = 0;
	cr_assert_eq(head_erase(&sink, NULL), 0);
	cr_assert_eq(r->count, HEAD_BYTES / HEAD_BLOCK);
	cr_assert_arr_eq(r->writes[3].block, (uint8_t[HEAD_BLOCK]){ 0 }, HEAD_BLOCK);
}

Test(head, has_its_session_from_the_first_block_that_makes_it_a_volume)
{
	AUTO_FREE struct record *r = calloc(1, sizeof(*r));
	struct head_sink sink = { record_write, record_flush, r };
	struct seal_with with = fixture_with();
	struct seal s = fixture_seal(SEAL_VOLUME), seal;
	AUTO_FREE uint8_t *head = fixture_head(), *disk = head_new();
	enum head_kind kind;
	size_t i;

	s.session = 9;
	cr_assert_eq(head_begin(&sink, &s, &with, NULL), 0);
	cr_assert_eq(head_commit(&sink, head, &s, &with, NULL), 0);
	for (i = 0; i < r->count; i++) {
		apply(disk, r, i, i + 1, 1);
		cr_assert_eq(judge(disk, &kind, &seal), 0);
		cr_assert_eq(seal.session, kind == HEAD_VOLUME ? 9 : 0, "write %zu", i);
	}
	cr_assert_eq(kind, HEAD_VOLUME);
}

Test(head, reports_a_write_that_fails)
{
	AUTO_FD int fd = memfd_create("disk", MFD_CLOEXEC);
	struct head_sink sink = head_sink_fd(&fd);
	struct seal_with with = fixture_with();
	struct seal s = fixture_seal(SEAL_VOLUME), seal;
	AUTO_FREE uint8_t *head = fixture_head();
	AUTO_FREE uint8_t *disk = head_new();
	enum head_kind kind;

	cr_assert_geq(fd, 0);
	FAULT_EACH(n, FAULT_IO)
	{
		int begun = head_begin(&sink, &s, &with, NULL);
		int done = begun ? begun : head_commit(&sink, head, &s, &with, NULL);

		cr_assert_eq(done, fault_fired() ? -FAIL_SYS : 0);
	}
	cr_assert_eq(fd_pread_all(fd, disk, HEAD_BYTES, 0, NULL), 0);
	cr_assert_eq(judge(disk, &kind, &seal), 0);
	cr_assert_eq(kind, HEAD_VOLUME);
}
