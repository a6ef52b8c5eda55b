/* The seal block: what it authenticates, and what it refuses. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "storage/sealblock.h"
#include "tests/support/fault.h"
#include "tests/unit/storage/fixture.h"

/* Worked out with Python's hmac and cryptography.hazmat's aes_key_wrap from FORMAT.md: name "data",
 * generation 7, epoch 1, fixture_head(), the volume's key 00 01 .. 5f; without a session, with
 * session 01 02 .. 08, and being formatted. */
static const uint8_t WRAPPED[] = {
	0x2a, 0xbc, 0x26, 0x61, 0xa6, 0x06, 0xec, 0x0a, 0x7d, 0x35, 0x86, 0x68, 0x96, 0x4b, 0xfc,
	0x6e, 0xbe, 0xe2, 0x39, 0x6d, 0x0d, 0xf9, 0x6f, 0x26, 0x83, 0x3f, 0x20, 0xe3, 0x1a, 0x75,
	0x0b, 0x91, 0xe0, 0x70, 0x8c, 0xb4, 0x21, 0x0f, 0x58, 0x5e, 0xf1, 0xa8, 0x55, 0x1f, 0xea,
	0x96, 0xc6, 0x70, 0x04, 0x0d, 0x63, 0x6d, 0xbe, 0xa0, 0xfe, 0x21, 0x65, 0xbb, 0x52, 0x73,
	0x10, 0x7f, 0x3f, 0x27, 0xd7, 0xf5, 0x9e, 0x90, 0xf5, 0xba, 0xfe, 0x2b, 0xf7, 0xfe, 0xd8,
	0xf7, 0x3e, 0xf6, 0xde, 0xbb, 0xdc, 0x68, 0xc0, 0xfa, 0x37, 0xe7, 0x69, 0x45, 0x35, 0x76,
	0x17, 0xbc, 0x51, 0x80, 0x12, 0xb5, 0x4f, 0x95, 0x77, 0xaf, 0xaf, 0xa6, 0x29, 0xfc,
};
static const uint8_t MAC_VOLUME[] = {
	0x5d, 0xc1, 0xf4, 0x23, 0xa9, 0x03, 0xc0, 0xeb, 0xce, 0x97, 0x8c, 0x09,
	0xa8, 0x6f, 0xcb, 0x85, 0xd7, 0xef, 0xc0, 0x14, 0xfc, 0x8a, 0x82, 0x1d,
	0x87, 0x6f, 0x69, 0x7c, 0xa3, 0x18, 0x35, 0x2a, 0x25, 0x7d, 0x87, 0x51,
	0xe8, 0x50, 0xbc, 0x2a, 0x7d, 0x86, 0xfc, 0x69, 0xed, 0x06, 0x68, 0x6b,
};
static const uint8_t MAC_SESSION[] = {
	0xc4, 0x33, 0xc8, 0xe7, 0xb4, 0x96, 0x45, 0xc5, 0xf8, 0x35, 0x89, 0xce,
	0x1f, 0x12, 0xca, 0x8d, 0xe3, 0x3b, 0x00, 0x04, 0x0b, 0xee, 0x02, 0x43,
	0x81, 0x46, 0xb9, 0x54, 0x23, 0xa6, 0xc1, 0x38, 0xdf, 0xfa, 0xb3, 0xaf,
	0x4f, 0x03, 0x4f, 0x7d, 0x73, 0x6b, 0xf0, 0xd4, 0x14, 0x6c, 0x5c, 0x28,
};
static const uint8_t MAC_FORMATTING[] = {
	0x21, 0x78, 0xd6, 0x3e, 0xbf, 0x24, 0xda, 0x67, 0xa4, 0x90, 0x30, 0xea,
	0xde, 0x70, 0xb6, 0x28, 0x56, 0xce, 0x0a, 0x8c, 0x13, 0xa4, 0xca, 0xd9,
	0xee, 0x01, 0x73, 0x3d, 0xab, 0x9b, 0x47, 0x87, 0xd9, 0x85, 0xed, 0x41,
	0xfd, 0xab, 0x44, 0xda, 0x8d, 0x14, 0xe9, 0x75, 0x5a, 0xe3, 0xdb, 0x39,
};

static struct seal golden(uint32_t state)
{
	struct seal s = fixture_seal(state);

	s.generation = 7;
	if (state == SEAL_VOLUME)
		memcpy(s.wrapped, WRAPPED, sizeof(s.wrapped));
	return s;
}

Test(sealblock, writes_the_bytes_that_the_format_says)
{
	AUTO_FREE uint8_t *head = fixture_head();
	struct seal_with with = fixture_with();
	struct seal volume = golden(SEAL_VOLUME), begun = golden(SEAL_FORMATTING);
	uint8_t block[HEAD_BLOCK];

	cr_assert_eq(seal_encode(&volume, &with, head, block, NULL), 0);
	cr_assert_arr_eq(block, "sealvol\x1a\0\0\0\x01\0\0\0\x02\0\0\0\0\0\0\0\x07", 24);
	cr_assert_arr_eq(block + 32, "\0\0\0\0\x10\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x01\x10\0",
			 24);
	cr_assert_arr_eq(block + 64, WRAPPED, sizeof(WRAPPED));
	cr_assert_arr_eq(block + 464, MAC_VOLUME, sizeof(MAC_VOLUME));
	volume.session = 0x0102030405060708;
	cr_assert_eq(seal_encode(&volume, &with, head, block, NULL), 0);
	cr_assert_arr_eq(block + 168, "\x01\x02\x03\x04\x05\x06\x07\x08", 8);
	cr_assert_arr_eq(block + 464, MAC_SESSION, sizeof(MAC_SESSION));
	cr_assert_eq(seal_encode(&begun, &with, NULL, block, NULL), 0);
	cr_assert_arr_eq(block + 464, MAC_FORMATTING, sizeof(MAC_FORMATTING));
}

Test(sealblock, gives_back_what_was_sealed)
{
	AUTO_FREE uint8_t *head = fixture_head();
	struct seal_with with = fixture_with();
	struct seal s = golden(SEAL_VOLUME), got;

	s.session = UINT64_MAX;
	cr_assert_eq(seal_encode(&s, &with, head, head + HEAD_SEAL_B, NULL), 0);
	cr_assert_eq(seal_decode(head, HEAD_SEAL_B, &with, &got, NULL), 0);
	cr_assert_eq(got.state, SEAL_VOLUME);
	cr_assert_eq(got.profile, PROFILE_JOURNAL);
	cr_assert_eq(got.generation, 7);
	cr_assert_eq(got.epoch, 1);
	cr_assert_eq(got.size, FIXTURE_SIZE);
	cr_assert_eq(got.session, UINT64_MAX);
	cr_assert_arr_eq(got.wrapped, WRAPPED, sizeof(WRAPPED));
}

static int flipped(uint8_t *head, size_t place, size_t at, unsigned int bit)
{
	struct seal_with with = fixture_with();
	struct seal got;
	int outcome;

	head[at] ^= (uint8_t)(1u << bit);
	outcome = seal_decode(head, place, &with, &got, NULL);
	head[at] ^= (uint8_t)(1u << bit);
	return outcome;
}

Test(sealblock, refuses_every_flipped_bit_of_its_own)
{
	AUTO_FREE uint8_t *head = fixture_volume();
	size_t at;
	unsigned int bit;

	for (at = 0; at < 512; at++)
		for (bit = 0; bit < 8; bit++)
			cr_assert_lt(flipped(head, HEAD_SEAL_A, HEAD_SEAL_A + at, bit), 0, "%zu",
				     at);
	for (at = 512; at < HEAD_BLOCK; at++)
		cr_assert_lt(flipped(head, HEAD_SEAL_A, HEAD_SEAL_A + at, at % 8), 0, "%zu", at);
}

/* The covered range in slices, since each flip costs a MAC over all of it. */
struct slice {
	size_t from;
	size_t to;
	size_t step;
};

ParameterizedTestParameters(sealblock, refuses_every_flipped_byte_that_it_covers)
{
	static struct slice rows[] = {
		{ 0, 4096, 1 },				     /* LUKS2's first binary header       */
		{ 4096, 16384, 3 },			     /* its JSON                          */
		{ 16384, 20480, 1 },			     /* the second binary header          */
		{ 20480, 32768, 3 },			     /* its JSON                          */
		{ 32768, HEAD_SEAL_A, 3 },		     /* where key slots would be          */
		{ HEAD_SEAL_B + 4096, HEAD_DATA_OFFSET, 5 }, /* the reserve                    */
		{ HEAD_DATA_OFFSET, HEAD_BYTES, 1 },	     /* dm-integrity's superblock         */
	};
	return cr_make_param_array(struct slice, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct slice *row, sealblock, refuses_every_flipped_byte_that_it_covers,
		  .timeout = 60)
{
	AUTO_FREE uint8_t *head = fixture_volume();
	size_t at;

	for (at = row->from; at < row->to; at += row->step)
		cr_assert_eq(flipped(head, HEAD_SEAL_B, at, at / row->step % 8), -FAIL_FORGED,
			     "%zu", at);
	cr_assert_eq(flipped(head, HEAD_SEAL_B, row->to - 1, 7), -FAIL_FORGED);
}

Test(sealblock, does_not_cover_the_other_block)
{
	AUTO_FREE uint8_t *head = fixture_volume();

	cr_assert_eq(flipped(head, HEAD_SEAL_A, HEAD_SEAL_B + 100, 1), 0);
	cr_assert_eq(flipped(head, HEAD_SEAL_B, HEAD_SEAL_A + 100, 1), 0);
}

Test(sealblock, refuses_another_name_and_another_key)
{
	static const uint8_t other[VOLUME_KEY_BYTES] = { 1 };
	AUTO_FREE uint8_t *head = fixture_volume();
	struct seal_with with = fixture_with();
	struct seal got;

	with.name = span_text("date");
	cr_assert_eq(seal_decode(head, HEAD_SEAL_A, &with, &got, NULL), -FAIL_FORGED);
	with.name = span_text("data2");
	cr_assert_eq(seal_decode(head, HEAD_SEAL_A, &with, &got, NULL), -FAIL_FORGED);
	with = fixture_with();
	with.mac_key = span(other, sizeof(other));
	cr_assert_eq(seal_decode(head, HEAD_SEAL_A, &with, &got, NULL), -FAIL_FORGED);
	with.mac_key.len--;
	cr_assert_eq(seal_decode(head, HEAD_SEAL_A, &with, &got, NULL), -FAIL_BUG);
}

/* An authentic block that says what this version can't. */
struct oddity {
	size_t at;
	uint8_t value;
	char what[32];
};

ParameterizedTestParameters(sealblock, refuses_authentic_nonsense)
{
	static struct oddity rows[] = {
		{ 11, 2, "version" },
		{ 11, 0, "version 0" },
		{ 15, 3, "state" },
		{ 15, 1, "a key while formatting" },
		{ 23, 0, "generation 0" },
		{ 39, 1, "size not of whole blocks" },
		{ 32, 0x80, "size beyond off_t" },
		{ 47, 1, "data offset" },
		{ 46, 1, "data offset" },
		{ 55, 1, "covered length" },
		{ 59, 3, "profile" },
		{ 59, 0, "profile 0" },
		{ 63, 103, "key length" },
		{ 176, 1, "padding" },
		{ 463, 1, "padding" },
	};
	return cr_make_param_array(struct oddity, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct oddity *row, sealblock, refuses_authentic_nonsense)
{
	AUTO_FREE uint8_t *head = fixture_volume();
	struct seal_with with = fixture_with();
	struct seal got = { .epoch = 99 };

	fixture_reseal(head, HEAD_SEAL_A);
	cr_assert_eq(seal_decode(head, HEAD_SEAL_A, &with, &got, NULL), 0);
	got.epoch = 99;
	head[HEAD_SEAL_A + row->at] = row->value;
	fixture_reseal(head, HEAD_SEAL_A);
	cr_expect_eq(seal_decode(head, HEAD_SEAL_A, &with, &got, NULL), -FAIL_INPUT, "%s",
		     row->what);
	cr_expect_eq(got.epoch, 99, "output untouched on failure");
}

Test(sealblock, refuses_another_session_under_the_same_mac)
{
	AUTO_FREE uint8_t *head = fixture_head();
	struct seal_with with = fixture_with();
	struct seal s = fixture_seal(SEAL_VOLUME), got;

	s.session = 5;
	cr_assert_eq(seal_encode(&s, &with, head, head + HEAD_SEAL_A, NULL), 0);
	cr_assert_eq(seal_decode(head, HEAD_SEAL_A, &with, &got, NULL), 0);
	head[HEAD_SEAL_A + 175] = 6;
	cr_assert_eq(seal_decode(head, HEAD_SEAL_A, &with, &got, NULL), -FAIL_FORGED);
	head[HEAD_SEAL_A + 175] = 0;
	cr_assert_eq(seal_decode(head, HEAD_SEAL_A, &with, &got, NULL), -FAIL_FORGED);
	fixture_reseal(head, HEAD_SEAL_A);
	cr_assert_eq(seal_decode(head, HEAD_SEAL_A, &with, &got, NULL), 0);
	cr_assert_eq(got.session, 0);
}

Test(sealblock, has_no_session_before_there_is_a_volume)
{
	AUTO_FREE uint8_t *head = fixture_head();
	struct seal_with with = fixture_with();
	struct seal s = fixture_seal(SEAL_FORMATTING), got;
	uint8_t block[HEAD_BLOCK];

	cr_assert_eq(seal_encode(&s, &with, head, head + HEAD_SEAL_A, NULL), 0);
	head[HEAD_SEAL_A + 175] = 1;
	fixture_reseal(head, HEAD_SEAL_A);
	cr_assert_eq(seal_decode(head, HEAD_SEAL_A, &with, &got, NULL), -FAIL_INPUT);
	s.session = 1;
	cr_assert_eq(seal_encode(&s, &with, head, block, NULL), -FAIL_BUG);
}

Test(sealblock, refuses_a_volume_smaller_than_any)
{
	AUTO_FREE uint8_t *head = fixture_head();
	struct seal_with with = fixture_with();
	struct seal s = fixture_seal(SEAL_VOLUME);
	uint8_t block[HEAD_BLOCK];

	s.size = VOLUME_MIN_BYTES - HEAD_BLOCK;
	cr_assert_eq(seal_encode(&s, &with, head, block, NULL), -FAIL_BUG);
	s.size = VOLUME_MIN_BYTES;
	cr_assert_eq(seal_encode(&s, &with, head, block, NULL), 0);
	with.name.len = 0;
	cr_assert_eq(seal_encode(&s, &with, head, block, NULL), -FAIL_BUG);
	with.name = span(head, LIMIT_NAME_BYTES);
	cr_assert_eq(seal_encode(&s, &with, head, block, NULL), -FAIL_BUG);
}

Test(sealblock, wraps_the_key_as_rfc_3394_does)
{
	AUTO_SECRET struct secret back = SECRET_EMPTY;
	uint8_t key[VOLUME_SECRET_BYTES], wrapped[SEAL_WRAPPED_BYTES];
	struct span with = span(FIXTURE_WRAP_KEY, VOLUME_KEY_BYTES);
	size_t i;

	for (i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	cr_assert_eq(seal_wrap(with, span(key, sizeof(key)), wrapped, NULL), 0);
	cr_assert_arr_eq(wrapped, WRAPPED, sizeof(WRAPPED));
	cr_assert_eq(seal_unwrap(with, wrapped, &back, NULL), 0);
	cr_assert_eq(back.len, sizeof(key));
	cr_assert_arr_eq(back.at, key, sizeof(key));
	cr_assert_eq(seal_wrap(with, span(key, 64), wrapped, NULL), -FAIL_BUG);
}

Test(sealblock, refuses_to_unwrap_with_another_key_or_a_flipped_bit)
{
	AUTO_SECRET struct secret back = SECRET_EMPTY;
	uint8_t wrapped[SEAL_WRAPPED_BYTES];
	struct err e = { 0 };
	size_t i;

	cr_assert_eq(seal_unwrap(span(FIXTURE_MAC_KEY, 32), WRAPPED, &back, &e), -FAIL_FORGED);
	cr_assert_eq(seal_unwrap(span(FIXTURE_WRAP_KEY, 16), WRAPPED, &back, &e), -FAIL_FORGED);
	for (i = 0; i < sizeof(wrapped) * 8; i++) {
		memcpy(wrapped, WRAPPED, sizeof(wrapped));
		wrapped[i / 8] ^= (uint8_t)(1u << i % 8);
		cr_assert_eq(seal_unwrap(span(FIXTURE_WRAP_KEY, 32), wrapped, &back, &e),
			     -FAIL_FORGED, "bit %zu", i);
	}
	cr_assert_null(back.at);
}

Test(sealblock, survives_every_failing_allocation)
{
	AUTO_FREE uint8_t *head = fixture_volume();
	struct seal_with with = fixture_with();

	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_SECRET struct secret back = SECRET_EMPTY;
		struct seal got = { .epoch = 99 };
		int decoded = seal_decode(head, HEAD_SEAL_A, &with, &got, NULL);
		int unwrapped = seal_unwrap(span(FIXTURE_WRAP_KEY, 32), WRAPPED, &back, NULL);

		cr_assert(decoded == 0 || (decoded == -FAIL_SYS && got.epoch == 99));
		cr_assert(unwrapped == 0 || !back.at);
	}
}
