#include <criterion/criterion.h>
#include <string.h>

#include "attest/verify/words.h"

Test(words, of_one_dimension_stand_together_from_none_to_worst)
{
	int last = -1;

	for (int w = 0; w < VERIFY_WORDS; w++) {
		int d = (int)word_dimension((enum verify_word)w);

		cr_expect(d == last || d == last + 1, "%d", w);
		if (d != last)
			cr_expect_eq((int)word_none(d), w);
		last = d;
	}
	cr_expect_eq(last, VERIFY_DIMENSIONS - 1);
}

Test(words, have_names_that_differ_within_a_dimension)
{
	for (int a = 0; a < VERIFY_WORDS; a++)
		for (int b = 0; b < a; b++) {
			enum verify_word x = (enum verify_word)a, y = (enum verify_word)b;

			if (word_dimension(x) == word_dimension(y))
				cr_expect_str_neq(verify_word_name(x), verify_word_name(y));
		}
}

Test(words, accept_only_what_was_found_good_or_does_not_apply)
{
	static const enum verify_word accepted[] = {
		VERIFY_GENUINE_NONE,	 VERIFY_GENUINE_YES,   VERIFY_GENUINE_TEST,
		VERIFY_FRESH_NONE,	 VERIFY_FRESH_YES,     VERIFY_PLATFORM_NONE,
		VERIFY_PLATFORM_CURRENT, VERIFY_WORKLOAD_NONE, VERIFY_WORKLOAD_MATCHES,
		VERIFY_BOUND_NONE,	 VERIFY_BOUND_YES,     VERIFY_BOUND_NOT_ASKED,
	};

	for (int w = 0; w < VERIFY_WORDS; w++) {
		bool want = false;

		for (size_t i = 0; i < sizeof(accepted) / sizeof(*accepted); i++)
			want |= accepted[i] == (enum verify_word)w;
		cr_expect_eq(word_decision((enum verify_word)w) == VERIFY_ACCEPTED, want, "%s",
			     verify_word_name((enum verify_word)w));
	}
}

Test(words, of_what_nobody_looked_at_prove_nothing)
{
	for (int d = 0; d < VERIFY_DIMENSIONS; d++) {
		cr_expect_eq((int)word_dimension(word_unchecked(d)), d);
		cr_expect_eq(word_decision(word_unchecked(d)), VERIFY_UNPROVEN);
		cr_expect_str_eq(verify_word_name(word_unchecked(d)), "unchecked");
		cr_expect_eq(word_decision(word_good((enum verify_dimension)d)), VERIFY_ACCEPTED);
		cr_expect_eq((int)word_dimension(word_good((enum verify_dimension)d)), d);
	}
}

Test(words, and_their_dimensions_and_decisions_are_named_as_the_page_has_them)
{
	cr_expect_str_eq(verify_dimension_name(VERIFY_GENUINE), "genuine");
	cr_expect_str_eq(verify_dimension_name(VERIFY_BOUND), "bound");
	cr_expect_str_eq(verify_decision_name(VERIFY_UNKNOWN_WORKLOAD), "unknown-workload");
	cr_expect_str_eq(verify_decision_name(VERIFY_REFUSED), "refused");
	cr_expect_str_eq(verify_word_name(VERIFY_GENUINE_TEST), "test-root");
}
