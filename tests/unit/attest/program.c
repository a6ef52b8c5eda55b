#include "tests/unit/attest/program.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/messages.h"

static void *run_loop(void *arg)
{
	struct program *p = arg;

	p->ended = service_run(&p->service, &p->e);
	return NULL;
}

int program_new_api(int *ret_ours)
{
	int pair[2];

	cr_assert_eq(ipc_pair(pair, NULL), 0);
	*ret_ours = pair[0];
	return pair[1];
}

void program_start(struct program *p, const char *json, int *ret_work)
{
	*p = (struct program){ .ended = 1 };
	fake_boot_init(&p->fake, json);
	p->service = (struct service){ .control = p->fake.boot.control,
				       .seal_keys = &p->fake.boot.keys.seal,
				       .policy = &p->fake.boot.policy };
	p->api = program_new_api(&p->service.api);
	for (int i = 0; i < LANE_COUNT; i++) {
		int pair[2];

		cr_assert_eq(ipc_pair(pair, NULL), 0);
		p->service.lanes.ends[i] = pair[0];
		if (i == LANE_BROKER)
			p->fake.boot.answers = pair[1];
		if (i == LANE_BROKER && ret_work)
			*ret_work = pair[1];
		else
			cr_assert_eq(worker_start(&p->workers[i], (enum lane)i, &p->fake.boot,
						  pair[1], &p->e),
				     0);
	}
	cr_assert_eq(pthread_create(&p->thread, NULL, run_loop, p), 0);
}

static void stop_lanes(struct program *p)
{
	for (int i = 0; i < LANE_COUNT; i++) {
		fd_done(&p->service.lanes.ends[i]);
		if (p->workers[i].boot)
			pthread_join(p->workers[i].thread, NULL);
	}
}

void program_wait_for_end(struct program *p)
{
	pthread_join(p->thread, NULL);
	stop_lanes(p);
	service_done(&p->service);
	fd_done(&p->api);
	fake_boot_done(&p->fake);
}

void program_stop(struct program *p)
{
	(void)ipc_send(p->fake.init, MSG_STOP, 0, SPAN_EMPTY, -1, NULL);
	program_wait_for_end(p);
}

void program_wait_for_ready(struct program *p)
{
	struct ipc_msg m;
	AUTO_FD int fd = -1;
	struct err e = { 0 };

	do {
		fd_done(&fd);
		cr_assert_eq(ipc_recv(p->fake.init, deadline_in(5000), &m, &fd, &e), 0, "%s",
			     e.text);
		cr_assert_neq(m.op, MSG_FAILED, "%.*s", 164, (char *)m.body + 8);
	} while (m.op != MSG_READY);
}

struct ipc_msg program_ask(int api, uint16_t op, const void *body, size_t len, int *ret_fd)
{
	static uint32_t id = 40;
	struct ipc_msg m;
	AUTO_FD int fd = -1;
	struct err e = { 0 };

	cr_assert_eq(ipc_send(api, op, ++id, span(body, len), -1, &e), 0, "%s", e.text);
	cr_assert_eq(ipc_recv(api, deadline_in(5000), &m, &fd, &e), 0, "%s", e.text);
	cr_assert_eq(m.op, op);
	cr_assert_eq(m.id, id);
	if (ret_fd)
		*ret_fd = fd_take(&fd);
	return m;
}

struct ipc_msg program_ask_until_ready(int api, uint16_t op, const void *body, size_t len,
				       int *ret_fd)
{
	struct ipc_msg m;

	do
		m = program_ask(api, op, body, len, ret_fd);
	while (m.status == FAIL_AGAIN && !strncmp((char *)m.body, "still attesting", 15));
	return m;
}
