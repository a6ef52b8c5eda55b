/* Sessions: what an anchor lets open, what a cut at any point leaves, and what a host can put back.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "storage/session.h"
#include "tests/support/fault.h"
#include "tests/unit/storage/fixture.h"

static const struct session_anchor AT_FIVE = { .value = 5 };

#define GENERATION 7 /* of the block that counts in what volume() gives */

/* A head whose block at `place` counts, with `session`; the other one is older by a session. */
static uint8_t *volume(size_t place, uint64_t session)
{
	uint8_t *head = fixture_head();
	struct seal s = fixture_seal(SEAL_VOLUME);
	struct seal_with with = fixture_with();
	size_t other = place == HEAD_SEAL_A ? HEAD_SEAL_B : HEAD_SEAL_A;

	s.generation = GENERATION;
	s.session = session;
	cr_assert_eq(seal_encode(&s, &with, head, head + place, NULL), 0);
	s.generation--;
	s.session = session ? session - 1 : 0;
	cr_assert_eq(seal_encode(&s, &with, head, head + other, NULL), 0);
	return head;
}

static struct seal judge(const uint8_t *head)
{
	struct seal_with with = fixture_with();
	enum head_kind kind = HEAD_ZERO;
	struct seal s = { 0 };

	cr_assert_eq(head_judge(head, &with, &kind, &s, NULL), 0);
	cr_assert_eq(kind, HEAD_VOLUME);
	return s;
}

/* --- A disk that remembers in what order it was written --- */

#define WRITES 2

struct disk {
	uint8_t *now; /* HEAD_BYTES */
	struct {
		size_t place;
		uint8_t block[HEAD_BLOCK];
		bool is_flushed;
	} writes[WRITES];
	size_t count;
};

static int disk_write(void *at, uint64_t offset, const uint8_t *block, struct err *e)
{
	struct disk *d = at;

	(void)e;
	cr_assert_lt(d->count, (size_t)WRITES);
	cr_assert(offset == HEAD_SEAL_A || offset == HEAD_SEAL_B, "only seal blocks are written");
	cr_assert(!d->count || d->writes[d->count - 1].is_flushed, "one after the other");
	d->writes[d->count].place = (size_t)offset;
	memcpy(d->writes[d->count++].block, block, HEAD_BLOCK);
	memcpy(d->now + offset, block, HEAD_BLOCK);
	return 0;
}

static int disk_flush(void *at, struct err *e)
{
	struct disk *d = at;

	(void)e;
	d->writes[d->count - 1].is_flushed = true;
	return 0;
}

/* Opens what is on the disk: 0, and the disk and `served` are as it leaves them. */
static int begin(struct disk *d, uint64_t anchor, uint8_t *served, struct seal *seal, struct err *e)
{
	const struct head_sink sink = { disk_write, disk_flush, d };
	const struct session_anchor of = { .value = anchor };
	struct seal_with with = fixture_with();

	d->count = 0;
	memcpy(served, d->now, HEAD_BYTES);
	*seal = judge(served);
	return session_begin(&sink, served, &with, &of, seal, e);
}

struct row {
	uint64_t session; /* of the disk */
	uint64_t anchor;
	int want;
	size_t writes;
	char says[96];
};

#define LAST (UINT64_MAX - 1)

ParameterizedTestParameters(session, opens_by_the_anchor_and_the_one_after)
{
	static struct row rows[] = {
		{ 0, 0, 0, 0, "" },
		{ 9, 0, 0, 0, "" }, /* not held: the configuration's choice */
		{ 5, 5, 0, 2, "" },
		{ 6, 5, 0, 0, "" }, /* cut before the anchor followed */
		{ 1, 1, 0, 2, "" },
		{ LAST, LAST, 0, 2, "" },
		{ UINT64_MAX, LAST, 0, 0, "" },
		{ 0, 1, -FAIL_DENIED, 0, "session 0, anchor 1: it was made without one; copy" },
		{ 0, LAST, -FAIL_DENIED, 0, "session 0, anchor 18446744073709551614: it was" },
		{ 4, 5, -FAIL_DENIED, 0, "session 4, anchor 5: an old copy of the disk; attach" },
		{ 1, LAST, -FAIL_DENIED, 0, "an old copy of the disk" },
		{ 7, 5, -FAIL_DENIED, 0, "session 7, anchor 5: the anchor is another one" },
		{ UINT64_MAX, 1, -FAIL_DENIED, 0, "the anchor is another one, or was put back" },
	};
	return cr_make_param_array(struct row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct row *row, session, opens_by_the_anchor_and_the_one_after)
{
	AUTO_FREE uint8_t *head = volume(HEAD_SEAL_A, row->session);
	AUTO_FREE uint8_t *before = volume(HEAD_SEAL_A, row->session);
	AUTO_FREE uint8_t *served = head_new();
	struct disk d = { .now = head };
	struct seal seal;
	struct err e = { 0 };

	cr_expect_eq(begin(&d, row->anchor, served, &seal, &e), row->want, "%s", e.text);
	cr_expect(strstr(e.text, row->says), "%s", e.text);
	cr_expect(!row->want || !strncmp(e.text, "volume-stale: ", 14), "%s", e.text);
	cr_expect_eq(d.count, row->writes);
	if (!row->writes)
		cr_expect_arr_eq(head, before, HEAD_BYTES, "the disk is left as it was");
	cr_expect_arr_eq(served, head, HEAD_BYTES, "memory and disk agree");
	if (!row->want && row->anchor)
		cr_expect_eq(seal.session, row->anchor + 1);
	else
		cr_expect_eq(seal.session, row->session);
}

Test(session, of_an_anchor_is_the_one_after)
{
	cr_assert_eq(session_of(0), 0);
	cr_assert_eq(session_of(1), 2);
	cr_assert_eq(session_of(LAST), UINT64_MAX);
}

struct place {
	size_t counts;
	size_t damaged; /* byte of the disk; 0: none */
};

ParameterizedTestParameters(session, is_written_over_the_older_block_first)
{
	static struct place rows[] = {
		{ HEAD_SEAL_A, 0 },
		{ HEAD_SEAL_B, 0 },
		{ HEAD_SEAL_A, HEAD_SEAL_B + 100 }, /* a damaged block is older than any */
		{ HEAD_SEAL_B, HEAD_SEAL_A },
	};
	return cr_make_param_array(struct place, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct place *row, session, is_written_over_the_older_block_first)
{
	AUTO_FREE uint8_t *head = volume(row->counts, 5);
	AUTO_FREE uint8_t *served = head_new();
	struct disk d = { .now = head };
	struct seal_with with = fixture_with();
	struct seal seal, a, b;
	const size_t other = HEAD_SEAL_A + HEAD_SEAL_B - row->counts;

	if (row->damaged)
		head[row->damaged] ^= 1;
	cr_assert_eq(begin(&d, 5, served, &seal, NULL), 0);
	cr_assert_eq(d.count, 2);
	cr_expect_eq(d.writes[0].place, other);
	cr_expect_eq(d.writes[1].place, row->counts);
	cr_expect(d.writes[0].is_flushed && d.writes[1].is_flushed);
	cr_assert_eq(seal_decode(head, other, &with, &a, NULL), 0);
	cr_assert_eq(seal_decode(head, row->counts, &with, &b, NULL), 0);
	cr_expect_eq(a.generation, GENERATION + 1);
	cr_expect_eq(b.generation, GENERATION + 2);
	cr_expect(a.session == 6 && b.session == 6, "either one alone opens it");
	cr_expect_eq(seal.generation, b.generation);
	cr_expect_arr_eq(seal.wrapped, b.wrapped, sizeof(b.wrapped));
	cr_expect_eq(seal.size, FIXTURE_SIZE);
}

Test(session, leaves_a_volume_without_another_generation_alone)
{
	uint64_t left;

	for (left = 0; left < 3; left++) {
		AUTO_FREE uint8_t *head = volume(HEAD_SEAL_B, 5), *served = head_new();
		struct disk d = { .now = head };
		struct seal seal;
		struct err e = { 0 };

		memset(head + HEAD_SEAL_B + 16, 0xff, 8);
		head[HEAD_SEAL_B + 23] = (uint8_t)(0xff - left);
		fixture_reseal(head, HEAD_SEAL_B);
		cr_assert_eq(begin(&d, 5, served, &seal, &e), left < 2 ? -FAIL_LIMIT : 0);
		cr_assert_eq(d.count, left < 2 ? 0 : 2);
		cr_assert_eq(judge(head).generation, left < 2 ? UINT64_MAX - left : UINT64_MAX);
		cr_assert(left == 2 || strstr(e.text, "copy the data to a new volume"));
	}
}

Test(session, is_not_begun_on_a_head_that_is_no_longer_authentic)
{
	AUTO_FREE uint8_t *head = volume(HEAD_SEAL_A, 5);
	struct disk d = { .now = head };
	const struct head_sink sink = { disk_write, disk_flush, &d };
	struct seal_with with = fixture_with();
	struct seal seal = judge(head);

	head[HEAD_DATA_OFFSET] ^= 1;
	cr_assert_eq(session_begin(&sink, head, &with, &AT_FIVE, &seal, NULL), -FAIL_FORGED);
	memset(head + HEAD_SEAL_A, 0, HEAD_BLOCK);
	memset(head + HEAD_SEAL_B, 0, HEAD_BLOCK);
	cr_assert_eq(session_begin(&sink, head, &with, &AT_FIVE, &seal, NULL), -FAIL_INPUT);
	cr_assert_eq(d.count, 0);
	cr_assert_eq(seal.session, 5);
}

/* --- Cuts. A write that was not flushed is there in any of its 512-byte sectors, or in none. ---
 */

static void tear(uint8_t *head, const struct disk *d, size_t write, size_t sectors)
{
	size_t i;

	for (i = 0; i < HEAD_BLOCK / 512; i++)
		if (sectors >> i & 1)
			memcpy(head + d->writes[write].place + i * 512,
			       d->writes[write].block + i * 512, 512);
}

/* The anchor has not followed: the volume opens all the same, into the session that was begun. */
static void opens_after_a_cut(const uint8_t *left, uint64_t anchor)
{
	AUTO_FREE uint8_t *head = head_new(), *served = head_new();
	struct disk d = { .now = head };
	const uint64_t session = judge(left).session;
	struct seal seal;

	memcpy(head, left, HEAD_BYTES);
	cr_assert(session == anchor || session == anchor + 1);
	cr_assert_eq(begin(&d, anchor, served, &seal, NULL), 0);
	cr_assert_eq(judge(head).session, anchor + 1);
	cr_assert_eq(begin(&d, anchor + 1, served, &seal, NULL), 0, "and the next one does");
	memcpy(head, left, HEAD_BYTES);
	cr_assert_eq(begin(&d, anchor + 2, served, &seal, NULL), -FAIL_DENIED,
		     "what the cut left is old two sessions later");
}

ParameterizedTestParameters(session, cut_anywhere_opens_again)
{
	static struct place rows[] = {
		{ HEAD_SEAL_A, 0 },
		{ HEAD_SEAL_B, 0 },
		{ HEAD_SEAL_A, HEAD_SEAL_B + 464 },
		{ HEAD_SEAL_B, HEAD_SEAL_A + 464 },
	};
	return cr_make_param_array(struct place, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct place *row, session, cut_anywhere_opens_again, .timeout = 120)
{
	AUTO_FREE uint8_t *head = volume(row->counts, 5), *durable = head_new();
	AUTO_FREE uint8_t *left = head_new(), *served = head_new();
	struct disk d = { .now = head };
	struct seal seal;
	size_t write, sectors;

	if (row->damaged)
		head[row->damaged] ^= 1;
	memcpy(durable, head, HEAD_BYTES);
	cr_assert_eq(begin(&d, 5, served, &seal, NULL), 0);
	for (write = 0; write < d.count; write++) {
		for (sectors = 0; sectors < 256; sectors++) {
			memcpy(left, durable, HEAD_BYTES);
			tear(left, &d, write, sectors);
			opens_after_a_cut(left, 5);
		}
		tear(durable, &d, write, 255);
	}
	cr_assert_arr_eq(durable, head, HEAD_BYTES);
}

/* --- What a host can put back: any block that was ever written, in either place. --- */

#define SESSIONS 4
#define BLOCKS	 (2 + 2 * SESSIONS)

struct host {
	struct {
		uint8_t block[HEAD_BLOCK];
		uint64_t session;
		uint64_t generation;
	} kept[BLOCKS];
	size_t count;
};

static void keep(struct host *h, const uint8_t *head, size_t place)
{
	struct seal_with with = fixture_with();
	struct seal s;

	cr_assert_lt(h->count, (size_t)BLOCKS);
	cr_assert_eq(seal_decode(head, place, &with, &s, NULL), 0);
	memcpy(h->kept[h->count].block, head + place, HEAD_BLOCK);
	h->kept[h->count].session = s.session;
	h->kept[h->count++].generation = s.generation;
}

/* Boots from session 1 on, each of which raises the anchor at its end. */
static uint64_t live(struct host *h, uint8_t *head)
{
	AUTO_FREE uint8_t *served = head_new();
	struct disk d = { .now = head };
	struct seal seal;
	uint64_t anchor;
	size_t write;

	keep(h, head, HEAD_SEAL_A);
	keep(h, head, HEAD_SEAL_B);
	for (anchor = 1; anchor <= SESSIONS; anchor++) {
		cr_assert_eq(begin(&d, anchor, served, &seal, NULL), 0);
		for (write = 0; write < d.count; write++)
			keep(h, head, d.writes[write].place);
	}
	return anchor;
}

Test(session, of_no_pair_of_old_blocks_is_taken_for_the_new, .timeout = 120)
{
	AUTO_FREE struct host *h = calloc(1, sizeof(*h));
	AUTO_FREE uint8_t *head = volume(HEAD_SEAL_A, 1), *served = head_new();
	struct disk d = { .now = head };
	struct seal seal;
	uint64_t anchor;
	size_t a, b, taken = 0;

	cr_assert_not_null(h);
	anchor = live(h, head);
	cr_assert_eq(h->count, BLOCKS);
	for (a = 0; a < BLOCKS; a++)
		for (b = 0; b < BLOCKS; b++) {
			size_t newer = h->kept[b].generation > h->kept[a].generation ? b : a;
			bool is_current = h->kept[newer].session == anchor;

			memcpy(head + HEAD_SEAL_A, h->kept[a].block, HEAD_BLOCK);
			memcpy(head + HEAD_SEAL_B, h->kept[b].block, HEAD_BLOCK);
			cr_assert_eq(begin(&d, anchor, served, &seal, NULL),
				     is_current ? 0 : -FAIL_DENIED, "blocks %zu and %zu", a, b);
			taken += is_current;
		}
	cr_assert_eq(taken, BLOCKS * BLOCKS - (BLOCKS - 2) * (BLOCKS - 2),
		     "those with a block of the last session, and no others");
}

Test(session, reports_a_write_that_fails_and_opens_after_it)
{
	AUTO_FD int fd = memfd_create("disk", MFD_CLOEXEC);
	AUTO_FREE uint8_t *old = volume(HEAD_SEAL_A, 5), *head = head_new();
	struct head_sink sink = head_sink_fd(&fd);
	struct seal_with with = fixture_with();
	uint8_t *disk;

	cr_assert_eq(ftruncate(fd, HEAD_BYTES), 0);
	disk = mmap(NULL, HEAD_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	cr_assert_neq(disk, MAP_FAILED);
	FAULT_EACH(n, FAULT_IO)
	{
		struct seal seal = judge(old);
		int begun;

		memcpy(head, old, HEAD_BYTES);
		memcpy(disk, old, HEAD_BYTES);
		begun = session_begin(&sink, head, &with, &AT_FIVE, &seal, NULL);
		cr_assert_eq(begun, fault_fired() ? -FAIL_SYS : 0);
		cr_assert_eq(seal.session, fault_fired() ? 5 : 6, "untouched on failure");
		cr_assert_eq(judge(disk).session, n == 1 ? 5 : 6);
		opens_after_a_cut(disk, 5);
	}
	cr_assert_eq(munmap(disk, HEAD_BYTES), 0);
}

/* The same number of another TPM's is another number; and without an anchor nobody asks whose. */
Test(session, is_of_the_anchor_that_counts_it)
{
	struct disk d = { .now = volume(HEAD_SEAL_A, 5) };
	const struct head_sink sink = { disk_write, disk_flush, &d };
	const struct session_anchor none = { .value = 0, .id = "whoever" };
	struct session_anchor other = AT_FIVE;
	struct seal_with with = fixture_with();
	AUTO_FREE uint8_t *served = malloc(HEAD_BYTES);
	struct seal seal;
	struct err e = { 0 };

	for (uint64_t value = 4; value <= 6; value++) {
		other.value = value;
		for (size_t at = 0; at < sizeof(other.id); at += sizeof(other.id) - 1) {
			memset(other.id, 0, sizeof(other.id));
			other.id[at] = 1;
			memcpy(served, d.now, HEAD_BYTES);
			seal = judge(served);
			cr_expect_eq(session_begin(&sink, served, &with, &other, &seal, &e),
				     -FAIL_DENIED);
			cr_expect(strstr(e.text, "volume-stale: session 5 is counted elsewhere"),
				  "%s", e.text);
		}
	}
	cr_expect_eq(session_begin(&sink, served, &with, &none, &seal, &e), 0);
	cr_expect_eq(d.count, 0, "nothing is written");
	free(d.now);
}

/* It stays with the volume from one session to the next. */
Test(session, keeps_whose_it_is)
{
	struct seal s = fixture_seal(SEAL_VOLUME), seal;
	struct seal_with with = fixture_with();
	struct disk d = { .now = fixture_head() };
	const struct head_sink sink = { disk_write, disk_flush, &d };
	struct session_anchor ours = AT_FIVE;
	struct err e = { 0 };

	memset(ours.id, 0xa5, sizeof(ours.id));
	memcpy(s.anchor_id, ours.id, sizeof(s.anchor_id));
	s.session = 5;
	cr_assert_eq(seal_encode(&s, &with, d.now, d.now + HEAD_SEAL_A, &e), 0, "%s", e.text);
	seal = judge(d.now);
	cr_expect_arr_eq(seal.anchor_id, ours.id, sizeof(ours.id));
	cr_assert_eq(session_begin(&sink, d.now, &with, &ours, &seal, &e), 0, "%s", e.text);
	seal = judge(d.now);
	cr_expect_eq(seal.session, 6);
	cr_expect_arr_eq(seal.anchor_id, ours.id, sizeof(ours.id));
	s.session = 0;
	cr_expect_eq(seal_encode(&s, &with, d.now, d.now + HEAD_SEAL_A, &e), -FAIL_BUG,
		     "an anchor without a session");
	free(d.now);
}
