#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/verify/cli/nearest.h"
#include "attest/verify/cli/options.h"

#define WORDS_MAX 80

/* Words are split at blanks. */
static int parse(const char *line, struct options *ret, struct err *e)
{
	static char text[1024];
	char *argv[WORDS_MAX + 1], *rest = text;
	int argc = 1;

	cr_assert_lt(strlen(line), sizeof(text));
	memcpy(text, line, strlen(line) + 1);
	argv[0] = text;
	while (argc < WORDS_MAX && (argv[argc] = strsep(&rest, " ")) != NULL)
		if (*argv[argc])
			argc++;
	return options_parse(argc, argv, ret, e);
}

static struct options options_of(const char *line)
{
	struct options o;
	struct err e = { 0 };

	cr_assert_eq(parse(line, &o, &e), 0, "%s: %s", line, e.text);
	return o;
}

struct refusal {
	char line[120];
	char why[80];
};

ParameterizedTestParameters(options, refuse)
{
	static struct refusal rows[] = {
		{ "", "no evidence is given" },
		{ "snp", "no evidence is given" },
		{ "show", "no evidence is given" },
		{ "missing gpu", "no evidence is given" },
		{ "--json", "no evidence is given" },
		{ "r.bin --nonse aa", "did you mean --nonce?" },
		{ "r.bin --polcy=p.json", "did you mean --policy?" },
		{ "r.bin --xyzzy", "there is no option '--xyzzy'" },
		{ "r.bin -j", "there is no option '-j'" },
		{ "r.bin --nonce", "--nonce wants a value" },
		{ "r.bin --nonce=", "--nonce wants a value" },
		{ "r.bin --json=yes", "--json takes no value" },
		{ "r.bin --json --json", "--json is given twice" },
		{ "r.bin --at none --at none", "--at is given twice" },
		{ "--explain", "--explain wants a value" },
		{ "- -", "standard input can be read once" },
		{ "- a.bin -- -", "standard input can be read once" },
	};
	return cr_make_param_array(struct refusal, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refusal *row, options, refuse)
{
	struct options o;
	struct err e = { 0 };

	cr_expect_eq(parse(row->line, &o, &e), -FAIL_INPUT, "%s", row->line);
	cr_expect_not_null(strstr(e.text, row->why), "%s: %s", row->line, e.text);
}

Test(options, of_one_file_verify_it_by_its_own_words)
{
	struct options o = options_of("report.bin");

	cr_expect_eq(o.action, ACTION_VERIFY);
	cr_expect_eq(o.form, VERIFY_AUTO);
	cr_expect_eq(o.file_count, 1);
	cr_expect_str_eq(o.files[0], "report.bin");
	cr_expect_not(o.json);
	cr_expect_null(o.policy);
	cr_expect_null(o.at);
}

Test(options, take_every_form)
{
	static const struct {
		const char *line;
		enum verify_form form;
	} rows[] = {
		{ "auto x", VERIFY_AUTO }, { "snp x", VERIFY_SNP }, { "tdx x", VERIFY_TDX },
		{ "gpu x", VERIFY_GPU },   { "tpm x", VERIFY_TPM }, { "log x", VERIFY_LOG },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		cr_expect_eq(options_of(rows[i].line).form, rows[i].form, "%s", rows[i].line);
}

Test(options, may_stand_on_any_side)
{
	static const char *const lines[] = {
		"--nonce aa --policy p.json --json gpu a.hex b.pem",
		"gpu --nonce=aa a.hex --policy=p.json b.pem --json",
		"gpu a.hex b.pem --json --nonce aa --policy p.json",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct options o = options_of(lines[i]);

		cr_expect_eq(o.form, VERIFY_GPU, "%s", lines[i]);
		cr_expect_eq(o.file_count, 2, "%s", lines[i]);
		cr_expect_str_eq(o.nonce, "aa");
		cr_expect_str_eq(o.policy, "p.json");
		cr_expect(o.json);
	}
}

Test(options, know_all_values)
{
	struct options o = options_of("x --report-data 00 --tee-key k --cache d --at none "
				      "--test-root r --nonce n --policy p");

	cr_expect_str_eq(o.report_data, "00");
	cr_expect_str_eq(o.tee_key, "k");
	cr_expect_str_eq(o.cache, "d");
	cr_expect_str_eq(o.at, "none");
	cr_expect_str_eq(o.test_root, "r");
	cr_expect_str_eq(o.nonce, "n");
	cr_expect_str_eq(o.policy, "p");
}

Test(options, take_commands_as_the_first_word_alone)
{
	struct options o = options_of("show gpu report");

	cr_expect_eq(o.action, ACTION_SHOW);
	cr_expect_eq(o.form, VERIFY_GPU);
	o = options_of("--json missing report show");
	cr_expect_eq(o.action, ACTION_MISSING);
	cr_expect_eq(o.file_count, 2);
	cr_expect_str_eq(o.files[1], "show");
	o = options_of("snp show");
	cr_expect_eq(o.action, ACTION_VERIFY);
	cr_expect_str_eq(o.files[0], "show");
	o = options_of("report log");
	cr_expect_eq(o.form, VERIFY_AUTO);
	cr_expect_str_eq(o.files[1], "log");
	o = options_of("snp snp");
	cr_expect_eq(o.form, VERIFY_SNP);
	cr_expect_str_eq(o.files[0], "snp");
}

Test(options, end_at_two_dashes_and_files_are_all_that_follows)
{
	struct options o = options_of("--json -- show --json -x");

	cr_expect_eq(o.action, ACTION_VERIFY);
	cr_expect_eq(o.file_count, 3);
	cr_expect_str_eq(o.files[0], "show");
	cr_expect_str_eq(o.files[2], "-x");
}

Test(options, read_standard_input_as_a_dash)
{
	struct options o = options_of("tdx - chain.pem");

	cr_expect_eq(o.file_count, 2);
	cr_expect_str_eq(o.files[0], "-");
}

Test(options, that_only_ask_need_no_file)
{
	cr_expect_eq(options_of("--help").action, ACTION_HELP);
	cr_expect_eq(options_of("-h").action, ACTION_HELP);
	cr_expect_eq(options_of("--version").action, ACTION_VERSION);
	cr_expect_eq(options_of("--explain snp.format").action, ACTION_EXPLAIN);
	cr_expect_str_eq(options_of("--explain=list").explain, "list");
}

Test(options, take_so_many_files_and_no_more)
{
	char *argv[LIMIT_VERIFY_FILES + 3], name[] = "f";
	struct options o;
	struct err e = { 0 };

	for (int i = 0; i < LIMIT_VERIFY_FILES + 2; i++)
		argv[i] = name;
	cr_expect_eq(options_parse(LIMIT_VERIFY_FILES + 1, argv, &o, &e), 0);
	cr_expect_eq(o.file_count, LIMIT_VERIFY_FILES);
	cr_expect_eq(options_parse(LIMIT_VERIFY_FILES + 2, argv, &o, &e), -FAIL_LIMIT);
}

Test(options, help_names_each_and_fits_a_terminal)
{
	static const char *const names[] = { "--nonce",	    "--report-data", "--tee-key",
					     "--policy",    "--cache",	     "--at",
					     "--test-root", "--json",	     "--explain",
					     "show",	    "missing" };
	size_t column = 0, lines = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		cr_expect_not_null(strstr(options_help, names[i]), "%s", names[i]);
	for (const char *c = options_help; *c; c++) {
		column = *c == '\n' ? 0 : column + 1;
		lines += *c == '\n';
		cr_expect_leq(column, 90);
	}
	cr_expect_leq(lines, 24);
}

Test(nearest, counts_the_keys_that_went_wrong)
{
	cr_expect_eq(nearest_distance("", ""), 0);
	cr_expect_eq(nearest_distance("abc", "abc"), 0);
	cr_expect_eq(nearest_distance("", "abc"), 3);
	cr_expect_eq(nearest_distance("abc", ""), 3);
	cr_expect_eq(nearest_distance("--nonse", "--nonce"), 1);
	cr_expect_eq(nearest_distance("kitten", "sitting"), 3);
	cr_expect_eq(nearest_distance("saturday", "sunday"), 3);
	cr_expect_eq(nearest_distance("ba", "ab"), 2);
}

Test(nearest, gives_up_on_long_words)
{
	char text[NEAREST_BYTES + 2];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	cr_expect_eq(nearest_distance(text, "x"), SIZE_MAX);
	cr_expect_eq(nearest_distance("x", text), SIZE_MAX);
	text[NEAREST_BYTES] = 0;
	cr_expect_eq(nearest_distance(text, "x"), NEAREST_BYTES - 1);
}
