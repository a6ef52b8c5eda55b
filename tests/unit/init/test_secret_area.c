/* The EFI secret area: read once, erased, kept; and what is no secret ends the boot. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/roles.h"
#include "init/secret_area.h"
#include "tests/support/fault.h"
#include "tests/support/scratch.h"

#define OURS   LAUNCH_SECRET_GUID
#define OTHER  "736869e5-84f0-4973-92ec-06879ce3da0b"
#define SECRET "what the owner of this guest injected at launch"
#define LEN    (sizeof(SECRET) - 1)
#define NOBODY 65534

/* The area beneath a scratch `/`: open to all, since a test gives its rights up. */
static int make_area(int root)
{
	static const char *const parts[] = { "sys", "sys/kernel", "sys/kernel/security",
					     "sys/kernel/security/secrets",
					     "sys/kernel/security/secrets/coco" };
	int area;

	cr_assert_eq(chmod(scratch_path(), 0755), 0);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		cr_assert_eq(mkdirat(root, parts[i], 0755), 0);
	area = openat(root, parts[4], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_geq(area, 0);
	return area;
}

static void put(int area, const char *name, struct span bytes)
{
	AUTO_FD int fd = openat(area, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0444);

	cr_assert_eq(fd_write_all(fd, bytes, NULL), 0);
}

static bool has(int area, const char *name)
{
	return faccessat(area, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Secret memory is read through a mapping, as attest does it. */
static bool holds(int fd, struct span want)
{
	struct stat st;
	uint8_t *at;
	bool is_equal;

	cr_assert_eq(fstat(fd, &st), 0);
	if ((size_t)st.st_size != want.len)
		return false;
	at = mmap(NULL, want.len, PROT_READ, MAP_SHARED, fd, 0);
	cr_assert_neq(at, MAP_FAILED);
	is_equal = !memcmp(at, want.at, want.len);
	(void)munmap(at, want.len);
	return is_equal;
}

/* Nothing was given to the caller. */
static void expect_refused(int root, int want, const char *says)
{
	struct err e = { 0 };
	size_t len = 7;
	int fd = -7;

	cr_expect_eq(secret_area_take(root, &fd, &len, &e), want, "%s", e.text);
	cr_expect(strstr(e.text, says), "%s, not %s", e.text, says);
	cr_expect_not(strstr(e.text, "owner of this guest"), "no byte of it is told");
	cr_expect_eq(fd, -7, "untouched");
	cr_expect_eq(len, 7, "untouched");
}

static void expect_none(int root)
{
	struct err e = { 0 };
	size_t len = 7;
	int fd = -7;

	cr_expect_eq(secret_area_take(root, &fd, &len, &e), 0, "%s", e.text);
	cr_expect_eq(fd, -1);
	cr_expect_eq(len, 0);
}

Test(secret_area, takes_the_secret_erases_it_and_leaves_those_of_others)
{
	AUTO_FD int root = scratch_dir();
	AUTO_FD int area = make_area(root);
	AUTO_FD int fd = -1;
	struct err e = { 0 };
	size_t len = 0;

	put(area, OURS, span_text(SECRET));
	put(area, OTHER, span_text("somebody else's, which is no business of ours"));
	cr_assert_eq(secret_area_take(root, &fd, &len, &e), 0, "%s", e.text);
	cr_expect_eq(len, LEN);
	cr_expect(holds(fd, span_text(SECRET)));
	cr_expect(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	cr_expect_neq(ftruncate(fd, 0), 0, "of fixed size");
	cr_expect_not(has(area, OURS));
	cr_expect(has(area, OTHER));
}

/* The second read finds what a kexec or another PID 1 would: nothing. */
Test(secret_area, is_there_once_in_a_boot)
{
	AUTO_FD int root = scratch_dir();
	AUTO_FD int area = make_area(root);
	AUTO_FD int fd = -1;
	struct err e = { 0 };
	size_t len;

	put(area, OURS, span_text(SECRET));
	cr_assert_eq(secret_area_take(root, &fd, &len, &e), 0, "%s", e.text);
	expect_none(root);
	cr_expect(holds(fd, span_text(SECRET)), "kept all the same");
}

Test(secret_area, that_is_absent_is_no_failure)
{
	AUTO_FD int root = scratch_dir();

	expect_none(root);
}

Test(secret_area, without_an_entry_of_ours_is_no_failure)
{
	AUTO_FD int root = scratch_dir();
	AUTO_FD int area = make_area(root);

	put(area, OTHER, span_text(SECRET));
	expect_none(root);
	cr_expect(has(area, OTHER));
}

struct length {
	size_t len;
	int want;
	char says[32];
};

ParameterizedTestParameters(secret_area, knows_how_long_a_secret_is)
{
	static struct length rows[] = {
		{ 0, -FAIL_INPUT, "of 0 bytes" },
		{ ROOT_SECRET_MIN_BYTES - 1, -FAIL_INPUT, "of 31 bytes: inject 32" },
		{ ROOT_SECRET_MIN_BYTES, 0, "" },
		{ SECRET_AREA_BYTES - 1, 0, "" },
		{ SECRET_AREA_BYTES, -FAIL_LIMIT, "4096 bytes or more" },
		{ 3 * SECRET_AREA_BYTES, -FAIL_LIMIT, "4096 bytes or more" },
	};
	return cr_make_param_array(struct length, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct length *row, secret_area, knows_how_long_a_secret_is)
{
	static uint8_t bytes[3 * SECRET_AREA_BYTES];
	AUTO_FD int root = scratch_dir();
	AUTO_FD int area = make_area(root);
	AUTO_FD int fd = -1;
	struct err e = { 0 };
	size_t len = 0;

	memset(bytes, 's', row->len);
	put(area, OURS, span(bytes, row->len));
	if (row->want) {
		expect_refused(root, row->want, row->says);
	} else {
		cr_expect_eq(secret_area_take(root, &fd, &len, &e), 0, "%s", e.text);
		cr_expect_eq(len, row->len);
		cr_expect(holds(fd, span(bytes, row->len)));
	}
	cr_expect_not(has(area, OURS), "erased, whatever came of it");
}

Test(secret_area, refuses_what_is_no_file)
{
	AUTO_FD int root = scratch_dir();
	AUTO_FD int area = make_area(root);

	cr_assert_eq(mkdirat(area, OURS, 0755), 0);
	expect_refused(root, -FAIL_INPUT, "is no file");
	cr_assert_eq(unlinkat(area, OURS, AT_REMOVEDIR), 0);
	cr_assert_eq(mkfifoat(area, OURS, 0644), 0);
	expect_refused(root, -FAIL_INPUT, "is no file"); /* and does not wait for a writer */
}

Test(secret_area, follows_no_link)
{
	AUTO_FD int root = scratch_dir();
	AUTO_FD int area = make_area(root);

	put(area, OTHER, span_text(SECRET));
	cr_assert_eq(symlinkat(OTHER, area, OURS), 0);
	expect_refused(root, -FAIL_SYS, "open " OURS);
	cr_expect(has(area, OTHER));
}

Test(secret_area, refuses_an_area_that_is_no_directory)
{
	AUTO_FD int root = scratch_dir();
	AUTO_FD int area = make_area(root);

	cr_assert_eq(unlinkat(root, "sys/kernel/security/secrets/coco", AT_REMOVEDIR), 0);
	put(root, "sys/kernel/security/secrets/coco", span_text(SECRET));
	expect_refused(root, -FAIL_SYS, "open sys/kernel/security/secrets/coco");
}

/* Whoever is root may erase anything: so the test is nobody for a while. */
Test(secret_area, that_can_not_be_erased_is_a_failure)
{
	AUTO_FD int root = scratch_dir();
	AUTO_FD int area = make_area(root);
	uid_t before = geteuid();

	put(area, OURS, span_text(SECRET));
	cr_assert_eq(fchmod(area, 0555), 0);
	cr_assert(before || seteuid(NOBODY) == 0);
	expect_refused(root, -FAIL_SYS, "erase: ");
	cr_assert_eq(seteuid(before), 0);
	cr_expect(has(area, OURS));
	cr_assert_eq(fchmod(area, 0755), 0);
}

Test(secret_area, that_was_not_erased_though_the_kernel_says_so_is_a_failure)
{
	AUTO_FD int root = scratch_dir();
	AUTO_FD int area = make_area(root);

	put(area, OURS, span_text(SECRET));
	fault_arm(1, FAULT_ERASE);
	expect_refused(root, -FAIL_SYS, "still there");
	cr_expect(fault_fired());
}

Test(secret_area, that_can_not_be_read_is_a_failure)
{
	AUTO_FD int root = scratch_dir();
	AUTO_FD int area = make_area(root);

	put(area, OURS, span_text(SECRET));
	fault_arm(1, FAULT_IO);
	expect_refused(root, -FAIL_SYS, "read: ");
	cr_expect(has(area, OURS));
}

/* Either it was taken whole, or nothing was. */
Test(secret_area, fails_cleanly_whenever_memory_or_reads_do)
{
	AUTO_FD int root = scratch_dir();
	AUTO_FD int area = make_area(root);

	FAULT_EACH(n, FAULT_MEMORY | FAULT_IO)
	{
		AUTO_FD int fd = -1;
		struct err e = { 0 };
		size_t len = 0;
		int got;

		fault_disarm_keep();
		if (!has(area, OURS))
			put(area, OURS, span_text(SECRET));
		fault_arm(n, FAULT_MEMORY | FAULT_IO);
		got = secret_area_take(root, &fd, &len, &e);
		fault_disarm_keep();
		cr_expect(got == 0 ? holds(fd, span_text(SECRET)) : got == -FAIL_SYS && fd == -1,
			  "%u: %s", n, e.text);
	}
}
