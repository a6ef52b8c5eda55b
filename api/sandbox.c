#include "api/sandbox.h"

#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

/* Nothing that opens, connects, starts or traces; memory never becomes executable (below). */
static const int allowed[] = {
	/* sockets of tenants and programs */
	SCMP_SYS(accept4),
	SCMP_SYS(read),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(write),
	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	SCMP_SYS(shutdown),
	SCMP_SYS(close),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	/* libevent */
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(getpid),
	/* sealed memfds, modules_disabled */
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(pread64),
	/* memory */
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(mlock),
	SCMP_SYS(munlock),
	/* the generator, locks of libcrypto, the end */
	SCMP_SYS(getrandom),
	SCMP_SYS(futex),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(gettid),
	SCMP_SYS(tgkill),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* It can't be switched off: a signal of the filter that is blocked kills. */
static void on_violation(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	log_error("seccomp: system call %d is not allowed here", info->si_syscall);
	/* Not _exit(): nothing that wraps it may come between. */
	(void)syscall(SYS_exit_group, SANDBOX_EXIT);
}

static int catch_violations(struct err *e)
{
	struct sigaction action = { .sa_sigaction = on_violation, .sa_flags = SA_SIGINFO };

	if (sigaction(SIGSYS, &action, NULL) < 0)
		return FAIL_ERRNO(e, "SIGSYS: %s", strerror(errno));
	return 0;
}

static int add_rules(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp no_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	int failed = 0;

	for (size_t i = 0; i < COUNT_OF(allowed) && !failed; i++)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, no_exec);
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_exec);
	/* fcntl asks for seals; sockets come from accept4() as they should be. */
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
					  SCMP_A1(SCMP_CMP_EQ, 1034 /* F_GET_SEALS */));
	return failed;
}

int sandbox_enter(struct err *e)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	int failed;

	if (!filter)
		return FAIL(e, FAIL_SYS, "seccomp: no filter");
	failed = catch_violations(e);
	/* A call of another architecture is no mistake of ours: there the process just ends. */
	if (!failed)
		failed = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (!failed)
		failed = add_rules(filter);
	if (!failed)
		failed = seccomp_load(filter);
	seccomp_release(filter);
	if (failed)
		return err_set(e, FAIL_SYS, failed < 0 ? -failed : 0, __func__, "seccomp: %s",
			       strerror(-failed));
	return 0;
}
