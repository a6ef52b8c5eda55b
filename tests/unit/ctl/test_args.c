#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "api/ctl/commands.h"

#define WORDS 8

/* Splits at '|' in place, so that rows can be plain text. */
static int parse(char *line, const char *environment, struct args *ret, struct err *e)
{
	char *argv[WORDS + 1] = { line };
	int argc = 1;

	for (char *c = line; *c != '\0'; c++)
		if (*c == '|') {
			*c = '\0';
			cr_assert_lt(argc, WORDS);
			argv[argc++] = c + 1;
		}
	return args_parse(argc, argv, commands, environment, ret, e);
}

struct refused {
	char line[96];
	char text[64];
};

ParameterizedTestParameters(args, refuses)
{
	static struct refused rows[] = {
		{ "sealctl", "subcommand is missing" },
		{ "sealctl|", "no subcommand ''" },
		{ "sealctl|stat", "no subcommand 'stat'" },
		{ "sealctl|--verbose|status", "no option '--verbose'" },
		{ "sealctl|--wai=3|status", "no option '--wai'" },
		{ "sealctl|-x|status", "no option '-x'" },
		{ "sealctl|status|extra", "'extra' is one word too many" },
		{ "sealctl|seal|a|b|c", "'c' is one word too many" },
		{ "sealctl|secret", "usage: sealctl secret" },
		{ "sealctl|status|--scope|pod", "status doesn't take --scope" },
		{ "sealctl|unseal|--scope|pod", "unseal doesn't take --scope" },
		{ "sealctl|seal|--nonce|AAAA", "seal doesn't take --nonce" },
		{ "sealctl|seal|--scope", "--scope wants a value" },
		{ "sealctl|status|--json=yes", "--json takes no value" },
		{ "sealctl|status|--json|--json", "--json is given twice" },
		{ "sealctl|evidence|--nonce|AAAA|--nonce-hex|00", "one nonce is enough" },
		{ "sealctl|event|app", "usage: sealctl event" },
		{ "sealctl|event|a|b|c|d", "'d' is one word too many" },
		{ "sealctl|event|a|b|--wait|3", "event doesn't take --wait" },
		{ "sealctl|status|--parts|cpu", "status doesn't take --parts" },
		{ "sealctl|status|--wait|0", "1 to 86400" },
		{ "sealctl|status|--wait|86401", "1 to 86400" },
		{ "sealctl|status|--wait|99999999999999999999999", "1 to 86400" },
		{ "sealctl|status|--wait|-1", "whole seconds" },
		{ "sealctl|status|--wait| 1", "whole seconds" },
		{ "sealctl|status|--wait|1.5", "whole seconds" },
		{ "sealctl|status|--timeout=", "1 to 86400" },
		{ "sealctl|status|--timeout|5m", "whole seconds" },
	};
	return cr_make_param_array(struct refused, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refused *row, args, refuses)
{
	struct args untouched, args;
	struct err e = { 0 };

	memset(&untouched, 0x5a, sizeof(untouched));
	args = untouched;
	cr_expect_eq(parse(row->line, NULL, &args, &e), -FAIL_INPUT);
	cr_expect(strstr(e.text, row->text), "'%s' lacks '%s'", e.text, row->text);
	cr_expect_eq(memcmp(&args, &untouched, sizeof(args)), 0, "output untouched");
}

Test(args, takes_options_on_either_side)
{
	char line[] = "sealctl|--wait=7|seal|in|--context|a b|--scope=pod|out";
	struct args args;
	struct err e = { 0 };

	cr_assert_eq(parse(line, NULL, &args, &e), 0, "%s", e.text);
	cr_expect_eq(args.command, &command_seal);
	cr_expect_eq(args.wait_ms, 7000);
	cr_expect_eq(args.timeout_ms, 60000);
	cr_expect_str_eq(args.context, "a b");
	cr_expect_str_eq(args.scope, "pod");
	cr_expect_eq(args.n_words, 2);
	cr_expect_str_eq(args.words[0], "in");
	cr_expect_str_eq(args.words[1], "out");
}

Test(args, takes_an_empty_context_as_given)
{
	char line[] = "sealctl|unseal|--context=";
	struct args args;
	struct err e = { 0 };

	cr_assert_eq(parse(line, NULL, &args, &e), 0);
	cr_expect(args_has(&args, OPTION_CONTEXT));
	cr_expect_str_eq(args.context, "");
}

Test(args, takes_words_that_look_like_options_behind_two_dashes)
{
	char line[] = "sealctl|seal|-|--|--json";
	struct args args;
	struct err e = { 0 };

	cr_assert_eq(parse(line, NULL, &args, &e), 0, "%s", e.text);
	cr_expect_str_eq(args.words[0], "-");
	cr_expect_str_eq(args.words[1], "--json");
	cr_expect_not(args_has(&args, OPTION_JSON));
}

Test(args, asks_the_environment_last)
{
	char with[] = "sealctl|--socket|@named|status", without[] = "sealctl|status";
	char empty[] = "sealctl|status";
	struct args args;
	struct err e = { 0 };

	cr_assert_eq(parse(with, "/from/environment", &args, &e), 0);
	cr_expect_str_eq(args.socket, "@named");
	cr_assert_eq(parse(without, "/from/environment", &args, &e), 0);
	cr_expect_str_eq(args.socket, "/from/environment");
	cr_assert_eq(parse(empty, "", &args, &e), 0);
	cr_expect_null(args.socket);
}

Test(args, helps_whatever_else_is_missing)
{
	char line[] = "sealctl|secret|--help", bare[] = "sealctl|-h",
	     version[] = "sealctl|--version";
	struct args args;
	struct err e = { 0 };

	cr_assert_eq(parse(line, NULL, &args, &e), 0, "%s", e.text);
	cr_expect(args_has(&args, OPTION_HELP));
	cr_assert_eq(parse(bare, NULL, &args, &e), 0, "%s", e.text);
	cr_expect(args_has(&args, OPTION_HELP));
	cr_assert_eq(parse(version, NULL, &args, &e), 0, "%s", e.text);
	cr_expect(args_has(&args, OPTION_VERSION));
}
