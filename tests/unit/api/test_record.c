/* Sealed blobs: FORMAT.md, and everything that must not open. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "api/seal/record.h"
#include "base/digest.h"
#include "tests/support/fault.h"
#include "tests/unit/api/keys.h"

static uint8_t NONCE[RECORD_NONCE_BYTES];
static const char refused[] = "the blob does not open here with this context";

static void set_nonce(void)
{
	for (uint8_t i = 0; i < sizeof(NONCE); i++)
		NONCE[i] = (uint8_t)(0x40 + i);
}

static struct buf pattern(size_t len)
{
	struct buf b = BUF_EMPTY;
	struct err e;

	cr_assert_eq(buf_reserve(&b, len + 1, &e), 0);
	for (size_t i = 0; i < len; i++)
		b.at[i] = (uint8_t)(i % 251);
	b.len = len;
	return b;
}

static struct buf seal(const struct keyring *k, enum seal_scope scope, const char *context,
		       struct span plain)
{
	struct buf blob = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(record_seal(k, scope, span_text(context), plain, &blob, &e), 0, "%s", e.text);
	return blob;
}

static void expect_refused(const struct keyring *k, const char *context, struct span blob,
			   const char *what)
{
	struct buf plain = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(record_open(k, span_text(context), blob, &plain, &e), -FAIL_FORGED, "%s",
		     what);
	cr_assert_str_eq(e.text, refused, "one text for all");
	cr_assert_null(plain.at, "output untouched on failure");
}

/* Worked out from FORMAT.md by another program (Python, cryptography). */
struct golden {
	uint32_t scope, epoch;
	size_t len;
	char context[16];
	char sum[65];
};

ParameterizedTestParameters(record, writes_the_format_that_its_page_describes)
{
	static struct golden rows[] = {
		{ SCOPE_CONTAINER, 7, 0, "",
		  "250f5493b80ccc5e15db821fabad015537091fd820606dc9d5149b23adfe7f3c" },
		{ SCOPE_POD, 1, 131073, "x",
		  "ecaf54d1d3e851884527b868d7b52f7d5894e144361845625d5c50d72609a836" },
		{ SCOPE_LIFE, 1, 131072, "x",
		  "eabf9f533eddd64e1eda5d540b1d1af51262baec9819c6b19823b4683e9723c3" },
	};
	return cr_make_param_array(struct golden, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct golden *row, record, writes_the_format_that_its_page_describes)
{
	struct msg_seal_keys m = keys_message((enum seal_scope)row->scope, row->epoch);
	AUTO_KEYRING struct keyring k = KEYRING_EMPTY;
	AUTO_BUF struct buf plain = pattern(row->len);
	AUTO_BUF struct buf blob = BUF_EMPTY;
	struct digest d;
	struct err e = { 0 };
	char hex[65];

	set_nonce();
	k = keys_ring(&m);
	cr_assert_eq(record_seal_with(&k, (enum seal_scope)row->scope, span_text(row->context),
				      buf_view(&plain), NONCE, &blob, &e),
		     0);
	cr_assert_eq(blob.len, record_sealed_bytes(row->len));
	cr_assert_eq(digest_of(DIGEST_SHA256, buf_view(&blob), &d, &e), 0);
	digest_hex(span(d.at, d.len), hex);
	cr_assert_str_eq(hex, row->sum);
}

Test(record, writes_a_small_blob_byte_for_byte)
{
	static const char want[] =
		"7365616c626c6f620101021000000007db3a5c9563a5a51a63f7c5b831e2a120"
		"404142434445464748494a4b4c4d4e4f5051525354555657000000000000000e"
		"c036c5e242323e573e2da143739bd0bea094eb66edc9ad5412ac10a5ee39de9f"
		"182e22ce9800e09238cf7ef590b21eaacec6e43a98851301cf181d09648f";
	struct msg_seal_keys m = keys_message(SCOPE_CONTAINER, 7);
	AUTO_KEYRING struct keyring k = KEYRING_EMPTY;
	AUTO_BUF struct buf blob = BUF_EMPTY;
	struct err e = { 0 };
	char hex[2 * 126 + 1];

	set_nonce();
	k = keys_ring(&m);
	cr_assert_eq(record_seal_with(&k, SCOPE_CONTAINER, span_text("db/password"),
				      span_text("attack at dawn"), NONCE, &blob, &e),
		     0);
	cr_assert_eq(blob.len, 126);
	digest_hex(buf_view(&blob), hex);
	cr_assert_str_eq(hex, want);
}

struct size {
	size_t len;
};

ParameterizedTestParameters(record, opens_what_it_sealed)
{
	static struct size rows[] = {
		{ 0 },	   { 1 },      { 65535 },  { 65536 },
		{ 65537 }, { 131072 }, { 131073 }, { RECORD_PLAIN_MAX_BYTES },
	};
	return cr_make_param_array(struct size, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct size *row, record, opens_what_it_sealed)
{
	struct msg_seal_keys m = keys_all();
	AUTO_KEYRING struct keyring k = KEYRING_EMPTY;
	AUTO_BUF struct buf plain = pattern(row->len);
	AUTO_BUF struct buf blob = BUF_EMPTY;
	AUTO_BUF struct buf back = BUF_EMPTY;
	struct err e = { 0 };

	k = keys_ring(&m);
	blob = seal(&k, SCOPE_POD, "ctx", buf_view(&plain));
	cr_assert_eq(blob.len, record_sealed_bytes(row->len));
	cr_assert_leq(blob.len, LIMIT_API_BODY_BYTES, "what is sealed can be sent back");
	cr_assert_eq(record_open(&k, span_text("ctx"), buf_view(&blob), &back, &e), 0);
	cr_assert(span_is_equal(buf_view(&back), buf_view(&plain)));
	cr_assert_not_null(back.at, "also an empty plaintext is one");
}

Test(record, never_writes_the_same_blob_twice)
{
	struct msg_seal_keys m = keys_all();
	AUTO_KEYRING struct keyring k = KEYRING_EMPTY;
	AUTO_BUF struct buf a = BUF_EMPTY;
	AUTO_BUF struct buf b = BUF_EMPTY;

	k = keys_ring(&m);
	a = seal(&k, SCOPE_POD, "", span_text("same"));
	b = seal(&k, SCOPE_POD, "", span_text("same"));
	cr_assert_arr_neq(a.at + 32, b.at + 32, RECORD_NONCE_BYTES);
	cr_assert_arr_neq(a.at + 96, b.at + 96, 20);
}

Test(record, refuses_every_flipped_bit, .timeout = 60)
{
	struct msg_seal_keys m = keys_all();
	AUTO_KEYRING struct keyring k = KEYRING_EMPTY;
	AUTO_BUF struct buf blob = BUF_EMPTY;

	k = keys_ring(&m);
	blob = seal(&k, SCOPE_CONTAINER, "ctx", span_text("secret"));
	for (size_t bit = 0; bit < blob.len * 8; bit++) {
		blob.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
		expect_refused(&k, "ctx", buf_view(&blob), "a flipped bit");
		blob.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

Test(record, refuses_every_truncation_and_extension)
{
	struct msg_seal_keys m = keys_all();
	AUTO_KEYRING struct keyring k = KEYRING_EMPTY;
	AUTO_BUF struct buf blob = BUF_EMPTY;
	struct err e;

	k = keys_ring(&m);
	blob = seal(&k, SCOPE_CONTAINER, "", span_text("secret"));
	for (size_t len = 0; len < blob.len; len++)
		expect_refused(&k, "", span(blob.at, len), "cut short");
	cr_assert_eq(buf_append(&blob, span("\0", 1), SIZE_MAX, &e), 0);
	expect_refused(&k, "", buf_view(&blob), "a byte more");
}

/* Three segments of 65536 + 16 bytes begin at 96. */
#define SEGMENT ((size_t)65536 + 16)

static void set_length(struct buf *blob, uint64_t len)
{
	for (size_t i = 0; i < 8; i++)
		blob->at[56 + i] = (uint8_t)(len >> 8 * (7 - i));
}

Test(record, refuses_segments_in_another_order)
{
	struct msg_seal_keys m = keys_all();
	AUTO_KEYRING struct keyring k = KEYRING_EMPTY;
	AUTO_BUF struct buf plain = pattern(3 * (size_t)65536);
	AUTO_BUF struct buf blob = BUF_EMPTY;
	AUTO_BUF struct buf spare = pattern(SEGMENT);

	k = keys_ring(&m);
	blob = seal(&k, SCOPE_CONTAINER, "", buf_view(&plain));
	memcpy(spare.at, blob.at + 96, SEGMENT);
	memcpy(blob.at + 96, blob.at + 96 + SEGMENT, SEGMENT);
	memcpy(blob.at + 96 + SEGMENT, spare.at, SEGMENT);
	expect_refused(&k, "", buf_view(&blob), "first and second swapped");
	memcpy(blob.at + 96, spare.at, SEGMENT);
	expect_refused(&k, "", buf_view(&blob), "the first one twice");
}

Test(record, refuses_whole_segments_cut_off_or_put_behind)
{
	struct msg_seal_keys m = keys_all();
	AUTO_KEYRING struct keyring k = KEYRING_EMPTY;
	AUTO_BUF struct buf plain = pattern(3 * (size_t)65536);
	AUTO_BUF struct buf blob = BUF_EMPTY;
	struct err e;

	k = keys_ring(&m);
	blob = seal(&k, SCOPE_CONTAINER, "", buf_view(&plain));
	expect_refused(&k, "", span(blob.at, blob.len - SEGMENT), "the last one missing");
	set_length(&blob, 2 * (uint64_t)65536);
	expect_refused(&k, "", span(blob.at, blob.len - SEGMENT), "and the length says so");
	set_length(&blob, 4 * (uint64_t)65536);
	cr_assert_eq(buf_reserve(&blob, blob.len + SEGMENT, &e), 0);
	cr_assert_eq(buf_append(&blob, span(blob.at + 96, SEGMENT), SIZE_MAX, &e), 0);
	expect_refused(&k, "", buf_view(&blob), "one more, and the length says so");
}

Test(record, refuses_segments_of_another_blob_under_the_same_key)
{
	struct msg_seal_keys m = keys_all();
	AUTO_KEYRING struct keyring k = KEYRING_EMPTY;
	AUTO_BUF struct buf a = BUF_EMPTY;
	AUTO_BUF struct buf b = BUF_EMPTY;

	k = keys_ring(&m);
	a = seal(&k, SCOPE_CONTAINER, "", span_text("one"));
	b = seal(&k, SCOPE_CONTAINER, "", span_text("two"));
	memcpy(a.at + 96, b.at + 96, b.len - 96);
	expect_refused(&k, "", buf_view(&a), "spliced");
}

Test(record, binds_the_context)
{
	struct msg_seal_keys m = keys_all();
	AUTO_KEYRING struct keyring k = KEYRING_EMPTY;
	AUTO_BUF struct buf blob = BUF_EMPTY;

	k = keys_ring(&m);
	blob = seal(&k, SCOPE_CONTAINER, "a", span_text("secret"));
	expect_refused(&k, "", buf_view(&blob), "without it");
	expect_refused(&k, "b", buf_view(&blob), "another");
	expect_refused(&k, "aa", buf_view(&blob), "a longer one");
}

Test(record, chooses_the_key_by_name_and_tries_no_other)
{
	struct msg_seal_keys ours = keys_message(SCOPE_CONTAINER, 1);
	struct msg_seal_keys same_bytes_other_scope = keys_message(SCOPE_POD, 1);
	struct msg_seal_keys same_bytes_other_epoch = keys_message(SCOPE_CONTAINER, 2);
	struct msg_seal_keys other = { .count = 0 };
	AUTO_KEYRING struct keyring k = KEYRING_EMPTY;
	AUTO_KEYRING struct keyring scope = KEYRING_EMPTY;
	AUTO_KEYRING struct keyring epoch = KEYRING_EMPTY;
	AUTO_KEYRING struct keyring foreign = KEYRING_EMPTY;
	AUTO_BUF struct buf blob = BUF_EMPTY;

	keys_add(&other, SCOPE_CONTAINER, 1, 0x77);
	k = keys_ring(&ours);
	scope = keys_ring(&same_bytes_other_scope);
	epoch = keys_ring(&same_bytes_other_epoch);
	foreign = keys_ring(&other);
	blob = seal(&k, SCOPE_CONTAINER, "", span_text("secret"));
	expect_refused(&scope, "", buf_view(&blob), "the same key, for another scope");
	blob.at[10] = SCOPE_POD;
	expect_refused(&scope, "", buf_view(&blob), "and the head changed to it");
	blob.at[10] = SCOPE_CONTAINER;
	expect_refused(&epoch, "", buf_view(&blob), "the same key, of another epoch");
	blob.at[15] = 2;
	expect_refused(&epoch, "", buf_view(&blob), "and the head changed to it");
	blob.at[15] = 1;
	expect_refused(&foreign, "", buf_view(&blob), "another guest's key");
	memcpy(blob.at + 16, foreign.keys[0].id, SEAL_ID_BYTES);
	expect_refused(&foreign, "", buf_view(&blob), "and its id put in");
}

Test(record, opens_an_old_epoch_after_a_new_one_seals)
{
	struct msg_seal_keys m = keys_message(SCOPE_CONTAINER, 1);
	AUTO_KEYRING struct keyring before = KEYRING_EMPTY;
	AUTO_KEYRING struct keyring after = KEYRING_EMPTY;
	AUTO_BUF struct buf blob = BUF_EMPTY;
	AUTO_BUF struct buf fresh = BUF_EMPTY;
	AUTO_BUF struct buf back = BUF_EMPTY;
	struct err e = { 0 };

	before = keys_ring(&m);
	keys_add(&m, SCOPE_CONTAINER, 2, 0x55);
	after = keys_ring(&m);
	blob = seal(&before, SCOPE_CONTAINER, "", span_text("old"));
	fresh = seal(&after, SCOPE_CONTAINER, "", span_text("new"));
	cr_assert_eq(record_open(&after, SPAN_EMPTY, buf_view(&blob), &back, &e), 0);
	cr_assert(span_is_equal(buf_view(&back), span_text("old")));
	cr_assert_eq(fresh.at[15], 2);
	expect_refused(&before, "", buf_view(&fresh), "an epoch that is not here yet");
}

Test(record, refuses_what_is_too_long_and_a_scope_without_key)
{
	struct msg_seal_keys m = keys_message(SCOPE_CONTAINER, 1);
	AUTO_KEYRING struct keyring k = KEYRING_EMPTY;
	AUTO_BUF struct buf plain = pattern(RECORD_PLAIN_MAX_BYTES + 1);
	AUTO_BUF struct buf context = pattern(LIMIT_CONTEXT_BYTES + 1);
	struct buf blob = BUF_EMPTY;
	struct err e = { 0 };

	k = keys_ring(&m);
	cr_expect_eq(record_seal(&k, SCOPE_POD, SPAN_EMPTY, SPAN_EMPTY, &blob, &e), -FAIL_DENIED);
	cr_expect_eq(record_seal(&k, SCOPE_CONTAINER, SPAN_EMPTY, buf_view(&plain), &blob, &e),
		     -FAIL_LIMIT);
	cr_expect_eq(record_seal(&k, SCOPE_CONTAINER, buf_view(&context), SPAN_EMPTY, &blob, &e),
		     -FAIL_LIMIT);
	cr_expect_eq(record_open(&k, buf_view(&context), SPAN_EMPTY, &blob, &e), -FAIL_LIMIT);
	cr_expect_null(blob.at, "output untouched on failure");
	context.len = LIMIT_CONTEXT_BYTES;
	cr_expect_eq(record_seal(&k, SCOPE_CONTAINER, buf_view(&context), SPAN_EMPTY, &blob, &e),
		     0);
	buf_done(&blob);
}

Test(record, fails_cleanly_without_memory)
{
	struct msg_seal_keys m = keys_all();

	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_KEYRING struct keyring k = KEYRING_EMPTY;
		AUTO_BUF struct buf blob = BUF_EMPTY;
		AUTO_BUF struct buf back = BUF_EMPTY;
		struct err e = { 0 };
		int failed = keyring_load(&k, &m, &e);

		if (!failed)
			failed =
				record_seal(&k, SCOPE_POD, SPAN_EMPTY, span_text("abc"), &blob, &e);
		if (!failed)
			failed = record_open(&k, SPAN_EMPTY, buf_view(&blob), &back, &e);
		fault_disarm_keep();
		cr_assert(failed == 0 || failed == -FAIL_SYS, "%d", failed);
		cr_assert_eq(back.at != NULL, failed == 0);
	}
}
