/* The main loop and the lanes, with the test as PID 1 and as the API. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attest/evidence/probe.h"
#include "attest/options.h"
#include "attest/questions.h"
#include "attest/service.h"
#include "attest/work.h"
#include "base/b64.h"
#include "base/binding.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/json.h"
#include "base/messages.h"
#include "tests/unit/attest/fake_boot.h"

/* Everything that a program would be: loop, lanes, and the ends of the others. */
struct program {
	struct fake_boot fake;
	struct service service;
	struct worker workers[LANE_COUNT];
	struct err e;
	pthread_t thread;
	int api; /* the test's end */
	int ended;
};

static void *run_loop(void *arg)
{
	struct program *p = arg;

	p->ended = service_run(&p->service, &p->e);
	return NULL;
}

static int new_api(int *ret_ours)
{
	int pair[2];

	cr_assert_eq(ipc_pair(pair, NULL), 0);
	*ret_ours = pair[0];
	return pair[1];
}

/* With lanes that boot and answer; or with the test as the broker's, at the other end of its pair.
 */
static void start(struct program *p, const char *json, int *ret_work)
{
	*p = (struct program){ .ended = 1 };
	fake_boot_init(&p->fake, json);
	p->service = (struct service){ .control = p->fake.boot.control,
				       .seal_keys = &p->fake.boot.keys.seal,
				       .policy = &p->fake.boot.policy };
	p->api = new_api(&p->service.api);
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

/* Once: of a loop that was told to end, or ends by itself. */
static void wait_for_end(struct program *p)
{
	pthread_join(p->thread, NULL);
	stop_lanes(p);
	service_done(&p->service);
	fd_done(&p->api);
	fake_boot_done(&p->fake);
}

static void stop(struct program *p)
{
	(void)ipc_send(p->fake.init, MSG_STOP, 0, SPAN_EMPTY, -1, NULL);
	wait_for_end(p);
}

static void wait_for_ready(struct program *p)
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

static struct ipc_msg ask(int api, uint16_t op, const void *body, size_t len, int *ret_fd)
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

/* MSG_READY reaches the test before the worker's word reaches the loop. */
static struct ipc_msg ask_until_ready(int api, uint16_t op, const void *body, size_t len,
				      int *ret_fd)
{
	struct ipc_msg m;

	do
		m = ask(api, op, body, len, ret_fd);
	while (m.status == FAIL_AGAIN && !strncmp((char *)m.body, "still attesting", 15));
	return m;
}

#define WITH_BROKER "{\"version\":1," FAKE_BROKER "}"

Test(service, gives_sealing_keys_when_booted, .timeout = 20)
{
	struct program p;
	struct ipc_msg m;
	struct msg_seal_keys keys;

	start(&p, WITH_BROKER, NULL);
	wait_for_ready(&p);
	m = ask_until_ready(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(m.status, 0);
	cr_assert_eq(ipc_body(&m, &keys, sizeof(keys), NULL), 0);
	cr_assert_eq(keys.count, 3);
	cr_assert_arr_eq(&keys, p.fake.boot.keys.seal.at, sizeof(keys));
	stop(&p);
	cr_assert_eq(p.ended, 0);
}

Test(service, gives_evidence_over_a_nonce, .timeout = 20)
{
	struct msg_evidence q = { .caller = "guest", .nonce_len = 5, .nonce = "nonce" };
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_FD int fd = -1;
	struct program p;
	struct ipc_msg m;

	start(&p, WITH_BROKER, NULL);
	wait_for_ready(&p);
	m = ask_until_ready(p.api, MSG_EVIDENCE, &q, sizeof(q), &fd);
	cr_assert_eq(m.status, 0, "%s", (char *)m.body);
	cr_assert_eq(fd_unseal_bytes(fd, 4096, &text, NULL), 0, "a sealed memfd");
	/* The report data is that of test_derive.c, in base64 (python). */
	cr_assert_str_eq(
		(char *)text.at,
		"{\"tee\":\"sample\",\"evidence\":{\"svn\":\"1\",\"report_data\":"
		"\"QFN+5mX73W69aFJhqSI4EMEi9Kd9uGvwvLK3xTAN0lLzfjCNiAy7V7AqOx/nt4cdiXy1uHfg"
		"CrHd97JuCP0mbQ==\"},\"report_data\":"
		"\"QFN+5mX73W69aFJhqSI4EMEi9Kd9uGvwvLK3xTAN0lLzfjCNiAy7V7AqOx/nt4cdiXy1uHfg"
		"CrHd97JuCP0mbQ==\",\"nonce\":\"bm9uY2U=\",\"caller\":\"guest\"}");
	stop(&p);
}

Test(service, gives_secrets_but_never_the_root, .timeout = 20)
{
	struct msg_secret q = { .path = "default/app/token" }, root = { .path = FAKE_ROOT };
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	AUTO_FD int fd = -1;
	struct program p;
	struct ipc_msg m;

	start(&p, WITH_BROKER, NULL);
	wait_for_ready(&p);
	m = ask_until_ready(p.api, MSG_SECRET, &q, sizeof(q), &fd);
	cr_assert_eq(m.status, 0, "%s", (char *)m.body);
	cr_assert_eq(fd_unseal_bytes(fd, 4096, &bytes, NULL), 0);
	cr_assert_eq(bytes.len, 32);
	cr_assert_str_eq(fake_world.fetched, "default/app/token");
	m = ask(p.api, MSG_SECRET, &root, sizeof(root), NULL);
	cr_assert_eq(m.status, FAIL_DENIED);
	cr_assert_str_eq(fake_world.fetched, "default/app/token", "not even asked for");
	stop(&p);
}

struct question {
	int op;
	size_t len; /* of the body */
	char path[64];
	int fetch, fetch_sys;
	int want;
	char says[48];
};

ParameterizedTestParameters(service, refuses_questions)
{
	static struct question rows[] = {
		{ MSG_SECRET, sizeof(struct msg_secret), "a/b", 0, 0, FAIL_INPUT,
		  "repository/type/tag" },
		{ MSG_SECRET, sizeof(struct msg_secret), "a/../c", 0, 0, FAIL_INPUT, "repository" },
		{ MSG_SECRET, sizeof(struct msg_secret), "", 0, 0, FAIL_INPUT, "repository" },
		{ MSG_SECRET, sizeof(struct msg_secret) - 1, "a/b/c", 0, 0, FAIL_INPUT, "body of" },
		{ MSG_SECRET, 0, "", 0, 0, FAIL_INPUT, "body of" },
		{ MSG_SECRET, sizeof(struct msg_secret), "a/b/c", FAIL_DENIED, ENOENT, FAIL_DENIED,
		  "missing: the broker says" },
		{ MSG_SECRET, sizeof(struct msg_secret), "a/b/c", FAIL_DENIED, EACCES, FAIL_DENIED,
		  "the broker says" },
		{ MSG_SECRET, sizeof(struct msg_secret), "a/b/c", FAIL_AGAIN, 0, FAIL_AGAIN,
		  "says" },
		{ MSG_EVIDENCE, sizeof(struct msg_evidence), "guest", 0, 0, FAIL_INPUT, "1 .. 64" },
		{ MSG_EVIDENCE, 12, "", 0, 0, FAIL_INPUT, "body of" },
		{ MSG_SEAL_KEYS, 4, "", 0, 0, FAIL_INPUT, "no body" },
		{ MSG_VOLUME_OPEN, 0, "", 0, 0, FAIL_INPUT, "not known" },
		{ MSG_STOP, 0, "", 0, 0, FAIL_INPUT, "not known" },
		{ MSG_PEER, 0, "", 0, 0, FAIL_INPUT, "not known" },
		{ WORK_BOOTED, 0, "", 0, 0, FAIL_INPUT, "not known" },
	};
	return cr_make_param_array(struct question, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct question *row, service, refuses_questions, .timeout = 20)
{
	uint8_t body[512] = { 0 };
	struct program p;
	struct ipc_msg m;

	memcpy(body, row->path, sizeof(row->path));
	start(&p, WITH_BROKER, NULL);
	wait_for_ready(&p);
	fake_world.fetch_fails = row->fetch;
	fake_world.fetch_sys = row->fetch_sys;
	do
		m = ask(p.api, (uint16_t)row->op, body, row->len, NULL);
	while (m.status == FAIL_AGAIN && !strncmp((char *)m.body, "still", 5));
	cr_expect_eq((int)m.status, row->want);
	cr_expect(strstr((char *)m.body, row->says), "%.*s", (int)m.length, (char *)m.body);
	stop(&p);
	cr_expect_eq(p.ended, 0, "and nothing of it ended the loop");
}

Test(service, without_a_broker_there_are_no_secrets, .timeout = 20)
{
	struct msg_secret q = { .path = "a/b/c" };
	struct program p;
	struct ipc_msg m;

	start(&p, "{\"version\":1,\"tee\":\"sample\"}", NULL);
	wait_for_ready(&p);
	m = ask_until_ready(p.api, MSG_SECRET, &q, sizeof(q), NULL);
	cr_assert_eq(m.status, FAIL_DENIED);
	stop(&p);
}

struct early {
	int op;
	size_t len;
};

ParameterizedTestParameters(service, says_again_while_it_attests)
{
	static struct early rows[] = { { MSG_SEAL_KEYS, 0 },
				       { MSG_EVIDENCE, sizeof(struct msg_evidence) },
				       { MSG_SECRET, sizeof(struct msg_secret) } };
	return cr_make_param_array(struct early, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct early *row, service, says_again_while_it_attests, .timeout = 20)
{
	static const uint8_t body[512];
	struct program p;
	AUTO_FD int work = -1;
	struct ipc_msg m;

	start(&p, WITH_BROKER, &work);
	m = ask(p.api, (uint16_t)row->op, body, row->len, NULL);
	cr_expect_eq(m.status, FAIL_AGAIN);
	stop(&p);
	cr_expect_eq(p.ended, 0);
}

Test(service, takes_a_new_service_pair_at_any_time, .timeout = 20)
{
	struct program p;
	AUTO_FD int work = -1, again = -1;
	struct ipc_msg m;
	int end, theirs;

	start(&p, WITH_BROKER, &work);
	theirs = new_api(&end);
	again = theirs;
	cr_assert_eq(ipc_send(p.fake.init, MSG_PEER, 0, SPAN_EMPTY, end, NULL), 0);
	fd_done(&end);
	m = ask(again, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(m.status, FAIL_AGAIN);
	/* The old one is closed. */
	cr_assert_eq(ipc_recv(p.api, deadline_in(2000), &m, &end, NULL), -FAIL_SYS);
	stop(&p);
}

Test(service, an_api_that_died_does_not_end_it, .timeout = 20)
{
	struct program p;
	AUTO_FD int work = -1, again = -1;
	struct ipc_msg m;
	int end;

	start(&p, WITH_BROKER, &work);
	fd_done(&p.api);
	again = new_api(&end);
	cr_assert_eq(ipc_send(p.fake.init, MSG_PEER, 0, SPAN_EMPTY, end, NULL), 0);
	fd_done(&end);
	m = ask(again, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(m.status, FAIL_AGAIN);
	stop(&p);
	cr_assert_eq(p.ended, 0);
}

static void boot_by_hand(struct program *p, int work)
{
	struct msg_seal_keys keys = { .count = 1 };

	cr_assert_eq(secret_copy(&p->fake.boot.keys.seal, span(&keys, sizeof(keys)), NULL), 0);
	cr_assert_eq(ipc_send(work, WORK_BOOTED, 0, SPAN_EMPTY, -1, NULL), 0);
}

static struct ipc_msg next_job(int work)
{
	struct ipc_msg m;
	struct err e = { 0 };

	cr_assert_eq(ipc_recv(work, deadline_in(2000), &m, &(int){ -1 }, &e), 0, "%s", e.text);
	return m;
}

Test(service, an_answer_goes_to_whom_asked_and_to_nobody_else, .timeout = 20)
{
	struct msg_secret q = { .path = "a/b/c" };
	struct program p;
	AUTO_FD int work = -1, again = -1;
	struct ipc_msg job, m;
	int end;

	start(&p, WITH_BROKER, &work);
	boot_by_hand(&p, work);
	(void)ask_until_ready(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(ipc_send(p.api, MSG_SECRET, 7, span(&q, sizeof(q)), -1, NULL), 0);
	job = next_job(work);
	again = new_api(&end);
	cr_assert_eq(ipc_send(p.fake.init, MSG_PEER, 0, SPAN_EMPTY, end, NULL), 0);
	fd_done(&end);
	(void)ask(again, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(ipc_send(work, MSG_SECRET, job.id, SPAN_EMPTY, -1, NULL), 0);
	m = ask(again, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(m.op, MSG_SEAL_KEYS, "nothing in between");
	stop(&p);
}

static void ask_secret(struct program *p, uint32_t id, uint32_t which)
{
	struct msg_secret q = { .path = "" };

	(void)snprintf(q.path, sizeof(q.path), "a/b/%u", which);
	cr_assert_eq(ipc_send(p->api, MSG_SECRET, id, span(&q, sizeof(q)), -1, NULL), 0);
}

static struct ipc_msg next_answer(struct program *p)
{
	struct ipc_msg m;
	struct err e = { 0 };

	cr_assert_eq(ipc_recv(p->api, deadline_in(2000), &m, &(int){ -1 }, &e), 0, "%s", e.text);
	return m;
}

Test(service, sealing_goes_on_while_a_lane_waits, .timeout = 20)
{
	struct program p;
	AUTO_FD int work = -1;
	struct ipc_msg m;

	start(&p, WITH_BROKER, &work);
	boot_by_hand(&p, work);
	(void)ask_until_ready(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	for (uint32_t i = 0; i < LIMIT_CALLER_QUESTIONS; i++)
		ask_secret(&p, 100 + i, i);
	m = ask(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(m.status, 0);
	ask_secret(&p, 99, 99);
	m = next_answer(&p);
	cr_assert_eq(m.id, 99);
	cr_assert_eq(m.status, FAIL_AGAIN, "one too many");
	for (uint32_t i = 0; i < LIMIT_CALLER_QUESTIONS; i++) {
		struct ipc_msg job = next_job(work);

		cr_assert_eq(ipc_send(work, MSG_SECRET, job.id, SPAN_EMPTY, -1, NULL), 0);
		cr_assert_eq(next_answer(&p).id, 100 + i);
	}
	stop(&p);
}

Test(service, equal_questions_share_an_answer, .timeout = 20)
{
	struct program p;
	AUTO_FD int work = -1;
	struct ipc_msg job;

	start(&p, WITH_BROKER, &work);
	boot_by_hand(&p, work);
	(void)ask_until_ready(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	ask_secret(&p, 100, 1);
	job = next_job(work);
	/* One that has begun is too old for those who come now. */
	for (uint32_t i = 1; i < 20; i++)
		ask_secret(&p, 100 + i, 1);
	(void)ask(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(ipc_send(work, MSG_SECRET, job.id, SPAN_EMPTY, -1, NULL), 0);
	cr_assert_eq(next_answer(&p).id, 100);
	job = next_job(work);
	cr_assert_eq(ipc_send(work, MSG_SECRET, job.id, SPAN_EMPTY, -1, NULL), 0);
	for (uint32_t i = 1; i < 20; i++)
		cr_assert_eq(next_answer(&p).id, 100 + i);
	(void)ask(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(p.service.lanes.lines[LANE_BROKER].begun, 2);
	stop(&p);
}

Test(service, evidence_does_not_wait_for_the_broker, .timeout = 20)
{
	struct msg_evidence q = { .caller = "guest", .nonce_len = 5, .nonce = "nonce" };
	struct program p;
	AUTO_FD int work = -1, fd = -1;
	struct ipc_msg m;

	start(&p, WITH_BROKER, &work);
	p.fake.boot.evidence =
		(struct evidence){ .driver = &evidence_sample, .dev = EVIDENCE_NO_DEVICES };
	boot_by_hand(&p, work);
	(void)ask_until_ready(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	ask_secret(&p, 100, 1);
	(void)next_job(work);
	m = ask(p.api, MSG_EVIDENCE, &q, sizeof(q), &fd);
	cr_expect_eq(m.status, 0, "%s", (char *)m.body);
	stop(&p);
}

/* What PID 1 answers goes to the lane that asked, and only who asked for GPUs waits for them. */
Test(service, evidence_of_the_cpu_does_not_wait_for_gpus, .timeout = 20)
{
	struct msg_evidence q = {
		.caller = "guest", .parts = PART_CPU | PART_GPU, .nonce_len = 5, .nonce = "nonce"
	};
	struct program p;
	AUTO_FD int work = -1, fd = -1;
	struct err why = { 0 };
	struct ipc_msg m, start_of;

	start(&p, WITH_BROKER, &work);
	p.fake.boot.evidence =
		(struct evidence){ .driver = &evidence_sample, .dev = EVIDENCE_NO_DEVICES };
	boot_by_hand(&p, work);
	(void)ask_until_ready(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(ipc_send(p.api, MSG_EVIDENCE, 100, span(&q, sizeof(q)), -1, NULL), 0);
	start_of = fake_boot_hears(&p.fake, MSG_GPU_START, NULL);
	q.parts = PART_CPU;
	m = ask(p.api, MSG_EVIDENCE, &q, sizeof(q), &fd);
	cr_expect_eq(m.status, 0, "%s", (char *)m.body);

	(void)FAIL(&why, FAIL_DENIED, "no more processes");
	cr_assert_eq(ipc_send_failure(p.fake.init, MSG_GPU_START, LANE_COUNT, &why, NULL), 0,
		     "nobody's");
	cr_assert_eq(ipc_send_failure(p.fake.init, MSG_GPU_START, start_of.id, &why, NULL), 0);
	m = next_answer(&p);
	cr_expect_eq(m.id, 100);
	cr_expect_eq(m.status, FAIL_DENIED);
	stop(&p);
}

Test(service, hears_a_stop_while_a_lane_waits, .timeout = 20)
{
	struct program p;
	AUTO_FD int work = -1;
	uint64_t start_ms = clock_boot_ms();

	start(&p, WITH_BROKER, &work);
	stop(&p);
	cr_assert_eq(p.ended, 0);
	cr_assert_lt(clock_boot_ms() - start_ms, 2000);
}

Test(service, passes_answers_of_pid_1_on_to_the_boot, .timeout = 20)
{
	struct err why = { 0 };
	struct program p;
	AUTO_FD int work = -1, fd = -1;
	struct ipc_msg m;
	int end;

	start(&p, WITH_BROKER, &work);
	(void)new_api(&end);
	cr_assert_eq(ipc_send(p.fake.init, MSG_VOLUME_START, 3, SPAN_EMPTY, end, NULL), 0);
	fd_done(&end);
	cr_assert_eq(ipc_recv(work, deadline_in(2000), &m, &fd, NULL), 0);
	cr_assert_eq(m.op, MSG_VOLUME_START);
	cr_assert_eq(m.id, 3);
	cr_assert_geq(fd, 0);
	(void)FAIL(&why, FAIL_FORGED, "not ours");
	cr_assert_eq(ipc_send_failure(p.fake.init, MSG_VOLUME, 3, &why, NULL), 0);
	m = next_job(work);
	cr_assert_eq(m.status, FAIL_FORGED);
	stop(&p);
}

Test(service, a_failed_boot_is_its_end, .timeout = 20)
{
	struct program p;

	start(&p, "{\"version\":9}", NULL);
	wait_for_end(&p);
	cr_assert_eq(p.ended, -FAIL_INPUT);
	cr_assert(strstr(p.e.text, "only 1 is known"), "%s", p.e.text);
}

Test(service, ends_with_pid_1, .timeout = 20)
{
	struct program p;
	AUTO_FD int work = -1;

	start(&p, WITH_BROKER, &work);
	fd_done(&p.fake.init);
	wait_for_end(&p);
	cr_assert_eq(p.ended, -FAIL_SYS);
}

Test(service, unknown_words_of_pid_1_change_nothing, .timeout = 20)
{
	struct program p;
	AUTO_FD int work = -1;
	struct ipc_msg m;

	start(&p, WITH_BROKER, &work);
	cr_assert_eq(ipc_send(p.fake.init, MSG_READY, 0, SPAN_EMPTY, -1, NULL), 0);
	cr_assert_eq(ipc_send(p.fake.init, MSG_PEER, 0, SPAN_EMPTY, -1, NULL), 0);
	cr_assert_eq(write(p.fake.init, "short", 5), 5);
	m = ask(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(m.status, FAIL_AGAIN);
	stop(&p);
	cr_assert_eq(p.ended, 0);
}

/* --- the event log --- */

static struct buf log_of(struct program *p)
{
	struct buf text = BUF_EMPTY;
	AUTO_FD int fd = -1;
	struct ipc_msg m = ask_until_ready(p->api, MSG_EVENTLOG, NULL, 0, &fd);

	cr_assert_eq(m.status, 0, "%s", (char *)m.body);
	cr_assert_eq(fd_unseal_bytes(fd, 1024 * 1024, &text, NULL), 0);
	return text;
}

static uint64_t count_in(const struct buf *text)
{
	AUTO_JSON cJSON *o = NULL;
	uint64_t n = 0;

	cr_assert_eq(json_parse(buf_view(text), 1024 * 1024, &o, NULL), 0);
	cr_assert_eq(json_u64(cJSON_GetObjectItem(o, "count"), &n, NULL), 0);
	return n;
}

Test(service, the_boot_is_in_the_log_and_tenants_add_to_it, .timeout = 20)
{
	struct msg_event q = { "guest", "app", "start", "web" };
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_FD int fd = -1;
	struct program p;
	struct ipc_msg m;

	start(&p, WITH_BROKER, NULL);
	wait_for_ready(&p);
	AUTO_BUF struct buf before = log_of(&p);
	cr_expect_eq(count_in(&before), 4, "config, policy, secret, ready: %s", (char *)before.at);
	m = ask(p.api, MSG_EVENT, &q, sizeof(q), &fd);
	cr_assert_eq(m.status, 0, "%s", (char *)m.body);
	cr_assert_eq(fd_unseal_bytes(fd, 4096, &text, NULL), 0);
	cr_expect(strstr((char *)text.at,
			 "{\"index\":4,\"strength\":\"chain\",\"register\":\"\",\"digest\":\""),
		  "%s", (char *)text.at);
	AUTO_BUF struct buf after = log_of(&p);
	cr_expect_eq(count_in(&after), 5);
	stop(&p);
}

Test(service, the_policy_is_what_the_log_has_the_digest_of, .timeout = 20)
{
	AUTO_BUF struct buf text = BUF_EMPTY, events = BUF_EMPTY;
	AUTO_JSON cJSON *log_json = NULL;
	AUTO_FD int fd = -1;
	char want[128] = "sealinit policy {\"digest\":\"sha256:";
	struct digest d;
	struct program p;

	start(&p, WITH_BROKER, NULL);
	wait_for_ready(&p);
	cr_assert_eq(ask_until_ready(p.api, MSG_POLICY, NULL, 0, &fd).status, 0);
	cr_assert_eq(fd_unseal_bytes(fd, LIMIT_POLICY_BYTES, &text, NULL), 0);
	cr_expect_str_eq(
		(char *)text.at,
		"{\"version\":1,\"seal\":[\"life\",\"container\",\"pod\"],\"secrets\":true}");
	cr_assert_eq(digest_of(DIGEST_SHA256, buf_view(&text), &d, NULL), 0);
	digest_hex(span(d.at, d.len), want + strlen(want));
	AUTO_BUF struct buf log = log_of(&p);
	cr_assert_eq(json_parse(buf_view(&log), 1024 * 1024, &log_json, NULL), 0);
	cr_assert_eq(b64_decode(B64_STANDARD,
				span_text(json_text(cJSON_GetObjectItem(log_json, "events"))),
				1024 * 1024, &events, NULL),
		     0);
	cr_expect(memmem(events.at, events.len, want, strlen(want)), "%s", want);
	cr_expect_eq(ask(p.api, MSG_POLICY, "x", 1, NULL).status, FAIL_INPUT);
	stop(&p);
}

Test(service, a_secret_is_in_the_log_once, .timeout = 20)
{
	struct msg_secret q = { .path = "default/app/token" };
	struct program p;

	start(&p, WITH_BROKER, NULL);
	wait_for_ready(&p);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(ask_until_ready(p.api, MSG_SECRET, &q, sizeof(q), NULL).status, 0);
	AUTO_BUF struct buf log = log_of(&p);
	cr_expect_eq(count_in(&log), 5, "config, policy, root secret, ready, secret");
	stop(&p);
}

struct event_row {
	struct msg_event q;
	size_t len;
	int want;
};

ParameterizedTestParameters(service, refuses_events)
{
	static struct event_row rows[] = {
		{ { "guest", "sealinit", "ready", "{}" }, sizeof(struct msg_event), FAIL_DENIED },
		{ { "guest", "SealInit", "ready", "{}" }, sizeof(struct msg_event), FAIL_DENIED },
		{ { "guest", "", "ready", "" }, sizeof(struct msg_event), FAIL_INPUT },
		{ { "guest", "a", "b", "two\nlines" }, sizeof(struct msg_event), FAIL_INPUT },
		{ { "guest", "a", "b", "" }, sizeof(struct msg_event) - 1, FAIL_INPUT },
	};

	return cr_make_param_array(struct event_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct event_row *row, service, refuses_events, .timeout = 20)
{
	struct program p;
	struct ipc_msg m;

	start(&p, WITH_BROKER, NULL);
	wait_for_ready(&p);
	do
		m = ask(p.api, MSG_EVENT, &row->q, row->len, NULL);
	while (m.status == FAIL_AGAIN);
	cr_expect_eq((int)m.status, row->want, "%s", (char *)m.body);
	AUTO_BUF struct buf log = log_of(&p);
	cr_expect_eq(count_in(&log), 4);
	stop(&p);
}

Test(service, a_text_that_does_not_end_is_no_event, .timeout = 20)
{
	struct msg_event q;
	struct program p;
	struct ipc_msg m;

	memset(&q, 'x', sizeof(q));
	start(&p, WITH_BROKER, NULL);
	wait_for_ready(&p);
	do
		m = ask(p.api, MSG_EVENT, &q, sizeof(q), NULL);
	while (m.status == FAIL_AGAIN);
	cr_expect_eq(m.status, FAIL_INPUT);
	stop(&p);
}

Test(service, evidence_has_the_log_where_it_was_asked_for, .timeout = 20)
{
	struct msg_evidence q = {
		.caller = "guest", .parts = PART_CPU | PART_LOG, .nonce_len = 5, .nonce = "nonce"
	};
	AUTO_BUF struct buf text = BUF_EMPTY, head = BUF_EMPTY, data = BUF_EMPTY;
	uint8_t want[REPORT_DATA_BYTES];
	AUTO_JSON cJSON *o = NULL;
	const cJSON *log;
	AUTO_FD int fd = -1;
	struct program p;
	struct ipc_msg m;

	start(&p, WITH_BROKER, NULL);
	wait_for_ready(&p);
	m = ask_until_ready(p.api, MSG_EVIDENCE, &q, sizeof(q), &fd);
	cr_assert_eq(m.status, 0, "%s", (char *)m.body);
	cr_assert_eq(fd_unseal_bytes(fd, 65536, &text, NULL), 0);
	cr_assert_eq(json_parse(buf_view(&text), 65536, &o, NULL), 0);
	log = cJSON_GetObjectItem(o, "log");
	cr_assert_str_eq(json_text(cJSON_GetObjectItem(log, "strength")), "chain");
	cr_assert_eq(b64_decode(B64_STANDARD,
				span_text(json_text(cJSON_GetObjectItem(log, "head"))), 64, &head,
				NULL),
		     0);
	cr_assert_eq(b64_decode(B64_STANDARD,
				span_text(json_text(cJSON_GetObjectItem(o, "report_data"))), 64,
				&data, NULL),
		     0);
	cr_assert_eq(head.len, 48);
	cr_assert_eq(binding_report_data(&(struct binding){ .caller = "guest",
							    .nonce = span_text("nonce"),
							    .log_head = buf_view(&head) },
					 want, NULL),
		     0);
	cr_expect(span_is_equal(buf_view(&data), span(want, sizeof(want))));
	stop(&p);
}

/* --- a lane alone --- */

Test(service, a_job_that_waited_too_long_is_not_begun, .timeout = 20)
{
	struct work_job job = { .deadline_ms = 1, .ask.secret.path = "a/b/c" };
	struct fake_boot fake;
	struct worker w;
	struct ipc_msg m;
	int pair[2];

	fake_boot_init(&fake, WITH_BROKER);
	cr_assert_eq(ipc_pair(pair, NULL), 0);
	cr_assert_eq(worker_start(&w, LANE_BROKER, &fake.boot, pair[1], NULL), 0);
	m = next_job(pair[0]);
	cr_assert_eq(m.op, WORK_BOOTED);
	cr_assert_eq(m.status, 0);
	cr_assert_eq(ipc_send(pair[0], MSG_SECRET, 1, span(&job, sizeof(job)), -1, NULL), 0);
	m = next_job(pair[0]);
	cr_assert_eq(m.status, FAIL_AGAIN);
	cr_assert_str_eq(fake_world.fetched, FAKE_ROOT);
	fd_done(&pair[0]);
	pthread_join(w.thread, NULL);
	cr_assert_eq(w.end, -1, "it ends with the pair");
	fake_boot_done(&fake);
}

/* --- questions alone --- */

struct evidence_row {
	char caller[LIMIT_NAME_BYTES];
	uint32_t len;
	int want;
	uint32_t parts;
};

ParameterizedTestParameters(service, evidence_needs_a_nonce_and_a_caller)
{
	static struct evidence_row rows[] = {
		{ "guest", 1, 0, 0 },
		{ "guest", 64, 0, PART_CPU },
		{ "guest", 0, -FAIL_INPUT, 0 },
		{ "guest", 65, -FAIL_INPUT, 0 },
		{ "", 5, -FAIL_INPUT, 0 },
		{ "a\nb", 5, -FAIL_INPUT, 0 },
		{ "guest", UINT32_MAX, -FAIL_INPUT, 0 },
		{ "guest", 5, -FAIL_INPUT, 8 },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 5,
		  -FAIL_INPUT, 0 },
	};
	return cr_make_param_array(struct evidence_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct evidence_row *row, service, evidence_needs_a_nonce_and_a_caller)
{
	struct boot boot = { .evidence = { .driver = &evidence_sample,
					   .dev = EVIDENCE_NO_DEVICES } };
	struct msg_evidence q = { .nonce_len = row->len, .parts = row->parts };
	struct err e = { 0 };
	AUTO_FD int fd = -1;

	memcpy(q.caller, row->caller, sizeof(q.caller));
	fd = question_evidence(&boot, NULL, &q, deadline_in(1000), &e);
	cr_expect_eq(fd >= 0 ? 0 : fd, row->want, "%s", e.text);
}

/* --- the command line --- */

struct line {
	char words[12][16];
	int want;
};

ParameterizedTestParameters(service, command_lines)
{
	static struct line rows[] = {
		{ { "--control", "0", "--api", "1", "--life", "2", "--eventlog", "0" }, 0 },
		{ { "--control", "0", "--api", "1", "--life", "2", "--eventlog", "0", "--tsm",
		    "0" },
		  0 },
		{ { "--control", "0", "--api", "1", "--life", "2", "--eventlog", "0", "--tpm",
		    "0" },
		  0 },
		{ { "" }, -FAIL_INPUT },
		{ { "--control", "0", "--api", "1" }, -FAIL_INPUT },
		{ { "--control", "0", "--api", "1", "--life", "2" }, -FAIL_INPUT },
		{ { "--control" }, -FAIL_INPUT },
		{ { "--control", "" }, -FAIL_INPUT },
		{ { "--control", "-1" }, -FAIL_INPUT },
		{ { "--control", "0x1" }, -FAIL_INPUT },
		{ { "--control", "999" }, -FAIL_INPUT },
		{ { "--control", "4294967296" }, -FAIL_INPUT },
		{ { "--verbose", "1" }, -FAIL_INPUT },
		{ { "--control", "0", "--api", "1", "--life", "2", "--eventlog", "0", "--initdata",
		    "0" },
		  0 },
		{ { "--control", "0", "--api", "1", "--life", "2", "--eventlog", "0", "--initdata",
		    "0", "--document", "0" },
		  -FAIL_INPUT },
		{ { "--control", "0", "--api", "1", "--life", "2", "--eventlog", "0",
		    "--launch-secret", "2" },
		  0 },
		{ { "--control", "0", "--api", "1", "--life", "2", "--eventlog", "0",
		    "--launch-secret", "999" },
		  -FAIL_INPUT },
	};
	return cr_make_param_array(struct line, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct line *row, service, command_lines)
{
	struct options o = { .control = 55 };
	char name[] = "sealinit-attest", *argv[14] = { name };
	struct err e = { 0 };
	int argc = 1;

	for (int i = 0; i < 12 && (*row->words[i] || (i && *row->words[i - 1] == '-')); i++)
		argv[argc++] = row->words[i];
	cr_expect_eq(options_parse(argc, argv, &o, &e), row->want, "%s", e.text);
	if (row->want)
		cr_expect_eq(o.control, 55, "output untouched on failure");
	else
		cr_expect_eq(o.control, 0);
}
