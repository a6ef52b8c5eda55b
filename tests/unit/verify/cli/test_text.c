#include <criterion/criterion.h>
#include <string.h>

#include "attest/verify/cli/exits.h"
#include "attest/verify/cli/page.h"
#include "attest/verify/cli/text.h"
#include "attest/verify/reason.h"
#include "attest/verify/refs.h"
#include "attest/verify/verdict.h"
#include "base/json.h"

#define AT 1790000000

static struct verify_verdict *new_verdict(const struct refs *allow)
{
	const struct verdict_options o = { allow, false, AT };
	struct verify_verdict *v = NULL;
	struct err e = { 0 };

	cr_assert_eq(verdict_new(&o, &v, &e), 0);
	return v;
}

static size_t new_part(struct verify_verdict *v, const char *name, const char *kind)
{
	struct err e = { 0 };
	size_t part;

	cr_assert_eq(verdict_part(v, name, kind, 0, &part, &e), 0);
	return part;
}

/* Any reason that says this word: what is read here is the word. */
static enum reason reason_of(enum verify_word w)
{
	for (int r = 0; r < REASONS; r++)
		if (reason_row((enum reason)r)->word == w)
			return (enum reason)r;
	cr_assert(false, "no reason says \"%s\"", verify_word_name(w));
	return REASONS;
}

static void say_all_good(struct verify_verdict *v, size_t part)
{
	verdict_say(v, part, reason_of(VERIFY_GENUINE_YES), "good");
	verdict_say(v, part, FRESH_ANSWERS, "64 bytes");
	verdict_say(v, part, reason_of(VERIFY_PLATFORM_CURRENT), "good");
	verdict_say(v, part, reason_of(VERIFY_WORKLOAD_MATCHES), "good");
	verdict_say(v, part, BOUND_ALONE, "alone");
}

static const char *text_of(struct verify_verdict *v, struct buf *out)
{
	struct err e = { 0 };

	cr_assert_eq(verdict_finish(v, &e), 0);
	cr_assert_eq(text_verdict(v, AT, out, &e), 0);
	return (const char *)out->at;
}

static void expect_first_line(const char *text, const char *want)
{
	size_t len = strcspn(text, "\n");

	cr_expect(len == strlen(want) && !strncmp(text, want, len), "%.*s", (int)len, text);
}

Test(text, begins_with_the_decision)
{
	static const struct {
		enum verify_word word;
		const char *line;
	} rows[] = {
		{ VERIFY_GENUINE_YES, "ACCEPTED: all that the policy asks holds." },
		{ VERIFY_GENUINE_FORGED, "REFUSED: it is forged, damaged, or no evidence at all." },
		{ VERIFY_FRESH_NOT_ASKED,
		  "GENUINE, BUT MAYBE A RECORDING: nobody asked with a nonce." },
		{ VERIFY_FRESH_NO, "REFUSED: it answers another question than yours." },
		{ VERIFY_PLATFORM_DEBUG, "REFUSED: the host can read this guest (debug)." },
		{ VERIFY_WORKLOAD_UNKNOWN,
		  "GENUINE HARDWARE, UNKNOWN WORKLOAD: nothing says what should run." },
		{ VERIFY_BOUND_WEAK,
		  "REFUSED: a nonce alone ties the parts, and anybody can relay that." },
		{ VERIFY_BOUND_NO, "REFUSED: its parts do not belong together." },
		{ VERIFY_PLATFORM_UNCHECKED,
		  "UNPROVEN: it can't be said what the platform is worth." },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL);
		AUTO_BUF struct buf out = BUF_EMPTY;
		size_t part = new_part(v, "cpu0", "snp");

		say_all_good(v, part);
		verdict_say(v, part, reason_of(rows[i].word), "so");
		expect_first_line(text_of(v, &out), rows[i].line);
	}
}

Test(text, names_what_decided_and_not_what_was_allowed)
{
	struct refs allow = { 0 };
	AUTO_VERDICT struct verify_verdict *v = NULL;
	AUTO_BUF struct buf out = BUF_EMPTY;
	AUTO_JSON cJSON *code = cJSON_CreateString("bound.nonce-only");
	struct err e = { 0 };
	const char *text;
	size_t part;

	cr_assert_eq(refs_words(code, "allow", &allow, &e), 0);
	v = new_verdict(&allow);
	refs_done(&allow);
	part = new_part(v, "cpu0", "snp");
	say_all_good(v, part);
	verdict_say(v, part, BOUND_NONCE_ONLY, "AEP-83");
	text = text_of(v, &out);
	expect_first_line(text, "ACCEPTED: all that the policy asks holds.");
	cr_expect_not_null(strstr(text, "bound.nonce-only (cpu0), allowed by the policy\n"));
	cr_expect_not_null(strstr(text, "  bound     weak"));
}

Test(text, of_a_test_root_says_so_before_all_else)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL);
	AUTO_BUF struct buf out = BUF_EMPTY;
	size_t part = new_part(v, "cpu0", "snp");

	say_all_good(v, part);
	verdict_say(v, part, reason_of(VERIFY_GENUINE_TEST), "the test's root");
	expect_first_line(text_of(v, &out),
			  "UNDER A TEST ROOT: ACCEPTED: all that the policy asks holds.");
	cr_expect_not_null(strstr((char *)out.at, "the test's root"));
}

Test(text, puts_bad_reasons_first_and_the_worst_of_them_on_top)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL);
	AUTO_BUF struct buf out = BUF_EMPTY;
	size_t part = new_part(v, "cpu0", "snp");
	const char *text, *good, *weak, *broken;

	say_all_good(v, part);
	verdict_say(v, part, BOUND_KEY, "covered");
	verdict_say(v, part, BOUND_NONCE_ONLY, "weakly");
	verdict_say(v, part, BOUND_TWICE, "one for two");
	text = text_of(v, &out);
	good = strstr(text, "bound.key");
	weak = strstr(text, "bound.nonce-only");
	broken = strstr(text, "bound.twice");
	cr_assert(good && weak && broken, "%s", text);
	cr_expect(broken < weak && weak < good);
	cr_expect_not_null(strstr(text, "one for two"));
	cr_expect_null(strstr(text, "covered"), "good ones are codes alone");
}

Test(text, says_a_code_once_and_how_often_it_came)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL);
	AUTO_BUF struct buf out = BUF_EMPTY;
	size_t part = new_part(v, "cpu0", "snp");
	const char *text, *first;

	for (int i = 0; i < 40; i++)
		verdict_say(v, part, FRESH_OTHER, "number %d", i);
	text = text_of(v, &out);
	first = strstr(text, "fresh.other (cpu0), and 39 more\n");
	cr_assert_not_null(first, "%s", text);
	cr_expect_null(strstr(text, "number 1\n"));
	cr_expect_null(strstr(strstr(first, "\n"), "fresh.other (cpu0)"));
}

Test(text, lists_what_is_missing_with_its_publisher)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL);
	AUTO_BUF struct buf out = BUF_EMPTY;
	size_t part = new_part(v, "cpu0", "snp");
	char name[] = "file-0.crl";
	const char *text;

	for (int i = 0; i < 8; i++, name[5]++)
		verdict_miss(v, part, name, i ? "https://x.example/a" : "", "a CRL");
	text = text_of(v, &out);
	cr_expect_not_null(strstr(text, "  a CRL\n      file-0.crl\n      not published"));
	cr_expect_not_null(strstr(text, "  a CRL\n      file-1.crl\n      https://x.example/a\n"));
	cr_expect_not_null(strstr(text, "and 3 more\n"));
	cr_expect_not_null(strstr(text, "sealverify missing"));
}

Test(text, shows_claims_of_what_was_authenticated_and_of_nothing_else)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL);
	AUTO_BUF struct buf out = BUF_EMPTY;
	size_t good = new_part(v, "cpu0", "snp"), bad = new_part(v, "cpu1", "snp");
	uint8_t measurement[48], other[48];
	const char *text;

	memset(measurement, 0xa1, sizeof(measurement));
	memset(other, 0xb2, sizeof(other));
	say_all_good(v, good);
	say_all_good(v, bad);
	verdict_say(v, bad, reason_of(VERIFY_GENUINE_FORGED), "forged");
	verdict_hex(v, verdict_claims(v, good), "measurement", span(measurement, 48));
	verdict_u64(v, verdict_claims(v, good), "vmpl", 0);
	verdict_hex(v, verdict_claims(v, bad), "measurement", span(other, 48));
	text = text_of(v, &out);
	cr_expect_not_null(strstr(text, "cpu0, snp\n  vmpl 0\n"), "%s", text);
	cr_expect_not_null(strstr(text, "  measurement     a1a1a1a1"), "%s", text);
	cr_expect_not_null(strstr(text, "cpu1, snp: not authenticated"));
	cr_expect_null(strstr(text, "b2b2"));
}

Test(text, makes_no_line_of_what_evidence_says)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL);
	AUTO_BUF struct buf out = BUF_EMPTY;
	size_t part = new_part(v, "gpu0", "gpu");
	const char *text;

	say_all_good(v, part);
	verdict_text(v, verdict_claims(v, part), "driver_version", "550\nACCEPTED\x1b[2J");
	verdict_say(v, part, FRESH_OTHER, "text\nACCEPTED");
	text = text_of(v, &out);
	cr_expect_null(strstr(text, "\nACCEPTED"));
	cr_expect_null(strchr(text, 0x1b));
}

Test(text, of_an_ordinary_verdict_fits_a_screen)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL);
	AUTO_BUF struct buf out = BUF_EMPTY;
	size_t part = new_part(v, "cpu0", "snp"), lines = 0;
	const char *text;

	say_all_good(v, part);
	verdict_say(v, part, FRESH_OTHER, "signed 0102.., expected 0304.., 64 bytes each of them");
	text = text_of(v, &out);
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	cr_expect_leq(lines, 24, "%s", text);
}

Test(text, ends_with_the_next_step)
{
	static const struct {
		enum verify_word word;
		const char *step;
	} rows[] = {
		{ VERIFY_GENUINE_YES, "Next: rely on it" },
		{ VERIFY_FRESH_NOT_ASKED, "with --nonce." },
		{ VERIFY_WORKLOAD_UNKNOWN, "--policy." },
		{ VERIFY_BOUND_NO, "Next: `sealverify --explain bound." },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL);
		AUTO_BUF struct buf out = BUF_EMPTY;
		size_t part = new_part(v, "cpu0", "snp");

		say_all_good(v, part);
		verdict_say(v, part, reason_of(rows[i].word), "so");
		cr_expect_not_null(strstr(text_of(v, &out), rows[i].step), "%s", (char *)out.at);
	}
}

Test(text, says_when_no_date_was_checked)
{
	AUTO_VERDICT struct verify_verdict *v = new_verdict(NULL);
	AUTO_BUF struct buf out = BUF_EMPTY;
	struct err e = { 0 };

	(void)new_part(v, "cpu0", "snp");
	cr_assert_eq(verdict_finish(v, &e), 0);
	cr_assert_eq(text_verdict(v, VERIFY_NO_CLOCK, &out, &e), 0);
	cr_expect_not_null(strstr((char *)out.at, "No clock: no date was checked.\n"));
	buf_done(&out);
	cr_assert_eq(text_verdict(v, AT, &out, &e), 0);
	cr_expect_not_null(strstr((char *)out.at, "Judged at 2026-09-21T14:13:20Z, offline.\n"));
}

Test(exits, are_as_the_page_has_them)
{
	cr_expect_eq(exits_of(VERIFY_ACCEPTED), 0);
	cr_expect_eq(exits_of(VERIFY_REFUSED), 1);
	cr_expect_eq(exits_of(VERIFY_UNKNOWN_WORKLOAD), 3);
	cr_expect_eq(exits_of(VERIFY_UNPROVEN), 4);
	cr_expect_eq(exits_of(VERIFY_NOT_FRESH), 5);
	cr_expect_eq(exits_of_error(&(struct err){ .kind = FAIL_INPUT }), 6);
	cr_expect_eq(exits_of_error(&(struct err){ .kind = FAIL_LIMIT }), 6);
	cr_expect_eq(exits_of_error(&(struct err){ .kind = FAIL_SYS }), 7);
	cr_expect_eq(exits_of_error(&(struct err){ .kind = FAIL_BUG }), 7);
}
