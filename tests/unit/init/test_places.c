/* Where an image has its devices: the file that says so, and what is opened by it. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/places.h"
#include "tests/support/scratch.h"

static const char all[] = "# this image's\n"
			  "\n"
			  "tdx-guest  /dev/tdx-attest\n"
			  "\tnvml\t/opt/nvidia/lib..64/.x/libnvidia-ml.so.1 \n"
			  "  # nscq /nowhere\n"
			  "tpm /dev/tpmrm1";

Test(places, reads_a_line_a_place)
{
	struct places p;
	struct err e = { 0 };

	cr_assert_eq(places_parse(span_text(all), &p, &e), 0, "%s", e.text);
	cr_expect_str_eq(p.at[DEVICE_TDX_GUEST], "/dev/tdx-attest");
	cr_expect_str_eq(p.at[PLACE_NVML], "/opt/nvidia/lib..64/.x/libnvidia-ml.so.1");
	cr_expect_str_eq(p.at[DEVICE_TPM], "/dev/tpmrm1");
	cr_expect_str_eq(p.at[DEVICE_SEV_GUEST], "");
	cr_expect_str_eq(p.at[PLACE_NSCQ], "");
	cr_assert_eq(places_parse(SPAN_EMPTY, &p, &e), 0);
	cr_expect_str_eq(p.at[DEVICE_TDX_GUEST], "", "all in their usual places");
}

Test(places, each_has_a_name_of_its_own)
{
	for (size_t i = 0; i < PLACE_COUNT; i++) {
		struct places p;
		struct err e = { 0 };
		char line[64];

		(void)snprintf(line, sizeof(line), "%s /x\n", place_name(i));
		cr_assert_eq(places_parse(span_text(line), &p, &e), 0, "%s", e.text);
		for (size_t other = 0; other < PLACE_COUNT; other++)
			cr_expect_str_eq(p.at[other], other == i ? "/x" : "");
	}
}

struct bad {
	char text[64], says[48];
};

ParameterizedTestParameters(places, refuses)
{
	static struct bad rows[] = {
		{ "tdx_guest /dev/tdx_guest\n", "line 1: \"tdx_guest\" is no name" },
		{ "# a\n\nTPM /dev/tpm0\n", "line 3: \"TPM\"" },
		{ "tpm\n", "line 1: tpm: one absolute path" },
		{ "tpm dev/tpm0\n", "tpm: one absolute" },
		{ "tpm /\n", "tpm: one absolute" },
		{ "tpm /dev/\n", "tpm: one absolute" },
		{ "tpm //dev/tpm0\n", "tpm: one absolute" },
		{ "tpm /dev//tpm0\n", "tpm: one absolute" },
		{ "tpm /dev/./tpm0\n", "tpm: one absolute" },
		{ "tpm /dev/../etc/x\n", "tpm: one absolute" },
		{ "tpm /dev/..\n", "tpm: one absolute" },
		{ "tpm /dev/tpm0 /dev/tpm1\n", "tpm: one absolute" },
		{ "tpm /dev/tpm0 # mine\n", "tpm: one absolute" },
		{ "tpm /dev/tpm0\r\n", "tpm: one absolute" },
		{ "tpm /dev/t\x01pm\n", "tpm: one absolute" },
		{ "tpm /dev/t\xc3\xbc\n", "tpm: one absolute" },
		{ "tpm /a\ntpm /a\n", "line 2: tpm: stands here twice" },
		{ "=\n", "line 1: \"=\"" },
	};
	return cr_make_param_array(struct bad, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct bad *row, places, refuses)
{
	struct places p;
	struct err e = { 0 };

	memset(&p, 'u', sizeof(p));
	cr_expect_eq(places_parse(span_text(row->text), &p, &e), -FAIL_INPUT, "%s", row->text);
	cr_expect(strstr(e.text, row->says), "%s: %s", row->text, e.text);
	cr_expect_eq(p.at[0][0], 'u', "untouched");
}

Test(places, a_path_has_room_or_is_refused)
{
	char line[LIMIT_PATH_BYTES + 8] = "tpm /";
	struct places p;
	struct err e = { 0 };

	memset(line + 5, 'x', LIMIT_PATH_BYTES - 2);
	cr_assert_eq(places_parse(span_text(line), &p, &e), 0, "%s", e.text);
	cr_expect_eq(strlen(p.at[DEVICE_TPM]), LIMIT_PATH_BYTES - 1);
	line[strlen(line)] = 'x';
	cr_expect_eq(places_parse(span_text(line), &p, &e), -FAIL_LIMIT);
	cr_expect_eq(places_parse(span("tpm /a\0b", 8), &p, &e), -FAIL_INPUT);
}

/* --- the file --- */

static void write_file(int root, const char *name, const char *text)
{
	AUTO_FD int fd = fd_open_in(root, name, O_WRONLY | O_CREAT | O_TRUNC, 0600, NULL);

	cr_assert_geq(fd, 0);
	cr_assert_eq(fd_write_all(fd, span_text(text), NULL), 0);
}

Test(places, an_image_need_not_have_the_file)
{
	AUTO_FD int root = scratch_dir();
	struct places p;
	struct err e = { 0 };

	memset(&p, 'u', sizeof(p));
	cr_assert_eq(places_read(root, "places", &p, &e), 0, "%s", e.text);
	cr_expect_str_eq(p.at[0], "");
	write_file(root, "places", "rtmr /sys/x\n");
	cr_assert_eq(places_read(root, "places", &p, &e), 0, "%s", e.text);
	cr_expect_str_eq(p.at[DEVICE_RTMR], "/sys/x");
}

Test(places, a_file_that_cannot_be_read_is_no_absence)
{
	AUTO_FD int root = scratch_dir();
	AUTO_BUF struct buf big = BUF_EMPTY;
	struct places p;
	struct err e = { 0 };

	write_file(root, "real", "rtmr /sys/x\n");
	cr_assert_eq(symlinkat("real", root, "places"), 0);
	cr_expect_eq(places_read(root, "places", &p, &e), -FAIL_SYS);
	cr_expect(strstr(e.text, "/places"), "%s", e.text);
	cr_assert_eq(unlinkat(root, "places", 0), 0);
	write_file(root, "places", "rtmr sys\n");
	cr_expect_eq(places_read(root, "places", &p, &e), -FAIL_INPUT);
	cr_expect(strstr(e.text, "/places: line 1: rtmr"), "%s", e.text);
	while (big.len <= LIMIT_PLACES_BYTES)
		cr_assert_eq(buf_append(&big, span_text("# remark\n"), SIZE_MAX, NULL), 0);
	write_file(root, "places", (const char *)big.at);
	cr_expect_eq(places_read(root, "places", &p, &e), -FAIL_LIMIT);
}

/* --- what is opened --- */

Test(places, a_device_is_opened_where_the_image_says_and_nowhere_else)
{
	AUTO_FD int root = scratch_dir();
	struct places p = { .at = { [DEVICE_TDX_GUEST] = "/dev/moved" } };
	int got[DEVICE_COUNT];
	struct stat a, b;
	struct err e = { 0 };

	cr_assert_eq(mkdirat(root, "dev", 0700), 0);
	write_file(root, "dev/tdx_guest", "");
	write_file(root, "dev/sev-guest", "");
	cr_assert_eq(devices_open(root, &p, got, &e), 0, "%s", e.text);
	cr_expect_eq(got[DEVICE_TDX_GUEST], -1, "the usual one is not meant");
	cr_expect_geq(got[DEVICE_SEV_GUEST], 0, "of which nothing was said");
	devices_done(got);
	write_file(root, "dev/moved", "");
	cr_assert_eq(devices_open(root, &p, got, &e), 0, "%s", e.text);
	cr_assert_eq(fstat(got[DEVICE_TDX_GUEST], &a), 0);
	cr_assert_eq(fstatat(root, "dev/moved", &b, 0), 0);
	cr_expect_eq(a.st_ino, b.st_ino);
	devices_done(got);
	cr_assert_eq(unlinkat(root, "dev/moved", 0), 0);
	cr_assert_eq(mkdirat(root, "dev/moved", 0700), 0);
	cr_expect_eq(devices_open(root, &p, got, &e), -FAIL_SYS);
}
