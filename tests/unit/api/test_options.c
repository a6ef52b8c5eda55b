#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "api/options.h"

#define WORDS 12

struct line {
	char words[WORDS][16];
};

static int parse(struct line *line, struct options *ret)
{
	char name[] = "sealinit-api", *argv[WORDS + 2] = { name };
	struct err e = { 0 };
	int argc = 1;

	while (argc <= WORDS && line->words[argc - 1][0]) {
		argv[argc] = line->words[argc - 1];
		argc++;
	}
	return options_parse(argc, argv, ret, &e);
}

Test(options, reads_the_descriptors)
{
	struct line line = { { "--control", "3", "--attest", "4", "--listen", "5", "--listen",
			       "6" } };
	struct options o;

	cr_assert_eq(parse(&line, &o), 0);
	cr_assert_eq(o.control, 3);
	cr_assert_eq(o.attest, 4);
	cr_assert_eq(o.listen_count, 2);
	cr_assert_eq(o.listen[0], 5);
	cr_assert_eq(o.listen[1], 6);
}

ParameterizedTestParameters(options, refuses)
{
	static struct line rows[] = {
		{ { "" } },
		{ { "--control", "3" } },
		{ { "--control", "3", "--attest", "4" } },
		{ { "--control", "3", "--listen", "5" } },
		{ { "--control", "3", "--attest", "4", "--listen" } },
		{ { "--control", "3", "--attest", "3", "--listen", "5" } },
		{ { "--control", "3", "--attest", "4", "--listen", "4" } },
		{ { "--control", "3", "--attest", "4", "--listen", "5", "--listen", "5" } },
		{ { "--control", "3", "--control", "7", "--attest", "4", "--listen", "5" } },
		{ { "--control", "2", "--attest", "4", "--listen", "5" } },
		{ { "--control", "-3", "--attest", "4", "--listen", "5" } },
		{ { "--control", "3x", "--attest", "4", "--listen", "5" } },
		{ { "--control", "99999999999999", "--attest", "4", "--listen", "5" } },
		{ { "--control", "1024", "--attest", "4", "--listen", "5" } },
		{ { "--control", "3", "--attest", "4", "--listen", "5", "--debug", "9" } },
	};
	return cr_make_param_array(struct line, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct line *row, options, refuses)
{
	struct options o;

	cr_assert_eq(parse(row, &o), -FAIL_INPUT);
}

Test(options, refuse_a_fifth_listening_socket)
{
	struct line line = { { "--listen", "5", "--listen", "6", "--listen", "7", "--listen", "8",
			       "--listen", "9" } };
	struct options o;

	cr_assert_eq(parse(&line, &o), -FAIL_INPUT);
}
