/* The words that PID 1 starts sealinit-attest with. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "attest/options.h"

struct line {
	char words[12][16];
	int want;
};

ParameterizedTestParameters(options, are_all_known_and_whole)
{
	static struct line rows[] = {
		{ { "--control", "0", "--api", "1", "--life", "2", "--eventlog", "0" }, 0 },
		{ { "--control", "0", "--api", "1", "--life", "2", "--eventlog", "0", "--tsm",
		    "0" },
		  0 },
		{ { "--control", "0", "--api", "1", "--life", "2", "--eventlog", "0", "--tpm",
		    "0" },
		  0 },
		{ { "" }, -FAIL_INPUT },
		{ { "--control", "0", "--api", "1" }, -FAIL_INPUT },
		{ { "--control", "0", "--api", "1", "--life", "2" }, -FAIL_INPUT },
		{ { "--control" }, -FAIL_INPUT },
		{ { "--control", "" }, -FAIL_INPUT },
		{ { "--control", "-1" }, -FAIL_INPUT },
		{ { "--control", "0x1" }, -FAIL_INPUT },
		{ { "--control", "999" }, -FAIL_INPUT },
		{ { "--control", "4294967296" }, -FAIL_INPUT },
		{ { "--verbose", "1" }, -FAIL_INPUT },
		{ { "--control", "0", "--api", "1", "--life", "2", "--eventlog", "0", "--initdata",
		    "0" },
		  0 },
		{ { "--control", "0", "--api", "1", "--life", "2", "--eventlog", "0", "--initdata",
		    "0", "--document", "0" },
		  -FAIL_INPUT },
		{ { "--control", "0", "--api", "1", "--life", "2", "--eventlog", "0",
		    "--launch-secret", "2" },
		  0 },
		{ { "--control", "0", "--api", "1", "--life", "2", "--eventlog", "0",
		    "--launch-secret", "999" },
		  -FAIL_INPUT },
	};
	return cr_make_param_array(struct line, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct line *row, options, are_all_known_and_whole)
{
	struct options o = { .control = 55 };
	char name[] = "sealinit-attest", *argv[14] = { name };
	struct err e = { 0 };
	int argc = 1;

	for (int i = 0; i < 12 && (*row->words[i] || (i && *row->words[i - 1] == '-')); i++)
		argv[argc++] = row->words[i];
	cr_expect_eq(options_parse(argc, argv, &o, &e), row->want, "%s", e.text);
	if (row->want)
		cr_expect_eq(o.control, 55, "output untouched on failure");
	else
		cr_expect_eq(o.control, 0);
}
