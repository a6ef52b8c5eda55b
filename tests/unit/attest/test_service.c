/* The main loop and the lanes, with the test as PID 1 and as the API. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attest/evidence/probe.h"
#include "attest/service.h"
#include "attest/work.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/json.h"
#include "base/messages.h"
#include "tests/unit/attest/program.h"

Test(service, gives_sealing_keys_when_booted, .timeout = 20)
{
	struct program p;
	struct ipc_msg m;
	struct msg_seal_keys keys;

	program_start(&p, WITH_BROKER, NULL);
	program_wait_for_ready(&p);
	m = program_ask_until_ready(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(m.status, 0);
	cr_assert_eq(ipc_body(&m, &keys, sizeof(keys), NULL), 0);
	cr_assert_eq(keys.count, 3);
	cr_assert_arr_eq(&keys, p.fake.boot.keys.seal.at, sizeof(keys));
	program_stop(&p);
	cr_assert_eq(p.ended, 0);
}

Test(service, gives_evidence_over_a_nonce, .timeout = 20)
{
	struct msg_evidence q = { .caller = "guest", .nonce_len = 5, .nonce = "nonce" };
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_FD int fd = -1;
	struct program p;
	struct ipc_msg m;

	program_start(&p, WITH_BROKER, NULL);
	program_wait_for_ready(&p);
	m = program_ask_until_ready(p.api, MSG_EVIDENCE, &q, sizeof(q), &fd);
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
	program_stop(&p);
}

Test(service, gives_secrets_but_never_the_root, .timeout = 20)
{
	struct msg_secret q = { .path = "default/app/token" }, root = { .path = FAKE_ROOT };
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	AUTO_FD int fd = -1;
	struct program p;
	struct ipc_msg m;

	program_start(&p, WITH_BROKER, NULL);
	program_wait_for_ready(&p);
	m = program_ask_until_ready(p.api, MSG_SECRET, &q, sizeof(q), &fd);
	cr_assert_eq(m.status, 0, "%s", (char *)m.body);
	cr_assert_eq(fd_unseal_bytes(fd, 4096, &bytes, NULL), 0);
	cr_assert_eq(bytes.len, 32);
	cr_assert_str_eq(fake_world.fetched, "default/app/token");
	m = program_ask(p.api, MSG_SECRET, &root, sizeof(root), NULL);
	cr_assert_eq(m.status, FAIL_DENIED);
	cr_assert_str_eq(fake_world.fetched, "default/app/token", "not even asked for");
	program_stop(&p);
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
	program_start(&p, WITH_BROKER, NULL);
	program_wait_for_ready(&p);
	fake_world.fetch_fails = row->fetch;
	fake_world.fetch_sys = row->fetch_sys;
	do
		m = program_ask(p.api, (uint16_t)row->op, body, row->len, NULL);
	while (m.status == FAIL_AGAIN && !strncmp((char *)m.body, "still", 5));
	cr_expect_eq((int)m.status, row->want);
	cr_expect(strstr((char *)m.body, row->says), "%.*s", (int)m.length, (char *)m.body);
	program_stop(&p);
	cr_expect_eq(p.ended, 0, "and nothing of it ended the loop");
}

Test(service, without_a_broker_there_are_no_secrets, .timeout = 20)
{
	struct msg_secret q = { .path = "a/b/c" };
	struct program p;
	struct ipc_msg m;

	program_start(&p, "{\"version\":1,\"tee\":\"sample\"}", NULL);
	program_wait_for_ready(&p);
	m = program_ask_until_ready(p.api, MSG_SECRET, &q, sizeof(q), NULL);
	cr_assert_eq(m.status, FAIL_DENIED);
	program_stop(&p);
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

	program_start(&p, WITH_BROKER, &work);
	m = program_ask(p.api, (uint16_t)row->op, body, row->len, NULL);
	cr_expect_eq(m.status, FAIL_AGAIN);
	program_stop(&p);
	cr_expect_eq(p.ended, 0);
}

Test(service, takes_a_new_service_pair_at_any_time, .timeout = 20)
{
	struct program p;
	AUTO_FD int work = -1, again = -1;
	struct ipc_msg m;
	int end, theirs;

	program_start(&p, WITH_BROKER, &work);
	theirs = program_new_api(&end);
	again = theirs;
	cr_assert_eq(ipc_send(p.fake.init, MSG_PEER, 0, SPAN_EMPTY, end, NULL), 0);
	fd_done(&end);
	m = program_ask(again, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(m.status, FAIL_AGAIN);
	/* The old one is closed. */
	cr_assert_eq(ipc_recv(p.api, deadline_in(2000), &m, &end, NULL), -FAIL_SYS);
	program_stop(&p);
}

Test(service, an_api_that_died_does_not_end_it, .timeout = 20)
{
	struct program p;
	AUTO_FD int work = -1, again = -1;
	struct ipc_msg m;
	int end;

	program_start(&p, WITH_BROKER, &work);
	fd_done(&p.api);
	again = program_new_api(&end);
	cr_assert_eq(ipc_send(p.fake.init, MSG_PEER, 0, SPAN_EMPTY, end, NULL), 0);
	fd_done(&end);
	m = program_ask(again, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(m.status, FAIL_AGAIN);
	program_stop(&p);
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

	program_start(&p, WITH_BROKER, &work);
	boot_by_hand(&p, work);
	(void)program_ask_until_ready(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(ipc_send(p.api, MSG_SECRET, 7, span(&q, sizeof(q)), -1, NULL), 0);
	job = next_job(work);
	again = program_new_api(&end);
	cr_assert_eq(ipc_send(p.fake.init, MSG_PEER, 0, SPAN_EMPTY, end, NULL), 0);
	fd_done(&end);
	(void)program_ask(again, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(ipc_send(work, MSG_SECRET, job.id, SPAN_EMPTY, -1, NULL), 0);
	m = program_ask(again, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(m.op, MSG_SEAL_KEYS, "nothing in between");
	program_stop(&p);
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

	program_start(&p, WITH_BROKER, &work);
	boot_by_hand(&p, work);
	(void)program_ask_until_ready(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	for (uint32_t i = 0; i < LIMIT_CALLER_QUESTIONS; i++)
		ask_secret(&p, 100 + i, i);
	m = program_ask(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
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
	program_stop(&p);
}

Test(service, equal_questions_share_an_answer, .timeout = 20)
{
	struct program p;
	AUTO_FD int work = -1;
	struct ipc_msg job;

	program_start(&p, WITH_BROKER, &work);
	boot_by_hand(&p, work);
	(void)program_ask_until_ready(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	ask_secret(&p, 100, 1);
	job = next_job(work);
	/* One that has begun is too old for those who come now. */
	for (uint32_t i = 1; i < 20; i++)
		ask_secret(&p, 100 + i, 1);
	(void)program_ask(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(ipc_send(work, MSG_SECRET, job.id, SPAN_EMPTY, -1, NULL), 0);
	cr_assert_eq(next_answer(&p).id, 100);
	job = next_job(work);
	cr_assert_eq(ipc_send(work, MSG_SECRET, job.id, SPAN_EMPTY, -1, NULL), 0);
	for (uint32_t i = 1; i < 20; i++)
		cr_assert_eq(next_answer(&p).id, 100 + i);
	(void)program_ask(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(p.service.lanes.lines[LANE_BROKER].begun, 2);
	program_stop(&p);
}

Test(service, evidence_does_not_wait_for_the_broker, .timeout = 20)
{
	struct msg_evidence q = { .caller = "guest", .nonce_len = 5, .nonce = "nonce" };
	struct program p;
	AUTO_FD int work = -1, fd = -1;
	struct ipc_msg m;

	program_start(&p, WITH_BROKER, &work);
	p.fake.boot.evidence =
		(struct evidence){ .driver = &evidence_sample, .dev = EVIDENCE_NO_DEVICES };
	boot_by_hand(&p, work);
	(void)program_ask_until_ready(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	ask_secret(&p, 100, 1);
	(void)next_job(work);
	m = program_ask(p.api, MSG_EVIDENCE, &q, sizeof(q), &fd);
	cr_expect_eq(m.status, 0, "%s", (char *)m.body);
	program_stop(&p);
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

	program_start(&p, WITH_BROKER, &work);
	p.fake.boot.evidence =
		(struct evidence){ .driver = &evidence_sample, .dev = EVIDENCE_NO_DEVICES };
	boot_by_hand(&p, work);
	(void)program_ask_until_ready(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(ipc_send(p.api, MSG_EVIDENCE, 100, span(&q, sizeof(q)), -1, NULL), 0);
	start_of = fake_boot_hears(&p.fake, MSG_GPU_START, NULL);
	q.parts = PART_CPU;
	m = program_ask(p.api, MSG_EVIDENCE, &q, sizeof(q), &fd);
	cr_expect_eq(m.status, 0, "%s", (char *)m.body);

	(void)FAIL(&why, FAIL_DENIED, "no more processes");
	cr_assert_eq(ipc_send_failure(p.fake.init, MSG_GPU_START, LANE_COUNT, &why, NULL), 0,
		     "nobody's");
	cr_assert_eq(ipc_send_failure(p.fake.init, MSG_GPU_START, start_of.id, &why, NULL), 0);
	m = next_answer(&p);
	cr_expect_eq(m.id, 100);
	cr_expect_eq(m.status, FAIL_DENIED);
	program_stop(&p);
}

Test(service, hears_a_stop_while_a_lane_waits, .timeout = 20)
{
	struct program p;
	AUTO_FD int work = -1;
	uint64_t start_ms = clock_boot_ms();

	program_start(&p, WITH_BROKER, &work);
	program_stop(&p);
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

	program_start(&p, WITH_BROKER, &work);
	(void)program_new_api(&end);
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
	program_stop(&p);
}

Test(service, a_failed_boot_is_its_end, .timeout = 20)
{
	struct program p;

	program_start(&p, "{\"version\":9}", NULL);
	program_wait_for_end(&p);
	cr_assert_eq(p.ended, -FAIL_INPUT);
	cr_assert(strstr(p.e.text, "only 1 is known"), "%s", p.e.text);
}

Test(service, ends_with_pid_1, .timeout = 20)
{
	struct program p;
	AUTO_FD int work = -1;

	program_start(&p, WITH_BROKER, &work);
	fd_done(&p.fake.init);
	program_wait_for_end(&p);
	cr_assert_eq(p.ended, -FAIL_SYS);
}

Test(service, unknown_words_of_pid_1_change_nothing, .timeout = 20)
{
	struct program p;
	AUTO_FD int work = -1;
	struct ipc_msg m;

	program_start(&p, WITH_BROKER, &work);
	cr_assert_eq(ipc_send(p.fake.init, MSG_READY, 0, SPAN_EMPTY, -1, NULL), 0);
	cr_assert_eq(ipc_send(p.fake.init, MSG_PEER, 0, SPAN_EMPTY, -1, NULL), 0);
	cr_assert_eq(write(p.fake.init, "short", 5), 5);
	m = program_ask(p.api, MSG_SEAL_KEYS, NULL, 0, NULL);
	cr_assert_eq(m.status, FAIL_AGAIN);
	program_stop(&p);
	cr_assert_eq(p.ended, 0);
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
