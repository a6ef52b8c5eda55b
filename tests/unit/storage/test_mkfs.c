/* The file system that is made in memory and copied, on plain files, with the machine's mke2fs. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "storage/ext4.h"
#include "storage/mkfs.h"
#include "tests/support/fault.h"
#include "tests/support/scratch.h"

#define MIB   (1024u * 1024)
#define NOISE 0xa5

static struct mkfs_with here(void)
{
	return (struct mkfs_with){ .program = "/sbin/mke2fs",
				   .uid = 1000,
				   .gid = 1001,
				   .deadline_ms = deadline_in(20000) };
}

/* A disk where every sector that nobody writes holds what was there before. */
static int noisy(uint64_t size)
{
	int fd = memfd_create("disk", MFD_CLOEXEC);
	uint8_t *noise = malloc(MIB);
	uint64_t at;

	cr_assert(fd >= 0 && noise);
	memset(noise, NOISE, MIB);
	for (at = 0; at < size; at += MIB)
		cr_assert_eq(pwrite(fd, noise, MIB, (off_t)at), (ssize_t)MIB);
	free(noise);
	return fd;
}

static int run(char *const argv[])
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		(void)dup2(null, 1);
		(void)dup2(null, 2);
		(void)execv(argv[0], argv);
		_exit(127);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int fsck(int fd)
{
	char program[] = "/sbin/e2fsck", options[] = "-fn", path[64];
	char *argv[] = { program, options, path, NULL };

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), fd);
	return run(argv);
}

ParameterizedTestParameters(mkfs, makes_a_file_system_that_needs_no_unwritten_block)
{
	static unsigned int rows[] = { 15, 16, 63, 129, 300 };

	return cr_make_param_array(unsigned int, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(unsigned int *mib, mkfs, makes_a_file_system_that_needs_no_unwritten_block,
		  .timeout = 60)
{
	const struct mkfs_with with = here();
	const uint64_t size = (uint64_t)*mib * MIB;
	AUTO_FD int to = noisy(size);
	AUTO_FD int from = -1;
	struct err e = { 0 };

	if (access(with.program, X_OK) < 0)
		cr_skip_test("no mke2fs on this machine");
	cr_assert_eq(mkfs_make(&with, size, &from, &e), 0, "%s", e.text);
	cr_assert_eq(mkfs_copy(from, to, &e), 0, "%s", e.text);
	cr_assert_eq(fsck(to), 0);
}

Test(mkfs, writes_the_whole_journal_and_little_else, .timeout = 60)
{
	const uint64_t size = 256 * MIB;
	const struct mkfs_with with = here();
	AUTO_FD int to = noisy(size);
	AUTO_FD int from = -1;
	struct ext4_extent journal[EXT4_EXTENTS];
	uint64_t journal_bytes = 0, left = 0, at;
	AUTO_FREE uint8_t *block = malloc(4096);
	size_t count = 0, i;

	if (access(with.program, X_OK) < 0)
		cr_skip_test("no mke2fs on this machine");
	cr_assert_eq(mkfs_make(&with, size, &from, NULL), 0);
	cr_assert_eq(mkfs_copy(from, to, NULL), 0);
	cr_assert_eq(ext4_journal(to, journal, &count, NULL), 0);
	for (i = 0; i < count; i++)
		for (at = 0, journal_bytes += journal[i].len; at < journal[i].len; at += 4096) {
			cr_assert_eq(pread(to, block, 4096, (off_t)(journal[i].offset + at)), 4096);
			cr_assert_neq(block[4095], NOISE, "journal block at %lu", at);
		}
	cr_assert_eq(journal_bytes, 8 * MIB);
	for (at = 0; at < size; at += 4096) {
		cr_assert_eq(pread(to, block, 4096, (off_t)at), 4096);
		left += block[0] == NOISE && block[4095] == NOISE ? 4096 : 0;
	}
	cr_assert_gt(left, size - 10 * MIB, "what was written is journal and a few blocks");
}

Test(mkfs, gives_the_root_directory_to_its_owner, .timeout = 60)
{
	const struct mkfs_with with = here();
	AUTO_FD int from = -1;
	uint8_t inode[256], group[64];
	uint32_t table;

	if (access(with.program, X_OK) < 0)
		cr_skip_test("no mke2fs on this machine");
	cr_assert_eq(mkfs_make(&with, 64 * MIB, &from, NULL), 0);
	cr_assert_eq(pread(from, group, sizeof(group), 4096), (ssize_t)sizeof(group));
	memcpy(&table, group + 8, sizeof(table));
	cr_assert_eq(pread(from, inode, sizeof(inode), (off_t)table * 4096 + 256), 256);
	cr_assert_eq(inode[2] | inode[3] << 8, 1000);
	cr_assert_eq(inode[0x18] | inode[0x19] << 8, 1001);
}

/* A program of the test's own in mke2fs's place. */
static struct mkfs_with script(const char *text, char path[64])
{
	AUTO_FD int dir = scratch_dir();
	AUTO_FD int fd = openat(dir, "mke2fs", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	struct mkfs_with with = here();

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	cr_assert_eq(fchmod(fd, 0755), 0);
	cr_assert_eq(chmod(scratch_path(), 0755), 0); /* it runs as nobody */
	(void)snprintf(path, 64, "%s/mke2fs", scratch_path());
	with.program = path;
	return with;
}

Test(mkfs, says_what_the_program_said_last)
{
	char path[64];
	const struct mkfs_with with =
		script("#!/bin/sh\necho first; echo no room >&2; exit 3\n", path);
	struct err e = { 0 };
	int fd = -1;

	cr_assert_eq(mkfs_make(&with, 64 * MIB, &fd, &e), -FAIL_SYS);
	cr_assert_str_eq(e.text, "mke2fs: exit status 3: no room");
	cr_assert_eq(fd, -1);
}

Test(mkfs, reports_a_program_that_dies)
{
	char path[64];
	const struct mkfs_with with = script("#!/bin/sh\nkill -9 $$\n", path);
	struct err e = { 0 };
	int fd = -1;

	cr_assert_eq(mkfs_make(&with, 64 * MIB, &fd, &e), -FAIL_SYS);
	cr_assert_str_eq(e.text, "mke2fs: signal 9");
}

Test(mkfs, does_not_wait_longer_than_its_deadline)
{
	char path[64];
	struct mkfs_with with = script("#!/bin/sh\nexec tail -f /dev/null\n", path);
	struct err e = { 0 };
	int fd = -1;

	with.deadline_ms = deadline_in(200);
	cr_assert_eq(mkfs_make(&with, 64 * MIB, &fd, &e), -FAIL_SYS);
	cr_assert_str_eq(e.text, "mke2fs took too long");
	cr_assert_eq(e.sys, ETIMEDOUT);
}

Test(mkfs, hands_over_one_file_and_an_empty_environment)
{
	static const char text[] = "#!/bin/sh\n[ \"$(id -u)\" != 0 ] || { echo root; exit 1; }\n"
				   "[ -z \"$HOME$SECRET\" ] || { echo environment; exit 1; }\n"
				   "[ ! -e /proc/self/fd/9 ] || { echo descriptors; exit 1; }\n"
				   "[ \"$MKE2FS_SYNC\" = 0 ] && : <&3\n";
	char path[64];
	const struct mkfs_with with = script(text, path);
	struct err e = { 0 };
	int fd = -1;

	cr_assert_eq(setenv("SECRET", "x", 1), 0);
	cr_assert_eq(dup2(2, 9), 9);
	cr_assert_eq(mkfs_make(&with, 64 * MIB, &fd, &e), 0, "%s", e.text);
	fd_done(&fd);
}

Test(mkfs, reports_a_program_that_is_not_there)
{
	struct mkfs_with with = here();
	struct err e = { 0 };
	int fd = -1;

	with.program = "/no/such/mke2fs";
	cr_assert_eq(mkfs_make(&with, 64 * MIB, &fd, &e), -FAIL_SYS);
	cr_assert_str_eq(e.text,
			 "mke2fs: exit status 127: /no/such/mke2fs: No such file or directory");
}

/* A byte of the file system that ext4_journal() reads. */
struct damage {
	uint32_t at;
	char what[24];
};

ParameterizedTestParameters(ext4, refuses)
{
	static struct damage rows[] = {
		{ 1024 + 0x38, "magic" },
		{ 1024 + 0x18, "block size" },
		{ 1024 + 0x58, "inode size" },
		{ 1024 + 0xfe, "descriptor size" },
		{ 1024 + 0xe0, "journal's inode" },
		{ 4096 + 0x0b, "inode table" },
		{ 4096 + 0x28, "inode table, high" },
	};
	return cr_make_param_array(struct damage, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct damage *row, ext4, refuses)
{
	const struct mkfs_with with = here();
	struct ext4_extent journal[EXT4_EXTENTS];
	AUTO_FD int fd = -1;
	size_t count = 99;
	uint8_t byte;

	if (access(with.program, X_OK) < 0)
		cr_skip_test("no mke2fs on this machine");
	cr_assert_eq(mkfs_make(&with, 64 * MIB, &fd, NULL), 0);
	cr_assert_eq(pread(fd, &byte, 1, row->at), 1);
	byte ^= 0x40;
	cr_assert_eq(pwrite(fd, &byte, 1, row->at), 1);
	cr_expect_eq(ext4_journal(fd, journal, &count, NULL), -FAIL_INPUT, "%s", row->what);
	cr_expect_eq(count, 99);
}

Test(ext4, refuses_a_journal_outside_the_file_system)
{
	const struct mkfs_with with = here();
	struct ext4_extent journal[EXT4_EXTENTS];
	AUTO_FD int fd = -1;
	size_t count = 0;
	uint8_t group[64], start = 0xff;
	uint32_t table;
	off_t inode;

	if (access(with.program, X_OK) < 0)
		cr_skip_test("no mke2fs on this machine");
	cr_assert_eq(mkfs_make(&with, 64 * MIB, &fd, NULL), 0);
	cr_assert_eq(pread(fd, group, sizeof(group), 4096), (ssize_t)sizeof(group));
	memcpy(&table, group + 8, sizeof(table));
	inode = (off_t)table * 4096 + 7 * 256;
	cr_assert_eq(pwrite(fd, &start, 1, inode + 0x28 + 12 + 6), 1);
	cr_assert_eq(ext4_journal(fd, journal, &count, NULL), -FAIL_INPUT);
	cr_assert_eq(pwrite(fd, &start, 1, inode + 0x28 + 2), 1);
	cr_assert_eq(ext4_journal(fd, journal, &count, NULL), -FAIL_INPUT, "too many extents");
}

Test(mkfs, copy_reports_every_failing_read_and_write, .timeout = 60)
{
	const struct mkfs_with with = here();
	AUTO_FD int to = memfd_create("disk", MFD_CLOEXEC);
	AUTO_FD int from = -1;

	if (access(with.program, X_OK) < 0)
		cr_skip_test("no mke2fs on this machine");
	cr_assert_eq(mkfs_make(&with, 64 * MIB, &from, NULL), 0);
	FAULT_EACH(n, FAULT_IO)
	{
		struct err e = { 0 };
		int failed = mkfs_copy(from, to, &e);

		cr_assert_eq(failed, fault_fired() ? -FAIL_SYS : 0);
	}
}
