#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/verify/cli/values.h"
#include "attest/verify/verify.h"
#include "base/digest.h"

struct reading {
	char text[80];
	char want[80]; /* hex; "" when refused */
	int failed;
};

ParameterizedTestParameters(values, are_hex_or_base64)
{
	static struct reading rows[] = {
		/* what only has hexadecimal digits, and pairs of them, is hex */
		{ "00ff", "00ff", 0 },
		{ "ABcd", "abcd", 0 },
		{ "deadbeef", "deadbeef", 0 },
		/* the same as base64, when it is said */
		{ "b64:00ff", "d347df", 0 },
		{ "b64:deadbeef", "75e69d6de79f", 0 },
		{ "hex:00ff", "00ff", 0 },
		/* base64, standard and URL-safe */
		{ "AAECAw==", "00010203", 0 },
		{ "+/8=", "fbff", 0 },
		{ "-_8", "fbff", 0 },
		{ "AAECAw", "00010203", 0 },
		/* an odd number of digits is hex with one lost, until it is said otherwise */
		{ "abc", "", -FAIL_INPUT },
		{ "b64:abc", "69b7", 0 },
		{ "b64:abd", "", -FAIL_INPUT }, /* bits left over */
		{ "hex:abc", "", -FAIL_INPUT },
		{ "hex:zz", "", -FAIL_INPUT },
		{ "hex:", "", -FAIL_INPUT },
		{ "b64:", "", -FAIL_INPUT },
		{ "", "", -FAIL_INPUT },
		{ "b64:AA EC", "", -FAIL_INPUT },
		{ "b64:AAECAw=", "", -FAIL_INPUT },
		{ "not@all!", "", -FAIL_INPUT },
		{ "00ff00ff00ff00ff00", "", -FAIL_LIMIT }, /* over 8 bytes */
		{ "b64:AAAAAAAAAAAAAAAA", "", -FAIL_LIMIT },
	};
	return cr_make_param_array(struct reading, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct reading *row, values, are_hex_or_base64)
{
	AUTO_BUF struct buf got = BUF_EMPTY;
	struct err e = { 0 };
	char hex[80] = "";

	cr_expect_eq(value_bytes("--nonce", row->text, 8, &got, &e), row->failed, "%s: %s",
		     row->text, e.text);
	if (row->failed) {
		cr_expect_eq(got.len, 0);
		cr_expect_eq(strncmp(e.text, "--nonce", 7), 0, "%s", e.text);
		return;
	}
	digest_hex(buf_view(&got), hex);
	cr_expect_str_eq(hex, row->want);
}

Test(values, of_time_are_a_time_none_or_now)
{
	struct err e = { 0 };
	int64_t at = 0;

	cr_expect_eq(value_time("--at", "2026-11-23T21:56:41Z", &at, &e), 0);
	cr_expect_eq(at, 1795471001);
	cr_expect_eq(value_time("--at", "none", &at, &e), 0);
	cr_expect_eq(at, VERIFY_NO_CLOCK);
	cr_expect_eq(value_time("--at", NULL, &at, &e), 0);
	cr_expect_gt(at, 1700000000);
}

Test(values, of_time_are_nothing_else)
{
	static const char *const bad[] = { "",
					   "now",
					   "2026",
					   "2026-11-23",
					   "2026-11-23 21:56:41Z",
					   "1795471001",
					   "2026-13-01T00:00:00Z",
					   "2026-11-23T21:56:41",
					   "2026-11-23T21:56:41Zx" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct err e = { 0 };
		int64_t at = 42;

		cr_expect_eq(value_time("--at", bad[i], &at, &e), -FAIL_INPUT, "%s", bad[i]);
		cr_expect_eq(at, 42, "%s", bad[i]);
	}
}
