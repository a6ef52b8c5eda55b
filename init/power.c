#include "init/power.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "init/child.h"

#define FAULT_STACK_BYTES (64 * 1024)

static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS };

void power_sync(void)
{
	struct child child = CHILD_NONE;
	struct pollfd p = { .events = POLLIN };

	if (child_sync(&child, NULL) < 0)
		return;
	p.fd = child.pidfd;
	(void)poll(&p, 1, LIMIT_SYNC_MS);
}

/* Without a way to cut the power the kernel halts; a restart ends a guest as well. */
static _Noreturn void cut(void)
{
	(void)reboot(RB_POWER_OFF);
	(void)reboot(RB_AUTOBOOT);
	for (;;)
		(void)pause();
}

_Noreturn void power_off(const char *reason)
{
	log_info("power off: %s", reason);
	cut();
}

/* Only what may be called in a signal handler: the log isn't. */
static void on_fault(int sig)
{
	static char line[] = "<2>sealinit: power off: PID 1 caught signal 00\n";
	const size_t mark = 3, len = sizeof(line) - 1;
	ssize_t ignored;

	line[len - 3] = (char)('0' + sig / 10 % 10);
	line[len - 2] = (char)('0' + sig % 10);
	ignored = write(STDOUT_FILENO, line, len);
	ignored = write(STDERR_FILENO, line + mark, len - mark);
	(void)ignored;
	power_sync();
	cut();
}

void power_guard(void)
{
	static char stack[FAULT_STACK_BYTES];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_ONSTACK };
	size_t i;

	(void)sigfillset(&action.sa_mask);
	(void)sigaltstack(&alternate, NULL);
	for (i = 0; i < COUNT_OF(faults); i++)
		(void)sigaction(faults[i], &action, NULL);
	(void)reboot(RB_DISABLE_CAD);
}
