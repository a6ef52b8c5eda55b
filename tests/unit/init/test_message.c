/* message, timeline, restart, program, child: what is said, and what is started. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/roles.h"
#include "init/child.h"
#include "init/message.h"
#include "init/restart.h"
#include "init/timeline.h"
#include "tests/support/scratch.h"

/* --- message --- */

enum shape {
	SHAPE_STAGE,
	SHAPE_CONFIG,
	SHAPE_TRUST,
	SHAPE_FINDING,
	SHAPE_READY,
	SHAPE_FAILED,
	SHAPE_START,
	SHAPE_VOLUME
};

static const struct {
	uint16_t op;
	enum program_id from;
	size_t size;
} shapes[] = {
	[SHAPE_STAGE] = { MSG_STAGE, PROGRAM_ATTEST, sizeof(struct msg_stage) },
	[SHAPE_CONFIG] = { MSG_CONFIG, PROGRAM_ATTEST, sizeof(struct msg_config) },
	[SHAPE_TRUST] = { MSG_TRUST, PROGRAM_ATTEST, sizeof(struct msg_trust) },
	[SHAPE_FINDING] = { MSG_FINDING, PROGRAM_ATTEST, sizeof(struct msg_finding) },
	[SHAPE_READY] = { MSG_READY, PROGRAM_ATTEST, 0 },
	[SHAPE_FAILED] = { MSG_FAILED, PROGRAM_ATTEST, sizeof(struct msg_failed) },
	[SHAPE_START] = { MSG_VOLUME_START, PROGRAM_ATTEST, sizeof(struct msg_volume_start) },
	[SHAPE_VOLUME] = { MSG_VOLUME, PROGRAM_STORAGE, sizeof(struct msg_volume) },
};

/* A good message of its kind, for the rows to spoil. */
static struct ipc_msg good(enum shape shape)
{
	static const struct msg_stage stage = { STAGE_NET, STAGE_DONE, 5, 9, 0, "eth0" };
	static const struct msg_config config = { .payload = PAYLOAD_EXEC,
						  .argc = 2,
						  .argv = "/bin/x\0-v" };
	static const struct msg_trust trust = { .tee = "snp", .config_source = "initdata" };
	static const struct msg_finding finding = { 0, FINDING_USED, "sev-guest", "" };
	static const struct msg_failed failed = { STAGE_BROKER, FAIL_DENIED, "no" };
	static const struct msg_volume_start start = { "data" };
	static const struct msg_volume volume = {
		.name = "data", .mount = "/run/x", .rollback = "none", .state = VOLUME_OPEN
	};
	static const void *const bodies[] = { &stage, &config, &trust, &finding,
					      NULL,   &failed, &start, &volume };
	struct ipc_msg m = { .version = IPC_VERSION,
			     .op = shapes[shape].op,
			     .length = (uint32_t)shapes[shape].size };

	if (bodies[shape])
		memcpy(m.body, bodies[shape], shapes[shape].size);
	return m;
}

static int sealed(void)
{
	struct err e = { 0 };

	return fd_seal_bytes("test", span_text("document"), &e);
}

static int check(enum shape shape, const struct ipc_msg *m)
{
	AUTO_FD int fd = shape == SHAPE_CONFIG ? sealed() : -1;
	struct err e = { 0 };

	return message_check(shapes[shape].from, m, fd, &e);
}

Test(message, takes_each_kind_from_its_sender)
{
	enum shape shape;

	for (shape = 0; shape <= SHAPE_VOLUME; shape++) {
		struct ipc_msg m = good(shape);

		cr_expect_eq(check(shape, &m), 0, "message %u", m.op);
	}
}

Test(message, takes_none_from_anybody_else)
{
	enum program_id from;
	enum shape shape;
	struct err e = { 0 };

	for (from = 0; from < PROGRAM_COUNT; from++)
		for (shape = 0; shape <= SHAPE_VOLUME; shape++) {
			struct ipc_msg m = good(shape);
			AUTO_FD int fd = shape == SHAPE_CONFIG ? sealed() : -1;

			if (from != shapes[shape].from)
				cr_expect_eq(message_check(from, &m, fd, &e), -FAIL_INPUT);
		}
}

Test(message, refuses_operations_that_it_does_not_know)
{
	uint16_t op;

	for (op = 0; op < 64; op++) {
		struct ipc_msg m = { .version = IPC_VERSION, .op = op };
		bool is_known = (op >= MSG_STAGE && op <= MSG_FAILED) || op == MSG_VOLUME_START;
		struct err e = { 0 };

		if (!is_known)
			cr_expect_eq(message_check(PROGRAM_ATTEST, &m, -1, &e), -FAIL_INPUT, "%u",
				     op);
		cr_expect_eq(message_check(PROGRAM_API, &m, -1, &e), -FAIL_INPUT, "%u", op);
	}
}

Test(message, refuses_a_body_of_another_size)
{
	enum shape shape;

	for (shape = 0; shape <= SHAPE_VOLUME; shape++) {
		struct ipc_msg m = good(shape);

		m.length++;
		cr_expect_eq(check(shape, &m), -FAIL_INPUT, "message %u, longer", m.op);
		m.length = m.length > 1 ? m.length - 2 : 1;
		cr_expect_eq(check(shape, &m), -FAIL_INPUT, "message %u, shorter", m.op);
	}
}

Test(message, lets_only_storage_answer_with_a_status)
{
	enum shape shape;

	for (shape = 0; shape <= SHAPE_VOLUME; shape++) {
		struct ipc_msg m = good(shape);

		m.status = FAIL_SYS;
		cr_expect_eq(check(shape, &m), shape == SHAPE_VOLUME ? 0 : -FAIL_INPUT);
	}
}

Test(message, wants_a_sealed_descriptor_with_the_configuration_and_no_other)
{
	struct ipc_msg config = good(SHAPE_CONFIG), stage = good(SHAPE_STAGE);
	AUTO_FD int plain = open("/dev/null", O_RDONLY | O_CLOEXEC);
	AUTO_FD int fine = sealed();
	struct err e = { 0 };

	cr_expect_eq(message_check(PROGRAM_ATTEST, &config, fine, &e), 0);
	cr_expect_eq(message_check(PROGRAM_ATTEST, &config, -1, &e), -FAIL_INPUT);
	cr_expect_eq(message_check(PROGRAM_ATTEST, &config, plain, &e), -FAIL_INPUT);
	cr_expect_eq(message_check(PROGRAM_ATTEST, &stage, fine, &e), -FAIL_INPUT);
}

struct spoil {
	enum shape shape;
	char what[32];
	size_t at;
	uint32_t value; /* written there, 4 bytes */
};

#define SPOIL(shape, type, field, value)                           \
	{                                                          \
		shape, #field, offsetof(struct type, field), value \
	}
#define BELL 0x07070707U

ParameterizedTestParameters(message, refuses)
{
	static struct spoil rows[] = {
		SPOIL(SHAPE_STAGE, msg_stage, stage, STAGE_BOOT),    /* init's own        */
		SPOIL(SHAPE_STAGE, msg_stage, stage, STAGE_PAYLOAD), /* likewise          */
		SPOIL(SHAPE_STAGE, msg_stage, stage, STAGE_COUNT),
		SPOIL(SHAPE_STAGE, msg_stage, stage, UINT32_MAX),
		SPOIL(SHAPE_STAGE, msg_stage, state, STAGE_WAITING),
		SPOIL(SHAPE_STAGE, msg_stage, state, STAGE_SKIPPED + 1),
		SPOIL(SHAPE_STAGE, msg_stage, state, STAGE_RUNNING), /* but it has an end */
		SPOIL(SHAPE_STAGE, msg_stage, state, STAGE_FAILED),  /* but why?          */
		SPOIL(SHAPE_STAGE, msg_stage, start_us, 10),	     /* after its end     */
		SPOIL(SHAPE_STAGE, msg_stage, kind, FAIL_SYS),	     /* of what?          */
		SPOIL(SHAPE_STAGE, msg_stage, text, BELL),
		SPOIL(SHAPE_CONFIG, msg_config, degraded, 2),
		SPOIL(SHAPE_CONFIG, msg_config, payload, PAYLOAD_EXEC + 1),
		SPOIL(SHAPE_CONFIG, msg_config, payload, PAYLOAD_OCI), /* without a bundle */
		SPOIL(SHAPE_CONFIG, msg_config, argc, 0),
		SPOIL(SHAPE_CONFIG, msg_config, argc, LIMIT_ARGV + 1),
		SPOIL(SHAPE_CONFIG, msg_config, argv, 0x6e69622eU), /* ".bin/x" */
		SPOIL(SHAPE_TRUST, msg_trust, config_measured, 2),
		SPOIL(SHAPE_TRUST, msg_trust, debug, 2),
		SPOIL(SHAPE_TRUST, msg_trust, tee, BELL),
		SPOIL(SHAPE_TRUST, msg_trust, config_source, BELL),
		SPOIL(SHAPE_TRUST, msg_trust, config_register, BELL),
		SPOIL(SHAPE_TRUST, msg_trust, config_digest, BELL),
		SPOIL(SHAPE_FAILED, msg_failed, stage, STAGE_COUNT),
		SPOIL(SHAPE_FAILED, msg_failed, kind, 0),
		SPOIL(SHAPE_FAILED, msg_failed, kind, FAIL_BUG + 1),
		SPOIL(SHAPE_FAILED, msg_failed, text, BELL),
		SPOIL(SHAPE_START, msg_volume_start, name, 0),		 /* empty       */
		SPOIL(SHAPE_START, msg_volume_start, name, 0x6174612dU), /* "-ata"      */
		SPOIL(SHAPE_START, msg_volume_start, name, 0x612f6164U), /* "da/a"      */
		SPOIL(SHAPE_START, msg_volume_start, name, 0x00002e2eU), /* ".."        */
		SPOIL(SHAPE_VOLUME, msg_volume, name, 0),
		SPOIL(SHAPE_VOLUME, msg_volume, mount, 0x6e757221U), /* "!run/x"        */
		SPOIL(SHAPE_VOLUME, msg_volume, device, BELL),
		SPOIL(SHAPE_VOLUME, msg_volume, integrity, BELL),
		SPOIL(SHAPE_VOLUME, msg_volume, rollback, BELL),
		SPOIL(SHAPE_VOLUME, msg_volume, rollback, 0),
		SPOIL(SHAPE_VOLUME, msg_volume, session, 3), /* and rollback "none" */
		SPOIL(SHAPE_VOLUME, msg_volume, text, BELL),
		SPOIL(SHAPE_VOLUME, msg_volume, created, 2),
		SPOIL(SHAPE_VOLUME, msg_volume, state, 0),
		SPOIL(SHAPE_VOLUME, msg_volume, state, VOLUME_FAILED + 1),
	};

	return cr_make_param_array(struct spoil, rows, COUNT_OF(rows));
}

ParameterizedTest(struct spoil *row, message, refuses, .timeout = 5)
{
	struct ipc_msg m = good(row->shape);

	memcpy(m.body + row->at, &row->value, sizeof(row->value));
	cr_expect_eq(check(row->shape, &m), -FAIL_INPUT, "%s", row->what);
}

Test(message, refuses_texts_without_an_end)
{
	struct ipc_msg m = good(SHAPE_CONFIG);
	struct msg_config c;

	memcpy(&c, m.body, sizeof(c));
	memset(c.argv + 1, 'a', sizeof(c.argv) - 1);
	c.argc = 1;
	memcpy(m.body, &c, sizeof(c));
	cr_expect_eq(check(SHAPE_CONFIG, &m), -FAIL_INPUT, "one word that never ends");

	c.argv[sizeof(c.argv) - 1] = 0;
	memcpy(m.body, &c, sizeof(c));
	cr_expect_eq(check(SHAPE_CONFIG, &m), 0);

	c.argc = 2;
	memcpy(m.body, &c, sizeof(c));
	cr_expect_eq(check(SHAPE_CONFIG, &m), -FAIL_INPUT, "a second word beyond the field");

	c.payload = PAYLOAD_OCI;
	memset(c.bundle, '/', sizeof(c.bundle));
	memcpy(m.body, &c, sizeof(c));
	cr_expect_eq(check(SHAPE_CONFIG, &m), -FAIL_INPUT, "a bundle that never ends");
}

Test(message, takes_a_failure_of_a_volume_that_never_learned_its_name)
{
	struct ipc_msg m = good(SHAPE_VOLUME);
	struct msg_volume v = { .state = VOLUME_FAILED, .kind = FAIL_AGAIN, .text = "no key came" };

	memcpy(m.body, &v, sizeof(v));
	cr_expect_eq(check(SHAPE_VOLUME, &m), 0);
	v.kind = 0;
	memcpy(m.body, &v, sizeof(v));
	cr_expect_eq(check(SHAPE_VOLUME, &m), -FAIL_INPUT, "a failure of what kind?");
	v.kind = FAIL_BUG + 1;
	memcpy(m.body, &v, sizeof(v));
	cr_expect_eq(check(SHAPE_VOLUME, &m), -FAIL_INPUT);
}

Test(message, takes_a_session_with_an_anchor_and_not_without)
{
	struct ipc_msg m = good(SHAPE_VOLUME);
	struct msg_volume v;

	memcpy(&v, m.body, sizeof(v));
	(void)snprintf(v.rollback, sizeof(v.rollback), "session");
	memcpy(m.body, &v, sizeof(v));
	cr_expect_eq(check(SHAPE_VOLUME, &m), -FAIL_INPUT, "which session?");
	v.session = UINT64_MAX;
	memcpy(m.body, &v, sizeof(v));
	cr_expect_eq(check(SHAPE_VOLUME, &m), 0);
	(void)snprintf(v.rollback, sizeof(v.rollback), "sessions");
	memcpy(m.body, &v, sizeof(v));
	cr_expect_eq(check(SHAPE_VOLUME, &m), -FAIL_INPUT);
}

/* --- timeline --- */

struct line_case {
	struct msg_stage said;
	char want[96];
};

ParameterizedTestParameters(timeline, says)
{
	static struct line_case rows[] = {
		{ { STAGE_BOOT, STAGE_DONE, 1000, 43999, 0, "9 modules" },
		  "stage boot done in 42 ms: 9 modules" },
		{ { STAGE_KEYS, STAGE_DONE, 0, 0, 0, "" }, "stage keys done in 0 ms" },
		{ { STAGE_NET, STAGE_FAILED, 0, 15000000, FAIL_AGAIN, "no address" },
		  "stage net failed after 15000 ms: no address" },
		{ { STAGE_VOLUMES, STAGE_SKIPPED, 7, 7, 0, "" }, "stage volumes skipped" },
		{ { STAGE_CONFIG, STAGE_RUNNING, 5, 0, 0, "" }, "" },
	};

	return cr_make_param_array(struct line_case, rows, COUNT_OF(rows));
}

ParameterizedTest(struct line_case *row, timeline, says, .timeout = 5)
{
	char line[256];

	cr_expect_eq(timeline_line(&row->said, line, sizeof(line)), row->want[0] != 0);
	cr_expect_str_eq(line, row->want);
}

static struct ipc_msg next(int sock)
{
	struct ipc_msg m;
	struct err e = { 0 };
	int fd = -1;

	cr_assert_eq(ipc_recv(sock, deadline_in(1000), &m, &fd, &e), 0, "%s", e.text);
	return m;
}

Test(timeline, tells_all_again_in_order)
{
	struct timeline t = { .has_trust = true, .is_ready = true };
	const struct msg_stage boot = { STAGE_BOOT, STAGE_DONE, 1, 2, 0, "" };
	const struct msg_stage net = { STAGE_NET, STAGE_RUNNING, 3, 0, 0, "" };
	const struct msg_finding absent = { LIMIT_FINDINGS - 1, FINDING_ABSENT, "CCEL", "" };
	const struct msg_finding found = { LIMIT_FINDINGS - 1, FINDING_USED, "CCEL", "" };
	struct msg_volume volume = { .name = "data", .state = VOLUME_FAILED };
	struct err e = { 0 };
	struct ipc_msg m;
	int pair[2];

	cr_assert_eq(ipc_pair(pair, &e), 0);
	timeline_finding(&t, &absent);
	timeline_finding(&t, &found); /* the last word counts */
	timeline_stage(&t, &net);
	timeline_stage(&t, &boot);
	cr_assert_eq(timeline_volume(&t, &volume, &e), 0);
	volume.state = VOLUME_OPEN; /* the last word counts */
	cr_assert_eq(timeline_volume(&t, &volume, &e), 0);
	cr_assert_eq(timeline_send(&t, pair[0], &e), 0);

	m = next(pair[1]);
	cr_expect_eq(memcmp(m.body, &boot, sizeof(boot)), 0);
	m = next(pair[1]);
	cr_expect_eq(memcmp(m.body, &net, sizeof(net)), 0);
	cr_expect_eq(next(pair[1]).op, MSG_TRUST);
	m = next(pair[1]);
	cr_expect_eq(m.op, MSG_FINDING);
	cr_expect_eq(memcmp(m.body, &found, sizeof(found)), 0);
	m = next(pair[1]);
	cr_expect_eq(m.op, MSG_VOLUME);
	cr_expect_eq(memcmp(m.body, &volume, sizeof(volume)), 0);
	cr_expect_eq(next(pair[1]).op, MSG_READY);
	cr_expect_eq(ipc_recv(pair[1], 0, &m, &pair[1], &e), -FAIL_AGAIN, "and nothing else");
}

Test(timeline, fits_the_queue_of_somebody_who_does_not_read_yet)
{
	struct timeline t = { .has_trust = true, .has_failed = true, .is_ready = true };
	struct err e = { 0 };
	int pair[2];
	uint32_t i;

	cr_assert_eq(ipc_pair(pair, &e), 0);
	for (i = 0; i < STAGE_COUNT; i++)
		timeline_stage(&t, &(struct msg_stage){ i, STAGE_DONE, 1, 2, 0, "" });
	for (i = 0; i <= LIMIT_FINDINGS; i++)
		timeline_finding(&t, &(struct msg_finding){ i, FINDING_USED, "x", "" });
	for (i = 0; i < LIMIT_VOLUMES; i++)
		cr_assert_eq(timeline_volume(
				     &t, &(struct msg_volume){ .name = { (char)('a' + i) } }, &e),
			     0);
	cr_expect_eq(timeline_volume(&t, &(struct msg_volume){ .name = "z" }, &e), -FAIL_LIMIT);
	cr_expect_eq(timeline_send(&t, pair[0], &e), 0, "%s", e.text);
	cr_expect_eq(timeline_send(&t, pair[0], &e), 0, "twice even: %s", e.text);
	(void)close(pair[1]);
	cr_expect_eq(timeline_send(&t, pair[0], &e), -FAIL_SYS);
}

Test(timeline, counts_only_stages_that_are_done)
{
	struct timeline t = { 0 };

	timeline_stage(&t, &(struct msg_stage){ STAGE_BROKER, STAGE_FAILED, 0, 9000, 1, "" });
	cr_expect_eq(timeline_stage_ms(&t, STAGE_BROKER), 0);
	timeline_stage(&t, &(struct msg_stage){ STAGE_BROKER, STAGE_DONE, 0, 9000, 0, "" });
	cr_expect_eq(timeline_stage_ms(&t, STAGE_BROKER), 9);
	timeline_stage(&t, &(struct msg_stage){ STAGE_COUNT, STAGE_DONE, 0, 9000, 0, "" });
}

/* --- restart --- */

Test(restart, is_allowed_five_times_a_minute)
{
	struct restarts r = { 0 };
	uint64_t now = 1000;
	int i;

	for (i = 0; i < LIMIT_RESTARTS; i++)
		cr_expect(restart_is_allowed(&r, now + (uint64_t)i));
	cr_expect_not(restart_is_allowed(&r, now + LIMIT_RESTART_MS - 1));
	cr_expect(restart_is_allowed(&r, now + LIMIT_RESTART_MS), "the first has left the window");
	cr_expect_not(restart_is_allowed(&r, now + LIMIT_RESTART_MS), "the second has not");
}

Test(restart, never_tires_of_rare_crashes)
{
	struct restarts r = { 0 };
	uint64_t i;

	for (i = 0; i < 1000; i++)
		cr_expect(restart_is_allowed(&r, i * LIMIT_RESTART_MS / LIMIT_RESTARTS));
}

/* --- program --- */

Test(program, gives_each_no_more_than_it_needs)
{
	const struct program *api = program_row(PROGRAM_API);
	const struct program *attest = program_row(PROGRAM_ATTEST);
	const struct program *storage = program_row(PROGRAM_STORAGE);
	const struct program *payload = program_row(PROGRAM_PAYLOAD);

	cr_expect_eq(api->uid, ROLE_API_UID);
	cr_expect_eq(api->bounding, 0);
	cr_expect_eq(api->ambient, 0);
	cr_expect_eq(attest->uid, ROLE_ATTEST_UID);
	cr_expect_eq(attest->bounding, 1ULL << CAP_NET_ADMIN);
	cr_expect_eq(attest->ambient, 1ULL << CAP_NET_ADMIN);
	cr_expect(storage->clone & CLONE_NEWNET);
	cr_expect_not(storage->bounding & 1ULL << CAP_SYS_MODULE);
	cr_expect_not(storage->bounding & 1ULL << CAP_SYS_PTRACE);
	cr_expect_not(storage->bounding & 1ULL << CAP_NET_ADMIN);
	cr_expect_eq(payload->clone, CLONE_NEWPID | CLONE_NEWNS);
	cr_expect(payload->is_payload && !api->is_payload && !attest->is_payload &&
		  !storage->is_payload);
}

static void expect_words(const struct command *c, const char *const *words)
{
	size_t i;

	for (i = 0; words[i]; i++)
		cr_expect_str_eq(c->argv[i], words[i]);
	cr_expect_eq(c->argc, i);
	cr_expect_null(c->argv[i]);
}

Test(program, numbers_descriptors_in_the_order_of_its_words)
{
	static const char *const want[] = { "sealinit-attest", "--control", "3", "--api", "4",
					    "--tsm",	       "5",	    NULL };
	struct command c;
	struct err e = { 0 };

	command_init(&c, PROGRAM_ATTEST);
	cr_expect_eq(command_fd(&c, "--control", 30, &e), 0);
	cr_expect_eq(command_fd(&c, "--api", 4, &e), 0);
	cr_expect_eq(command_fd(&c, "--initdata", -1, &e), 0, "what is absent has no word");
	cr_expect_eq(command_fd(&c, "--tsm", 3, &e), 0);
	expect_words(&c, want);
	cr_expect_eq(c.fd_count, 3);
	cr_expect_eq(c.fds[0], 30);
	cr_expect_eq(c.fds[2], 3);
}

Test(program, refuses_more_than_a_command_holds)
{
	struct command c;
	struct err e = { 0 };
	char big[COMMAND_TEXT_BYTES];
	int i;

	memset(big, 'a', sizeof(big));
	big[sizeof(big) - 1] = 0;
	command_init(&c, PROGRAM_API);
	cr_expect_eq(command_word(&c, big, &e), -FAIL_LIMIT);
	for (i = 0; i < COMMAND_FDS; i++)
		cr_expect_eq(command_fd(&c, "-", 9, &e), 0);
	cr_expect_eq(command_fd(&c, "-", 9, &e), -FAIL_LIMIT);
	while (c.argc < COMMAND_WORDS)
		cr_assert_eq(command_word(&c, "x", &e), 0);
	cr_expect_eq(command_word(&c, "x", &e), -FAIL_LIMIT);
	cr_expect_null(c.argv[COMMAND_WORDS]);
}

Test(program, runs_a_bundle_with_crun_and_a_program_as_it_is)
{
	static const char *const crun[] = { "/usr/bin/crun",
					    "--cgroup-manager=cgroupfs",
					    "run",
					    "--bundle",
					    "/srv/pod",
					    "payload",
					    NULL };
	static const char *const words[] = { "/bin/x", "", "two words", NULL };
	struct msg_config config = { .payload = PAYLOAD_OCI, .bundle = "/srv/pod" };
	struct command c;
	struct err e = { 0 };

	command_init(&c, PROGRAM_PAYLOAD);
	cr_expect_eq(command_payload(&c, &config, &e), 0);
	expect_words(&c, crun);

	config = (struct msg_config){ .payload = PAYLOAD_EXEC,
				      .argc = 3,
				      .argv = "/bin/x\0\0two words" };
	command_init(&c, PROGRAM_PAYLOAD);
	cr_expect_eq(command_payload(&c, &config, &e), 0);
	expect_words(&c, words);

	config.payload = PAYLOAD_NONE;
	command_init(&c, PROGRAM_PAYLOAD);
	cr_expect_eq(command_payload(&c, &config, &e), -FAIL_BUG);
}

Test(program, holds_the_longest_payload_that_a_message_can)
{
	struct msg_config config = { .payload = PAYLOAD_EXEC, .argc = LIMIT_ARGV };
	struct command c;
	struct err e = { 0 };
	uint32_t i;

	memset(config.argv, 'a', sizeof(config.argv));
	for (i = 1; i <= LIMIT_ARGV; i++)
		config.argv[i * sizeof(config.argv) / LIMIT_ARGV - 1] = 0;
	command_init(&c, PROGRAM_PAYLOAD);
	cr_expect_eq(command_payload(&c, &config, &e), 0, "%s", e.text);
	cr_expect_eq(c.argc, LIMIT_ARGV);
}

/* --- child --- */

static pid_t reap_within(uint64_t ms, const struct child *c, struct ending *ret)
{
	struct pollfd p = { .fd = c->pidfd, .events = POLLIN };

	cr_assert_eq(poll(&p, 1, (int)ms), 1, "it ends");
	return child_reap(ret);
}

Test(child, is_reaped_once_with_its_status)
{
	struct child c = CHILD_NONE;
	struct ending how = { true, 7 };
	struct err e = { 0 };

	cr_assert_eq(child_sync(&c, &e), 0, "%s", e.text);
	cr_expect_gt(c.pid, 0);
	cr_expect_eq(reap_within(30000, &c, &how), c.pid);
	cr_expect_not(how.is_signal);
	cr_expect_eq(how.number, 0);
	cr_expect_eq(child_reap(&how), 0);
	child_kill(&c, SIGKILL); /* an ended child is nobody else */
	fd_done(&c.pidfd);
}

Test(child, that_can_not_be_started_says_so_with_its_exit_status)
{
	struct child c = CHILD_NONE;
	struct ending how = { true, 7 };
	struct err e = { 0 };
	struct command command;

	if (geteuid() != 0)
		cr_skip_test("needs root to become somebody else");
	if (access(PATH_API, F_OK) == 0)
		cr_skip_test("the program is installed here");
	command_init(&command, PROGRAM_API);
	cr_assert_eq(child_spawn(&command, &c, &e), 0, "%s", e.text);
	cr_expect_eq(reap_within(30000, &c, &how), c.pid);
	cr_expect_not(how.is_signal);
	cr_expect_eq(how.number, 127);
	fd_done(&c.pidfd);
}

Test(child, without_a_command_is_not_started)
{
	struct child c = CHILD_NONE;
	struct err e = { 0 };
	struct command command;

	command_init(&command, PROGRAM_PAYLOAD);
	cr_expect_eq(child_spawn(&command, &c, &e), -FAIL_BUG);
	cr_expect_eq(c.pid, 0);
}
