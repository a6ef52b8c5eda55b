#include "init/child.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

#define EXIT_NOT_STARTED 127
#define FDS_ASIDE	 64 /* above every number that a command hands out */

/*
 * CLONE_CLEAR_SIGHAND: PID 1's handlers power the machine off, which a child that crashes before
 * its exec must not do.
 */
static pid_t clone_child(uint64_t flags, int *ret_pidfd)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid > 0)
		*ret_pidfd = pidfd;
	return (pid_t)pid;
}

static int write_own(const char *path, const char *text, struct err *e)
{
	AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return FAIL_ERRNO(e, "%s: %s", path, strerror(errno));
	return 0;
}

static int set_session(struct err *e)
{
	sigset_t none;

	(void)sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return FAIL_ERRNO(e, "signal mask: %s", strerror(errno));
	if (setsid() < 0)
		return FAIL_ERRNO(e, "setsid: %s", strerror(errno));
	if (chdir("/") < 0)
		return FAIL_ERRNO(e, "chdir: %s", strerror(errno));
	return 0;
}

/* Two rounds, since a source may have the number that another one is to get. */
static int set_fds(const struct command *c, struct err *e)
{
	int aside[COMMAND_FDS];
	size_t i;

	for (i = 0; i < c->fd_count; i++) {
		aside[i] = fcntl(c->fds[i], F_DUPFD_CLOEXEC, FDS_ASIDE);
		if (aside[i] < 0)
			return FAIL_ERRNO(e, "dup %d: %s", c->fds[i], strerror(errno));
	}
	for (i = 0; i < c->fd_count; i++)
		if (dup2(aside[i], COMMAND_FIRST_FD + (int)i) < 0)
			return FAIL_ERRNO(e, "dup2: %s", strerror(errno));
	if (close_range(COMMAND_FIRST_FD + (unsigned int)c->fd_count, ~0U, 0) < 0)
		return FAIL_ERRNO(e, "close_range: %s", strerror(errno));
	return 0;
}

static int set_limit(__rlimit_resource_t what, uint64_t value, struct err *e)
{
	struct rlimit limit = { value, value };

	if (value && setrlimit(what, &limit) < 0)
		return FAIL_ERRNO(e, "rlimit %d: %s", (int)what, strerror(errno));
	return 0;
}

static int set_limits(const struct program *p, struct err *e)
{
	if (set_limit(RLIMIT_MEMLOCK, p->memlock, e) < 0 ||
	    set_limit(RLIMIT_NOFILE, p->files, e) < 0)
		return -(int)FAIL_SYS;
	return p->oom ? write_own("/proc/self/oom_score_adj", p->oom, e) : 0;
}

/* What is mounted outside appears inside, nothing the other way. The outer /proc goes before the
 * new one comes: beneath it, an unmount would bring the processes that hold keys back to view. */
static int set_payload_mounts(struct err *e)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return FAIL_ERRNO(e, "slave /: %s", strerror(errno));
	if (umount2("/proc", MNT_DETACH) < 0)
		return FAIL_ERRNO(e, "unmount /proc: %s", strerror(errno));
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return FAIL_ERRNO(e, "mount /proc: %s", strerror(errno));
	return 0;
}

static int drop_bounding(uint64_t keep, struct err *e)
{
	unsigned long cap;

	for (cap = 0; cap < 64 && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (!(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return FAIL_ERRNO(e, "drop capability %lu: %s", cap, strerror(errno));
	return 0;
}

static int set_caps(uint64_t keep, struct err *e)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct low = { (uint32_t)keep, (uint32_t)keep, (uint32_t)keep };
	struct __user_cap_data_struct high = { (uint32_t)(keep >> 32), (uint32_t)(keep >> 32),
					       (uint32_t)(keep >> 32) };
	struct __user_cap_data_struct data[2] = { low, high };
	unsigned long cap;

	if (syscall(SYS_capset, &head, data) < 0)
		return FAIL_ERRNO(e, "capset: %s", strerror(errno));
	for (cap = 0; cap < 64; cap++)
		if (keep >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return FAIL_ERRNO(e, "ambient capability %lu: %s", cap, strerror(errno));
	return 0;
}

/* The exec of a root program computes its capabilities from the bounding set. */
static int set_identity(const struct program *p, struct err *e)
{
	if (p->uid == 0)
		return 0;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return FAIL_ERRNO(e, "keepcaps: %s", strerror(errno));
	if (setgroups(0, NULL) < 0 || setresgid(p->uid, p->uid, p->uid) < 0 ||
	    setresuid(p->uid, p->uid, p->uid) < 0)
		return FAIL_ERRNO(e, "uid %u: %s", p->uid, strerror(errno));
	return set_caps(p->ambient, e);
}

static int set_privileges(const struct program *p, struct err *e)
{
	if (drop_bounding(p->bounding, e) < 0 || set_identity(p, e) < 0)
		return -(int)FAIL_SYS;
	if (!p->is_payload && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return FAIL_ERRNO(e, "no_new_privs: %s", strerror(errno));
	return 0;
}

static int set_up(const struct command *c, struct err *e)
{
	const struct program *p = c->program;

	/* The payload's output goes to the console; the kernel's log is ours. */
	if (p->is_payload) {
		log_open("sealinit", -1);
		if (set_payload_mounts(e) < 0)
			return -(int)FAIL_SYS;
		if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
			return FAIL_ERRNO(e, "dup2: %s", strerror(errno));
	}
	if (set_session(e) < 0 || set_fds(c, e) < 0 || set_limits(p, e) < 0)
		return -(int)FAIL_SYS;
	return set_privileges(p, e);
}

static _Noreturn void run(const struct command *c)
{
	const struct program *p = c->program;
	const char *path = p->path ? p->path : c->argv[0];
	struct err e = { 0 };

	if (set_up(c, &e) == 0) {
		(void)execve(path, c->argv, (char *const *)(uintptr_t)p->env);
		(void)FAIL_ERRNO(&e, "exec %s: %s", path, strerror(errno));
	}
	log_err(LOG_LEVEL_ERROR, p->name, &e);
	_exit(EXIT_NOT_STARTED);
}

int child_spawn(const struct command *c, struct child *ret_child, struct err *e)
{
	int pidfd = -1;
	pid_t pid;

	if (!c->argc)
		return FAIL(e, FAIL_BUG, "%s: no command", c->program->name);
	pid = clone_child(c->program->clone, &pidfd);
	if (pid < 0)
		return FAIL_ERRNO(e, "%s: clone: %s", c->program->name, strerror(errno));
	if (pid == 0)
		run(c);
	ret_child->pid = pid;
	ret_child->pidfd = pidfd;
	return 0;
}

int child_sync(struct child *ret_child, struct err *e)
{
	int pidfd = -1;
	pid_t pid = clone_child(0, &pidfd);

	if (pid < 0)
		return FAIL_ERRNO(e, "sync: clone: %s", strerror(errno));
	if (pid == 0) {
		sync();
		_exit(0);
	}
	ret_child->pid = pid;
	ret_child->pidfd = pidfd;
	return 0;
}

void child_kill(const struct child *c, int sig)
{
	if (c->pid && syscall(SYS_pidfd_send_signal, c->pidfd, sig, NULL, 0) < 0 && errno != ESRCH)
		log_warning("signal %d to %d: %s", sig, (int)c->pid, strerror(errno));
}

pid_t child_reap(struct ending *ret)
{
	siginfo_t info = { 0 };

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0 || !info.si_pid)
		return 0;
	ret->is_signal = info.si_code != CLD_EXITED;
	ret->number = info.si_status;
	return info.si_pid;
}
