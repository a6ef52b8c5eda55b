/*
 * sealinit: the first process of the guest. Start reading here: the table below is the way from
 * the kernel's hand-over to the first child; guest.h is what happens from then on.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/roles.h"
#include "init/guest.h"
#include "init/initdata.h"
#include "init/life.h"
#include "init/listen.h"
#include "init/lockdown.h"
#include "init/loop.h"
#include "init/memory.h"
#include "init/module.h"
#include "init/mount.h"
#include "init/power.h"
#include "init/secret_area.h"

#define REPORT_NAME "sealinit"

struct boot {
	struct guest *guest;
	int signals;
	size_t modules, refused;
	char disk[LIMIT_NAME_BYTES]; /* of the initdata, or "" */
	size_t secret_len;	     /* of the launch secret, or 0 */
};

typedef int boot_fn(struct boot *b, struct err *e);

static boot_fn boot_mounts, boot_descriptors, boot_modules, boot_file_systems, boot_lockdown,
	boot_loopback, boot_entropy, boot_initdata, boot_tsm, boot_devices, boot_secret_area,
	boot_life, boot_sockets, boot_signals;

static const struct boot_row {
	const char *name;
	boot_fn *run;
} boot_rows[] = {
	{ "mounts", boot_mounts },
	{ "descriptors", boot_descriptors },
	{ "modules", boot_modules },
	{ "file systems", boot_file_systems }, /* of those modules                      */
	{ "lockdown", boot_lockdown },	       /* no module from here on                */
	{ "loopback", boot_loopback },
	{ "entropy", boot_entropy },   /* before the first key                  */
	{ "initdata", boot_initdata }, /* found, and taken away from the others */
	{ "tsm", boot_tsm },
	{ "devices", boot_devices },	     /* of the TEE, for attest; NVIDIA's keeper */
	{ "secret area", boot_secret_area }, /* read once, and erased       */
	{ "life", boot_life },
	{ "sockets", boot_sockets }, /* the API answers from here on          */
	{ "signals", boot_signals },
};

static int boot_mounts(struct boot *b, struct err *e)
{
	(void)b;
	return mount_early(e);
}

/* Descriptors 0 to 2 are what all children get: nothing to read, the kernel's log, the console. */
static int open_as(const char *path, int flags, int number, struct err *e)
{
	AUTO_FD int fd = open(path, flags | O_NOCTTY);

	if (fd < 0)
		return FAIL_ERRNO(e, "%s: %s", path, strerror(errno));
	if (fd == number)
		(void)fd_take(&fd);
	else if (dup2(fd, number) < 0)
		return FAIL_ERRNO(e, "%s: dup2: %s", path, strerror(errno));
	return 0;
}

static int boot_descriptors(struct boot *b, struct err *e)
{
	(void)b;
	if (open_as("/dev/null", O_RDWR, STDIN_FILENO, e) < 0)
		return -(int)FAIL_SYS;
	if (open_as("/dev/kmsg", O_WRONLY, STDOUT_FILENO, e) < 0 &&
	    open_as("/dev/null", O_WRONLY, STDOUT_FILENO, e) < 0)
		return -(int)FAIL_SYS;
	if (open_as("/dev/console", O_WRONLY, STDERR_FILENO, e) < 0 &&
	    open_as("/dev/null", O_WRONLY, STDERR_FILENO, e) < 0)
		return -(int)FAIL_SYS;
	log_open("sealinit", STDOUT_FILENO);
	return 0;
}

static int boot_modules(struct boot *b, struct err *e)
{
	return modules_load(PATH_MODULES, PATH_MODULES_LIST, &b->modules, e);
}

static int boot_file_systems(struct boot *b, struct err *e)
{
	(void)b;
	return mount_late(e);
}

static int boot_lockdown(struct boot *b, struct err *e)
{
	AUTO_FD int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return FAIL_ERRNO(e, "open /: %s", strerror(errno));
	b->refused = lockdown_apply(root);
	b->guest->is_weak = b->refused != 0;
	return lockdown_no_cores(e);
}

static int boot_loopback(struct boot *b, struct err *e)
{
	(void)b;
	return lockdown_loopback(e);
}

static int boot_entropy(struct boot *b, struct err *e)
{
	(void)b;
	return lockdown_entropy(deadline_in(LIMIT_ENTROPY_MS), e);
}

/* A kernel without block devices has no /sys/block, and no initdata. */
static int boot_initdata(struct boot *b, struct err *e)
{
	AUTO_FD int disks = open("/sys/block", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD int dev = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (disks < 0 && errno == ENOENT)
		return 0;
	if (disks < 0 || dev < 0)
		return FAIL_ERRNO(e, "/sys/block or /dev: %s", strerror(errno));
	return initdata_find(disks, dev, &b->guest->initdata, b->disk, e);
}

static int boot_tsm(struct boot *b, struct err *e)
{
	AUTO_FD int tsm = open(PATH_TSM_REPORT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (tsm < 0 && errno == ENOENT)
		return 0;
	if (tsm < 0)
		return FAIL_ERRNO(e, PATH_TSM_REPORT ": %s", strerror(errno));
	return tsm_prepare(tsm, REPORT_NAME, ROLE_ATTEST_UID, &b->guest->tsm, e);
}

static int boot_devices(struct boot *b, struct err *e)
{
	AUTO_FD int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return FAIL_ERRNO(e, "open /: %s", strerror(errno));
	b->guest->gpus.has_keeper = access(PATH_GPU_KEEPER, X_OK) == 0;
	if (places_read(root, PATH_PLACES, &b->guest->places, e) < 0)
		return -(int)e->kind;
	return devices_open(root, &b->guest->places, b->guest->devices, e);
}

static int boot_secret_area(struct boot *b, struct err *e)
{
	AUTO_FD int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return FAIL_ERRNO(e, "open /: %s", strerror(errno));
	return secret_area_take(root, &b->guest->launch_secret, &b->secret_len, e);
}

static int boot_life(struct boot *b, struct err *e)
{
	b->guest->life = life_make(e);
	if (b->guest->life < 0)
		return b->guest->life;
	b->guest->eventlog = life_log_make(e);
	return b->guest->eventlog < 0 ? b->guest->eventlog : 0;
}

static int boot_sockets(struct boot *b, struct err *e)
{
	int *listen = b->guest->listen;

	if (mkdir(PATH_RUN, 0755) < 0 && errno != EEXIST)
		return FAIL_ERRNO(e, "mkdir " PATH_RUN ": %s", strerror(errno));
	if (mkdir(PATH_VOLUMES, 0755) < 0 && errno != EEXIST)
		return FAIL_ERRNO(e, "mkdir " PATH_VOLUMES ": %s", strerror(errno));
	listen[0] = listen_path(PATH_API_SOCKET, e);
	if (listen[0] < 0)
		return listen[0];
	listen[1] = listen_abstract(API_ABSTRACT_NAME, e);
	return listen[1] < 0 ? listen[1] : 0;
}

static int boot_signals(struct boot *b, struct err *e)
{
	b->signals = loop_signals(e);
	return b->signals < 0 ? b->signals : 0;
}

static int boot_all(struct boot *b, struct err *e)
{
	size_t i;

	for (i = 0; i < COUNT_OF(boot_rows); i++)
		if (boot_rows[i].run(b, e) < 0)
			return err_add(e, "%s", boot_rows[i].name);
	return 0;
}

/* "14 modules, initdata on vdb, TSM, launch secret of 48 bytes read and erased, 2 settings
 * refused" */
static void describe(const struct boot *b, char *ret, size_t size)
{
	char refused[48] = "", secret[64] = "";

	if (b->secret_len)
		(void)snprintf(secret, sizeof(secret),
			       ", launch secret of %zu bytes read and erased", b->secret_len);
	if (b->refused)
		(void)snprintf(refused, sizeof(refused), ", %zu settings refused", b->refused);
	(void)snprintf(ret, size, "%zu modules, %s%s, %s%s%s", b->modules,
		       b->disk[0] ? "initdata on " : "no initdata", b->disk,
		       b->guest->tsm >= 0 ? "TSM" : "no TSM", secret, refused);
}

static uint64_t now_us(void *ctx)
{
	(void)ctx;
	return clock_boot_us();
}

static int spawn(void *ctx, const struct command *c, struct child *ret_child, struct err *e)
{
	(void)ctx;
	return child_spawn(c, ret_child, e);
}

static int start_sync(void *ctx, struct child *ret_child, struct err *e)
{
	(void)ctx;
	return child_sync(ret_child, e);
}

static void send_signal(void *ctx, const struct child *c, int sig)
{
	(void)ctx;
	child_kill(c, sig);
}

static void log_memory(void *ctx, const char *name, pid_t pid)
{
	struct memory m;
	struct err e = { 0 };

	(void)ctx;
	if (memory_of(pid ? pid : getpid(), &m, &e) < 0)
		log_err(LOG_LEVEL_WARNING, "memory", &e);
	else
		log_info("memory %s: private dirty %llu KiB (%llu KiB without pages of the image), "
			 "proportional %llu KiB",
			 name, (unsigned long long)m.private_dirty_kib,
			 (unsigned long long)m.anonymous_kib,
			 (unsigned long long)m.proportional_kib);
}

static void end(void *ctx, const char *reason)
{
	(void)ctx;
	power_off(reason);
}

static const struct guest_ops real_ops = {
	.now_us = now_us,
	.spawn = spawn,
	.sync = start_sync,
	.kill = send_signal,
	.log_memory = log_memory,
	.power_off = end,
};

static _Noreturn void give_up(const char *stage, const struct err *e)
{
	char reason[sizeof(e->text) + 64];

	log_info("boot failed: %s: %s", stage, e->text);
	(void)snprintf(reason, sizeof(reason), "boot failed: %s: %s", stage, e->text);
	power_sync();
	power_off(reason);
}

static _Noreturn void run(void)
{
	static struct guest guest;
	struct boot boot = { .guest = &guest, .signals = -1 };
	uint64_t start_us = clock_boot_us();
	struct err e = { 0 };
	char text[160];

	log_open("sealinit", -1);
	power_guard();
	guest_init(&guest, &real_ops, start_us);
	if (boot_all(&boot, &e) < 0)
		give_up(stage_names[STAGE_BOOT], &e);
	describe(&boot, text, sizeof(text));
	guest_start(&guest, text);
	(void)loop_run(&guest, boot.signals, &e);
	give_up("guest", &e);
}

/* An ordinary process only says what it is. */
static int introduce(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		printf("usage: sealinit [--help | --version]\n"
		       "PID 1 of a confidential guest; any other process prints its version.\n");
		return 0;
	}
	if (argc > 2 || (argc == 2 && strcmp(argv[1], "--version") != 0)) {
		fprintf(stderr, "sealinit: unknown argument; try --help\n");
		return 2;
	}
	printf("sealinit %s\n", SEALINIT_VERSION);
	return 0;
}

/* Words that the kernel's command line passes on are the host's: not looked at. */
int main(int argc, char **argv)
{
	if (getpid() != 1)
		return introduce(argc, argv);
	run();
}
