#include <ctype.h>
#include <criterion/criterion.h>
#include <string.h>

#include "attest/verify/reason.h"
#include "attest/verify/refs.h"
#include "attest/verify/words.h"

/* "folder.kebab-case" */
static bool is_code(const char *code)
{
	const char *dot = strchr(code, '.');

	if (!dot || dot == code || !dot[1] || strchr(dot + 1, '.'))
		return false;
	for (const char *c = code; *c; c++)
		if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '-' &&
		    *c != '.')
			return false;
	return true;
}

Test(reason, codes_are_of_one_form_and_each_is_there_once)
{
	for (size_t i = 0; i < REASONS; i++) {
		const char *code = verify_code(i);

		cr_expect(is_code(code), "%s", code);
		/* A policy's "allow" holds it. */
		cr_expect_leq(strlen(code), REF_BYTES, "%s", code);
		cr_expect_eq((int)reason_find(code), (int)i, "%s", code);
	}
	cr_expect_null(verify_code(REASONS));
	cr_expect_null(verify_code(SIZE_MAX));
}

Test(reason, each_is_explained_in_whole_sentences)
{
	for (size_t i = 0; i < REASONS; i++) {
		const char *text = verify_explain(verify_code(i));
		size_t len = strlen(text);

		cr_expect_gt(len, 20, "%s", verify_code(i));
		cr_expect(text[len - 1] == '.' || text[len - 1] == '?', "%s: %s", verify_code(i),
			  text);
		cr_expect(isupper((unsigned char)text[0]) || isdigit((unsigned char)text[0]),
			  "%s: %s", verify_code(i), text);
		for (size_t c = 0; c < len; c++)
			cr_expect(text[c] >= 0x20 && text[c] <= 0x7e, "%s", verify_code(i));
	}
}

Test(reason, nobody_may_allow_what_is_forged_revoked_or_another_workload)
{
	static const enum verify_word never[] = { VERIFY_GENUINE_FORGED, VERIFY_PLATFORM_REVOKED,
						  VERIFY_WORKLOAD_MISMATCH, VERIFY_FRESH_NO,
						  VERIFY_BOUND_NO };

	for (size_t i = 0; i < REASONS; i++) {
		const struct reason_row *row = reason_row((enum reason)i);

		for (size_t n = 0; n < sizeof(never) / sizeof(*never); n++)
			cr_expect(row->word != never[n] || !row->may_allow, "%s", row->code);
	}
}

Test(reason, an_unknown_code_is_told)
{
	cr_expect_eq((int)reason_find("fresh.nonesuch"), REASONS);
	cr_expect_eq((int)reason_find(""), REASONS);
	cr_expect_null(verify_explain("fresh.nonesuch"));
	cr_expect_not_null(verify_explain("fresh.answers"));
}
