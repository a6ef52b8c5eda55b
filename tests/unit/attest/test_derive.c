/* Keys: worked out elsewhere, and compared. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/key/derive.h"
#include "base/digest.h"
#include "tests/support/fault.h"

/*
 * Root secret: the bytes 00 .. 1f. Each was computed twice, outside of this code: by
 *
 *   openssl kdf -keylen 32 -kdfopt digest:SHA384 -kdfopt hexkey:000102..1f \
 *           -kdfopt salt:sealinit/v1 -kdfopt hexinfo:INFO HKDF
 *
 * (INFO of the first row: 0006 "volume" 0004 "data" 0004 "wrap" 0004 00000001, in hex), and by
 * RFC 5869 spelled out over Python's hmac and hashlib.
 */
struct vector {
	int is_seal;
	char name[16]; /* volume, or caller */
	int which;     /* enum volume_key, or enum seal_scope */
	uint32_t epoch;
	char want[65];
};

ParameterizedTestParameters(derive, gives_the_keys_of_the_specification)
{
	static struct vector rows[] = {
		{ 0, "data", VOLUME_KEY_WRAP, 1,
		  "8173ebf6838fd4ca8bd664349056d8fb462c20e19bd6fa70fb2ba8a08df5213d" },
		{ 0, "data", VOLUME_KEY_MAC, 1,
		  "ea4721e83a16e732042c75c1c6c5a3b13c999d663285e91e5e42ea9542f06881" },
		{ 0, "data", VOLUME_KEY_WRAP, 258,
		  "cf55bddd76ef8a3947a4836c5eed1904b774d3b1c130335b6a40e3537c2c4822" },
		{ 1, "guest", SCOPE_LIFE, 1,
		  "a4caf8714d419f59cd57afc486f6a2389d6822ed981b3a74c346096f3a17771a" },
		{ 1, "guest", SCOPE_CONTAINER, 1,
		  "e591a3ac92b6a11700e4f082dc5a13415f9a154ed0b7ce2e5b106ae3e73b6af1" },
		{ 1, "guest", SCOPE_POD, 1,
		  "f2e88f236ac0e5e68b15599e2f1fd3f8f878a8a6a5e57dccbc1e514088828ce5" },
	};
	return cr_make_param_array(struct vector, rows, sizeof(rows) / sizeof(*rows));
}

static int derive_row(const struct vector *row, struct span root, uint8_t *key, struct err *e)
{
	if (row->is_seal)
		return derive_seal_key(root, (enum seal_scope)row->which, row->name, row->epoch,
				       key, e);
	return derive_volume_key(root, row->name, (enum volume_key)row->which, row->epoch, key, e);
}

ParameterizedTest(struct vector *row, derive, gives_the_keys_of_the_specification)
{
	uint8_t root[32], key[DERIVE_KEY_BYTES];
	char hex[65];
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof(root); i++)
		root[i] = (uint8_t)i;
	cr_assert_eq(derive_row(row, span(root, sizeof(root)), key, &e), 0, "%s", e.text);
	digest_hex(span(key, sizeof(key)), hex);
	cr_expect_str_eq(hex, row->want);
}

Test(derive, a_short_root_is_a_bug_and_leaves_the_key_alone)
{
	uint8_t root[31] = { 1 }, key[DERIVE_KEY_BYTES] = { 0x55 };
	struct err e = { 0 };

	cr_assert_eq(
		derive_volume_key(span(root, sizeof(root)), "data", VOLUME_KEY_MAC, 1, key, &e),
		-FAIL_BUG);
	cr_assert_eq(key[0], 0x55);
}

Test(derive, fields_can_not_run_into_each_other)
{
	AUTO_BUF struct buf one = BUF_EMPTY, two = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(derive_field(&one, span_text("ab"), 99, &e), 0);
	cr_assert_eq(derive_field(&one, span_text("c"), 99, &e), 0);
	cr_assert_eq(derive_field(&two, span_text("a"), 99, &e), 0);
	cr_assert_eq(derive_field(&two, span_text("bc"), 99, &e), 0);
	cr_assert(!span_is_equal(buf_view(&one), buf_view(&two)));
	cr_assert(span_is_equal(buf_view(&one), span("\0\2ab\0\1c", 7)));
}

Test(derive, a_field_that_does_not_fit_leaves_no_trace)
{
	AUTO_BUF struct buf b = BUF_EMPTY;
	static uint8_t big[65536];
	struct err e = { 0 };

	cr_assert_eq(derive_field(&b, span_text("abc"), 4, &e), -FAIL_LIMIT);
	cr_assert_eq(b.len, 0);
	cr_assert_eq(derive_field(&b, span(big, sizeof(big)), SIZE_MAX / 2, &e), -FAIL_LIMIT);
	cr_assert_eq(b.len, 0);
	cr_assert_eq(derive_field(&b, span(big, 65535), SIZE_MAX / 2, &e), 0);
}

Test(derive, survives_every_failing_allocation)
{
	uint8_t root[32] = { 1 };

	FAULT_EACH(n, FAULT_MEMORY)
	{
		uint8_t key[DERIVE_KEY_BYTES];
		struct err e = { 0 };
		int got = derive_seal_key(span(root, sizeof(root)), SCOPE_POD, "guest", 1, key, &e);

		cr_assert(got == 0 || got == -FAIL_SYS, "%d: %s", got, e.text);
	}
}
