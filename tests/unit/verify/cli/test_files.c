#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attest/verify/cli/exits.h"
#include "attest/verify/cli/files.h"
#include "base/fd.h"
#include "base/mem.h"
#include "tests/support/scratch.h"

static void write_file(int dir, const char *name, const char *text, size_t len)
{
	AUTO_FD int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct err e = { 0 };

	cr_assert_geq(fd, 0);
	cr_assert_eq(fd_write_all(fd, span(text, len), &e), 0);
}

/* A path in the scratch directory. Two at a time. */
static const char *path_of(const char *name)
{
	static char paths[2][512];
	static int at;
	char *path = paths[at ^= 1];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", scratch_path(), name);
	return path;
}

Test(files, go_to_the_request_by_base_name_and_in_order)
{
	AUTO_FD int dir = scratch_dir();
	AUTO_FILES struct files f = FILES_EMPTY;
	struct options o = { .form = VERIFY_GPU, .at = "none", .nonce = "00ff" };
	struct verify_request r;
	struct err e = { 0 };

	write_file(dir, "report.bin", "abc", 3);
	write_file(dir, "empty", "", 0);
	o.files[o.file_count++] = path_of("report.bin");
	o.files[o.file_count++] = path_of("empty");
	cr_assert_eq(files_read(&o, &f, &e), 0, "%s", e.text);
	r = files_request(&o, &f);
	cr_expect_eq(r.form, VERIFY_GPU);
	cr_expect_eq(r.file_count, 2);
	cr_expect_str_eq(r.files[0].name, "report.bin");
	cr_expect(span_is_equal(r.files[0].bytes, span("abc", 3)));
	cr_expect_str_eq(r.files[1].name, "empty");
	cr_expect_eq(r.files[1].bytes.len, 0);
	cr_expect(span_is_equal(r.nonce, span("\0\xff", 2)));
	cr_expect_eq(r.at, VERIFY_NO_CLOCK);
	cr_expect_null(r.policy);
	cr_expect_null(r.store);
	cr_expect_eq(r.test_roots.len, 0);
}

Test(files, are_read_from_standard_input_under_its_name)
{
	AUTO_FILES struct files f = FILES_EMPTY;
	struct options o = { .files = { "-" }, .file_count = 1 };
	struct err e = { 0 };
	int pair[2];

	cr_assert_eq(pipe(pair), 0);
	cr_assert_eq(write(pair[1], "report", 6), 6);
	(void)close(pair[1]);
	cr_assert_eq(dup2(pair[0], STDIN_FILENO), STDIN_FILENO);
	(void)close(pair[0]);
	cr_assert_eq(files_read(&o, &f, &e), 0, "%s", e.text);
	cr_expect_str_eq(f.at[0].name, "stdin");
	cr_expect(span_is_equal(f.at[0].bytes, span_text("report")));
}

Test(files, of_a_cache_are_looked_up_in_its_directory)
{
	AUTO_FD int dir = scratch_dir();
	AUTO_FILES struct files f = FILES_EMPTY;
	struct options o = { .file_count = 1, .cache = scratch_path() };
	struct err e = { 0 };

	write_file(dir, "report.bin", "abc", 3);
	o.files[0] = path_of("report.bin");
	cr_assert_eq(files_read(&o, &f, &e), 0, "%s", e.text);
	cr_expect_not_null(files_request(&o, &f).store);
}

struct refusal {
	char what[24]; /* which option is wrong */
	char value[64];
	char content[64];
	int status;
	char why[48];
};

ParameterizedTestParameters(files, tell_a_wrong_value_from_an_unreadable_file)
{
	static struct refusal rows[] = {
		{ "file", "nonesuch", "", EXITS_UNREADABLE, "nonesuch" },
		{ "file", ".", "", EXITS_UNREADABLE, "is a directory" },
		{ "nonce", "xyz!", "", EXITS_USAGE, "--nonce" },
		{ "nonce", "abc", "", EXITS_USAGE, "odd number" },
		{ "data", "hex:", "", EXITS_USAGE, "--report-data" },
		{ "at", "yesterday", "", EXITS_USAGE, "--at" },
		{ "policy", "nonesuch", "", EXITS_UNREADABLE, "nonesuch" },
		{ "policy", "p", "{", EXITS_USAGE, "json" },
		{ "policy", "p", "{\"version\":2}", EXITS_USAGE, "must be 1" },
		{ "root", "nonesuch", "", EXITS_UNREADABLE, "nonesuch" },
		{ "root", "p", "", EXITS_USAGE, "p: " },
		{ "root", "p", "no certificate", EXITS_USAGE, "p: " },
		{ "key", "nonesuch", "", EXITS_UNREADABLE, "nonesuch" },
		{ "cache", "nonesuch", "", EXITS_UNREADABLE, "nonesuch" },
		{ "cache", "p", "a file", EXITS_UNREADABLE, "p: " },
	};
	return cr_make_param_array(struct refusal, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refusal *row, files, tell_a_wrong_value_from_an_unreadable_file)
{
	AUTO_FD int dir = scratch_dir();
	AUTO_FILES struct files f = FILES_EMPTY;
	struct options o = { .file_count = 1 };
	const struct {
		const char *what;
		const char **at;
		bool is_path;
	} members[] = {
		{ "file", &o.files[0], true },	   { "nonce", &o.nonce, false },
		{ "data", &o.report_data, false }, { "at", &o.at, false },
		{ "policy", &o.policy, true },	   { "root", &o.test_root, true },
		{ "key", &o.tee_key, true },	   { "cache", &o.cache, true },
	};
	struct err e = { 0 };

	write_file(dir, "report.bin", "abc", 3);
	write_file(dir, "p", row->content, strlen(row->content));
	o.files[0] = path_of("report.bin");
	for (size_t i = 0; i < COUNT_OF(members); i++)
		if (!strcmp(members[i].what, row->what))
			*members[i].at = members[i].is_path ? path_of(row->value) : row->value;
	cr_expect_eq(files_read(&o, &f, &e), row->status, "%s %s: %s", row->what, row->value,
		     e.text);
	cr_expect_not_null(strstr(e.text, row->why), "%s %s: %s", row->what, row->value, e.text);
}

Test(files, are_of_bounded_size)
{
	AUTO_FD int dir = scratch_dir();
	AUTO_FD int fd = openat(dir, "big", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	AUTO_FILES struct files f = FILES_EMPTY;
	struct options o = { .file_count = 1 };
	struct err e = { 0 };

	o.files[0] = path_of("big");
	cr_assert_eq(ftruncate(fd, LIMIT_VERIFY_FILE_BYTES), 0);
	cr_expect_eq(files_read(&o, &f, &e), 0);
	files_done(&f);
	cr_assert_eq(ftruncate(fd, LIMIT_VERIFY_FILE_BYTES + 1), 0);
	cr_expect_eq(files_read(&o, &f, &e), EXITS_UNREADABLE);
	cr_expect_not_null(strstr(e.text, "more than"), "%s", e.text);
}
