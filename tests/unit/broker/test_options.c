#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "base/mem.h"
#include "tests/broker/options.h"

#define WORDS 16

static int parse(const char *line, struct broker_options *ret, struct err *e)
{
	static char text[300];
	char *argv[WORDS] = { NULL }, *save = NULL;
	int argc = 0;

	(void)strncpy(text, line, sizeof(text) - 1);
	for (char *w = strtok_r(text, " ", &save); w && argc < WORDS - 1;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	return broker_options_parse(argc, argv, ret, e);
}

Test(options, are_read)
{
	struct broker_options o;
	struct err e = { 0 };

	cr_assert_eq(
		parse("broker --resources r --policy p --tls t --session-seconds 2 --hash sha512 "
		      "--listen [::1]:0",
		      &o, &e),
		0, "%s", e.text);
	cr_expect_str_eq(o.resources, "r");
	cr_expect_str_eq(o.policy, "p");
	cr_expect_str_eq(o.tls, "t");
	cr_expect_str_eq(o.listen, "[::1]:0");
	cr_expect_eq(o.session_seconds, 2);
	cr_expect_eq(o.hash, DIGEST_SHA512);
}

Test(options, have_defaults)
{
	struct broker_options o;

	cr_assert_eq(parse("broker --resources r --policy p --plain", &o, NULL), 0);
	cr_expect_null(o.tls);
	cr_expect_str_eq(o.listen, "127.0.0.1:8080");
	cr_expect_eq(o.session_seconds, 300);
	cr_expect_eq(o.hash, 0);
	cr_expect_eq(o.unavailable_seconds, 0);
}

Test(options, help_needs_nothing_else)
{
	struct broker_options o;

	cr_assert_eq(parse("broker --help", &o, NULL), 0);
	cr_expect(o.help);
}

struct refusal {
	char line[120];
};

ParameterizedTestParameters(options, refuses)
{
	static struct refusal rows[] = {
		{ "broker" },
		{ "broker --plain" },
		{ "broker --resources r --plain" },
		{ "broker --policy p --plain" },
		{ "broker --resources r --policy p" },
		{ "broker --resources r --policy p --plain --tls t" },
		{ "broker --resources r --policy p --plain word" },
		{ "broker --resources r --policy p --plain --unknown" },
		{ "broker --resources r --policy p --tls" },
		{ "broker --resources r --policy p --plain --session-seconds 0" },
		{ "broker --resources r --policy p --plain --session-seconds -1" },
		{ "broker --resources r --policy p --plain --session-seconds 86401" },
		{ "broker --resources r --policy p --plain --session-seconds "
		  "99999999999999999999999" },
		{ "broker --resources r --policy p --plain --session-seconds 5m" },
		{ "broker --resources r --policy p --plain --unavailable-seconds x" },
		{ "broker --resources r --policy p --plain --hash md5" },
	};
	return cr_make_param_array(struct refusal, rows, COUNT_OF(rows));
}

ParameterizedTest(struct refusal *row, options, refuses, .timeout = 5)
{
	struct broker_options o = { .session_seconds = 7 };

	cr_expect_eq(parse(row->line, &o, NULL), -FAIL_INPUT, "%s", row->line);
	cr_expect_eq(o.session_seconds, 7, "output untouched on failure");
}
