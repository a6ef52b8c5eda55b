/* XAES-256-GCM against the numbers of its specification. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "api/seal/xaes.h"
#include "base/digest.h"
#include "tests/support/fault.h"
#include "tests/unit/api/shake.h"

static const uint8_t NONCE[25] = "ABCDEFGHIJKLMNOPQRSTUVWX";

struct vector {
	uint8_t key;
	char aad[24];
	char derived[65];
	char sealed[57];
};

static struct vector vectors[] = {
	{ 1, "", "c8612c9ed53fe43e8e005b828a1631a0bbcb6ab2f46514ec4f439fcfd0fa969b",
	  "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271" },
	{ 3, "c2sp.org/XAES-256-GCM",
	  "e9c621d4cdd9b11b00a6427ad7e559aeedd66b3857646677748f8ca796cb3fd8",
	  "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d" },
};

ParameterizedTestParameters(xaes, seals_and_opens_the_specifications_vectors)
{
	return cr_make_param_array(struct vector, vectors, sizeof(vectors) / sizeof(*vectors));
}

ParameterizedTest(struct vector *v, xaes, seals_and_opens_the_specifications_vectors)
{
	const struct span plain = span_text("XAES-256-GCM");
	AUTO_XAES struct xaes sealing = XAES_EMPTY;
	AUTO_XAES struct xaes opening = XAES_EMPTY;
	uint8_t key[XAES_KEY_BYTES], derived[XAES_KEY_BYTES], sealed[28], back[12];
	char hex[2 * 32 + 1];
	struct err e = { 0 };

	memset(key, v->key, sizeof(key));
	cr_assert_eq(xaes_derive(key, NONCE, derived, &e), 0);
	digest_hex(span(derived, sizeof(derived)), hex);
	cr_expect_str_eq(hex, v->derived);

	cr_assert_eq(xaes_init(&sealing, key, NONCE, true, &e), 0);
	cr_assert_eq(xaes_seal(&sealing, NONCE + 12, span_text(v->aad), plain, sealed, &e), 0);
	digest_hex(span(sealed, sizeof(sealed)), hex);
	cr_expect_str_eq(hex, v->sealed);

	cr_assert_eq(xaes_init(&opening, key, NONCE, false, &e), 0);
	cr_assert_eq(xaes_open(&opening, NONCE + 12, span_text(v->aad),
			       span(sealed, sizeof(sealed)), back, &e),
		     0);
	cr_expect_arr_eq(back, plain.at, plain.len);
}

/* The accumulated test of the specification: inputs from one SHAKE-128, outputs into another. */
Test(xaes, agrees_with_ten_thousand_random_messages, .timeout = 60)
{
	struct shake in = { 0 }, out = { 0 };
	uint8_t key[32], nonce[24], plain[255], aad[255], sealed[255 + 16], len[2], sum[32];
	char hex[65];
	struct err e = { 0 };

	for (int i = 0; i < 10000; i++) {
		AUTO_XAES struct xaes x = XAES_EMPTY;

		shake_squeeze(&in, key, sizeof(key));
		shake_squeeze(&in, nonce, sizeof(nonce));
		shake_squeeze(&in, &len[0], 1);
		shake_squeeze(&in, plain, len[0]);
		shake_squeeze(&in, &len[1], 1);
		shake_squeeze(&in, aad, len[1]);
		cr_assert_eq(xaes_init(&x, key, nonce, true, &e), 0);
		cr_assert_eq(xaes_seal(&x, nonce + 12, span(aad, len[1]), span(plain, len[0]),
				       sealed, &e),
			     0);
		shake_absorb(&out, sealed, (size_t)len[0] + 16);
	}
	shake_squeeze(&out, sum, sizeof(sum));
	digest_hex(span(sum, sizeof(sum)), hex);
	cr_assert_str_eq(hex, "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939");
}

Test(xaes, refuses_every_flipped_bit_and_wipes_what_it_wrote)
{
	const uint8_t key[32] = { 9 }, none[12] = { 0 };
	AUTO_XAES struct xaes sealing = XAES_EMPTY;
	AUTO_XAES struct xaes opening = XAES_EMPTY;
	uint8_t sealed[28], back[12];
	struct err e = { 0 };

	cr_assert_eq(xaes_init(&sealing, key, NONCE, true, &e), 0);
	cr_assert_eq(xaes_init(&opening, key, NONCE, false, &e), 0);
	cr_assert_eq(
		xaes_seal(&sealing, NONCE + 12, SPAN_EMPTY, span("hello, world", 12), sealed, &e),
		0);
	for (size_t bit = 0; bit < sizeof(sealed) * 8; bit++) {
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
		memset(back, 'x', sizeof(back));
		cr_assert_eq(xaes_open(&opening, NONCE + 12, SPAN_EMPTY,
				       span(sealed, sizeof(sealed)), back, &e),
			     -FAIL_FORGED, "bit %zu", bit);
		cr_assert_arr_eq(back, none, sizeof(back));
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	cr_assert_eq(xaes_open(&opening, NONCE + 12, span("a", 1), span(sealed, 28), back, &e),
		     -FAIL_FORGED, "associated data that was not there");
	cr_assert_eq(xaes_open(&opening, NONCE + 11, SPAN_EMPTY, span(sealed, 28), back, &e),
		     -FAIL_FORGED, "another nonce");
	cr_assert_eq(xaes_open(&opening, NONCE + 12, SPAN_EMPTY, span(sealed, 15), back, &e),
		     -FAIL_FORGED, "too short for a tag");
}

Test(xaes, refuses_more_than_openssl_can_count)
{
	const uint8_t key[32] = { 9 };
	AUTO_XAES struct xaes x = XAES_EMPTY;
	uint8_t room[16];
	struct err e = { 0 };

	cr_assert_eq(xaes_init(&x, key, NONCE, true, &e), 0);
	cr_assert_eq(xaes_seal(&x, NONCE + 12, SPAN_EMPTY, span(key, (size_t)1 << 31), room, &e),
		     -FAIL_BUG);
}

Test(xaes, fails_cleanly_without_memory)
{
	FAULT_EACH(n, FAULT_MEMORY)
	{
		const uint8_t key[32] = { 9 };
		AUTO_XAES struct xaes x = XAES_EMPTY;
		uint8_t sealed[20];
		struct err e = { 0 };
		int failed = xaes_init(&x, key, NONCE, true, &e);

		if (!failed)
			failed = xaes_seal(&x, NONCE + 12, SPAN_EMPTY, span("abcd", 4), sealed, &e);
		fault_disarm_keep();
		cr_assert(failed == 0 || failed == -FAIL_SYS);
	}
}
