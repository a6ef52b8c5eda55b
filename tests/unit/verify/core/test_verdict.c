#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "attest/verify/refs.h"
#include "attest/verify/verdict.h"
#include "base/json.h"
#include "base/limits.h"

#define ALL_NONE (~0u)

static struct verify_verdict *new_verdict(const struct refs *allow, bool fresh_optional)
{
	const struct verdict_options o = { allow, fresh_optional, 1790000000 };
	struct verify_verdict *v = NULL;
	struct err e = { 0 };

	cr_assert_eq(verdict_new(&o, &v, &e), 0);
	return v;
}

static size_t new_part(struct verify_verdict *v, const char *name, unsigned none)
{
	size_t index = 0;
	struct err e = { 0 };

	cr_assert_eq(verdict_part(v, name, "test", none, &index, &e), 0);
	return index;
}

static enum verify_decision finish(struct verify_verdict *v)
{
	struct err e = { 0 };

	cr_assert_eq(verdict_finish(v, &e), 0, "%s", e.text);
	return verify_decision(v);
}

/* Reasons of the whole stand in for those of a folder: what counts is the word. */
static enum reason reason_of(enum verify_word w, bool may_allow)
{
	for (int r = 0; r < REASONS; r++)
		if (reason_row((enum reason)r)->word == w &&
		    reason_row((enum reason)r)->may_allow == may_allow)
			return (enum reason)r;
	cr_assert(false, "no reason says \"%s\"", verify_word_name(w));
	return REASONS;
}

Test(verdict, of_a_part_that_nobody_judged_proves_nothing)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL, false);

	(void)new_part(v, "cpu0", 0);
	cr_expect_eq(finish(v), VERIFY_UNPROVEN);
	for (int d = 0; d < VERIFY_DIMENSIONS; d++)
		cr_expect_str_eq(verify_word_name(verify_word(v, (enum verify_dimension)d)),
				 "unchecked");
}

Test(verdict, before_it_is_finished_proves_nothing)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL, false);

	cr_expect_eq(verify_decision(v), VERIFY_UNPROVEN);
}

static void say_all_good(struct verify_verdict *v, size_t part)
{
	static const enum verify_word good[] = { VERIFY_GENUINE_YES, VERIFY_FRESH_YES,
						 VERIFY_PLATFORM_CURRENT, VERIFY_WORKLOAD_MATCHES,
						 VERIFY_BOUND_YES };

	for (int d = 0; d < VERIFY_DIMENSIONS; d++)
		verdict_say(v, part, reason_of(good[d], false), "good");
}

Test(verdict, is_accepted_when_every_dimension_was_found_good)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL, false);

	say_all_good(v, new_part(v, "cpu0", 0));
	cr_expect_eq(finish(v), VERIFY_ACCEPTED);
}

Test(verdict, lacks_one_good_word_and_is_unproven)
{
	static const enum verify_word good[] = { VERIFY_GENUINE_YES, VERIFY_FRESH_YES,
						 VERIFY_PLATFORM_CURRENT, VERIFY_WORKLOAD_MATCHES,
						 VERIFY_BOUND_YES };

	for (int left = 0; left < VERIFY_DIMENSIONS; left++) {
		AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL, false);
		size_t part = new_part(v, "cpu0", 0);

		for (int d = 0; d < VERIFY_DIMENSIONS; d++)
			if (d != left)
				verdict_say(v, part, reason_of(good[d], false), "good");
		cr_expect_eq(finish(v), VERIFY_UNPROVEN, "without %s",
			     verify_dimension_name((enum verify_dimension)left));
	}
}

Test(verdict, is_as_bad_as_the_worst_finding_in_any_order)
{
	for (int bad_first = 0; bad_first < 2; bad_first++) {
		AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL, false);
		size_t part = new_part(v, "cpu0", 0);

		if (bad_first)
			verdict_say(v, part, FRESH_OTHER, "bad");
		say_all_good(v, part);
		if (!bad_first)
			verdict_say(v, part, FRESH_OTHER, "bad");
		cr_expect_eq(finish(v), VERIFY_REFUSED);
		cr_expect_eq(verify_word(v, VERIFY_FRESH), VERIFY_FRESH_NO);
	}
}

Test(verdict, is_as_bad_as_the_worst_part)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL, false);
	size_t gpu;

	say_all_good(v, new_part(v, "cpu0", 0));
	gpu = new_part(v, "gpu0", 0);
	say_all_good(v, gpu);
	say_all_good(v, new_part(v, "gpu1", 0));
	verdict_say(v, gpu, FRESH_OTHER, "stale");
	cr_expect_eq(finish(v), VERIFY_REFUSED);
	cr_expect_eq(verdict_word(v, 0, VERIFY_FRESH), VERIFY_FRESH_YES);
	cr_expect_eq(verdict_word(v, gpu, VERIFY_FRESH), VERIFY_FRESH_NO);
}

Test(verdict, takes_findings_about_the_whole)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL, false);

	say_all_good(v, new_part(v, "cpu0", 0));
	verdict_say(v, VERDICT_WHOLE, BOUND_NOTHING, "apart");
	cr_expect_eq(finish(v), VERIFY_REFUSED);
	cr_expect_eq(verify_word(v, VERIFY_BOUND), VERIFY_BOUND_NO);
	cr_expect_str_eq(verify_finding(v, VERIFY_DIMENSIONS).part, "");
}

Test(verdict, leaves_out_what_does_not_apply)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL, false);
	size_t part =
		new_part(v, "log0", ALL_NONE & ~(1u << VERIFY_WORKLOAD) & ~(1u << VERIFY_BOUND));

	verdict_say(v, part, reason_of(VERIFY_WORKLOAD_MATCHES, false), "as expected");
	verdict_say(v, part, BOUND_LOG, "replays");
	cr_expect_eq(finish(v), VERIFY_ACCEPTED);
	cr_expect_eq(verify_word(v, VERIFY_GENUINE), VERIFY_GENUINE_NONE);
}

Test(verdict, ranks_refused_over_unproven_over_unknown_over_not_fresh)
{
	static const struct {
		enum verify_word words[4];
		size_t count;
		enum verify_decision want;
	} rows[] = {
		{ { VERIFY_FRESH_NOT_ASKED }, 1, VERIFY_NOT_FRESH },
		{ { VERIFY_FRESH_NOT_ASKED, VERIFY_WORKLOAD_UNKNOWN }, 2, VERIFY_UNKNOWN_WORKLOAD },
		{ { VERIFY_FRESH_NOT_ASKED, VERIFY_WORKLOAD_UNKNOWN, VERIFY_PLATFORM_UNPROVEN },
		  3,
		  VERIFY_UNPROVEN },
		{ { VERIFY_FRESH_NO, VERIFY_WORKLOAD_UNKNOWN, VERIFY_PLATFORM_UNPROVEN },
		  3,
		  VERIFY_REFUSED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL, false);
		size_t part = new_part(v, "cpu0", 0);

		say_all_good(v, part);
		for (size_t n = 0; n < rows[i].count; n++) {
			enum verify_word w = rows[i].words[n];
			bool only_allowed = w == VERIFY_PLATFORM_UNPROVEN;

			verdict_say(v, part, reason_of(w, only_allowed), "so");
		}
		cr_expect_eq(finish(v), rows[i].want, "row %zu", i);
	}
}

Test(verdict, needs_no_freshness_where_the_policy_says_so)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL, true);
	size_t part = new_part(v, "cpu0", 0);

	say_all_good(v, part);
	verdict_say(v, part, FRESH_NOT_ASKED, "nobody");
	cr_expect_eq(finish(v), VERIFY_ACCEPTED);
	cr_expect_eq(verify_word(v, VERIFY_FRESH), VERIFY_FRESH_NOT_ASKED);
}

Test(verdict, with_optional_freshness_still_refuses_a_wrong_answer)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL, true);
	size_t part = new_part(v, "cpu0", 0);

	say_all_good(v, part);
	verdict_say(v, part, FRESH_OTHER, "wrong");
	cr_expect_eq(finish(v), VERIFY_REFUSED);
}

static struct refs allow_one(const char *code)
{
	struct refs r = { .at = calloc(1, sizeof(*r.at)), .count = 1, .is_set = true };

	cr_assert(r.at != NULL);
	r.at[0].len = (uint8_t)strlen(code);
	memcpy(r.at[0].at, code, strlen(code));
	return r;
}

Test(verdict, lets_pass_what_the_policy_allows_and_keeps_its_word)
{
	struct refs allow = allow_one("bound.nonce-only");
	AUTO_VERDICT struct verify_verdict *v = new_verdict(&allow, false);
	size_t part = new_part(v, "cpu0", 0);
	size_t last;

	refs_done(&allow); /* the verdict has a copy */
	say_all_good(v, part);
	verdict_say(v, part, BOUND_NONCE_ONLY, "weak");
	last = verify_finding_count(v) - 1;
	cr_expect_eq(finish(v), VERIFY_ACCEPTED);
	cr_expect_eq(verify_word(v, VERIFY_BOUND), VERIFY_BOUND_WEAK);
	cr_expect(verify_finding(v, last).allowed);
}

Test(verdict, lets_nothing_pass_that_nobody_may_allow)
{
	struct refs allow = allow_one("bound.other");
	AUTO_VERDICT struct verify_verdict *v = new_verdict(&allow, false);
	size_t part = new_part(v, "cpu0", 0);

	refs_done(&allow);
	say_all_good(v, part);
	verdict_say(v, part, BOUND_OTHER, "exchanged");
	cr_expect_eq(finish(v), VERIFY_REFUSED);
}

Test(verdict, allows_one_finding_and_not_the_worse_one_beside_it)
{
	struct refs allow = allow_one("bound.nonce-only");
	AUTO_VERDICT struct verify_verdict *v = new_verdict(&allow, false);
	size_t part = new_part(v, "cpu0", 0);

	refs_done(&allow);
	say_all_good(v, part);
	verdict_say(v, part, BOUND_NONCE_ONLY, "weak");
	verdict_say(v, part, BOUND_TWICE, "twice");
	cr_expect_eq(finish(v), VERIFY_REFUSED);
}

Test(verdict, an_allowed_finding_alone_makes_nothing_else_good)
{
	struct refs allow = allow_one("bound.nonce-only");
	AUTO_VERDICT struct verify_verdict *v = new_verdict(&allow, false);
	size_t part = new_part(v, "cpu0", 0);

	refs_done(&allow);
	verdict_say(v, part, BOUND_NONCE_ONLY, "weak");
	cr_expect_eq(finish(v), VERIFY_UNPROVEN);
}

Test(verdict, gives_claims_only_of_what_was_authenticated)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL, false);
	size_t good = new_part(v, "cpu0", 0), bad = new_part(v, "cpu1", 0);

	verdict_hex(v, verdict_claims(v, good), "measurement", span("\x01\xab", 2));
	verdict_hex(v, verdict_claims(v, bad), "measurement", span("\x01\xab", 2));
	say_all_good(v, good);
	say_all_good(v, bad);
	verdict_say(v, bad, reason_of(VERIFY_GENUINE_FORGED, false), "forged");
	(void)finish(v);
	cr_expect_str_eq(verify_claim(v, "cpu0", "measurement"), "01ab");
	cr_expect_null(verify_claim(v, "cpu1", "measurement"));
	cr_expect_null(verify_claim(v, "cpu0", "nonesuch"));
	cr_expect_null(verify_claim(v, "cpu7", "measurement"));
}

Test(verdict, names_a_missing_file_once)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL, false);
	size_t part = new_part(v, "cpu0", 0);

	verdict_miss(v, part, "a.crl", "https://example.org/a.crl", "a CRL");
	verdict_miss(v, part, "b.crl", "", "another");
	verdict_miss(v, part, "a.crl", "https://example.org/a.crl", "a CRL");
	cr_assert_eq(verify_missing_count(v), 2);
	cr_expect_str_eq(verify_missing(v, 0).url, "https://example.org/a.crl");
	cr_expect_str_eq(verify_missing(v, 1).file, "b.crl");
	cr_expect_str_eq(verify_missing(v, 1).part, "cpu0");
}

Test(verdict, cuts_texts_and_makes_them_printable)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL, false);
	size_t part = new_part(v, "cpu0", 0);
	char longer[1000];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = 0;
	verdict_say(v, part, FRESH_OTHER, "%s", longer);
	verdict_say(v, part, FRESH_OTHER, "a\x1b[31m\n\xc3\xa4");
	cr_expect_lt(strlen(verify_finding(v, 0).text), 200);
	cr_expect_str_eq(verify_finding(v, 1).text, "a?[31m???");
}

Test(verdict, holds_so_many_parts_and_no_more)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL, false);
	struct err e = { 0 };
	size_t index;

	for (int i = 0; i < LIMIT_VERIFY_PARTS; i++)
		cr_assert_eq(verdict_part(v, "gpu", "test", 0, &index, &e), 0);
	cr_expect_eq(verdict_part(v, "gpu", "test", 0, &index, &e), -FAIL_LIMIT);
}

Test(verdict, that_lost_a_finding_is_no_verdict)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL, false);
	size_t part = new_part(v, "cpu0", 0);
	struct err e = { 0 };

	for (int i = 0; i < LIMIT_VERIFY_FINDINGS; i++)
		verdict_say(v, part, FRESH_ANSWERS, "good");
	verdict_say(v, part, FRESH_OTHER, "one too many");
	cr_expect_eq(verdict_finish(v, &e), -FAIL_SYS);
	cr_expect_eq(verify_decision(v), VERIFY_UNPROVEN);
	cr_expect_eq(verdict_word(v, part, VERIFY_FRESH), VERIFY_FRESH_NO);
}

static const cJSON *member(const cJSON *o, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(o, name);

	cr_assert(m != NULL, "%s", name);
	return m;
}

Test(verdict, says_the_same_as_JSON)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL, false);
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_JSON cJSON *o = NULL;
	size_t part = new_part(v, "cpu0", 0);
	const cJSON *p, *f, *m;
	struct err e = { 0 };
	uint64_t n = 0;

	say_all_good(v, part);
	verdict_say(v, part, FRESH_OTHER, "stale");
	verdict_u64(v, verdict_claims(v, part), "big", UINT64_MAX);
	verdict_bool(v, verdict_object(v, verdict_claims(v, part), "inner"), "flag", true);
	verdict_miss(v, part, "a.crl", "https://example.org/a.crl", "a CRL");
	(void)finish(v);
	cr_assert_eq(verify_json(v, &text, &e), 0);
	cr_assert_eq(json_parse(buf_view(&text), LIMIT_VERIFY_JSON_BYTES, &o, &e), 0);
	cr_expect_str_eq(member(o, "decision")->valuestring, "refused");
	cr_expect_str_eq(member(o, "fresh")->valuestring, "stale");
	cr_expect_str_eq(member(o, "genuine")->valuestring, "genuine");
	cr_expect_str_eq(member(o, "at")->valuestring, "2026-09-21T14:13:20Z");
	p = member(o, "parts")->child;
	cr_expect_str_eq(member(p, "name")->valuestring, "cpu0");
	cr_expect(cJSON_IsTrue(member(p, "authenticated")));
	cr_expect_eq(json_u64(member(member(p, "claims"), "big"), &n, &e), 0);
	cr_expect_eq(n, UINT64_MAX);
	f = cJSON_GetArrayItem(member(o, "findings"), VERIFY_DIMENSIONS);
	cr_expect_str_eq(member(f, "code")->valuestring, "fresh.other");
	cr_expect_str_eq(member(f, "dimension")->valuestring, "fresh");
	cr_expect(cJSON_IsFalse(member(f, "allowed")));
	m = member(o, "missing")->child;
	cr_expect_str_eq(member(m, "file")->valuestring, "a.crl");
}

Test(verdict, without_a_clock_says_so)
{
	const struct verdict_options o = { NULL, false, VERIFY_NO_CLOCK };
	AUTO_VERDICT struct verify_verdict *v = NULL;
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(verdict_new(&o, &v, &e), 0);
	(void)finish(v);
	cr_assert_eq(verify_json(v, &text, &e), 0);
	cr_expect(strstr((char *)text.at, "\"at\":\"not checked\"") != NULL);
}
