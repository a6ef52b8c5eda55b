#include "attest/tpm/pump.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attest/privilege.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

#define HEADER_BYTES 10
#define OFF_SIZE     2

struct pump {
	int device, end;
	uint8_t bytes[LIMIT_TPM_BYTES];
};

static void pump_done(struct pump **p)
{
	if (*p)
		fd_done(&(*p)->end);
	free(*p);
}

static bool take(int fd, uint8_t *at, size_t len)
{
	return !len || recv(fd, at, len, MSG_WAITALL) == (ssize_t)len;
}

/* False at the end of the line. */
static bool take_command(struct pump *p, size_t *ret_len)
{
	const uint8_t *size = p->bytes + OFF_SIZE;
	size_t len;

	if (!take(p->end, p->bytes, HEADER_BYTES))
		return false;
	len = (size_t)size[0] << 24 | (size_t)size[1] << 16 | (size_t)size[2] << 8 | size[3];
	if (len < HEADER_BYTES || len > sizeof(p->bytes))
		return false;
	*ret_len = len;
	return take(p->end, p->bytes + HEADER_BYTES, len - HEADER_BYTES);
}

static int serve(struct pump *p, size_t len, struct err *e)
{
	ssize_t n = write(p->device, p->bytes, len);

	if (n != (ssize_t)len)
		return FAIL_ERRNO(e, "write: %s", strerror(errno));
	n = read(p->device, p->bytes, sizeof(p->bytes));
	if (n <= 0)
		return FAIL_ERRNO(e, "read: %s", n ? strerror(errno) : "nothing");
	if (send(p->end, p->bytes, (size_t)n, MSG_NOSIGNAL) != n)
		return FAIL_ERRNO(e, "nobody takes the answer: %s", strerror(errno));
	return 0;
}

/* An attest that was killed between its write and its read; the kernel takes no command before that
 * answer is read. Its write has ended before it did. */
static void throw_away(struct pump *p)
{
	while (read(p->device, p->bytes, sizeof(p->bytes)) > 0)
		continue;
}

static void *run(void *arg)
{
	__attribute__((cleanup(pump_done))) struct pump *p = arg;
	struct err e = { 0 };
	size_t len;
	int failed = privilege_drop(&e);

	if (!failed)
		throw_away(p);
	while (!failed && take_command(p, &len))
		failed = serve(p, len, &e);
	if (failed)
		log_err(LOG_LEVEL_WARNING, "TPM device", &e);
	return NULL;
}

int pump_start(int device, struct err *e)
{
	__attribute__((cleanup(pump_done))) struct pump *p = malloc(sizeof(*p));
	AUTO_FD int ours = -1;
	pthread_t thread;
	int pair[2];

	if (!p)
		return FAIL_ERRNO(e, "TPM device: no memory");
	p->device = device;
	p->end = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return FAIL_ERRNO(e, "TPM device: socket: %s", strerror(errno));
	ours = pair[0];
	p->end = pair[1];
	errno = pthread_create(&thread, NULL, run, p);
	if (errno)
		return FAIL_ERRNO(e, "TPM device: thread: %s", strerror(errno));
	p = NULL;
	(void)pthread_detach(thread);
	return fd_take(&ours);
}
