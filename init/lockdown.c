#include "init/lockdown.h"

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"

#define SYSCTL(name) "proc/sys/" name
#define VALUE_BYTES  256

/*
 * modules_disabled and lockdown go one way only, so they come after all modules.
 *
 * ptrace_scope 3 forbids PTRACE_ATTACH and PTRACE_TRACEME alike, for root too; crun and kata-agent
 * use neither. The helper paths are emptied because the kernel runs them as root, from a file
 * system that whoever leaves a container could write.
 */
static const struct lockdown_row rows[] = {
	{ SYSCTL("kernel/core_pattern"), "", NULL },
	{ SYSCTL("kernel/core_uses_pid"), "0", NULL },
	{ SYSCTL("fs/suid_dumpable"), "0", NULL },
	{ SYSCTL("fs/protected_symlinks"), "1", NULL },
	{ SYSCTL("fs/protected_hardlinks"), "1", NULL },
	{ SYSCTL("kernel/modprobe"), "", NULL },
	{ SYSCTL("kernel/poweroff_cmd"), "", NULL },
	{ "sys/kernel/uevent_helper", "", NULL },
	{ SYSCTL("kernel/sysrq"), "0", NULL },
	{ SYSCTL("kernel/dmesg_restrict"), "1", NULL },
	{ SYSCTL("kernel/kptr_restrict"), "2", NULL },
	{ SYSCTL("kernel/perf_event_paranoid"), "3", NULL },
	{ SYSCTL("kernel/unprivileged_bpf_disabled"), "1", NULL },
	{ SYSCTL("net/core/bpf_jit_harden"), "2", NULL },
	{ SYSCTL("vm/unprivileged_userfaultfd"), "0", NULL },
	{ SYSCTL("dev/tty/ldisc_autoload"), "0", NULL },
	{ SYSCTL("kernel/randomize_va_space"), "2", NULL },
	{ SYSCTL("kernel/yama/ptrace_scope"), "3", NULL },
	{ SYSCTL("kernel/kexec_load_disabled"), "1", NULL },
	{ SYSCTL("kernel/modules_disabled"), "1", NULL },
	{ "sys/kernel/security/lockdown", "confidentiality", "[confidentiality]" },
};

const struct lockdown_row *lockdown_table(size_t *ret_count)
{
	*ret_count = COUNT_OF(rows);
	return rows;
}

static int write_value(int root, const struct lockdown_row *row, struct err *e)
{
	char line[VALUE_BYTES];
	int len = snprintf(line, sizeof(line), "%s\n", row->value);

	if (len < 0 || len >= (int)sizeof(line))
		return FAIL(e, FAIL_BUG, "%s: value too long", row->path);
	return file_write(root, row->path, span(line, (size_t)len), e);
}

/* Some files take a value and keep another (a lower bound, a switch that went one way). */
static int check_value(int root, const struct lockdown_row *row, struct err *e)
{
	AUTO_BUF struct buf got = BUF_EMPTY;
	struct span text;

	if (file_read(root, row->path, VALUE_BYTES, &got, e) < 0)
		return -(int)e->kind;
	text = buf_view(&got);
	while (text.len && text.at[text.len - 1] == '\n')
		text.len--;
	if (row->shows ? got.len && strstr((const char *)got.at, row->shows)
		       : span_is_equal(text, span_text(row->value)))
		return 0;
	return FAIL(e, FAIL_DENIED, "%s: keeps \"%.*s\"", row->path,
		    text.len > 32 ? 32 : (int)text.len, (const char *)text.at);
}

/* Absent counts as kept: what is not there allows nothing. */
static bool is_row_kept(int root, const struct lockdown_row *row, struct err *e)
{
	if (write_value(root, row, e) < 0)
		return e->sys == ENOENT;
	return check_value(root, row, e) == 0;
}

size_t lockdown_apply(int root)
{
	size_t i, refused = 0;

	for (i = 0; i < COUNT_OF(rows); i++) {
		struct err e = { 0 };

		if (is_row_kept(root, &rows[i], &e))
			continue;
		log_err(LOG_LEVEL_WARNING, "lockdown", &e);
		refused++;
	}
	return refused;
}

int lockdown_no_cores(struct err *e)
{
	struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) < 0)
		return FAIL_ERRNO(e, "RLIMIT_CORE: %s", strerror(errno));
	return 0;
}

int lockdown_loopback(struct err *e)
{
	AUTO_FD int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq lo = { .ifr_name = "lo" };

	if (sock < 0)
		return FAIL_ERRNO(e, "socket: %s", strerror(errno));
	if (ioctl(sock, SIOCGIFFLAGS, &lo) < 0)
		return FAIL_ERRNO(e, "lo: %s", strerror(errno));
	lo.ifr_flags = (short)(lo.ifr_flags | IFF_UP);
	if (ioctl(sock, SIOCSIFFLAGS, &lo) < 0)
		return FAIL_ERRNO(e, "lo up: %s", strerror(errno));
	return 0;
}

/* /dev/random becomes readable when the generator is seeded, and stays so. */
int lockdown_entropy(uint64_t deadline_ms, struct err *e)
{
	AUTO_FD int random = open("/dev/random", O_RDONLY | O_CLOEXEC);
	struct pollfd p = { .fd = random, .events = POLLIN };
	uint8_t byte;
	ssize_t n;

	if (random < 0)
		return FAIL_ERRNO(e, "open /dev/random: %s", strerror(errno));
	while ((n = getrandom(&byte, 1, GRND_NONBLOCK)) != 1) {
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return FAIL_ERRNO(e, "getrandom: %s", strerror(errno));
		n = poll(&p, 1, deadline_left(deadline_ms));
		if (n < 0 && errno != EINTR)
			return FAIL_ERRNO(e, "poll /dev/random: %s", strerror(errno));
		if (n == 0)
			return FAIL(e, FAIL_AGAIN, "the kernel's random generator is not seeded");
	}
	return 0;
}
