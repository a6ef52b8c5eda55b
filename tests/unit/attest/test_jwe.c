/* attest/jose/jwe and keywrap: the reference's worked example (2.6), its list of forgeries, and
 * Debian's `jose` on the other side. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attest/jose/jwe.h"
#include "attest/jose/jwk.h"
#include "attest/jose/keywrap.h"
#include "base/b64.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/json.h"
#include "tests/support/fault.h"
#include "tests/support/scratch.h"

#define TEE_X "rUacOtlEuyuQ8FSF0nujWaakxB-YxUDbBEKL3kFELIk"
#define TEE_Y "Kw_LzmYpJ1RTOI0ps_v-S56B2eekmrfzs1LWZ-CeRzI"
#define TEE_D "7LE5E3P5MyxmpGIx7ST6UkFXm07KhsepYw8X39P2Jws"
#define EPK_D "k5z4Q4CT7YI5UCCfkzRvLTy9D77A0YOr3KCQs1mGAT8"
#define KEK   "3352f08ebb57e2f05ae60e5910ba2b1ee6b66eda0dbdb80bb8719f4e386db1b1"
#define CEK   "f4478cf6e7b4b9a51ab7c9528d6edc41dacee59b7f48787010b240bf4fa6838e"
#define PLAIN "sealinit-example-volume-key-0001"

#define EPK                                                                                        \
	"{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"INPSokmiJ4kTGoc4ye0Sh6lBfsQiKPy_R-PDdVbfajE\"," \
	"\"y\":\"q1mm8FAo7C0Y_966aEr8l9bWZS3zYrCZ-lF1vWPxpH4\"}"
#define HEADER "{\"alg\":\"ECDH-ES+A256KW\",\"enc\":\"A256GCM\",\"epk\":" EPK "}"
#define PROTECTED                                                                              \
	"eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkEyNTZHQ00iLCJlcGsiOnsiY3J2IjoiUC0yNTYi"     \
	"LCJrdHkiOiJFQyIsIngiOiJJTlBTb2ttaUo0a1RHb2M0eWUwU2g2bEJmc1FpS1B5X1ItUERkVmJmYWpFIiwi" \
	"eSI6InExbW04RkFvN0MwWV85NjZhRXI4bDliV1pTM3pZckNaLWxGMXZXUHhwSDQifX0"
#define WRAPPED	   "oNY9Kgdzqfu-oH01NsxpT8BQBX4KWuwR0oeqfvrokx1PvPYtw_q1tw"
#define IV	   "JD4G5ZC1klt_TSkn"
#define CIPHERTEXT "LVLXhNJ347rjUHKD97BRpwy7R1lNJF5mMGKK9oiDD_U"
#define TAG	   "aETimG1y5N7_qnE0YzC-zw"
#define JWE(protected, key, iv, ciphertext, tag, more)                                             \
	"{\"protected\":\"" protected "\",\"encrypted_key\":\"" key "\",\"iv\":\"" iv "\","        \
				      "\"ciphertext\":\"" ciphertext "\",\"tag\":\"" tag "\"" more \
				      "}"

static EVP_PKEY *key_of(const char *d)
{
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	EVP_PKEY *key = NULL;
	struct err e = { 0 };

	cr_assert_eq(b64_decode(B64_URL, span_text(d), 32, &bytes, &e), 0);
	cr_assert_eq(jwk_from_scalar(bytes.at, &key, &e), 0, "%s", e.text);
	return key;
}

Test(jwe, agrees_on_the_reference_wrapping_key_from_both_sides)
{
	AUTO_JWK EVP_PKEY *tee = key_of(TEE_D), *ephemeral = key_of(EPK_D);
	uint8_t kek[32], cek[32], wrapped[40];
	AUTO_BUF struct buf want = BUF_EMPTY;
	struct err e = { 0 };
	char hex[65];

	cr_assert_eq(keywrap_agree(tee, ephemeral, kek, &e), 0, "%s", e.text);
	digest_hex(span(kek, sizeof(kek)), hex);
	cr_assert_str_eq(hex, KEK);
	cr_assert_eq(keywrap_agree(ephemeral, tee, kek, &e), 0);
	digest_hex(span(kek, sizeof(kek)), hex);
	cr_assert_str_eq(hex, KEK);

	cr_assert_eq(b64_decode(B64_URL, span_text(WRAPPED), 40, &want, &e), 0);
	cr_assert_eq(keywrap_unwrap(kek, buf_view(&want), cek, &e), 0, "%s", e.text);
	digest_hex(span(cek, sizeof(cek)), hex);
	cr_assert_str_eq(hex, CEK);
	cr_assert_eq(keywrap_wrap(kek, cek, wrapped, &e), 0);
	cr_assert(span_is_equal(span(wrapped, sizeof(wrapped)), buf_view(&want)));
}

Test(jwe, opens_the_reference_example)
{
	AUTO_JWK EVP_PKEY *key = key_of(TEE_D);
	AUTO_SECRET struct secret got = SECRET_EMPTY;
	struct err e = { 0 };
	int failed = jwe_decrypt(span_text(JWE(PROTECTED, WRAPPED, IV, CIPHERTEXT, TAG, "")), key,
				 &got, &e);

	cr_assert_eq(failed, 0, "%s", e.text);
	cr_assert(span_is_equal(secret_view(&got), span_text(PLAIN)));
}

struct forged {
	char json[1200];
	int want;
	char says[48];
};

ParameterizedTestParameters(jwe, refuses)
{
	static struct forged rows[] = {
		/* One bit of `protected`. */
		{ JWE("ey"
		      "BhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkEyNTZHQ00iLCJlcGsiOnsiY3J2IjoiUC0yNT"
		      "Yi"
		      "LCJrdHkiOiJFQyIsIngiOiJJTlBTb2ttaUo0a1RHb2M0eWUwU2g2bEJmc1FpS1B5X1ItUERkVmJm"
		      "YWpF"
		      "IiwieSI6InExbW04RkFvN0MwWV85NjZhRXI4bDliV1pTM3pZckNaLWxGMXZXUHhwSDQifX0",
		      WRAPPED, IV, CIPHERTEXT, TAG, ""),
		  -FAIL_INPUT, "json" },
		{ JWE(PROTECTED, "oNY9Kgdzqfu-oH01NsxpT8BQBX4KWuwR0oeqfvrokx1PvPYtw_q1tg", IV,
		      CIPHERTEXT, TAG, ""),
		  -FAIL_FORGED, "not wrapped to" },
		{ JWE(PROTECTED, WRAPPED, "JD4G5ZC1klt_TSkm", CIPHERTEXT, TAG, ""), -FAIL_FORGED,
		  "tag does not match" },
		{ JWE(PROTECTED, WRAPPED, IV, "LVLXhNJ347rjUHKD97BRpwy7R1lNJF5mMGKK9oiDD_Q", TAG,
		      ""),
		  -FAIL_FORGED, "tag does not match" },
		{ JWE(PROTECTED, WRAPPED, IV, CIPHERTEXT, "aETimG1y5N7_qnE0YzC-zg", ""),
		  -FAIL_FORGED, "tag does not match" },
		/* Cut by a block: the rest is well formed. */
		{ JWE(PROTECTED, WRAPPED, IV, "LVLXhNJ347rjUHKD97BRpw", TAG, ""), -FAIL_FORGED,
		  "tag does not match" },
		{ JWE(PROTECTED, WRAPPED, IV, CIPHERTEXT, "aETimG1y5N7_qnE0", ""), -FAIL_INPUT,
		  "\"tag\" must be 16" },
		{ JWE(PROTECTED, WRAPPED, IV, CIPHERTEXT, "aETimG1y5N7_qnE0YzC-z88", ""),
		  -FAIL_INPUT, "\"tag\" must be 16" },
		{ JWE(PROTECTED, WRAPPED, IV, CIPHERTEXT, "", ""), -FAIL_INPUT,
		  "\"tag\" must be 16" },
		{ JWE(PROTECTED, WRAPPED, "JD4G5ZC1kls", CIPHERTEXT, TAG, ""), -FAIL_INPUT,
		  "\"iv\" must be 12" },
		{ JWE(PROTECTED, WRAPPED, "JD4G5ZC1klt_TSknAAAAAA", CIPHERTEXT, TAG, ""),
		  -FAIL_INPUT, "\"iv\" must be 12" },
		{ JWE(PROTECTED, "oNY9Kgdzqfu-oH01NsxpT8BQBX4KWuwR0oeqfvrokx0", IV, CIPHERTEXT, TAG,
		      ""),
		  -FAIL_INPUT, "must be 40" },
		{ JWE(PROTECTED, WRAPPED, IV, "", TAG, ""), -FAIL_INPUT,
		  "\"ciphertext\" is empty" },
		{ JWE(PROTECTED, WRAPPED, IV, CIPHERTEXT "==", TAG, ""), -FAIL_INPUT,
		  "not base64url" },
		{ JWE(PROTECTED, WRAPPED, IV, CIPHERTEXT, TAG, ",\"aad\":\"\""), -FAIL_INPUT,
		  "\"aad\"" },
		{ JWE(PROTECTED, WRAPPED, IV, CIPHERTEXT, TAG, ",\"unprotected\":{}"), -FAIL_INPUT,
		  "\"unprotected\"" },
		{ JWE(PROTECTED, WRAPPED, IV, CIPHERTEXT, TAG, ",\"header\":{}"), -FAIL_INPUT,
		  "\"header\"" },
		{ JWE(PROTECTED, WRAPPED, IV, CIPHERTEXT, TAG, ",\"recipients\":[]"), -FAIL_INPUT,
		  "\"recipients\"" },
		{ JWE(PROTECTED, WRAPPED, IV, CIPHERTEXT, TAG, ",\"iv\":\"" IV "\""), -FAIL_INPUT,
		  "twice" },
		{ "{}", -FAIL_INPUT, "is missing" },
		{ "", -FAIL_INPUT, "json" },
		{ PROTECTED "." WRAPPED "." IV "." CIPHERTEXT "." TAG, -FAIL_INPUT, "json" },
	};
	return cr_make_param_array(struct forged, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct forged *row, jwe, refuses)
{
	AUTO_JWK EVP_PKEY *key = key_of(TEE_D);
	struct secret got = SECRET_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(jwe_decrypt(span_text(row->json), key, &got, &e), row->want, "%s: %s",
		     row->json, e.text);
	cr_assert(strstr(e.text, row->says), "%s: %s", row->json, e.text);
	cr_assert_null(got.at);
}

struct header {
	char json[700];
	int want;
	char says[48];
};

#define WITH(more) "{\"alg\":\"ECDH-ES+A256KW\",\"enc\":\"A256GCM\",\"epk\":" EPK more "}"

ParameterizedTestParameters(jwe, refuses_a_header)
{
	static struct header rows[] = {
		/* Nothing but a blank differs, and the key unwraps: the tag covers the text as
		   sent. */
		{ WITH(" "), -FAIL_FORGED, "tag does not match" },
		{ WITH(",\"apu\":\"QWxpY2U\""), -FAIL_INPUT, "\"apu\"" },
		{ WITH(",\"apv\":\"Qm9i\""), -FAIL_INPUT, "\"apv\"" },
		{ WITH(",\"zip\":\"DEF\""), -FAIL_INPUT, "\"zip\"" },
		{ WITH(",\"crit\":[\"exp\"],\"exp\":1"), -FAIL_INPUT, "unknown member" },
		{ WITH(",\"kid\":\"1\""), -FAIL_INPUT, "\"kid\"" },
		{ "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"epk\":" EPK "}", -FAIL_INPUT,
		  "alg \"dir\"" },
		{ "{\"alg\":\"ECDH-ES\",\"enc\":\"A256GCM\",\"epk\":" EPK "}", -FAIL_INPUT, "alg" },
		{ "{\"alg\":\"none\",\"enc\":\"A256GCM\",\"epk\":" EPK "}", -FAIL_INPUT, "alg" },
		{ "{\"alg\":\"ECDH-ES+A256KW\",\"enc\":\"A128GCM\",\"epk\":" EPK "}", -FAIL_INPUT,
		  "enc \"A128GCM\"" },
		{ "{\"alg\":\"ECDH-ES+A256KW\",\"enc\":\"A256GCM\"}", -FAIL_INPUT, "\"epk\"" },
		{ "{\"alg\":\"ECDH-ES+A256KW\",\"enc\":\"A256GCM\",\"epk\":\"x\"}", -FAIL_INPUT,
		  "\"epk\"" },
		/* Off the curve: the reference's y, less one bit. */
		{ "{\"alg\":\"ECDH-ES+A256KW\",\"enc\":\"A256GCM\",\"epk\":{\"crv\":\"P-256\","
		  "\"kty\":\"EC\",\"x\":\"INPSokmiJ4kTGoc4ye0Sh6lBfsQiKPy_R-PDdVbfajE\","
		  "\"y\":\"q1mm8FAo7C0Y_966aEr8l9bWZS3zYrCZ-lF1vWPxpH8\"}}",
		  -FAIL_INPUT, "not on P-256" },
		{ "{\"alg\":\"ECDH-ES+A256KW\",\"enc\":\"A256GCM\",\"epk\":{\"crv\":\"P-521\","
		  "\"kty\":\"EC\",\"x\":\"AH\",\"y\":\"AH\"}}",
		  -FAIL_INPUT, "\"crv\" is \"P-521\"" },
		{ "{\"alg\":\"ECDH-ES+A256KW\",\"enc\":\"A256GCM\",\"epk\":{\"kty\":\"OKP\","
		  "\"crv\":\"X25519\",\"x\":\"AA\"}}",
		  -FAIL_INPUT, "epk" },
	};
	return cr_make_param_array(struct header, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct header *row, jwe, refuses_a_header)
{
	AUTO_JWK EVP_PKEY *key = key_of(TEE_D);
	AUTO_BUF struct buf header = BUF_EMPTY, text = BUF_EMPTY;
	struct secret got = SECRET_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(b64_encode(B64_URL, span_text(row->json), 2000, &header, &e), 0);
	cr_assert_eq(buf_printf(&text, 4000, &e, JWE("%s", "%s", "%s", "%s", "%s", ""),
				(char *)header.at, WRAPPED, IV, CIPHERTEXT, TAG),
		     0);
	cr_assert_eq(jwe_decrypt(buf_view(&text), key, &got, &e), row->want, "%s: %s", row->json,
		     e.text);
	cr_assert(strstr(e.text, row->says), "%s: %s", row->json, e.text);
	cr_assert_null(got.at);
}

/* Each bit of each part, as bytes: none may go unnoticed. */
Test(jwe, notices_every_flipped_bit_of_a_base64_digit, .timeout = 60)
{
	static const char whole[] = JWE(PROTECTED, WRAPPED, IV, CIPHERTEXT, TAG, "");
	AUTO_JWK EVP_PKEY *key = key_of(TEE_D);
	struct secret got = SECRET_EMPTY;
	char text[sizeof(whole)];

	for (size_t i = 0; i + 1 < sizeof(whole); i++) {
		memcpy(text, whole, sizeof(whole));
		text[i] = (char)(text[i] ^ 1);
		cr_assert_neq(jwe_decrypt(span_text(text), key, &got, NULL), 0, "at %zu", i);
		cr_assert_null(got.at);
	}
}

Test(jwe, does_not_open_with_another_key)
{
	AUTO_JWK EVP_PKEY *key = key_of(EPK_D);
	struct secret got = SECRET_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(jwe_decrypt(span_text(JWE(PROTECTED, WRAPPED, IV, CIPHERTEXT, TAG, "")), key,
				 &got, &e),
		     -FAIL_FORGED);
}

struct length {
	size_t len;
};

ParameterizedTestParameters(jwe, opens_what_it_encrypts)
{
	static struct length rows[] = { { 1 }, { 15 }, { 16 }, { 4097 }, { LIMIT_RESOURCE_BYTES } };

	return cr_make_param_array(struct length, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct length *row, jwe, opens_what_it_encrypts)
{
	AUTO_JWK EVP_PKEY *key = NULL;
	AUTO_BUF struct buf plain = BUF_EMPTY, text = BUF_EMPTY;
	AUTO_SECRET struct secret got = SECRET_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(jwk_generate(&key, &e), 0);
	cr_assert_eq(buf_reserve(&plain, row->len, &e), 0);
	memset(plain.at, 0x5a, row->len);
	plain.len = row->len;
	cr_assert_eq(jwe_encrypt(buf_view(&plain), key, &text, &e), 0, "%s", e.text);
	cr_assert_eq(jwe_decrypt(buf_view(&text), key, &got, &e), 0, "%s", e.text);
	cr_assert(span_is_equal(secret_view(&got), buf_view(&plain)));
}

Test(jwe, encrypts_neither_nothing_nor_too_much)
{
	AUTO_JWK EVP_PKEY *key = key_of(TEE_D);
	struct buf text = BUF_EMPTY;
	uint8_t byte = 0;

	cr_assert_eq(jwe_encrypt(SPAN_EMPTY, key, &text, NULL), -FAIL_LIMIT);
	cr_assert_eq(jwe_encrypt(span(&byte, LIMIT_RESOURCE_BYTES + 1), key, &text, NULL),
		     -FAIL_LIMIT);
	cr_assert_null(text.at);
}

Test(jwe, fails_cleanly_when_memory_runs_out)
{
	AUTO_JWK EVP_PKEY *key = key_of(TEE_D);

	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_BUF struct buf text = BUF_EMPTY;
		AUTO_SECRET struct secret got = SECRET_EMPTY;
		struct err e = { 0 };
		int failed = jwe_encrypt(span_text(PLAIN), key, &text, &e);

		if (!failed)
			failed = jwe_decrypt(buf_view(&text), key, &got, &e);
		fault_disarm_keep();
		cr_assert_eq(failed, fault_fired() ? -FAIL_SYS : 0, "call %u: %s", n, e.text);
	}
}

/* Runs `jose jwe ...` in the scratch directory: true if it ends with 0. */
static bool run_jose(const char *const argv[])
{
	char *words[16] = { NULL };
	pid_t child;
	int status = -1;

	for (size_t i = 0; argv[i]; i++)
		words[i] = strdup(argv[i]);
	cr_assert_eq(chdir(scratch_path()), 0);
	cr_assert_eq(posix_spawnp(&child, "jose", NULL, NULL, words, environ), 0);
	cr_assert_eq(waitpid(child, &status, 0), child);
	for (size_t i = 0; words[i]; i++)
		free(words[i]);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void put(int dir, const char *name, struct span bytes)
{
	AUTO_FD int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct err e = { 0 };

	cr_assert_eq(fd_write_all(fd, bytes, &e), 0, "%s", e.text);
}

static struct buf get(int dir, const char *name)
{
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct buf bytes = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(fd_read_all(fd, 65536, &bytes, &e), 0, "%s", e.text);
	return bytes;
}

#define PRIVATE_JWK                                                                         \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ECDH-ES+A256KW\",\"x\":\"" TEE_X "\"," \
	"\"y\":\"" TEE_Y "\",\"d\":\"" TEE_D "\"}"

Test(jwe, is_opened_by_debians_jose, .timeout = 30)
{
	const char *const argv[] = { "jose", "jwe", "dec", "-i",  "in.jwe",
				     "-k",   "key", "-O",  "out", NULL };
	AUTO_FD int dir = scratch_dir();
	AUTO_JWK EVP_PKEY *key = key_of(TEE_D);
	AUTO_BUF struct buf text = BUF_EMPTY, out = BUF_EMPTY;
	struct err e = { 0 };

	if (access("/usr/bin/jose", X_OK) < 0)
		cr_skip_test("there is no /usr/bin/jose");
	cr_assert_eq(jwe_encrypt(span_text(PLAIN), key, &text, &e), 0, "%s", e.text);
	put(dir, "in.jwe", buf_view(&text));
	put(dir, "key", span_text(PRIVATE_JWK));
	cr_assert(run_jose(argv));
	out = get(dir, "out");
	cr_assert(span_is_equal(buf_view(&out), span_text(PLAIN)));
}

/* jose leaves the epk in the unprotected header, where anyone could exchange it. */
Test(jwe, refuses_the_unprotected_epk_of_debians_jose, .timeout = 30)
{
	const char *const argv[] = {
		"jose",
		"jwe",
		"enc",
		"-I",
		"plain",
		"-i",
		"{\"protected\":{\"alg\":\"ECDH-ES+A256KW\",\"enc\":\"A256GCM\"}}",
		"-k",
		"key",
		"-o",
		"out.jwe",
		NULL
	};
	AUTO_FD int dir = scratch_dir();
	AUTO_JWK EVP_PKEY *key = key_of(TEE_D);
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct secret got = SECRET_EMPTY;
	struct err e = { 0 };

	if (access("/usr/bin/jose", X_OK) < 0)
		cr_skip_test("there is no /usr/bin/jose");
	put(dir, "plain", span_text(PLAIN));
	put(dir, "key", span_text(PRIVATE_JWK));
	cr_assert(run_jose(argv));
	text = get(dir, "out.jwe");
	cr_assert_eq(jwe_decrypt(buf_view(&text), key, &got, &e), -FAIL_INPUT);
	cr_assert(strstr(e.text, "\"header\""), "%s", e.text);
}
