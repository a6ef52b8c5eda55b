/* mount, module, lockdown, initdata, life, listen, memory: the kernel, made ready. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "init/initdata.h"
#include "init/life.h"
#include "init/listen.h"
#include "init/lockdown.h"
#include "init/memory.h"
#include "init/module.h"
#include "init/mount.h"
#include "tests/support/fault.h"
#include "tests/support/scratch.h"

static void put(int dir, const char *name, struct span bytes)
{
	AUTO_FD int fd = openat(dir, name, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);

	cr_assert_eq(write(fd, bytes.at, bytes.len), (ssize_t)bytes.len);
}

/* Makes `path` and the directories above it. */
static void put_deep(int dir, const char *path, const char *text)
{
	char part[256];
	const char *slash = path;

	while ((slash = strchr(slash, '/'))) {
		(void)snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		(void)mkdirat(dir, part, 0700);
		slash++;
	}
	put(dir, path, span_text(text));
}

/* --- mount --- */

Test(mount, makes_what_lies_above_first)
{
	size_t count, i, j;
	const struct mount_row *rows = mount_table(&count);

	for (i = 0; i < count; i++) {
		cr_expect_eq(rows[i].target[0], '/');
		cr_expect(rows[i].flags & MS_NOSUID, "%s", rows[i].target);
		for (j = i + 1; j < count; j++) {
			size_t len = strlen(rows[j].target);

			cr_expect(strncmp(rows[i].target, rows[j].target, len) != 0,
				  "%s would hide %s", rows[j].target, rows[i].target);
		}
	}
}

Test(mount, lets_programs_run_from_volumes_and_from_nothing_of_the_kernels)
{
	size_t count, i;
	const struct mount_row *rows = mount_table(&count);

	for (i = 0; i < count; i++) {
		bool is_kernels =
			!strncmp(rows[i].target, "/proc", 5) || !strncmp(rows[i].target, "/sys", 4);

		if (!strcmp(rows[i].target, "/run"))
			cr_expect(!(rows[i].flags & MS_NOEXEC));
		if (is_kernels)
			cr_expect(rows[i].flags & MS_NOEXEC, "%s", rows[i].target);
	}
}

/* --- module --- */

struct module_refusal {
	char text[96];
};

ParameterizedTestParameters(module, refuses)
{
	static struct module_refusal rows[] = {
		{ "loop" }, /* not a file of a module */
		{ ".ko" },  /* no name                */
		{ "?" },    /* nothing may fail       */
		{ "??loop.ko" },
		{ "a/loop.ko" }, /* leaves the directory   */
		{ "../loop.ko" },
		{ "loop.ko\n\nxts.ko" }, /* an empty line          */
		{ "loop.ko \n" },	 /* trailing blank         */
		{ "loop.ko\r\n" },
		{ "# loop.ko\n" },
		{ "loop.ko.xz\n" }, /* finit_module wants it unpacked */
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.ko" },
	};

	return cr_make_param_array(struct module_refusal, rows, COUNT_OF(rows));
}

ParameterizedTest(struct module_refusal *row, module, refuses, .timeout = 5)
{
	struct module_list list = { .count = 77 };
	struct err e = { 0 };

	cr_expect_eq(module_list_parse(span_text(row->text), &list, &e), -FAIL_INPUT, "%s",
		     row->text);
	cr_expect_eq(list.count, 77, "untouched on failure");
}

Test(module, refuses_a_byte_of_no_text_and_too_many_rows)
{
	AUTO_BUF struct buf b = BUF_EMPTY;
	struct module_list list;
	struct err e = { 0 };
	size_t i;

	cr_expect_eq(module_list_parse(span("lo\0op.ko", 8), &list, &e), -FAIL_INPUT);
	for (i = 0; i <= LIMIT_MODULES; i++)
		cr_assert_eq(buf_append(&b, span_text("a.ko\n"), 1 << 16, &e), 0);
	cr_expect_eq(module_list_parse(buf_view(&b), &list, &e), -FAIL_LIMIT);
	cr_expect_eq(module_list_parse(span(b.at, b.len - 5), &list, &e), 0);
	cr_expect_eq(list.count, LIMIT_MODULES);
}

Test(module, reads_names_and_what_may_fail)
{
	struct module_list list;
	struct err e = { 0 };

	cr_assert_eq(module_list_parse(span_text("dm-mod.ko\n?sev-guest.ko\nxts.ko"), &list, &e),
		     0);
	cr_assert_eq(list.count, 3);
	cr_expect_str_eq(list.at[0].name, "dm-mod.ko");
	cr_expect_not(list.at[0].may_fail);
	cr_expect_str_eq(list.at[1].name, "sev-guest.ko");
	cr_expect(list.at[1].may_fail);
	cr_expect_str_eq(list.at[2].name, "xts.ko");
	cr_assert_eq(module_list_parse(SPAN_EMPTY, &list, &e), 0);
	cr_expect_eq(list.count, 0);
}

static int load_from_scratch(const char *list, size_t *ret_loaded, struct err *e)
{
	AUTO_FD int dir = scratch_dir();
	char path[256];

	put(dir, "order", span_text(list));
	(void)snprintf(path, sizeof(path), "%s/order", scratch_path());
	return modules_load(scratch_path(), path, ret_loaded, e);
}

Test(module, names_the_one_that_is_needed_and_fails)
{
	size_t loaded = 77;
	struct err e = { 0 };

	cr_expect_eq(load_from_scratch("?absent.ko\nneeded.ko\n", &loaded, &e), -FAIL_SYS);
	cr_expect(strstr(e.text, "needed.ko"), "%s", e.text);
	cr_expect_eq(loaded, 77);
}

Test(module, goes_on_without_those_that_may_fail_and_without_a_list)
{
	size_t loaded = 77;
	struct err e = { 0 };

	cr_expect_eq(load_from_scratch("?absent.ko\n?other.ko\n", &loaded, &e), 0);
	cr_expect_eq(loaded, 0);
	loaded = 77;
	cr_expect_eq(modules_load("/nowhere", "/nowhere/order", &loaded, &e), 0);
	cr_expect_eq(loaded, 0);
}

/* --- lockdown --- */

Test(lockdown, passes_over_what_this_kernel_has_not)
{
	AUTO_FD int root = scratch_dir();

	cr_expect_eq(lockdown_apply(root), 0);
}

Test(lockdown, writes_every_row_that_is_there)
{
	AUTO_FD int root = scratch_dir();
	size_t count, i;
	const struct lockdown_row *rows = lockdown_table(&count);

	log_set_level(LOG_LEVEL_ERROR);
	for (i = 0; i < count; i++)
		put_deep(root, rows[i].path, "");
	/* The one switch that shows all its choices doesn't do so as a plain file. */
	cr_expect_eq(lockdown_apply(root), 1);
	for (i = 0; i < count; i++) {
		AUTO_BUF struct buf got = BUF_EMPTY;
		struct err e = { 0 };

		cr_assert_eq(file_read(root, rows[i].path, 256, &got, &e), 0, "%s", e.text);
		cr_expect_eq(got.len, strlen(rows[i].value) + 1);
		cr_expect_eq(memcmp(got.at, rows[i].value, got.len - 1), 0, "%s", rows[i].path);
	}
}

Test(lockdown, counts_what_keeps_another_value)
{
	AUTO_FD int root = scratch_dir();

	log_set_level(LOG_LEVEL_ERROR);
	/* Longer than what is written: a plain file keeps the rest, as a refusing kernel would. */
	put_deep(root, "proc/sys/kernel/kexec_load_disabled", "0123");
	cr_expect_eq(lockdown_apply(root), 1);
	put_deep(root, "sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	cr_expect_eq(lockdown_apply(root), 2);
}

Test(lockdown, counts_what_refuses_the_write)
{
	AUTO_FD int root = scratch_dir();

	log_set_level(LOG_LEVEL_ERROR);
	put_deep(root, "proc/sys/kernel/modules_disabled/is_a_directory", "");
	cr_expect_eq(lockdown_apply(root), 1);
}

Test(lockdown, shuts_the_one_way_doors_last)
{
	size_t count, i, first_door = 0;
	const struct lockdown_row *rows = lockdown_table(&count);

	for (i = 0; i < count; i++) {
		bool is_door = strstr(rows[i].path, "modules_disabled") ||
			       strstr(rows[i].path, "security/lockdown");

		cr_expect_neq(rows[i].path[0], '/');
		cr_expect_null(strstr(rows[i].path, ".."));
		if (is_door && !first_door)
			first_door = i;
		cr_expect(!first_door || is_door, "%s comes too late", rows[i].path);
	}
	cr_expect_neq(first_door, 0);
}

Test(lockdown, has_a_seeded_generator_here)
{
	struct err e = { 0 };

	cr_expect_eq(lockdown_entropy(deadline_in(1000), &e), 0, "%s", e.text);
}

/* --- initdata --- */

struct find_case {
	char head[3][16]; /* of vda, vdb, vdc; "-" is a disk without a node */
	int want;
	char found[8];
};

ParameterizedTestParameters(initdata, finds)
{
	static struct find_case rows[] = {
		{ { "other disk", "initdata\1\2", "" }, 0, "vdb" },
		{ { "initdata", "-", "Initdata" }, 0, "vda" },
		{ { "initdat", "xinitdata", "\0nitdata" }, 0, "" }, /* short, shifted, damaged */
		{ { "-", "-", "-" }, 0, "" },
		{ { "initdata1", "", "initdata2" },
		  -FAIL_INPUT,
		  "" }, /* the host says two things */
	};

	return cr_make_param_array(struct find_case, rows, COUNT_OF(rows));
}

ParameterizedTest(struct find_case *row, initdata, finds, .timeout = 5)
{
	static const char *const names[] = { "vda", "vdb", "vdc" };
	AUTO_FD int dir = scratch_dir();
	AUTO_FD int blocks = -1, dev = -1, disk = -1;
	char name[LIMIT_NAME_BYTES] = "before";
	struct err e = { 0 };
	size_t i;

	cr_assert_eq(mkdirat(dir, "block", 0700), 0);
	cr_assert_eq(mkdirat(dir, "dev", 0700), 0);
	blocks = openat(dir, "block", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	dev = openat(dir, "dev", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	for (i = 0; i < 3; i++) {
		cr_assert_eq(mkdirat(blocks, names[i], 0700), 0);
		if (strcmp(row->head[i], "-") != 0)
			put(dev, names[i], span(row->head[i], sizeof(row->head[i])));
	}
	disk = -2;
	cr_expect_eq(initdata_find(blocks, dev, &disk, name, &e), row->want, "%s", e.text);
	if (row->want) {
		cr_expect_eq(disk, -2, "untouched on failure");
		cr_expect_str_eq(name, "before");
		disk = -1;
		return;
	}
	cr_expect_str_eq(name, row->found);
	cr_expect_eq(disk >= 0, row->found[0] != 0);
	if (disk < 0)
		return;
	cr_expect_eq(faccessat(dev, name, F_OK, 0), -1, "its node is gone");
	cr_expect_eq(fcntl(disk, F_GETFL) & O_ACCMODE, O_RDONLY);
	cr_expect(fcntl(disk, F_GETFD) & FD_CLOEXEC);
}

Test(initdata, follows_no_link_out_of_dev)
{
	AUTO_FD int dir = scratch_dir();
	AUTO_FD int blocks = -1, dev = -1;
	char name[LIMIT_NAME_BYTES];
	struct err e = { 0 };
	int disk = -2;

	put(dir, "elsewhere", span_text("initdata"));
	cr_assert_eq(mkdirat(dir, "block", 0700), 0);
	cr_assert_eq(mkdirat(dir, "dev", 0700), 0);
	blocks = openat(dir, "block", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	dev = openat(dir, "dev", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	cr_assert_eq(mkdirat(blocks, "vda", 0700), 0);
	cr_assert_eq(symlinkat("../elsewhere", dev, "vda"), 0);
	cr_expect_eq(initdata_find(blocks, dev, &disk, name, &e), 0);
	cr_expect_eq(disk, -1);
}

Test(initdata, fails_cleanly_whenever_memory_or_reads_do)
{
	AUTO_FD int dir = scratch_dir();
	AUTO_FD int blocks = -1, dev = -1;

	cr_assert_eq(mkdirat(dir, "block", 0700), 0);
	cr_assert_eq(mkdirat(dir, "dev", 0700), 0);
	blocks = openat(dir, "block", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	dev = openat(dir, "dev", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	cr_assert_eq(mkdirat(blocks, "vda", 0700), 0);
	FAULT_EACH(n, FAULT_MEMORY | FAULT_IO)
	{
		char name[LIMIT_NAME_BYTES];
		struct err e = { 0 };
		int disk = -2, failed;

		fault_arm(0, 0);
		put(dev, "vda", span_text("initdata"));
		fault_arm(n, FAULT_MEMORY | FAULT_IO);
		failed = initdata_find(blocks, dev, &disk, name, &e);
		cr_expect(failed == 0 || disk == -2);
		if (!failed)
			fd_done(&disk);
	}
}

Test(tsm, gives_the_report_directory_to_attest)
{
	AUTO_FD int dir = scratch_dir();
	AUTO_FD int report = -1;
	struct err e = { 0 };
	struct stat st;

	if (geteuid() != 0)
		cr_skip_test("needs root to give files away");
	cr_assert_eq(mkdirat(dir, "sealinit", 0700), 0);
	put_deep(dir, "sealinit/inblob", "");
	cr_assert_eq(tsm_prepare(dir, "sealinit", 901, &report, &e), 0, "%s", e.text);
	cr_assert_geq(report, 0);
	cr_assert_eq(fstat(report, &st), 0);
	cr_expect_eq(st.st_uid, 901);
	cr_assert_eq(fstatat(report, "inblob", &st, AT_SYMLINK_NOFOLLOW), 0);
	cr_expect_eq(st.st_uid, 901);
	cr_assert_eq(fstat(dir, &st), 0);
	cr_expect_eq(st.st_uid, 0, "what lies above stays root's");
}

Test(tsm, refuses_a_file_in_its_place)
{
	AUTO_FD int dir = scratch_dir();
	struct err e = { 0 };
	int report = -2;

	put(dir, "sealinit", span_text(""));
	cr_expect_eq(tsm_prepare(dir, "sealinit", 901, &report, &e), -FAIL_SYS);
	cr_expect_eq(report, -2);
}

/* --- life --- */

Test(life, is_one_page_of_zeroes_that_keeps_its_size)
{
	struct err e = { 0 };
	AUTO_FD int fd = life_make(&e);
	struct stat st;

	cr_assert_geq(fd, 0, "%s", e.text);
	cr_assert_eq(fstat(fd, &st), 0);
	cr_expect_eq(st.st_size, LIFE_BYTES);
	cr_expect_neq(ftruncate(fd, 2 * LIFE_BYTES), 0);
	cr_expect_neq(ftruncate(fd, 0), 0);
	cr_expect(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

Test(life, the_event_log_keeps_its_size_too)
{
	struct err e = { 0 };
	AUTO_FD int fd = life_log_make(&e);
	struct stat st;

	cr_assert_geq(fd, 0, "%s", e.text);
	cr_assert_eq(fstat(fd, &st), 0);
	cr_expect_eq(st.st_size, LIMIT_OWN_LOG_BYTES);
	cr_expect_neq(ftruncate(fd, LIMIT_OWN_LOG_BYTES * 2), 0);
	cr_expect_neq(ftruncate(fd, 0), 0);
	cr_expect(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

/* --- listen --- */

Test(listen, lets_everybody_connect_and_replaces_what_was_there)
{
	AUTO_FD int dir = scratch_dir();
	AUTO_FD int sock = -1, client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct err e = { 0 };
	struct stat st;

	put(dir, "api.sock", span_text("left over"));
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/api.sock", scratch_path());
	sock = listen_path(at.sun_path, &e);
	cr_assert_geq(sock, 0, "%s", e.text);
	cr_assert_eq(stat(at.sun_path, &st), 0);
	cr_expect(S_ISSOCK(st.st_mode));
	cr_expect_eq(st.st_mode & 07777, 0666);
	cr_expect(fcntl(sock, F_GETFL) & O_NONBLOCK);
	cr_expect_eq(connect(client, (struct sockaddr *)&at, sizeof(at)), 0);
}

Test(listen, refuses_a_path_that_no_socket_can_have)
{
	char path[256];
	struct err e = { 0 };

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[255] = 0;
	cr_expect_eq(listen_path(path, &e), -FAIL_LIMIT);
	cr_expect_eq(listen_path("/nowhere/at/all.sock", &e), -FAIL_SYS);
	cr_expect_eq(listen_abstract(path, &e), -FAIL_LIMIT);
}

Test(listen, has_an_abstract_name_once)
{
	char name[64];
	struct err e = { 0 };
	AUTO_FD int first = -1;

	(void)snprintf(name, sizeof(name), "sealinit-test-%d", (int)getpid());
	first = listen_abstract(name, &e);
	cr_assert_geq(first, 0, "%s", e.text);
	cr_expect_eq(listen_abstract(name, &e), -FAIL_SYS);
}

/* --- memory --- */

static const char rollup[] = "55d0c0a00000-7fffe9e8c000 ---p 00000000 00:00 0  [rollup]\n"
			     "Rss:                1572 kB\n"
			     "Pss:                 173 kB\n"
			     "Pss_Dirty:            92 kB\n"
			     "Private_Clean:         4 kB\n"
			     "Private_Dirty:        92 kB\n"
			     "Anonymous:            61 kB\n"
			     "Swap:                  0 kB\n";

Test(memory, reads_the_lines_that_count)
{
	struct memory m;
	struct err e = { 0 };

	cr_assert_eq(memory_parse(span_text(rollup), &m, &e), 0, "%s", e.text);
	cr_expect_eq(m.private_dirty_kib, 92);
	cr_expect_eq(m.anonymous_kib, 61);
	cr_expect_eq(m.proportional_kib, 173);
}

struct memory_refusal {
	char text[96];
};

ParameterizedTestParameters(memory, refuses)
{
	static struct memory_refusal rows[] = {
		{ "" },
		{ "Pss: 173 kB\nAnonymous: 1 kB\n" }, /* one is missing */
		{ "Private_Dirty: 92 kB\nPss: 173 kB\n" },
		{ "Private_Dirty: 92 kB\nAnonymous: 1 kB\nPss_Dirty: 1 kB\n" }, /* another's name */
		{ "Private_Dirty: 92 kB\nAnonymous: 1 kB\nPss: 173 kB" },	/* cut short      */
		{ "Private_Dirty: 92 kB\nAnonymous: 1 kB\nPss: 173 MB\n" },	/* another unit   */
		{ "Private_Dirty: 92 kB\nAnonymous: 1 kB\nPss: kB\n" },		/* no number      */
		{ "Private_Dirty: 92 kB\nAnonymous: 1 kB\nPss: -1 kB\n" },
		{ "Private_Dirty: 92 kB\nAnonymous: 1 kB\nPss: 99999999999999999999 kB\n" },
	};

	return cr_make_param_array(struct memory_refusal, rows, COUNT_OF(rows));
}

ParameterizedTest(struct memory_refusal *row, memory, refuses, .timeout = 5)
{
	struct memory m = { 7, 7, 7 };
	struct err e = { 0 };

	cr_expect_eq(memory_parse(span_text(row->text), &m, &e), -FAIL_INPUT, "%s", row->text);
	cr_expect_eq(m.private_dirty_kib, 7, "untouched on failure");
}

Test(memory, knows_this_process_and_no_process_0)
{
	struct memory m;
	struct err e = { 0 };

	cr_expect_eq(memory_of(getpid(), &m, &e), 0, "%s", e.text);
	cr_expect_gt(m.private_dirty_kib, 0);
	cr_expect_eq(memory_of(0, &m, &e), -FAIL_SYS);
}
