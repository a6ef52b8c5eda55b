/*
 * Stands in for sealinit-attest and sealinit-api in the test image, and becomes the real program,
 * which lies beside it as NAME.real. Before that it leaves a helper behind, which ends the program
 * as a crash would when anybody sends a datagram to the abstract socket @test-kill-attest or
 * @test-kill-api. Where the kernel's command line says tpm.extend=8, attest finds that PCR
 * extended.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/roles.h"

#define PREFIX	    "sealinit-"
#define TAKEOVER_MS 5000 /* an earlier helper sees its program's end and goes */
#define EXIT_EXEC   127

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* An earlier helper of this name may be on its way out: its name is free when it has gone. */
static int bind_name(const char *program, struct err *e)
{
	AUTO_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const uint64_t deadline = deadline_in(TAKEOVER_MS);
	int n = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "test-kill-%s",
			 program + strlen(PREFIX));
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);

	if (fd < 0)
		return FAIL_ERRNO(e, "socket: %s", strerror(errno));
	while (bind(fd, (const struct sockaddr *)&address, len) < 0) {
		if (errno != EADDRINUSE || deadline_left(deadline) == 0)
			return FAIL_ERRNO(e, "@%s: %s", address.sun_path + 1, strerror(errno));
		(void)poll(NULL, 0, 5);
	}
	return fd_take(&fd);
}

/* Nothing that the program was given may live on in here: peers wait for its end. */
static void keep_only(int fds[static 2])
{
	const int low = fds[0] < fds[1] ? 0 : 1;

	if (fds[low] > 0)
		(void)close_range(0, (unsigned)fds[low] - 1, 0);
	(void)close_range((unsigned)fds[low] + 1, (unsigned)fds[!low] - 1, 0);
	(void)close_range((unsigned)fds[!low] + 1, ~0U, 0);
}

/* Until a datagram comes, or the program has ended by itself. */
static _Noreturn void help(int sock, int program)
{
	struct pollfd p[2] = { { .fd = sock, .events = POLLIN },
			       { .fd = program, .events = POLLIN } };

	keep_only((int[2]){ sock, program });
	while (poll(p, 2, -1) < 0 && errno == EINTR)
		continue;
	if (!(p[1].revents & POLLIN) && p[0].revents & POLLIN)
		(void)syscall(SYS_pidfd_send_signal, program, SIGKILL, NULL, 0);
	_exit(0);
}

static int leave_helper(const char *program, struct err *e)
{
	AUTO_FD int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	AUTO_FD int sock = -1;
	pid_t pid;

	if (self < 0)
		return FAIL_ERRNO(e, "pidfd_open: %s", strerror(errno));
	sock = bind_name(program, e);
	if (sock < 0)
		return sock;
	pid = fork();
	if (pid < 0)
		return FAIL_ERRNO(e, "fork: %s", strerror(errno));
	if (pid == 0)
		help(sock, self);
	return 0;
}

static bool is_asked_to_extend(void)
{
	AUTO_FD int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	char text[4096] = "";

	return fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && strstr(text, "tpm.extend=8");
}

/* TPM2_PCR_Extend of PCR 8 by 32 bytes, authorized by an empty password. */
static int extend(int tpm, struct err *e)
{
	static const uint8_t command[65] = { 0x80, 0x02, 0, 0, 0, 65, 0,    0, 0x01, 0x82, 0, 0,
					     0,	   8,	 0, 0, 0, 9,  0x40, 0, 0,    9,	   0, 0,
					     0,	   0,	 0, 0, 0, 0,  1,    0, 0x0b, 's' };
	uint8_t answer[4096];

	if (write(tpm, command, sizeof(command)) != sizeof(command) ||
	    read(tpm, answer, sizeof(answer)) < 10 || memcmp(answer + 6, "\0\0\0", 4) != 0)
		return FAIL_ERRNO(e, "PCR 8 can't be extended: %s", strerror(errno));
	return 0;
}

static int extend_first(char *argv[], struct err *e)
{
	for (; *argv; argv++)
		if (!strcmp(*argv, "--tpm") && argv[1] && is_asked_to_extend())
			return extend((int)strtol(argv[1], NULL, 10), e);
	return 0;
}

int main(int argc, char *argv[])
{
	const char *program = argc > 0 ? base_name(argv[0]) : "";
	struct err e = { 0 };
	char path[256];

	log_open("crash", -1);
	if (strncmp(program, PREFIX, strlen(PREFIX)) != 0) {
		log_error("'%s' is not a program of sealinit", program);
		return EXIT_EXEC;
	}
	/* Without its helper the program runs as ever; the test that needs it says so. */
	if (leave_helper(program, &e) < 0)
		log_err(LOG_LEVEL_WARNING, program, &e);

	if (extend_first(argv, &e) < 0)
		log_err(LOG_LEVEL_ERROR, program, &e);

	(void)snprintf(path, sizeof(path), PATH_LIB "/%s.real", program);
	(void)execv(path, argv);
	log_error("exec %s: %s", path, strerror(errno));
	return EXIT_EXEC;
}
