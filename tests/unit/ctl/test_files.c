/* input and output: whole files or none. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <criterion/redirect.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/ctl/input.h"
#include "api/ctl/limits.h"
#include "api/ctl/output.h"
#include "base/fd.h"
#include "tests/support/fault.h"
#include "tests/support/scratch.h"

static char path[4096];
static int scratch = -1;

static const char *in_scratch(const char *name)
{
	if (scratch < 0)
		scratch = scratch_dir();
	(void)snprintf(path, sizeof(path), "%s/%s", scratch_path(), name);
	return path;
}

static void put(const char *name, const char *text)
{
	struct err e = { 0 };
	AUTO_FD int fd = open(in_scratch(name), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);

	cr_assert_geq(fd, 0);
	cr_assert_eq(fd_write_all(fd, span_text(text), &e), 0);
}

static void expect_content(const char *name, const char *want)
{
	AUTO_BUF struct buf got = BUF_EMPTY;
	struct err e = { 0 };
	AUTO_FD int fd = open(in_scratch(name), O_RDONLY | O_CLOEXEC);

	cr_assert_geq(fd, 0);
	cr_assert_eq(fd_read_all(fd, 4096, &got, &e), 0);
	cr_expect(span_is_equal(buf_view(&got), span_text(want)), "%s holds %s", name,
		  (const char *)got.at);
}

/* Entries of the scratch directory, passing names included. */
static int count_files(void)
{
	DIR *dir = opendir(scratch_path());
	int count = 0;

	cr_assert_not_null(dir);
	for (const struct dirent *d = readdir(dir); d; d = readdir(dir))
		count += strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
	(void)closedir(dir);
	return count;
}

Test(output, shows_a_file_when_it_is_whole)
{
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	struct err e = { 0 };
	struct stat st;

	(void)umask(0);
	cr_assert_eq(output_open(in_scratch("new"), &out, &e), 0, "%s", e.text);
	cr_assert_eq(output_write(&out, span_text("one"), &e), 0);
	cr_assert_eq(output_write(&out, span_text("two"), &e), 0);
	cr_expect_lt(access(path, F_OK), 0, "nothing to see yet");
	cr_assert_eq(output_commit(&out, &e), 0, "%s", e.text);
	expect_content("new", "onetwo");
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
	output_done(&out);
	cr_expect_eq(count_files(), 1);
}

Test(output, replaces_an_older_file_only_in_the_end)
{
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	struct err e = { 0 };

	put("old", "old content");
	cr_assert_eq(output_open(in_scratch("old"), &out, &e), 0, "%s", e.text);
	cr_assert_eq(output_write(&out, span_text("new"), &e), 0);
	expect_content("old", "old content");
	cr_assert_eq(output_commit(&out, &e), 0, "%s", e.text);
	expect_content("old", "new");
	cr_expect_eq(count_files(), 1);
}

Test(output, leaves_nothing_without_a_commit)
{
	struct output out = OUTPUT_EMPTY;
	struct err e = { 0 };

	put("old", "old content");
	cr_assert_eq(output_open(in_scratch("old"), &out, &e), 0);
	cr_assert_eq(output_write(&out, span_text("new"), &e), 0);
	output_done(&out);
	cr_assert_eq(output_open(in_scratch("new"), &out, &e), 0);
	output_done(&out);
	expect_content("old", "old content");
	cr_expect_eq(count_files(), 1);
}

Test(output, begins_anew)
{
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(output_open(in_scratch("file"), &out, &e), 0);
	cr_assert_eq(output_write(&out, span_text("first attempt"), &e), 0);
	cr_assert_eq(output_reset(&out, &e), 0);
	cr_assert_eq(output_write(&out, span_text("second"), &e), 0);
	cr_assert_eq(output_commit(&out, &e), 0);
	expect_content("file", "second");
}

Test(output, leaves_all_or_nothing_when_calls_fail)
{
	put("old", "old content");
	FAULT_EACH(n, FAULT_MEMORY | FAULT_IO)
	{
		struct output out = OUTPUT_EMPTY;
		struct err e = { 0 };
		bool is_done = output_open(in_scratch("old"), &out, &e) == 0 &&
			       output_write(&out, span_text("new"), &e) == 0 &&
			       output_commit(&out, &e) == 0;

		output_done(&out);
		fault_disarm_keep();
		expect_content("old", is_done ? "new" : "old content");
		cr_expect_eq(count_files(), 1);
		put("old", "old content");
	}
}

struct refused {
	char path[64];
	int want;
};

ParameterizedTestParameters(output, refuses)
{
	static struct refused rows[] = {
		{ "/dev/null", -FAIL_INPUT },
		{ "/proc/self/exe", -FAIL_INPUT },
		{ "/", -FAIL_INPUT },
		{ "/tmp/", -FAIL_INPUT },
		{ "/tmp", -FAIL_INPUT },
		{ "..", -FAIL_INPUT },
		{ "", -FAIL_INPUT },
		{ "/nowhere/to/be/found", -FAIL_SYS },
		{ "/dev/null/file", -FAIL_SYS },
		{ "/proc/file", -FAIL_SYS },
	};
	return cr_make_param_array(struct refused, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refused *row, output, refuses)
{
	struct output out = OUTPUT_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(output_open(row->path, &out, &e), row->want, "%s: %s", row->path, e.text);
	cr_expect_lt(out.dir, 0, "output untouched on failure");
}

Test(output, refuses_what_is_too_long)
{
	static const uint8_t piece[1024 * 1024];
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(output_open(NULL, &out, &e), 0);
	for (int i = 0; i < CTL_OUTPUT_BYTES / (int)sizeof(piece); i++)
		cr_assert_eq(output_write(&out, span(piece, sizeof(piece)), &e), 0);
	cr_expect_eq(output_write(&out, span(piece, 1), &e), -FAIL_LIMIT);
}

Test(output, holds_standard_output_back, .init = cr_redirect_stdout)
{
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(output_open("-", &out, &e), 0);
	cr_assert_eq(output_write(&out, span_text("thrown away"), &e), 0);
	cr_assert_eq(output_reset(&out, &e), 0);
	cr_assert_eq(output_write(&out, span_text("tab\tline\nbell\a esc\033[2J"), &e), 0);
	output_clean_text(&out);
	cr_assert_eq(output_commit(&out, &e), 0);
	cr_expect_stdout_eq_str("tab\tline\nbell? esc?[2J");
}

Test(output, keeps_bytes_off_a_terminal)
{
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY, file = OUTPUT_EMPTY;
	AUTO_FD int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave = -1;
	struct err e = { 0 };

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		cr_skip_test("no pseudo terminals here");
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	cr_assert_geq(slave, 0);
	cr_assert_eq(output_open("-", &out, &e), 0);
	cr_assert_eq(output_open(in_scratch("file"), &file, &e), 0);
	cr_assert_geq(dup2(slave, STDOUT_FILENO), 0);
	cr_expect_eq(output_refuse_terminal(&out, &e), -FAIL_DENIED);
	cr_expect_eq(output_refuse_terminal(&file, &e), 0);
}

Test(input, reads_a_file_piece_by_piece)
{
	AUTO_INPUT struct input in = INPUT_EMPTY;
	struct err e = { 0 };
	char got[4] = "";

	put("file", "0123456789");
	cr_assert_eq(input_open(in_scratch("file"), 10, &in, &e), 0);
	cr_assert_eq(in.len, 10);
	cr_expect_eq(input_read(&in, 7, got, 3, &e), 0);
	cr_expect_str_eq(got, "789");
	cr_expect_eq(input_read(&in, 0, got, 3, &e), 0);
	cr_expect_str_eq(got, "012", "again from the start");
	cr_expect_eq(input_read(&in, 8, got, 3, &e), -FAIL_BUG);
	cr_expect_eq(truncate(path, 5), 0);
	cr_expect_eq(input_read(&in, 4, got, 3, &e), -FAIL_INPUT);
}

Test(input, takes_standard_input_from_where_it_stands)
{
	AUTO_INPUT struct input in = INPUT_EMPTY;
	struct err e = { 0 };
	char got[4] = "";
	int fd;

	put("file", "0123456789");
	fd = open(in_scratch("file"), O_RDONLY);
	cr_assert_geq(dup2(fd, STDIN_FILENO), 0);
	cr_assert_eq(lseek(fd, 7, SEEK_SET), 7);
	cr_assert_eq(input_open("-", 3, &in, &e), 0, "%s", e.text);
	cr_assert_eq(in.len, 3);
	cr_expect_eq(input_read(&in, 0, got, 3, &e), 0);
	cr_expect_str_eq(got, "789");
}

Test(input, takes_a_pipe_to_its_end)
{
	AUTO_INPUT struct input in = INPUT_EMPTY, again = INPUT_EMPTY;
	struct err e = { 0 };
	char got[6] = "";
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(write(ends[1], "piped", 5), 5);
	cr_assert_eq(close(ends[1]), 0);
	cr_assert_geq(dup2(ends[0], STDIN_FILENO), 0);
	cr_assert_eq(input_open(NULL, 5, &in, &e), 0, "%s", e.text);
	cr_expect_eq(input_read(&in, 0, got, 5, &e), 0);
	cr_expect_str_eq(got, "piped");
	cr_assert_eq(input_open(NULL, 5, &again, &e), 0);
	cr_expect_eq(again.len, 0);
}

Test(input, refuses_what_is_too_long_or_no_file)
{
	struct input in = INPUT_EMPTY;
	struct err e = { 0 };

	put("file", "0123456789");
	cr_expect_eq(input_open(in_scratch("file"), 9, &in, &e), -FAIL_LIMIT);
	cr_expect_eq(input_open("/dev/zero", 9, &in, &e), -FAIL_LIMIT);
	cr_expect_eq(input_open("/", 9, &in, &e), -FAIL_INPUT);
	cr_expect_eq(input_open("/nowhere", 9, &in, &e), -FAIL_SYS);
	cr_expect_lt(in.fd, 0, "output untouched on failure");
}
