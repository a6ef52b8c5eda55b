/* The manifest: what a line may say, and all that it may not. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "image/build/manifest.h"
#include "tests/support/fault.h"

static const struct variable VARS[] = { { "BUILD", "out" }, { "EMPTY", "" } };
static const struct variables SET = { VARS, 2 };

static int read_text(struct manifest *m, const char *text, struct err *e)
{
	return manifest_parse(m, span_text(text), "list", SET, e);
}

Test(manifest, reads_each_type_of_file)
{
	AUTO_MANIFEST struct manifest m = MANIFEST_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(read_text(&m,
			       "# a comment\n"
			       "\n"
			       "/dev dir 0755 0:0\t# behind a line\n"
			       "/dev/console char 0600 0:5 5:1\n"
			       "/init link 0777 0:0 /sbin/init\n"
			       "/run.sh file 1644 901:902 @BUILD@/a@EMPTY@.sh\n",
			       &e),
		     0, "%s", e.text);
	cr_assert_eq(m.count, 4);
	cr_expect_eq(m.at[0].type, ENTRY_DIR);
	cr_expect_eq(m.at[0].mode, 0755);
	cr_expect_eq(m.at[1].type, ENTRY_CHAR);
	cr_expect_eq(m.at[1].major, 5);
	cr_expect_eq(m.at[1].minor, 1);
	cr_expect_eq(m.at[1].gid, 5);
	cr_expect_eq(m.at[2].type, ENTRY_LINK);
	cr_expect_str_eq(m.at[2].source, "/sbin/init");
	cr_expect_eq(m.at[3].uid, 901);
	cr_expect_eq(m.at[3].gid, 902);
	cr_expect_eq(m.at[3].mode, 01644);
	cr_expect_str_eq(m.at[3].source, "out/a.sh");
	cr_expect_str_eq(m.at[3].where, "list:6");
}

struct refusal {
	char line[120];
	char says[48]; /* part of the message */
};

ParameterizedTestParameters(manifest, refuses)
{
	static struct refusal rows[] = {
		{ "/a dir 0755\n", "want path, type, mode" },
		{ "/a dir 0755 0:0 x y\n", "want path" },
		{ "/a dir 0755 0:0 x y z\n", "more words" },
		{ "/a dir 0755 0:0", "no end" },
		{ "a dir 0755 0:0\n", "absolute" },
		{ "/ dir 0755 0:0\n", "absolute" },
		{ "/a/ dir 0755 0:0\n", "absolute" },
		{ "//a dir 0755 0:0\n", "absolute" },
		{ "/a/../b dir 0755 0:0\n", "absolute" },
		{ "/.. dir 0755 0:0\n", "absolute" },
		{ "/a/. dir 0755 0:0\n", "absolute" },
		{ "/\x80 dir 0755 0:0\n", "absolute" },
		{ "/a pipe 0755 0:0\n", "no such type" },
		{ "/a dir 0999 0:0\n", "octal mode" },
		{ "/a dir 4755 0:0\n", "octal mode" },
		{ "/a dir -755 0:0\n", "octal mode" },
		{ "/a dir 0755 root:root\n", "uid:gid" },
		{ "/a dir 0755 0\n", "uid:gid" },
		{ "/a dir 0755 4294967296:0\n", "uid:gid" },
		{ "/a dir 0755 0:0 source\n", "directory has no source" },
		{ "/a file 0755 0:0\n", "all else has one" },
		{ "/a link 0777 0:0\n", "all else has one" },
		{ "/a link 0755 0:0 b\n", "mode is 0777" },
		{ "/a char 0600 0:0 5\n", "major:minor" },
		{ "/a file 0755 0:0 @OTHER@/a\n", "no variable" },
		{ "/a file 0755 0:0 @BUILD\n", "no variable" },
		{ "/a dir 0755 0:0\n/a dir 0755 0:0\n", "list:1 already" },
		{ "!replace /a dir 0755 0:0\n", "nothing there to replace" },
		{ "!remove /a\n", "want path" },
		{ "!include\n", "wants one file" },
		{ "!include /nowhere/at/all\n", "/nowhere/at/all" },
	};

	return cr_make_param_array(struct refusal, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refusal *row, manifest, refuses, .timeout = 10)
{
	AUTO_MANIFEST struct manifest m = MANIFEST_EMPTY;
	struct err e = { 0 };

	cr_assert_lt(read_text(&m, row->line, &e), 0, "%s", row->line);
	cr_expect_not_null(strstr(e.text, row->says), "%s: %s", row->line, e.text);
}

Test(manifest, refuses_a_zero_byte)
{
	AUTO_MANIFEST struct manifest m = MANIFEST_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(manifest_parse(&m, span("/a\0 dir 0755 0:0\n", 18), "list", SET, &e),
		     -FAIL_INPUT);
}

Test(manifest, replaces_what_is_there_and_remembers_who)
{
	AUTO_MANIFEST struct manifest m = MANIFEST_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(read_text(&m, "/a file 0755 0:0 one\n!replace /a file 0700 0:0 two\n", &e), 0);
	cr_assert_eq(m.count, 1);
	cr_expect_str_eq(m.at[0].source, "two");
	cr_expect_str_eq(m.at[0].where, "list:2");
}

Test(manifest, puts_parents_before_what_they_hold)
{
	AUTO_MANIFEST struct manifest m = MANIFEST_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(read_text(&m,
			       "/b/c/d link 0777 0:0 x\n/b/c dir 0755 0:0\n/a-b dir 0755 0:0\n/b "
			       "dir 0755 0:0\n",
			       &e),
		     0);
	cr_assert_eq(manifest_order(&m, &e), 0, "%s", e.text);
	cr_expect_str_eq(m.at[0].path, "/a-b");
	cr_expect_str_eq(m.at[1].path, "/b");
	cr_expect_str_eq(m.at[2].path, "/b/c");
	cr_expect_str_eq(m.at[3].path, "/b/c/d");
}

Test(manifest, refuses_a_file_in_a_directory_that_nobody_declared)
{
	AUTO_MANIFEST struct manifest m = MANIFEST_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(read_text(&m, "/usr dir 0755 0:0\n/usr/lib/a file 0755 0:0 a\n", &e), 0);
	cr_assert_eq(manifest_order(&m, &e), -FAIL_INPUT);
	cr_expect_not_null(strstr(e.text, "list:2: /usr/lib/a: /usr/lib is not declared"), "%s",
			   e.text);
}

Test(manifest, refuses_a_file_beneath_a_link)
{
	AUTO_MANIFEST struct manifest m = MANIFEST_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(read_text(&m, "/var link 0777 0:0 run\n/var/a file 0755 0:0 a\n", &e), 0);
	cr_assert_eq(manifest_order(&m, &e), -FAIL_INPUT);
}

Test(manifest, survives_every_failing_allocation)
{
	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_MANIFEST struct manifest m = MANIFEST_EMPTY;
		struct err e = { 0 };
		int got = read_text(&m, "/a dir 0755 0:0\n/a/b file 0755 0:0 @BUILD@/b\n", &e);

		if (!got)
			got = manifest_order(&m, &e);
		cr_expect(got == 0 || got == -FAIL_SYS, "%d: %s", got, e.text);
	}
}
