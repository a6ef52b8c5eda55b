/* A resource becomes the root secret, or says what is wrong with it. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/key/release.h"
#include "base/limits.h"

struct row {
	size_t len;
	int is_repeated;
	int want;
};

ParameterizedTestParameters(release, takes_only_what_can_be_a_key)
{
	static struct row rows[] = {
		{ 1, 0, -FAIL_INPUT },	  { 31, 0, -FAIL_INPUT },   { 32, 0, 0 },
		{ 4096, 0, 0 },		  { 4097, 0, -FAIL_INPUT }, { 32, 1, -FAIL_INPUT },
		{ 4096, 1, -FAIL_INPUT },
	};
	return cr_make_param_array(struct row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct row *row, release, takes_only_what_can_be_a_key)
{
	AUTO_SECRET struct secret resource = SECRET_EMPTY, root = SECRET_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(secret_init(&resource, row->len, &e), 0, "%s", e.text);
	memset(resource.at, 0x41, row->len);
	if (!row->is_repeated)
		resource.at[row->len - 1] = '\n'; /* which stays: nothing is trimmed */
	cr_assert_eq(release_root(&resource, "default/sealinit/root", &root, &e), row->want, "%zu",
		     row->len);
	if (row->want) {
		cr_expect_null(root.at, "output untouched on failure");
		cr_expect_eq(resource.len, row->len, "still the caller's");
		cr_expect(strstr(e.text, "default/sealinit/root"), "%s", e.text);
		cr_expect(strstr(e.text, "random bytes there"), "%s", e.text);
	} else {
		cr_expect_eq(root.len, row->len);
		cr_expect_eq(root.at[row->len - 1], '\n');
		cr_expect_null(resource.at, "moved");
	}
}
