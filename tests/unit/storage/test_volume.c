/* What may be asked for, and where it may appear. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "storage/mount.h"
#include "storage/volume.h"
#include "storage/wait.h"
#include "tests/support/fault.h"
#include "tests/support/scratch.h"

static struct ipc_msg message(const struct msg_volume_open *asked)
{
	struct ipc_msg m = { .version = IPC_VERSION, .op = MSG_VOLUME_OPEN };

	m.length = sizeof(*asked);
	memcpy(m.body, asked, sizeof(*asked));
	return m;
}

static struct msg_volume_open asked(void)
{
	struct msg_volume_open a = { .name = "data",
				     .device = "serial:data",
				     .mount = "/run/sealinit/volumes/data",
				     .create = VOLUME_IF_BLANK,
				     .mode = 0750,
				     .epoch = 1,
				     .anchor = 4 };

	memset(a.wrap_key, 0x11, sizeof(a.wrap_key));
	memset(a.mac_key, 0x22, sizeof(a.mac_key));
	return a;
}

static _Bool has_byte(const void *at, size_t len, uint8_t byte, size_t run)
{
	const uint8_t *b = at;
	size_t i, n = 0;

	for (i = 0; i < len && n < run; i++)
		n = b[i] == byte ? n + 1 : 0;
	return n == run;
}

Test(volume, moves_the_keys_and_leaves_no_copy_in_the_message)
{
	const struct msg_volume_open a = asked();
	AUTO_WANT struct volume_want want = { 0 };
	struct ipc_msg m = message(&a);

	cr_assert_eq(volume_want_read(&m, &want, NULL), 0);
	cr_assert_eq(want.wrap_key.len, VOLUME_KEY_BYTES);
	cr_assert_arr_eq(want.wrap_key.at, a.wrap_key, VOLUME_KEY_BYTES);
	cr_assert_arr_eq(want.mac_key.at, a.mac_key, VOLUME_KEY_BYTES);
	cr_assert_not(has_byte(&m, sizeof(m), 0x11, 8));
	cr_assert_not(has_byte(&want.asked, sizeof(want.asked), 0x22, 8));
	cr_assert_str_eq(want.asked.name, "data");
	cr_assert_eq(want.asked.anchor, 4);
}

enum spoil {
	NAME_EMPTY,
	NAME_DOTS,
	NAME_SLASH,
	NAME_LONG,
	DEVICE_NOISE,
	MOUNT_LONG,
	CREATE,
	MODE,
	ANCHOR_OF_SCRATCH,
	ANCHOR_LAST,
	LENGTH,
	OP,
	SPOILS
};

static void spoil(struct ipc_msg *m, struct msg_volume_open *a, enum spoil how)
{
	static const char *const names[] = { "", "..", "a/b" };

	if (how <= NAME_SLASH)
		memcpy(a->name, names[how], strlen(names[how]) + 1);
	memset(a->name, 'x', how == NAME_LONG ? sizeof(a->name) : 0);
	memset(a->device, '\n', how == DEVICE_NOISE ? 3 : 0);
	memset(a->mount, '/', how == MOUNT_LONG ? sizeof(a->mount) : 0);
	a->create = how == CREATE ? 3 : a->create;
	a->create = how == ANCHOR_OF_SCRATCH ? VOLUME_ALWAYS : a->create;
	a->anchor = how == ANCHOR_LAST ? UINT64_MAX : a->anchor;
	a->mode = how == MODE ? 010000 : a->mode;
	*m = message(a);
	m->length -= how == LENGTH;
	m->op = how == OP ? MSG_VOLUME : m->op;
}

Test(volume, refuses_a_message_that_is_not_one_and_wipes_it)
{
	int how;

	for (how = 0; how < SPOILS; how++) {
		AUTO_WANT struct volume_want want = { 0 };
		struct msg_volume_open a = asked();
		struct ipc_msg m;

		spoil(&m, &a, (enum spoil)how);
		cr_assert_eq(volume_want_read(&m, &want, NULL), -FAIL_INPUT, "%d", how);
		cr_assert_null(want.mac_key.at);
		cr_assert_not(has_byte(&m, sizeof(m), 0x11, 8), "%d", how);
	}
}

Test(volume, has_no_key_without_memory_for_it)
{
	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_WANT struct volume_want want = { 0 };
		struct msg_volume_open a = asked();
		struct ipc_msg m = message(&a);
		int failed = volume_want_read(&m, &want, NULL);

		cr_assert_eq(failed, fault_fired() ? -FAIL_SYS : 0);
		cr_assert_eq(failed == 0, want.mac_key.at != NULL);
		cr_assert_not(has_byte(&m, sizeof(m), 0x11, 8));
	}
}

Test(volume, names_are_words)
{
	cr_assert(volume_is_name("data"));
	cr_assert(volume_is_name("0.a-b_c"));
	cr_assert_not(volume_is_name(""));
	cr_assert_not(volume_is_name(".hidden"));
	cr_assert_not(volume_is_name("-x"));
	cr_assert_not(volume_is_name("a b"));
	cr_assert_not(volume_is_name("a/b"));
	cr_assert(
		volume_is_name("123456789012345678901234567890123456789012345678901234567890123"));
	cr_assert_not(
		volume_is_name("1234567890123456789012345678901234567890123456789012345678901234"));
}

Test(mount, makes_the_directories_that_are_missing)
{
	AUTO_FD int root = scratch_dir();
	AUTO_FD int dir = -1;
	struct stat st;

	cr_assert_eq(mount_point(root, "/run/a/b", &dir, NULL), 0);
	cr_assert_eq(fstatat(root, "run/a/b", &st, 0), 0);
	cr_assert(S_ISDIR(st.st_mode));
	fd_done(&dir);
	cr_assert_eq(mount_point(root, "/run/a/b", &dir, NULL), 0,
		     "and takes those that are there");
}

struct path {
	char path[32];
	int want;
};

ParameterizedTestParameters(mount, refuses_the_path)
{
	static struct path rows[] = {
		{ "", -FAIL_INPUT },	    { "run/a", -FAIL_INPUT },
		{ "/", -FAIL_INPUT },	    { "/run//a", -FAIL_INPUT },
		{ "/run/a/", -FAIL_INPUT }, { "/run/../a", -FAIL_INPUT },
		{ "/./run", -FAIL_INPUT },  { "/link/a", -FAIL_SYS },
		{ "/file/a", -FAIL_SYS },   { "/file", -FAIL_SYS },
		{ "/link", -FAIL_SYS },
	};
	return cr_make_param_array(struct path, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct path *row, mount, refuses_the_path)
{
	AUTO_FD int root = scratch_dir();
	AUTO_FD int file = openat(root, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	int dir = -1;

	cr_assert_eq(symlinkat("/tmp", root, "link"), 0);
	cr_expect_eq(mount_point(root, row->path, &dir, NULL), row->want, "%s", row->path);
	cr_expect_eq(dir, -1);
}

Test(mount, refuses_a_place_where_something_is_mounted)
{
	AUTO_FD int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int dir = -1;

	cr_assert_eq(mount_point(root, "/proc", &dir, NULL), -FAIL_DENIED);
}

Test(mount, close_leaves_alone_what_is_not_the_volume)
{
	AUTO_FD int root = scratch_dir();
	struct stat st;

	cr_assert_eq(stat("/proc", &st), 0);
	cr_assert_eq(mount_close("/no/such/place", 5, 0, NULL), 0);
	cr_assert_eq(mount_close("/proc", st.st_dev + 1, 0, NULL), 0);
	cr_assert_eq(access("/proc/self", F_OK), 0);
}

Test(wait, ends_at_its_deadline)
{
	uint64_t deadline = deadline_in(60);
	int turns = 0;

	cr_assert(wait_retry(20, deadline));
	while (wait_retry(20, deadline))
		cr_assert_lt(turns++, 10);
	cr_assert_geq(clock_boot_ms(), deadline);
	cr_assert_not(wait_retry(1000, deadline));
}
