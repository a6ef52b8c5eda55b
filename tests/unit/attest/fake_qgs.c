#include "tests/unit/attest/fake_qgs.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

static void put32(uint8_t *at, size_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

void fake_qgs_put(struct fake_qgs *f, size_t id_len, const void *quote, size_t len)
{
	size_t all = 24 + id_len + len;
	uint8_t *m = f->bytes + 4;

	cr_assert_leq(4 + all, sizeof(f->bytes));
	memset(f->bytes, 0, 4 + all);
	for (int i = 0; i < 4; i++)
		f->bytes[i] = (uint8_t)(all >> 8 * (3 - i));
	put32(m, 1);
	put32(m + 4, 1);
	put32(m + 8, all);
	put32(m + 16, id_len);
	put32(m + 20, len);
	memset(m + 24, 0x1d, id_len);
	memcpy(m + 24 + id_len, quote, len);
	f->len = 4 + all;
}

static void read_question(struct fake_qgs *f, int fd)
{
	while (f->request_len < FAKE_QGS_REQUEST_BYTES) {
		ssize_t n =
			read(fd, f->request + f->request_len, sizeof(f->request) - f->request_len);

		if (n <= 0)
			return;
		f->request_len += (size_t)n;
	}
}

static void send_answer(struct fake_qgs *f, int fd)
{
	size_t step = f->trickle_ms ? 1 : f->len;

	for (size_t at = 0; at < f->len; at += step) {
		if (send(fd, f->bytes + at, step, MSG_NOSIGNAL) != (ssize_t)step)
			return;
		if (f->trickle_ms)
			(void)poll(NULL, 0, f->trickle_ms);
	}
}

static void *serve(void *arg)
{
	struct fake_qgs *f = arg;
	AUTO_FD int fd = fd_take(&f->end);
	uint8_t byte;

	if (!f->is_hasty)
		read_question(f, fd);
	if (f->answer)
		f->answer(f);
	send_answer(f, fd);
	/* Until the other side has had enough. */
	while (f->is_silent && read(fd, &byte, 1) > 0)
		;
	return NULL;
}

void fake_qgs_done(struct fake_qgs *f)
{
	if (f->is_served)
		(void)pthread_join(f->thread, NULL);
	f->is_served = false;
}

int fake_qgs_connect(void *fake, uint64_t deadline_ms, struct err *e)
{
	struct fake_qgs *f = fake;
	int pair[2];

	(void)deadline_ms;
	f->connections++;
	if (f->is_refused)
		return err_set(e, FAIL_AGAIN, ECONNRESET, __func__, "refused");
	fake_qgs_done(f);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	cr_assert_eq(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	f->end = pair[1];
	f->request_len = 0;
	cr_assert_eq(pthread_create(&f->thread, NULL, serve, f), 0);
	f->is_served = true;
	return pair[0];
}
