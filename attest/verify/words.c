#include "attest/verify/words.h"

#define ROW(word, dimension, decision, name) \
	[VERIFY_##word] = { name, VERIFY_##dimension, VERIFY_##decision }

static const struct {
	const char *name;
	enum verify_dimension dimension;
	enum verify_decision decision;
} WORDS[VERIFY_WORDS] = {
	ROW(GENUINE_NONE, GENUINE, ACCEPTED, "none"),
	ROW(GENUINE_YES, GENUINE, ACCEPTED, "genuine"),
	ROW(GENUINE_TEST, GENUINE, ACCEPTED, "test-root"),
	ROW(GENUINE_UNCHECKED, GENUINE, UNPROVEN, "unchecked"),
	ROW(GENUINE_UNPROVEN, GENUINE, UNPROVEN, "unproven"),
	ROW(GENUINE_FORGED, GENUINE, REFUSED, "forged"),
	ROW(FRESH_NONE, FRESH, ACCEPTED, "none"),
	ROW(FRESH_YES, FRESH, ACCEPTED, "fresh"),
	ROW(FRESH_NOT_ASKED, FRESH, NOT_FRESH, "not-asked"),
	ROW(FRESH_UNCHECKED, FRESH, UNPROVEN, "unchecked"),
	ROW(FRESH_NO, FRESH, REFUSED, "stale"),
	ROW(PLATFORM_NONE, PLATFORM, ACCEPTED, "none"),
	ROW(PLATFORM_CURRENT, PLATFORM, ACCEPTED, "current"),
	ROW(PLATFORM_UNCHECKED, PLATFORM, UNPROVEN, "unchecked"),
	ROW(PLATFORM_UNPROVEN, PLATFORM, UNPROVEN, "unproven"),
	ROW(PLATFORM_OUT_OF_DATE, PLATFORM, REFUSED, "out-of-date"),
	ROW(PLATFORM_NOT_ALLOWED, PLATFORM, REFUSED, "not-allowed"),
	ROW(PLATFORM_DEBUG, PLATFORM, REFUSED, "debug"),
	ROW(PLATFORM_REVOKED, PLATFORM, REFUSED, "revoked"),
	ROW(WORKLOAD_NONE, WORKLOAD, ACCEPTED, "none"),
	ROW(WORKLOAD_MATCHES, WORKLOAD, ACCEPTED, "matches"),
	ROW(WORKLOAD_UNCHECKED, WORKLOAD, UNPROVEN, "unchecked"),
	ROW(WORKLOAD_UNKNOWN, WORKLOAD, UNKNOWN_WORKLOAD, "unknown"),
	ROW(WORKLOAD_MISMATCH, WORKLOAD, REFUSED, "mismatch"),
	ROW(BOUND_NONE, BOUND, ACCEPTED, "none"),
	ROW(BOUND_YES, BOUND, ACCEPTED, "bound"),
	ROW(BOUND_NOT_ASKED, BOUND, ACCEPTED, "not-asked"),
	ROW(BOUND_WEAK, BOUND, REFUSED, "weak"),
	ROW(BOUND_UNCHECKED, BOUND, UNPROVEN, "unchecked"),
	ROW(BOUND_NO, BOUND, REFUSED, "broken"),
};

enum verify_dimension word_dimension(enum verify_word w)
{
	return WORDS[w].dimension;
}

enum verify_word word_none(int dimension)
{
	static const enum verify_word none[] = {
		VERIFY_GENUINE_NONE,  VERIFY_FRESH_NONE, VERIFY_PLATFORM_NONE,
		VERIFY_WORKLOAD_NONE, VERIFY_BOUND_NONE,
	};

	return none[dimension];
}

enum verify_word word_unchecked(int dimension)
{
	static const enum verify_word unchecked[] = {
		VERIFY_GENUINE_UNCHECKED,  VERIFY_FRESH_UNCHECKED, VERIFY_PLATFORM_UNCHECKED,
		VERIFY_WORKLOAD_UNCHECKED, VERIFY_BOUND_UNCHECKED,
	};

	return unchecked[dimension];
}

enum verify_word word_good(enum verify_dimension d)
{
	static const enum verify_word good[] = {
		VERIFY_GENUINE_YES,	 VERIFY_FRESH_YES, VERIFY_PLATFORM_CURRENT,
		VERIFY_WORKLOAD_MATCHES, VERIFY_BOUND_YES,
	};

	return good[d];
}

enum verify_decision word_decision(enum verify_word w)
{
	return WORDS[w].decision;
}

bool verify_word_is_bad(enum verify_word w)
{
	return WORDS[w].decision != VERIFY_ACCEPTED;
}

const char *verify_word_name(enum verify_word w)
{
	return WORDS[w].name;
}

const char *verify_dimension_name(enum verify_dimension d)
{
	static const char *const names[] = { "genuine", "fresh", "platform", "workload", "bound" };

	return names[d];
}

const char *verify_decision_name(enum verify_decision d)
{
	static const char *const names[] = { "accepted", "not-fresh", "unknown-workload",
					     "unproven", "refused" };

	return names[d];
}
