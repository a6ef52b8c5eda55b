/* The rows P1 to P7 of the reference's table of negative tests (cpu-evidence, 8), and their kin. */
#include "tests/unit/verify/tpm/bench.h"

#include <criterion/parameterized.h>

/* What a good quote gets without reference values. */
#define GOOD VERIFY_UNKNOWN_WORKLOAD

static void rsa(struct bench *b)
{
	bench_init(b, tpm_rsa2048(), TPM_MAKE_RSASSA);
	bench_expect(b, "-", "the quote itself", GOOD, "tpm.genuine");
}

Test(tpm_rows, p1_magic_is_the_tpm_s)
{
	struct bench b;

	rsa(&b);
	b.spec.magic = 0x00544347;
	bench_make(&b);
	bench_expect(&b, "P1", "magic 00544347, by a key that signs anything", VERIFY_REFUSED,
		     "tpm.not-quote");
	cr_expect(!b.rig.part.outcome.genuine);
	bench_done(&b);
}

Test(tpm_rows, p2_the_selection_is_that_of_the_values)
{
	struct bench b;

	rsa(&b);
	b.spec.banks[0].pcrs = 0xfffeff; /* without PCR 8 */
	bench_make(&b);
	bench_expect(&b, "P2", "values of the PCRs that were selected", GOOD, "tpm.genuine");
	b.rig.part.claimed.present = 0xffffff;
	b.rig.part.claimed.at[8][0] = 0x42;
	bench_expect(&b, "P2", "selection without PCR 8, and a forged PCR 8", VERIFY_REFUSED,
		     "tpm.selection");
	cr_expect(!b.rig.part.outcome.registers.present, "unsigned values go nowhere");
	bench_values(&b);
	bench_trust(&b, ", \"selection\": [0, 1, 2, 3, 4, 5, 6, 7, 8]");
	bench_expect(&b, "P2", "another selection than the policy's", VERIFY_REFUSED,
		     "tpm.selection");
	b.spec.banks[0].pcrs = 0x1ff;
	bench_make(&b);
	bench_expect(&b, "P2", "exactly the policy's", GOOD, "tpm.genuine");
	bench_trust(&b, ", \"bank\": \"sha384\"");
	bench_expect(&b, "P2", "another bank than the policy's", VERIFY_REFUSED, "tpm.selection");
	bench_trust(&b, "");
	b.rig.part.claimed.alg = TPM_MAKE_SHA384;
	bench_expect(&b, "P2", "values of another bank", VERIFY_REFUSED, "tpm.selection");
	bench_done(&b);
}

static void selection_row(const char *what, uint32_t count, struct tpm_bank first,
			  struct tpm_bank second, const char *code)
{
	struct bench b;

	rsa(&b);
	b.spec.bank_count = count;
	b.spec.banks[0] = first;
	b.spec.banks[1] = second;
	bench_make(&b);
	bench_expect(&b, "P3", what, VERIFY_REFUSED, code);
	b.rig.part.claimed.present = 0;
	bench_expect(&b, "P3", "  the same, without values", VERIFY_REFUSED, code);
	bench_done(&b);
}

Test(tpm_rows, p3_the_selection_is_one_bank_of_three_bytes)
{
	const struct tpm_bank all = { TPM_MAKE_SHA256, 3, 0xffffff };
	const struct tpm_bank none = { TPM_MAKE_SHA256, 3, 0 };
	const struct tpm_bank sha1 = { TPM_MAKE_SHA1, 3, 0xffffff };

	selection_row("no bank", 0, none, none, "tpm.selection");
	selection_row("one bank, no PCR", 1, none, none, "tpm.selection");
	selection_row("two banks", 2, all, sha1, "tpm.selection");
	selection_row("one bank twice", 2, all, all, "tpm.selection");
	selection_row("a bitmap of 4 bytes", 1, (struct tpm_bank){ 0x0b, 4, 0xffffff }, none,
		      "tpm.selection");
	selection_row("a bitmap of 2 bytes", 1, (struct tpm_bank){ 0x0b, 2, 0xffff }, none,
		      "tpm.selection");
	selection_row("a bitmap of 0 bytes", 1, (struct tpm_bank){ 0x0b, 0, 0 }, none,
		      "tpm.format");
	selection_row("a bitmap of 5 bytes", 1, (struct tpm_bank){ 0x0b, 5, 1 }, none,
		      "tpm.format");
	selection_row("the SHA-1 bank", 1, sha1, none, "tpm.selection");
	selection_row("2^32-1 banks", 0xffffffff, all, all, "tpm.format");
}

static void extra_row(const char *what, size_t asked, size_t signed_len, enum verify_decision want,
		      const char *code)
{
	struct bench b;

	rsa(&b);
	for (size_t i = 0; i < sizeof(b.spec.extra); i++)
		b.spec.extra[i] = (uint8_t)(i + 1);
	b.spec.extra_len = signed_len;
	bench_make(&b);
	b.rig.part.expect.len = asked;
	memcpy(b.rig.part.expect.at, b.spec.extra, asked);
	bench_expect(&b, "P4", what, want, code);
	bench_done(&b);
}

Test(tpm_rows, p4_extra_data_is_the_nonce_to_the_byte)
{
	extra_row("32 bytes asked and signed", 32, 32, GOOD, "fresh.answers");
	extra_row("64 bytes asked and signed", 64, 64, GOOD, "fresh.answers");
	extra_row("a prefix: 31 of 32 bytes", 32, 31, VERIFY_REFUSED, "fresh.other");
	extra_row("one byte more than asked", 32, 33, VERIFY_REFUSED, "fresh.other");
	extra_row("a nonce of 31 bytes, 32 signed", 31, 32, VERIFY_REFUSED, "fresh.other");
	extra_row("nothing signed", 32, 0, VERIFY_REFUSED, "fresh.other");
	extra_row("66 bytes signed", 64, 66, VERIFY_REFUSED, "fresh.other");
	extra_row("67 bytes signed", 64, 67, VERIFY_REFUSED, "tpm.format");
}

Test(tpm_rows, p4_who_did_not_ask_does_not_know)
{
	struct bench b;

	rsa(&b);
	b.rig.part.expect.asked = false;
	bench_expect(&b, "P4", "no nonce asked for", GOOD, "fresh.not-asked");
	b.rig.part.expect.asked = true;
	b.rig.part.expect.at[31] ^= 1;
	bench_expect(&b, "P4", "another nonce", VERIFY_REFUSED, "fresh.other");
	bench_done(&b);
}

static void type_row(uint16_t type, const char *what)
{
	struct bench b;

	rsa(&b);
	b.spec.type = type;
	bench_make(&b);
	bench_expect(&b, "P5", what, VERIFY_REFUSED, "tpm.not-quote");
	bench_done(&b);
}

Test(tpm_rows, p5_only_a_quote_is_a_quote)
{
	type_row(0x8014, "type 8014, an NV index");
	type_row(0x8017, "type 8017, a key");
	type_row(0x8019, "type 8019, the time");
	type_row(0x0000, "type 0000");
	type_row(0xffff, "type ffff");
}

Test(tpm_rows, p6_initdata_is_one_extension_of_pcr_8)
{
	static const uint8_t digest[32] = { 0xd1, 0x9e };
	struct err e = { 0 };
	char hex[65], more[128];
	struct bench b;

	rsa(&b);
	tpm_extend(&b.spec, 8, span(digest, 32)); /* H(digest), not the digest itself */
	bench_make(&b);
	digest_hex(span(digest, 32), hex);
	(void)snprintf(more, sizeof(more), ", \"initdata\": [\"%s\"]", hex);
	bench_trust(&b, more);
	bench_expect(&b, "P6", "PCR 8 extended by the digest's digest", VERIFY_REFUSED,
		     "tpm.initdata");
	{
		uint8_t both[64] = { 0 };
		struct digest d;

		memcpy(both + 32, digest, 32);
		cr_assert(digest_of(DIGEST_SHA256, span(both, 64), &d, NULL) == 0);
		memcpy(b.spec.pcrs[8], d.at, 32);
	}
	bench_make(&b);
	bench_expect(&b, "P6", "PCR 8 extended by the digest", VERIFY_ACCEPTED, "tpm.pcrs-match");
	b.spec.banks[0].pcrs = 0xff;
	bench_make(&b);
	bench_expect(&b, "P6", "PCR 8 not in the quote", VERIFY_REFUSED, "tpm.initdata");
	cr_expect(bench_parse(&b, "{\"initdata\": [\"00\"]}", &e) == -(int)FAIL_INPUT);
	printf("row %-5s %-56s %s\n", "P6", "an initdata digest of 1 byte", e.text);
	hex[62] = 0;
	(void)snprintf(more, sizeof(more), "{\"initdata\": \"%s\"}", hex);
	cr_expect(bench_parse(&b, more, &e) == -(int)FAIL_INPUT);
	printf("row %-5s %-56s %s\n", "P6", "an initdata digest of 31 bytes", e.text);
	bench_done(&b);
}

Test(tpm_rows, p7_weak_and_zero_signatures)
{
	struct bench b;

	rsa(&b);
	b.spec.hash = TPM_MAKE_SHA1;
	bench_make(&b);
	bench_expect(&b, "P7", "a SHA-1 signature", VERIFY_REFUSED, "tpm.algorithm");
	bench_done(&b);

	bench_init(&b, tpm_rsa(1024), TPM_MAKE_RSASSA);
	bench_expect(&b, "P7", "an RSA-1024 AK", VERIFY_REFUSED, "tpm.ak-key");
	bench_ak(&b, buf_view(&b.made.public));
	bench_expect(&b, "P7", "an RSA-1024 AK, as TPMT_PUBLIC", VERIFY_REFUSED, "tpm.ak-key");
	bench_done(&b);
}

static void ecdsa_row(enum tpm_sign sign, bool is_384, const char *what, enum verify_decision want,
		      const char *code)
{
	struct bench b;

	bench_init(&b, is_384 ? pki_p384(0) : pki_p256(0), TPM_MAKE_ECDSA);
	b.spec.sign = sign;
	bench_make(&b);
	bench_expect(&b, "P7", what, want, code);
	bench_done(&b);
}

Test(tpm_rows, p7_r_and_s)
{
	ecdsa_row(TPM_SIGN_GOOD, false, "P-256", GOOD, "tpm.genuine");
	ecdsa_row(TPM_SIGN_GOOD, true, "P-384", GOOD, "tpm.genuine");
	ecdsa_row(TPM_SIGN_SHORT_R, false, "a short r, P-256", GOOD, "tpm.genuine");
	ecdsa_row(TPM_SIGN_SHORT_R, true, "a short r, P-384", GOOD, "tpm.genuine");
	ecdsa_row(TPM_SIGN_PADDED, false, "r and s padded to the curve's size", GOOD,
		  "tpm.genuine");
	ecdsa_row(TPM_SIGN_R_ZERO, false, "r = 0", VERIFY_REFUSED, "tpm.signature");
	ecdsa_row(TPM_SIGN_S_ZERO, false, "s = 0", VERIFY_REFUSED, "tpm.signature");
	ecdsa_row(TPM_SIGN_R_ZERO, true, "r = 0, P-384", VERIFY_REFUSED, "tpm.signature");
}

/* --- Beside the table ------------------------------------------------------------------------- */

static void pss_row(int salt, uint16_t hash, const char *what, enum verify_decision want)
{
	struct bench b;

	bench_init(&b, tpm_rsa2048(), TPM_MAKE_RSAPSS);
	b.spec.salt = salt;
	b.spec.hash = hash;
	bench_make(&b);
	bench_expect(&b, "6.1", what, want, want == GOOD ? "tpm.genuine" : "tpm.algorithm");
	bench_done(&b);
}

Test(tpm_rows, pss_of_any_salt_and_the_hashes_that_are_taken)
{
	pss_row(-1, TPM_MAKE_SHA256, "PSS, salt as long as the hash", GOOD);
	pss_row(-3, TPM_MAKE_SHA256, "PSS, the longest salt", GOOD);
	pss_row(0, TPM_MAKE_SHA256, "PSS, no salt", GOOD);
	pss_row(-1, TPM_MAKE_SHA384, "PSS with SHA-384", GOOD);
	pss_row(-1, TPM_MAKE_SHA512, "PSS with SHA-512, not asked for", VERIFY_REFUSED);
}

Test(tpm_rows, scheme_and_hash_are_the_policy_s)
{
	struct bench b;

	rsa(&b);
	bench_trust(&b, ", \"scheme\": \"rsapss\"");
	bench_expect(&b, "6.1", "RSASSA where the policy says RSAPSS", VERIFY_REFUSED,
		     "tpm.algorithm");
	bench_trust(&b, ", \"hash\": [\"sha384\", \"sha512\"]");
	bench_expect(&b, "6.1", "SHA-256 where the policy says more", VERIFY_REFUSED,
		     "tpm.algorithm");
	b.spec.hash = b.spec.public_hash = TPM_MAKE_SHA512;
	bench_make(&b);
	bench_expect(&b, "6.1", "SHA-512 where the policy says so", GOOD, "tpm.genuine");
	bench_trust(&b, "");
	b.spec.hash = TPM_MAKE_SHA256;
	bench_make(&b);
	b.made.signature.at[1] = 0x16; /* the same signature as RSAPSS */
	bench_signature(&b, buf_view(&b.made.signature));
	bench_expect(&b, "6.1", "RSASSA that calls itself RSAPSS", VERIFY_REFUSED, "tpm.signature");
	b.made.signature.at[1] = 0x18;
	bench_signature(&b, buf_view(&b.made.signature));
	bench_expect(&b, "6.1", "RSASSA that calls itself ECDSA", VERIFY_REFUSED, "tpm.format");
	bench_done(&b);

	bench_init(&b, pki_p256(1), TPM_MAKE_ECDSA);
	b.spec.hash = TPM_MAKE_SHA384;
	bench_make(&b);
	bench_expect(&b, "6.1", "P-256 with SHA-384", VERIFY_REFUSED, "tpm.algorithm");
	bench_done(&b);
}

Test(tpm_rows, values_that_were_not_signed)
{
	struct bench b;

	rsa(&b);
	b.rig.part.claimed.at[8][0] ^= 1;
	bench_expect(&b, "4.6", "a PCR value changed", VERIFY_REFUSED, "tpm.pcr-digest");
	cr_expect(!b.rig.part.outcome.genuine);
	bench_values(&b);
	b.spec.digest_flip = 1;
	bench_make(&b);
	bench_expect(&b, "4.6", "another pcrDigest, signed", VERIFY_REFUSED, "tpm.pcr-digest");
	b.spec.digest_flip = 0;
	bench_make(&b);
	b.rig.part.claimed.present = 0;
	bench_expect(&b, "4.6", "no values at all", GOOD, "tpm.no-values");
	bench_done(&b);
}

Test(tpm_rows, who_vouches_for_the_key)
{
	char json[256], name[2 * 66 + 1];
	struct err e = { 0 };
	struct bench b;

	rsa(&b);
	cr_assert(bench_parse(&b, "{}", &e) == 0);
	bench_expect(&b, "6.1", "a key that nobody registered", VERIFY_UNPROVEN, "tpm.ak-unknown");
	cr_expect(!b.rig.part.outcome.genuine);
	cr_assert(bench_parse(&b, "{\"ak\": []}", &e) == 0);
	bench_expect(&b, "6.1", "an empty list of keys", VERIFY_UNPROVEN, "tpm.ak-unknown");

	bench_trust(&b, ", \"require_restricted\": true");
	bench_expect(&b, "6.1", "restricted demanded, a bare key registered", VERIFY_UNPROVEN,
		     "tpm.ak-unrestricted");
	bench_ak(&b, buf_view(&b.made.public));
	bench_expect(&b, "6.1", "the same with attributes that nobody registered", VERIFY_UNPROVEN,
		     "tpm.ak-unrestricted");
	digest_hex(span(b.made.name, b.made.name_len), name);
	(void)snprintf(json, sizeof(json), "{\"ak_names\": \"%s\", \"require_restricted\": true}",
		       name);
	cr_assert(bench_parse(&b, json, &e) == 0, "%s", e.text);
	bench_expect(&b, "6.1", "restricted demanded, registered by name", GOOD, "tpm.genuine");
	bench_ak(&b, buf_view(&b.made.spki));
	bench_expect(&b, "6.1", "registered by name, sent as a bare key", VERIFY_UNPROVEN,
		     "tpm.ak-unknown");
	bench_done(&b);
}

static void attribute_row(uint32_t bit, const char *what)
{
	struct bench b;

	rsa(&b);
	b.spec.attributes ^= bit;
	bench_make(&b);
	bench_ak(&b, buf_view(&b.made.public));
	bench_expect(&b, "6.1", what, VERIFY_REFUSED, "tpm.ak-attributes");
	bench_done(&b);
}

Test(tpm_rows, a_key_with_other_attributes_is_no_attestation_key)
{
	attribute_row(1u << 16, "not restricted");
	attribute_row(1u << 18, "not for signing");
	attribute_row(1u << 17, "also for decryption");
	attribute_row(1u << 1, "not fixed to its TPM");
	attribute_row(1u << 4, "not fixed to its parent");
	attribute_row(1u << 5, "made outside of the TPM");
}

static void public_row(EVP_PKEY *key, uint16_t scheme, bool is_2b, const char *what)
{
	struct bench b;

	bench_init(&b, key, scheme);
	b.spec.public_2b = is_2b;
	bench_make(&b);
	bench_ak(&b, buf_view(&b.made.public));
	bench_expect(&b, "6.1", what, GOOD, "tpm.genuine");
	b.made.public.at[is_2b ? 3 : 1] ^= 0x22; /* RSA becomes ECC and ECC becomes RSA */
	bench_ak(&b, buf_view(&b.made.public));
	bench_expect(&b, "6.1", "  the same, of the other type", VERIFY_REFUSED, "tpm.ak-key");
	bench_done(&b);
}

Test(tpm_rows, keys_as_the_tpm_writes_them)
{
	public_row(tpm_rsa2048(), TPM_MAKE_RSASSA, false, "TPMT_PUBLIC, RSA-2048");
	public_row(tpm_rsa2048(), TPM_MAKE_RSAPSS, true, "TPM2B_PUBLIC, RSA-2048");
	public_row(pki_p256(2), TPM_MAKE_ECDSA, false, "TPMT_PUBLIC, P-256");
	public_row(pki_p384(2), TPM_MAKE_ECDSA, true, "TPM2B_PUBLIC, P-384");
	public_row(pki_rsa4096(0), TPM_MAKE_RSASSA, false, "TPMT_PUBLIC, RSA-4096");
}

Test(tpm_rows, a_key_that_is_tied_to_another_scheme)
{
	struct bench b;

	rsa(&b);
	b.spec.public_scheme = TPM_MAKE_RSAPSS;
	bench_make(&b);
	bench_ak(&b, buf_view(&b.made.public));
	bench_expect(&b, "6.1", "a key tied to RSAPSS, a signature by RSASSA", VERIFY_REFUSED,
		     "tpm.algorithm");
	b.spec.public_scheme = 0x0010;
	bench_make(&b);
	bench_ak(&b, buf_view(&b.made.public));
	bench_expect(&b, "6.1", "a key that is tied to none", GOOD, "tpm.genuine");
	bench_done(&b);
}

Test(tpm_rows, what_is_missing_is_said)
{
	struct bench b;

	rsa(&b);
	bench_signature(&b, SPAN_EMPTY);
	bench_expect(&b, "6.1", "no signature", VERIFY_UNPROVEN, "tpm.unsigned");
	bench_signature(&b, buf_view(&b.made.signature));
	bench_ak(&b, SPAN_EMPTY);
	bench_expect(&b, "6.1", "no key", VERIFY_UNPROVEN, "tpm.no-ak");
	bench_done(&b);

	bench_init(&b, pki_p256(3), TPM_MAKE_ECDSA);
	b.spec.tail = 1;
	bench_make(&b);
	bench_expect(&b, "6.1", "a byte behind the quote, signed with it", VERIFY_REFUSED,
		     "tpm.format");
	b.spec.tail = 0;
	b.spec.safe = 2;
	bench_make(&b);
	bench_expect(&b, "6.1", "clockInfo.safe of 2", VERIFY_REFUSED, "tpm.format");
	bench_done(&b);
}

Test(tpm_rows, a_tpm_of_the_host_s_proves_nothing_to_it)
{
	struct bench b;

	rsa(&b);
	cr_expect(rig_word(&b.rig, VERIFY_PLATFORM) == VERIFY_PLATFORM_CURRENT);
	bench_trust(&b, ", \"host_emulated\": true");
	bench_expect(&b, "6.2", "the policy says that the host emulates it", VERIFY_REFUSED,
		     "tpm.host-emulated");
	bench_done(&b);
}

/* --- Reference values ------------------------------------------------------------------------- */

Test(tpm_rows, pcrs_against_reference_values)
{
	char more[512], hex[65];
	struct bench b;

	rsa(&b);
	tpm_extend(&b.spec, 4, span_text("a kernel"));
	bench_make(&b);
	digest_hex(span(b.spec.pcrs[4], 32), hex);
	(void)snprintf(more, sizeof(more), ", \"pcrs\": {\"4\": [\"%s\"]}", hex);
	bench_trust(&b, more);
	bench_expect(&b, "4", "PCR 4 as the policy has it", VERIFY_ACCEPTED, "tpm.pcrs-match");
	hex[0] = hex[0] == '0' ? '1' : '0';
	(void)snprintf(more, sizeof(more), ", \"pcrs\": {\"4\": [\"%s\"]}", hex);
	bench_trust(&b, more);
	bench_expect(&b, "4", "PCR 4 of another value", VERIFY_REFUSED, "tpm.pcr-mismatch");
	bench_trust(&b, ", \"pcrs\": {\"4\": []}");
	bench_expect(&b, "4", "an empty list matches nothing", VERIFY_REFUSED, "tpm.pcr-mismatch");
	b.spec.banks[0].pcrs = 0x0f;
	bench_make(&b);
	bench_expect(&b, "4", "PCR 4 not in the quote", VERIFY_REFUSED, "tpm.pcr-mismatch");
	bench_done(&b);
}

Test(tpm_rows, verified_values_become_registers_and_claims)
{
	const cJSON *claims;
	char name[8];
	struct bench b;

	rsa(&b);
	cr_expect(b.rig.part.outcome.registers.present == 0xffffff);
	cr_expect(b.rig.part.outcome.registers.alg == TPM_MAKE_SHA256);
	cr_expect(!b.rig.part.outcome.registers.is_rtmr);
	cr_expect(b.rig.part.outcome.data_len == 32);
	cr_expect(verify_claim(b.rig.context.verdict, "part0", "firmware_version") != NULL);
	claims = verdict_claims(b.rig.context.verdict, 0);
	for (int i = 0; i < 24; i++) {
		(void)snprintf(name, sizeof(name), "%d", i);
		cr_expect(cJSON_GetObjectItem(cJSON_GetObjectItem(claims, "pcrs"), name) != NULL);
	}
	cr_expect(cJSON_GetArraySize(cJSON_GetObjectItem(claims, "unjudged")) == 24);
	bench_done(&b);
}
