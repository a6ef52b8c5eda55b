#include "init/loop.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

int loop_signals(struct err *e)
{
	sigset_t set;
	int fd;

	/* Faults can't be waited for; the kernel kills whoever blocks them. */
	(void)sigfillset(&set);
	(void)sigdelset(&set, SIGSEGV);
	(void)sigdelset(&set, SIGBUS);
	(void)sigdelset(&set, SIGILL);
	(void)sigdelset(&set, SIGFPE);
	(void)sigdelset(&set, SIGABRT);
	(void)sigdelset(&set, SIGTRAP);
	(void)sigdelset(&set, SIGSYS);
	if (sigprocmask(SIG_SETMASK, &set, NULL) < 0)
		return FAIL_ERRNO(e, "signal mask: %s", strerror(errno));
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return fd < 0 ? FAIL_ERRNO(e, "signalfd: %s", strerror(errno)) : fd;
}

static void reap(struct guest *g)
{
	struct ending how;
	pid_t pid;

	while ((pid = child_reap(&how)))
		guest_ended(g, pid, how);
}

static void take_signals(struct guest *g, int signals)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(g);
		else if (info.ssi_signo == SIGINT)
			guest_stop(g, "ctrl-alt-del");
		else if (info.ssi_signo == SIGTERM)
			guest_stop(g, "SIGTERM");
		else if (info.ssi_signo == SIGPWR)
			guest_stop(g, "power failure");
	}
}

static int timeout_of(const struct guest *g)
{
	uint64_t now = guest_now_ms(g), deadline = guest_deadline(g);

	if (deadline == UINT64_MAX)
		return -1;
	if (deadline <= now)
		return 0;
	return deadline - now > INT_MAX ? INT_MAX : (int)(deadline - now);
}

/* poll() passes over the places that hold -1. */
int loop_run(struct guest *g, int signals, struct err *e)
{
	struct pollfd p[CHILD_COUNT + 1];
	enum child_slot slot;

	for (;;) {
		guest_tick(g);
		for (slot = 0; slot < CHILD_COUNT; slot++)
			p[slot] = (struct pollfd){ g->children[slot].control, POLLIN, 0 };
		p[CHILD_COUNT] = (struct pollfd){ signals, POLLIN, 0 };
		if (poll(p, CHILD_COUNT + 1, timeout_of(g)) < 0 && errno != EINTR)
			return FAIL_ERRNO(e, "poll: %s", strerror(errno));
		for (slot = 0; slot < CHILD_COUNT; slot++)
			if (p[slot].revents)
				guest_readable(g, slot);
		if (p[CHILD_COUNT].revents)
			take_signals(g, signals);
	}
}
