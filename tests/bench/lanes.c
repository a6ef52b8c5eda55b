/*
 * What waiting for a TEE costs its callers: the lines of sealinit-attest (attest/lanes.h) in front
 * of a device that takes 50 ms, and callers that ask again as soon as they are answered. Latency is
 * from a question's arrival to its answer; a caller alone can't wait for less than the device.
 */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attest/lanes.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"

#define DEVICE_MS    50
#define CALLERS_MOST 64
#define ASKS_MOST    40
#define PERCENT(p)   ((p) / 100.0)

struct caller {
	bool is_waiting;
	uint64_t asked_us;
	unsigned asks;
};

struct load {
	unsigned callers, asks; /* of each */
	bool are_equal;
	struct caller who[CALLERS_MOST];
	uint64_t taken_us[CALLERS_MOST * ASKS_MOST];
	size_t answers;
	struct lanes lanes;
};

static void must(bool holds, const struct err *e)
{
	if (holds)
		return;
	fprintf(stderr, "bench: %s\n", e->text);
	exit(1);
}

/* The device, as a lane's other end: one job at a time, until the pair's end. */
static void *serve(void *arg)
{
	AUTO_FD int end = *(int *)arg;
	struct err e = { 0 };

	for (;;) {
		struct ipc_msg m;
		AUTO_FD int fd = -1;

		if (ipc_recv(end, UINT64_MAX, &m, &fd, &e) < 0)
			return NULL;
		(void)poll(NULL, 0, DEVICE_MS);
		must(ipc_send(end, m.op, m.id, SPAN_EMPTY, -1, &e) == 0, &e);
	}
}

/* Equal questions are one container's, asked on many connections; the others are of as many
 * containers, none like another. */
static void ask(struct load *l, unsigned i)
{
	struct msg_evidence q = { .parts = PART_CPU, .nonce_len = LIMIT_NONCE_BYTES };
	struct ipc_msg m = { .op = MSG_EVIDENCE, .id = i, .length = sizeof(q) };
	struct err e = { 0 };
	unsigned number = l->are_equal ? 0 : i * ASKS_MOST + l->who[i].asks;

	(void)snprintf(q.caller, sizeof(q.caller), "container-%u", l->are_equal ? 0 : i);
	memcpy(q.nonce, &number, sizeof(number));
	memcpy(m.body, &q, sizeof(q));
	l->who[i].asked_us = clock_boot_us();
	l->who[i].asks++;
	l->who[i].is_waiting = true;
	must(lanes_ask(&l->lanes, &m, &e) == 0, &e);
}

static void answered(void *ctx, uint16_t op, uint32_t id, const struct ipc_msg *m, int fd,
		     const struct err *why)
{
	struct load *l = ctx;

	(void)op;
	(void)fd;
	must(m != NULL, why);
	l->who[id].is_waiting = false;
	l->taken_us[l->answers++] = clock_boot_us() - l->who[id].asked_us;
}

/* After all answers of a job are out, as a caller's next request would be read. */
static bool ask_again(struct load *l)
{
	bool is_anybody = false;

	for (unsigned i = 0; i < l->callers; i++) {
		struct caller *c = &l->who[i];

		if (!c->is_waiting && c->asks < l->asks)
			ask(l, i);
		is_anybody = is_anybody || c->is_waiting;
	}
	return is_anybody;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The smallest that is not less than `part` of all. */
static double rank_ms(const struct load *l, double part)
{
	size_t n = (size_t)(part * (double)l->answers + 0.999999);

	return (double)l->taken_us[n ? n - 1 : 0] / 1000;
}

static void print(struct load *l)
{
	qsort(l->taken_us, l->answers, sizeof(*l->taken_us), compare);
	printf("%3u caller%s, %-9s  %4zu answers, %4llu device requests  p50 %7.1f ms  "
	       "p99 %7.1f ms\n",
	       l->callers, l->callers == 1 ? " " : "s", l->are_equal ? "equal" : "different",
	       l->answers, (unsigned long long)l->lanes.lines[LANE_CPU].begun,
	       rank_ms(l, PERCENT(50)), rank_ms(l, PERCENT(99)));
}

static void measure(unsigned callers, unsigned asks, bool are_equal)
{
	static struct load l;
	struct err e = { 0 };
	pthread_t device;
	int pair[2];

	must(ipc_pair(pair, &e) == 0, &e);
	l = (struct load){ .callers = callers, .asks = asks, .are_equal = are_equal };
	l.lanes.answer = answered;
	l.lanes.ctx = &l;
	l.lanes.ends[LANE_CPU] = pair[0];
	if (pthread_create(&device, NULL, serve, &pair[1]))
		abort();
	while (ask_again(&l)) {
		struct ipc_msg m;
		AUTO_FD int fd = -1;

		must(ipc_recv(pair[0], UINT64_MAX, &m, &fd, &e) == 0, &e);
		lanes_answered(&l.lanes, LANE_CPU, &m, fd);
	}
	close(pair[0]);
	(void)pthread_join(device, NULL);
	print(&l);
}

int main(void)
{
	static const struct {
		unsigned callers, asks;
		bool are_equal;
	} rows[] = {
		{ 1, 40, true },  { 1, 40, false }, { 4, 20, true },  { 4, 20, false },
		{ 16, 20, true }, { 16, 6, false }, { 64, 3, false },
	};

	printf("lanes, a device that takes %d ms:\n", DEVICE_MS);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		measure(rows[i].callers, rows[i].asks, rows[i].are_equal);
	return 0;
}
