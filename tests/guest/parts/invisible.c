/* The scenario of a container that looks for the processes that hold keys, and for what they guard.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "tests/guest/parts/scenarios.h"

#define PIDS_MOST 400

/* The processes that /proc shows; false after a fail() if sealinit is among them. */
static bool list_processes(bool shown[static PIDS_MOST + 1], unsigned *ret_count)
{
	DIR *dir = opendir("/proc");
	char path[300], name[64];
	unsigned count = 0;
	bool is_fine = true;

	if (!dir)
		return fail("/proc: %s", strerror(errno)) == 0;
	for (const struct dirent *d = readdir(dir); d && is_fine; d = readdir(dir)) {
		AUTO_FD int fd = -1;
		unsigned long pid = strtoul(d->d_name, NULL, 10);
		ssize_t n;

		if (pid == 0)
			continue;
		count++;
		if (pid <= PIDS_MOST)
			shown[pid] = true;
		(void)snprintf(path, sizeof(path), "/proc/%lu/comm", pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? 0 : read(fd, name, sizeof(name) - 1);
		name[n > 0 ? n : 0] = '\0';
		if (strncmp(name, "sealinit", 8) == 0)
			is_fine = fail("%s is %s", path, name) == 0;
	}
	(void)closedir(dir);
	*ret_count = count;
	return is_fine;
}

/* A signal reaches nobody whom /proc does not show. */
static bool no_signals(const bool shown[static PIDS_MOST + 1])
{
	for (pid_t pid = 1; pid <= PIDS_MOST; pid++) {
		if (shown[pid])
			continue;
		if (kill(pid, 0) == 0 || errno != ESRCH)
			return fail("process %d can be seen by kill()", (int)pid) == 0;
		if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0 || errno == EACCES)
			return fail("process %d can be seen by ptrace()", (int)pid) == 0;
	}
	return true;
}

static bool no_devices(void)
{
	static const char names[][16] = { "/dev/vd", "/dev/dm-", "/dev/loop" };
	static const char numbers[][28] = { "abcdefghijklmnopqrstuvwxyz", "0123456789",
					    "01234567" };
	static const char others[][24] = { "/dev/mem",		"/dev/kmsg", "/dev/mapper/control",
					   "/dev/loop-control", "/dev/tpm0", "/dev/sev-guest" };
	char path[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		for (const char *c = numbers[i]; *c != '\0'; c++) {
			AUTO_FD int fd = -1;

			(void)snprintf(path, sizeof(path), "%s%c", names[i], *c);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			if (fd >= 0)
				return fail("%s can be opened", path) == 0;
		}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		AUTO_FD int fd = open(others[i], O_RDONLY | O_CLOEXEC);

		if (fd >= 0)
			return fail("%s can be opened", others[i]) == 0;
	}
	if (mknod("/tmp/disk", S_IFBLK | 0600, makedev(254, 0)) == 0)
		return fail("a block device can be made") == 0;
	return true;
}

/* errno is EPERM for who has no right to ask, whatever is asked. */
static bool no_privileges(void)
{
	if (mount("none", "/tmp", "tmpfs", 0, NULL) == 0 || errno != EPERM)
		return fail("mount: %s", strerror(errno)) == 0;
	if (umount2("/run/sealinit", MNT_DETACH) == 0 || errno != EPERM)
		return fail("umount: %s", strerror(errno)) == 0;
	if (reboot(RB_DISABLE_CAD) == 0 || errno != EPERM)
		return fail("reboot: %s", strerror(errno)) == 0;
	if (syscall(SYS_init_module, "", 0, "") == 0 || (errno != EPERM && errno != ENOSYS))
		return fail("init_module: %s", strerror(errno)) == 0;
	if (setuid(0) == 0 || errno != EPERM)
		return fail("setuid: %s", strerror(errno)) == 0;
	return true;
}

int scenario_invisible(void)
{
	static bool shown[PIDS_MOST + 1];
	AUTO_BUF struct buf status = BUF_EMPTY;
	struct ending end = api_status(0, &status);
	unsigned count;

	if (!end.is_ok)
		return fail_call("status", &end);
	if (!list_processes(shown, &count))
		return 1;
	if (count == 0 || !shown[getpid()])
		return fail("/proc does not even show this process");
	say("invisible: /proc shows %u processes, none of sealinit", count);
	if (!no_signals(shown))
		return 1;
	say("invisible: kill and ptrace find nobody else up to %d", PIDS_MOST);
	if (!no_devices())
		return 1;
	say("invisible: no disk, mapping or memory device opens or can be made");
	if (!no_privileges())
		return 1;
	say("invisible: no mount, module, reboot or user 0");
	say("invisible ok");
	return 0;
}
