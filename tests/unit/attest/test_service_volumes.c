/* The volumes stage, with the test as PID 1 and as storage. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "attest/key/derive.h"
#include "attest/volumes.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/messages.h"

enum manner {
	OPENS,
	IS_OPEN,       /* already, so PID 1 answers at once   */
	STORAGE_FAILS, /* by an ipc status                    */
	STATE_FAILED,  /* by the result's own state           */
	START_FAILS,   /* PID 1 can't start it                */
	NO_PAIR,
	PAIR_TWICE,
	OTHER_VOLUME,
	OTHER_ID,
	OTHER_MESSAGE,
	SHORT_RESULT,
	SILENT,
	GONE,
};

struct init {
	int control;
	enum manner manner;
	struct msg_volume_open got; /* what storage was given */
	bool has_got;
};

static void send_result(struct init *init, uint32_t id, const char *name, uint32_t state)
{
	struct msg_volume v = { .size = 7, .state = state };

	(void)snprintf(v.name, sizeof(v.name), "%s", name);
	(void)snprintf(v.text, sizeof(v.text), "%s", state == VOLUME_FAILED ? "not ours" : "");
	(void)ipc_send(init->control, MSG_VOLUME, id,
		       span(&v, init->manner == SHORT_RESULT ? sizeof(v) - 1 : sizeof(v)), -1,
		       NULL);
}

static void give_pair(struct init *init, uint32_t id)
{
	struct ipc_msg m;
	int pair[2];
	AUTO_FD int stray = -1;

	cr_assert_eq(ipc_pair(pair, NULL), 0);
	(void)ipc_send(init->control, MSG_VOLUME_START, id, SPAN_EMPTY, pair[1], NULL);
	fd_done(&pair[1]);
	if (ipc_recv(pair[0], deadline_in(3000), &m, &stray, NULL) == 0 && m.op == MSG_VOLUME_OPEN)
		init->has_got = ipc_body(&m, &init->got, sizeof(init->got), NULL) == 0;
	fd_done(&pair[0]);
}

static void answer(struct init *init, const struct ipc_msg *question)
{
	struct msg_volume_start start;
	struct err why = { 0 };

	cr_assert_eq(ipc_body(question, &start, sizeof(start), NULL), 0);
	(void)FAIL(&why, FAIL_FORGED, "the head's tag does not match");
	switch (init->manner) {
	case SILENT:
		return;
	case GONE:
		(void)shutdown(init->control, SHUT_RDWR);
		return;
	case IS_OPEN:
		send_result(init, question->id, start.name, VOLUME_OPEN);
		return;
	case START_FAILS:
		(void)ipc_send_failure(init->control, MSG_VOLUME_START, question->id, &why, NULL);
		return;
	case NO_PAIR:
		(void)ipc_send(init->control, MSG_VOLUME_START, question->id, SPAN_EMPTY, -1, NULL);
		return;
	case OTHER_MESSAGE:
		(void)ipc_send(init->control, MSG_READY, question->id, SPAN_EMPTY, -1, NULL);
		return;
	default:
		break;
	}
	give_pair(init, question->id);
	if (init->manner == PAIR_TWICE)
		give_pair(init, question->id);
	else if (init->manner == STORAGE_FAILS)
		(void)ipc_send_failure(init->control, MSG_VOLUME, question->id, &why, NULL);
	else
		send_result(init, question->id + (init->manner == OTHER_ID),
			    init->manner == OTHER_VOLUME ? "other" : start.name,
			    init->manner == STATE_FAILED ? VOLUME_FAILED : VOLUME_OPEN);
}

static void *serve(void *arg)
{
	struct init *init = arg;
	struct ipc_msg m;

	for (;;) {
		AUTO_FD int fd = -1;

		if (ipc_recv(init->control, deadline_in(10000), &m, &fd, NULL) < 0)
			return NULL;
		answer(init, &m);
	}
}

struct row {
	int manner;
	int want;
	int has_got;
	char says[48];
};

ParameterizedTestParameters(service_volumes, opens_or_says_why_not)
{
	static struct row rows[] = {
		{ OPENS, 0, 1, "" },
		{ IS_OPEN, 0, 0, "" },
		{ STORAGE_FAILS, -FAIL_FORGED, 1, "volume data: the head's tag" },
		{ STATE_FAILED, -FAIL_SYS, 1, "volume data: not ours" },
		{ START_FAILS, -FAIL_FORGED, 0, "volume data: the head's tag" },
		{ NO_PAIR, -FAIL_INPUT, 0, "no key pair" },
		{ PAIR_TWICE, -FAIL_INPUT, 1, "twice" },
		{ OTHER_VOLUME, -FAIL_INPUT, 1, "another volume" },
		{ OTHER_ID, -FAIL_INPUT, 1, "in between" },
		{ OTHER_MESSAGE, -FAIL_INPUT, 0, "in between" },
		{ SHORT_RESULT, -FAIL_INPUT, 1, "body of" },
		{ SILENT, -FAIL_AGAIN, 0, "in time" },
		{ GONE, -FAIL_SYS, 0, "gone" },
	};
	return cr_make_param_array(struct row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct row *row, service_volumes, opens_or_says_why_not, .timeout = 20)
{
	struct config config = { .volume_count = 1,
				 .volumes = { { .name = "data",
						.device = "serial:data",
						.mount = "/mnt/data",
						.create = VOLUME_IF_BLANK,
						.uid = 1,
						.gid = 2,
						.mode = 0750 } } };
	__attribute__((cleanup(keys_done))) struct keys keys = KEYS_EMPTY;
	struct init init = { .manner = (enum manner)row->manner };
	struct volumes_way way;
	pthread_t thread;
	uint8_t root[32] = { 9 };
	char text[80] = "";
	struct err e = { 0 };
	int pair[2];

	cr_assert_eq(ipc_pair(pair, &e), 0);
	way = (struct volumes_way){ pair[0], pair[0], NULL, NULL };
	init.control = pair[1];
	cr_assert_eq(keys_make(&config, span(root, 32), span(root, 32), &keys, &e), 0);
	cr_assert_eq(pthread_create(&thread, NULL, serve, &init), 0);
	cr_expect_eq(volumes_open(&way, &config, &keys,
				  deadline_in(row->manner == SILENT ? 200 : 5000), text,
				  sizeof(text), &e),
		     row->want, "%s", e.text);
	cr_expect(strstr(e.text, row->says), "%s", e.text);
	fd_done(&pair[0]);
	pthread_join(thread, NULL);
	fd_done(&pair[1]);
	cr_expect_eq(init.has_got, row->has_got);
	if (!row->want)
		cr_expect_str_eq(text, "data");
	if (!row->has_got)
		return;
	cr_expect_str_eq(init.got.device, "serial:data");
	cr_expect_str_eq(init.got.mount, "/mnt/data");
	cr_expect_eq(init.got.create, VOLUME_IF_BLANK);
	cr_expect_eq(init.got.mode, 0750);
	cr_expect_eq(init.got.epoch, DERIVE_EPOCH);
	cr_expect_arr_eq(init.got.wrap_key, keys.volumes.at, 32);
	cr_expect_arr_eq(init.got.mac_key, keys.volumes.at + 32, 32);
}

Test(service_volumes, opens_them_in_their_order, .timeout = 20)
{
	struct config config = { .volume_count = 2,
				 .volumes = { { .name = "data" }, { .name = "logs" } } };
	__attribute__((cleanup(keys_done))) struct keys keys = KEYS_EMPTY;
	struct init init = { .manner = OPENS };
	pthread_t thread;
	uint8_t root[32] = { 9 };
	char text[80];
	struct err e = { 0 };
	int pair[2];

	cr_assert_eq(ipc_pair(pair, &e), 0);
	init.control = pair[1];
	cr_assert_eq(keys_make(&config, span(root, 32), span(root, 32), &keys, &e), 0);
	cr_assert_eq(pthread_create(&thread, NULL, serve, &init), 0);
	struct volumes_way way = { pair[0], pair[0], NULL, NULL };
	cr_assert_eq(volumes_open(&way, &config, &keys, deadline_in(5000), text, sizeof(text), &e),
		     0, "%s", e.text);
	cr_assert_str_eq(text, "data, logs");
	cr_assert_str_eq(init.got.name, "logs");
	cr_assert_arr_eq(init.got.wrap_key, keys.volumes.at + 64, 32);
	fd_done(&pair[0]);
	pthread_join(thread, NULL);
	fd_done(&pair[1]);
}
