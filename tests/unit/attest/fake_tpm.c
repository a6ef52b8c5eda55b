#include "tests/unit/attest/fake_tpm.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "tests/support/scratch.h"

#define SWTPM	     "/usr/bin/swtpm"
#define HEADER_BYTES 10

static pid_t swtpm;

static _Noreturn void become_swtpm(int fd)
{
	char state[300], line[32];

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)fcntl(fd, F_SETFD, 0);
	(void)dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
	(void)snprintf(state, sizeof(state), "dir=%s", scratch_path());
	(void)snprintf(line, sizeof(line), "%d", fd);
	(void)execl(SWTPM, "swtpm", "socket", "--tpm2", "--tpmstate", state, "--fd", line,
		    "--flags", "not-need-init,startup-clear", NULL);
	_exit(127);
}

int swtpm_start(void)
{
	int pair[2];

	if (access(SWTPM, X_OK) < 0)
		cr_skip_test("swtpm is not installed");
	if (!scratch_path())
		(void)close(scratch_dir());
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	swtpm = fork();
	cr_assert_geq(swtpm, 0);
	if (!swtpm)
		become_swtpm(pair[1]);
	(void)close(pair[1]);
	return pair[0];
}

void swtpm_stop(int *line)
{
	fd_done(line);
	cr_assert_eq(waitpid(swtpm, NULL, 0), swtpm);
}

/* --- Between ---------------------------------------------------------------------------------- */

static uint32_t read_u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static bool take(int fd, uint8_t *at, size_t *ret_len)
{
	size_t rest;

	if (recv(fd, at, HEADER_BYTES, MSG_WAITALL) != HEADER_BYTES)
		return false;
	rest = read_u32(at + 2) - HEADER_BYTES;
	if (rest > FAKE_TPM_BYTES - HEADER_BYTES)
		return false;
	*ret_len = HEADER_BYTES + rest;
	return !rest || recv(fd, at + HEADER_BYTES, rest, MSG_WAITALL) == (ssize_t)rest;
}

static void listen_for_secret(struct fake_tpm *f, const uint8_t *bytes, size_t len)
{
	if (f->secret && memmem(bytes, len, f->secret, TPM_SHA256_BYTES))
		atomic_store(&f->is_told, true);
}

static bool ask_real(struct fake_tpm *f, const uint8_t *command, size_t len, uint8_t *answer,
		     size_t *ret_len)
{
	if (f->real < 0)
		return false;
	return send(f->real, command, len, MSG_NOSIGNAL) == (ssize_t)len &&
	       take(f->real, answer, ret_len);
}

static void *stand_between(void *arg)
{
	struct fake_tpm *f = arg;
	uint8_t command[FAKE_TPM_BYTES], answer[FAKE_TPM_BYTES];
	size_t len, answer_len = 0;
	int end = f->end;

	while (take(end, command, &len)) {
		uint32_t code = read_u32(command + 6);

		atomic_fetch_add(&f->asked, 1);
		listen_for_secret(f, command, len);
		if (!f->instead || !f->instead(f, code, answer, &answer_len)) {
			if (!ask_real(f, command, len, answer, &answer_len))
				break;
			if (f->tamper)
				f->tamper(f, code, answer, &answer_len);
		}
		listen_for_secret(f, answer, answer_len);
		if (answer_len)
			(void)send(end, answer, answer_len, MSG_NOSIGNAL);
	}
	(void)shutdown(end, SHUT_RDWR);
	return NULL;
}

int fake_tpm_line(struct fake_tpm *f)
{
	pthread_t thread;
	int pair[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	f->end = pair[1];
	cr_assert_eq(pthread_create(&thread, NULL, stand_between, f), 0);
	(void)pthread_detach(thread);
	return pair[0];
}

void fake_tpm_code(uint32_t code, uint8_t *answer, size_t *len)
{
	const uint8_t bytes[HEADER_BYTES] = { 0x80,
					      0x01,
					      0,
					      0,
					      0,
					      HEADER_BYTES,
					      (uint8_t)(code >> 24),
					      (uint8_t)(code >> 16),
					      (uint8_t)(code >> 8),
					      (uint8_t)code };

	memcpy(answer, bytes, sizeof(bytes));
	*len = sizeof(bytes);
}
