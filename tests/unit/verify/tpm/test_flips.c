/* Flipped bits of a quote, its signature, its values and its key; every cut; every length. */
#include "tests/unit/verify/tpm/bench.h"

/* What verifies must be genuine again before and after, or the loop proves nothing. */
static void must_hold(struct bench *b)
{
	(void)bench_run(b);
	cr_assert(b->rig.part.outcome.genuine && rig_said(&b->rig, "tpm.genuine"));
}

static void expect_refused(struct bench *b, const char *what, size_t bit)
{
	enum verify_decision got = bench_run(b);

	cr_expect(!b->rig.part.outcome.genuine && !rig_said(&b->rig, "tpm.genuine") &&
			  (got == VERIFY_REFUSED || got == VERIFY_UNPROVEN),
		  "%s, bit %zu: %s", what, bit, verify_decision_name(got));
}

static void flip(struct bench *b, const char *what, uint8_t *at, size_t len)
{
	size_t count = 0;

	for (size_t bit = 0; bit < 8 * len; bit = flips_next(bit), count++) {
		at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		expect_refused(b, what, bit);
		at[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	printf("%zu flips: %s\n", count, what);
}

static void flip_quote(EVP_PKEY *key, uint16_t scheme)
{
	struct bench b;

	bench_init(&b, key, scheme);
	must_hold(&b);
	flip(&b, "the quote", b.made.attest.at, b.made.attest.len);
	flip(&b, "its signature", b.signature, b.rig.part.signature.len);
	flip(&b, "the key", b.ak, b.rig.part.ak.len);
	must_hold(&b);
	bench_done(&b);
}

Test(tpm_flips, flipped_bits_of_every_value)
{
	struct bench b;

	bench_init(&b, tpm_rsa2048(), TPM_MAKE_RSASSA);
	must_hold(&b);
	for (size_t i = 0; i < 24; i++)
		flip(&b, "a PCR's value", b.rig.part.claimed.at[i], 32);
	must_hold(&b);
	bench_done(&b);
}

Test(tpm_flips, flipped_bits_of_an_rsassa_quote)
{
	flip_quote(tpm_rsa2048(), TPM_MAKE_RSASSA);
}

Test(tpm_flips, flipped_bits_of_an_rsapss_quote)
{
	flip_quote(tpm_rsa2048(), TPM_MAKE_RSAPSS);
}

Test(tpm_flips, flipped_bits_of_a_p256_quote)
{
	flip_quote(pki_p256(5), TPM_MAKE_ECDSA);
}

Test(tpm_flips, flipped_bits_of_a_p384_quote)
{
	flip_quote(pki_p384(6), TPM_MAKE_ECDSA);
}

/* Registered by name, which covers every bit of it. */
static void flipped_bits_of_public(EVP_PKEY *key, uint16_t scheme)
{
	char json[256], name[2 * 66 + 1];
	struct err e = { 0 };
	struct bench b;

	bench_init(&b, key, scheme);
	digest_hex(span(b.made.name, b.made.name_len), name);
	(void)snprintf(json, sizeof(json), "{\"ak_names\": \"%s\"}", name);
	cr_assert(bench_parse(&b, json, &e) == 0, "%s", e.text);
	bench_ak(&b, buf_view(&b.made.public));
	must_hold(&b);
	flip(&b, "TPMT_PUBLIC", b.ak, b.rig.part.ak.len);
	for (size_t len = 0; len < b.made.public.len; len++) {
		bench_ak(&b, span(b.made.public.at, len));
		expect_refused(&b, "TPMT_PUBLIC cut", len);
	}
	bench_done(&b);
}

Test(tpm_flips, flipped_bits_and_cuts_of_a_key_s_public_area)
{
	flipped_bits_of_public(tpm_rsa2048(), TPM_MAKE_RSASSA);
	flipped_bits_of_public(pki_p256(5), TPM_MAKE_ECDSA);
}

static void every_cut(EVP_PKEY *key, uint16_t scheme)
{
	struct bench b;
	size_t whole;

	bench_init(&b, key, scheme);
	whole = b.made.attest.len;
	for (size_t len = 0; len < whole; len++) {
		b.made.attest.len = len;
		expect_refused(&b, "quote cut", len);
	}
	b.made.attest.len = whole;
	for (size_t len = 0; len < b.made.signature.len; len++) {
		bench_signature(&b, span(b.made.signature.at, len));
		expect_refused(&b, "signature cut", len);
	}
	bench_signature(&b, buf_view(&b.made.signature));
	for (size_t len = 0; len < b.made.spki.len; len++) {
		bench_ak(&b, span(b.made.spki.at, len));
		expect_refused(&b, "key cut", len);
	}
	bench_done(&b);
}

Test(tpm_flips, every_cut)
{
	every_cut(tpm_rsa2048(), TPM_MAKE_RSASSA);
	every_cut(pki_p256(6), TPM_MAKE_ECDSA);
}

/* Each of these pushed to every value of its bytes' ends, and one byte added behind each piece. */
Test(tpm_flips, every_length_pushed)
{
	static const size_t lengths[] = { 6, 42, 101, 109 }; /* signer, extraData, banks, digest */
	static const uint16_t values[] = { 0, 1, 31, 33, 65, 66, 67, 0x7fff, 0x8000, 0xffff };
	struct bench b;

	bench_init(&b, pki_p256(7), TPM_MAKE_ECDSA);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		for (size_t k = 0; k < sizeof(values) / sizeof(*values); k++) {
			uint8_t *at = b.made.attest.at + lengths[i], kept[2] = { at[0], at[1] };

			at[0] = (uint8_t)(values[k] >> 8);
			at[1] = (uint8_t)values[k];
			if (memcmp(at, kept, 2) != 0)
				expect_refused(&b, "length", lengths[i]);
			memcpy(at, kept, 2);
		}
	must_hold(&b);
	cr_assert(buf_append(&b.made.signature, span("", 1), 4096, NULL) == 0);
	bench_signature(&b, buf_view(&b.made.signature));
	expect_refused(&b, "a byte behind the signature", 0);
	bench_done(&b);
}
