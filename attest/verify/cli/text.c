#include "attest/verify/cli/text.h"

#include <string.h>

#include "attest/verify/cli/claims.h"
#include "attest/verify/cli/page.h"
#include "attest/verify/words.h"
#include "attest/verify/x509/certs.h"

#define NAME_COLUMN   2
#define WORD_COLUMN   12
#define REASON_COLUMN 26
#define REASONS_SHOWN 4 /* of one dimension; --json has them all */
#define MISSING_SHOWN 5

/* --- The first line --------------------------------------------------------------------------- */

/* What a word that refuses says to somebody who never read a specification. */
static const char *refusal(enum verify_word w)
{
	switch (w) {
	case VERIFY_GENUINE_FORGED:
		return "it is forged, damaged, or no evidence at all";
	case VERIFY_FRESH_NO:
		return "it answers another question than yours";
	case VERIFY_PLATFORM_OUT_OF_DATE:
		return "the platform is out of date";
	case VERIFY_PLATFORM_NOT_ALLOWED:
		return "this platform is not one to accept";
	case VERIFY_PLATFORM_DEBUG:
		return "the host can read this guest (debug)";
	case VERIFY_PLATFORM_REVOKED:
		return "its keys or its firmware are revoked";
	case VERIFY_WORKLOAD_MISMATCH:
		return "what runs here is not what was expected";
	case VERIFY_BOUND_WEAK:
		return "a nonce alone ties the parts, and anybody can relay that";
	case VERIFY_BOUND_NO:
		return "its parts do not belong together";
	default:
		return "the policy does not allow it";
	}
}

static const char *question(enum verify_dimension d)
{
	static const char *const questions[VERIFY_DIMENSIONS] = {
		"whether it is genuine",
		"whether it is fresh",
		"what the platform is worth",
		"what runs here",
		"whether its parts belong together",
	};

	return questions[d];
}

/* Freshness last: where parts were exchanged, the report data answers no question at all. */
static int weight(enum verify_word w)
{
	static const int weights[VERIFY_DIMENSIONS] = {
		[VERIFY_GENUINE] = 4, [VERIFY_PLATFORM] = 3, [VERIFY_WORKLOAD] = 2,
		[VERIFY_BOUND] = 1,   [VERIFY_FRESH] = 0,
	};

	return weights[word_dimension(w)] * VERIFY_WORDS + (int)w;
}

/* The finding that decided: in the weightiest dimension that has one, the highest word. */
static bool find_decisive(const struct verify_verdict *v, struct verify_finding *ret)
{
	bool found = false;

	for (size_t i = 0; i < verify_finding_count(v); i++) {
		struct verify_finding f = verify_finding(v, i);

		if (f.allowed || word_decision(f.word) != verify_decision(v))
			continue;
		if (found && weight(f.word) <= weight(ret->word))
			continue;
		*ret = f;
		found = true;
	}
	return found;
}

/* The first dimension whose word leaves the question open. */
static enum verify_dimension open_question(const struct verify_verdict *v)
{
	int d = 0;

	while (d < VERIFY_DIMENSIONS - 1 &&
	       word_decision(verify_word(v, (enum verify_dimension)d)) != VERIFY_UNPROVEN)
		d++;
	return (enum verify_dimension)d;
}

static bool is_test(const struct verify_verdict *v)
{
	return verify_word(v, VERIFY_GENUINE) == VERIFY_GENUINE_TEST;
}

static void put_refused(struct page *p, const struct verify_verdict *v)
{
	struct verify_finding f = { 0 };

	page_put(p, "REFUSED: %s.", find_decisive(v, &f) ? refusal(f.word) : "something is wrong");
}

static void put_headline(struct page *p, const struct verify_verdict *v)
{
	if (is_test(v))
		page_text(p, "UNDER A TEST ROOT: ");
	switch (verify_decision(v)) {
	case VERIFY_ACCEPTED:
		page_text(p, "ACCEPTED: all that the policy asks holds.");
		break;
	case VERIFY_NOT_FRESH:
		page_text(p, "GENUINE, BUT MAYBE A RECORDING: nobody asked with a nonce.");
		break;
	case VERIFY_UNKNOWN_WORKLOAD:
		page_text(p, "GENUINE HARDWARE, UNKNOWN WORKLOAD: nothing says what should run.");
		break;
	case VERIFY_UNPROVEN:
		page_put(p, "UNPROVEN: it can't be said %s.", question(open_question(v)));
		break;
	case VERIFY_REFUSED:
	case VERIFY_DECISIONS:
		put_refused(p, v);
		break;
	}
	page_end_line(p);
}

static void put_circumstances(struct page *p, const struct verify_verdict *v, int64_t at)
{
	char text[TIME_TEXT_BYTES];

	if (at == VERIFY_NO_CLOCK) {
		page_text(p, "No clock: no date was checked.");
	} else {
		time_text(at, text);
		page_put(p, "Judged at %s, offline.", text);
	}
	if (is_test(v))
		page_text(p, " A test root proves nothing outside a test.");
	page_end_line(p);
	page_end_line(p);
}

/* --- The dimensions --------------------------------------------------------------------------- */

/* A test root is no failure, and nothing that may stand in a list of good codes. */
static bool is_good(const struct verify_finding *f)
{
	return word_decision(f->word) == VERIFY_ACCEPTED && f->word != VERIFY_GENUINE_TEST;
}

static bool is_of(const struct verify_finding *f, enum verify_dimension d)
{
	return word_dimension(f->word) == d;
}

/* How many findings with this code stand before the i-th, or in all. */
static size_t count_code(const struct verify_verdict *v, const char *code, size_t end)
{
	size_t n = 0;

	for (size_t i = 0; i < end; i++)
		n += !strcmp(verify_finding(v, i).code, code);
	return n;
}

static void put_bad(struct page *p, const struct verify_verdict *v, const struct verify_finding *f)
{
	size_t same = count_code(v, f->code, verify_finding_count(v));

	page_column(p, REASON_COLUMN);
	page_put(p, "%s%s%s%s%s", f->code, *f->part ? " (" : "", f->part, *f->part ? ")" : "",
		 f->allowed ? ", allowed by the policy" : "");
	if (same > 1)
		page_put(p, ", and %zu more", same - 1);
	page_end_line(p);
	page_wrap(p, REASON_COLUMN + 2, f->text);
}

/* The bad ones, the worst word first, each code once; returns how many codes were left out. */
static size_t put_bad_ones(struct page *p, const struct verify_verdict *v, enum verify_dimension d)
{
	size_t shown = 0, left = 0;

	for (int w = VERIFY_WORDS - 1; w >= 0; w--)
		for (size_t i = 0; i < verify_finding_count(v); i++) {
			struct verify_finding f = verify_finding(v, i);

			if ((int)f.word != w || !is_of(&f, d) || is_good(&f) ||
			    count_code(v, f.code, i))
				continue;
			if (shown == REASONS_SHOWN) {
				left++;
				continue;
			}
			put_bad(p, v, &f);
			shown++;
		}
	return left;
}

static void put_good_ones(struct page *p, const struct verify_verdict *v, enum verify_dimension d)
{
	size_t shown = 0, left = 0;

	for (size_t i = 0; i < verify_finding_count(v); i++) {
		struct verify_finding f = verify_finding(v, i);

		if (!is_of(&f, d) || !is_good(&f) || count_code(v, f.code, i))
			continue;
		if (shown && p->column + 2 + strlen(f.code) > PAGE_WIDTH) {
			left++;
			continue;
		}
		page_column(p, shown ? 0 : REASON_COLUMN);
		page_put(p, "%s", f.code);
		shown++;
	}
	if (left)
		page_put(p, " +%zu", left);
	if (shown)
		page_end_line(p);
}

static bool has_finding(const struct verify_verdict *v, enum verify_dimension d)
{
	for (size_t i = 0; i < verify_finding_count(v); i++) {
		struct verify_finding f = verify_finding(v, i);

		if (is_of(&f, d))
			return true;
	}
	return false;
}

static void put_dimension(struct page *p, const struct verify_verdict *v, enum verify_dimension d)
{
	enum verify_word w = verify_word(v, d);
	size_t left;

	page_column(p, NAME_COLUMN);
	page_text(p, verify_dimension_name(d));
	page_column(p, WORD_COLUMN);
	page_text(p, verify_word_name(w));
	if (!has_finding(v, d)) {
		page_column(p, REASON_COLUMN);
		page_text(p, w == word_none(d) ? "does not apply" : "not reached");
		page_end_line(p);
		return;
	}
	left = put_bad_ones(p, v, d);
	if (left) {
		page_column(p, REASON_COLUMN);
		page_put(p, "and %zu other reasons: --json has them", left);
		page_end_line(p);
	}
	put_good_ones(p, v, d);
}

/* --- What is missing, and what to do -----------------------------------------------------------
 */

static void put_missing(struct page *p, const struct verify_verdict *v)
{
	size_t count = verify_missing_count(v);

	if (!count)
		return;
	page_end_line(p);
	page_text(p, "Missing; the --cache directory is where it is looked for:");
	page_end_line(p);
	for (size_t i = 0; i < count && i < MISSING_SHOWN; i++) {
		struct verify_missing m = verify_missing(v, i);

		page_column(p, 2);
		page_text(p, m.what);
		page_end_line(p);
		page_column(p, 6);
		page_text(p, m.file);
		page_end_line(p);
		page_column(p, 6);
		page_text(p, *m.url ? m.url : "not published: the host or the cloud has it");
		page_end_line(p);
	}
	if (count > MISSING_SHOWN) {
		page_column(p, 2);
		page_put(p, "and %zu more", count - MISSING_SHOWN);
		page_end_line(p);
	}
}

static const char *next_step(const struct verify_verdict *v)
{
	switch (verify_decision(v)) {
	case VERIFY_ACCEPTED:
		return is_test(v) ? "nothing; only a test trusts this root."
				  : "rely on it for what you asked now; ask again with a new nonce "
				    "later.";
	case VERIFY_NOT_FRESH:
		return "have the guest answer a random nonce of yours, and give it with --nonce.";
	case VERIFY_UNKNOWN_WORKLOAD:
		return "get the reference values of your image from who built it, compare them "
		       "with the claims above, and give them with --policy.";
	case VERIFY_UNPROVEN:
		return verify_missing_count(v) ? "`sealverify missing` with the same words prints "
						 "how to get what is "
						 "missing."
					       : NULL;
	case VERIFY_REFUSED:
	case VERIFY_DECISIONS:
		break;
	}
	return NULL;
}

static void put_next(struct page *p, const struct verify_verdict *v)
{
	const char *step = next_step(v);
	struct verify_finding f = { 0 };

	page_end_line(p);
	page_text(p, "Next: ");
	if (step)
		page_wrap(p, 6, step);
	else if (find_decisive(v, &f)) {
		page_put(p, "`sealverify --explain %s` says what that means.", f.code);
		page_end_line(p);
	} else
		page_wrap(p, 6, "sealverify(1) says what each word means.");
}

int text_verdict(const struct verify_verdict *v, int64_t at, struct buf *ret, struct err *e)
{
	struct page p = { .out = ret, .e = e };

	put_headline(&p, v);
	put_circumstances(&p, v, at);
	for (int d = 0; d < VERIFY_DIMENSIONS; d++)
		put_dimension(&p, v, (enum verify_dimension)d);
	put_missing(&p, v);
	claims_put(&p, v);
	put_next(&p, v);
	return p.failed;
}
