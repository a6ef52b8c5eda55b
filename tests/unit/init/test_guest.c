/* guest, resident, volume, agent, halt: what happens next, over fakes. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "tests/unit/init/fake.h"

static const struct ending crash = { true, SIGSEGV };
static const struct ending killed = { true, SIGKILL };
static const struct ending clean = { false, 0 };
static const struct ending failed = { false, 1 };

static struct fake *started(void)
{
	struct fake *f = fake_new();

	guest_start(&f->guest, "ready to go");
	guest_tick(&f->guest);
	return f;
}

static void say_stage(struct fake *f, enum stage stage, enum stage_state state)
{
	struct msg_stage s = { .stage = stage, .state = state, .start_us = f->now_us };

	s.end_us = state == STAGE_RUNNING ? 0 : f->now_us;
	s.kind = state == STAGE_FAILED ? FAIL_DENIED : 0;
	fake_say(f, fake_child(f, PROGRAM_ATTEST), MSG_STAGE, 0, span(&s, sizeof(s)), -1);
}

static void say_config(struct fake *f, bool degraded, enum payload_kind payload)
{
	struct msg_config c = { .degraded = degraded, .payload = payload };
	struct err e = { 0 };
	AUTO_FD int fd = fd_seal_bytes("document", span_text("measured"), &e);

	memcpy(c.bundle, "/pod", 5);
	memcpy(c.argv, "/bin/x", 7);
	c.argc = 1;
	fake_say(f, fake_child(f, PROGRAM_ATTEST), MSG_CONFIG, 0, span(&c, sizeof(c)), fd);
}

static void say_ready(struct fake *f)
{
	fake_say(f, fake_child(f, PROGRAM_ATTEST), MSG_READY, 0, SPAN_EMPTY, -1);
}

static void say_failed(struct fake *f, enum err_kind kind)
{
	const struct msg_failed m = { STAGE_BROKER, kind, "broker says no" };

	fake_say(f, fake_child(f, PROGRAM_ATTEST), MSG_FAILED, 0, span(&m, sizeof(m)), -1);
}

static void say_start(struct fake *f, uint32_t id, const char *name)
{
	struct msg_volume_start s = { .name = "" };

	(void)snprintf(s.name, sizeof(s.name), "%s", name);
	fake_say(f, fake_child(f, PROGRAM_ATTEST), MSG_VOLUME_START, id, span(&s, sizeof(s)), -1);
}

static struct msg_volume result(const char *name, enum volume_state state)
{
	struct msg_volume v = { .rollback = "none", .state = state };

	(void)snprintf(v.name, sizeof(v.name), "%s", name);
	(void)snprintf(v.mount, sizeof(v.mount), "/run/sealinit/volumes/%s", name);
	if (state == VOLUME_FAILED)
		(void)snprintf(v.text, sizeof(v.text), "not what was sealed");
	v.kind = state == VOLUME_FAILED ? FAIL_FORGED : 0;
	return v;
}

static void say_result(struct fake *f, const char *name, enum volume_state state)
{
	const struct msg_volume v = result(name, state);

	fake_say(f, fake_child(f, PROGRAM_STORAGE), MSG_VOLUME, 0, span(&v, sizeof(v)), -1);
}

static struct fake *ready(enum payload_kind payload)
{
	struct fake *f = started();

	say_config(f, false, payload);
	say_ready(f);
	return f;
}

/* Ends what still runs, in the order that it was told to. */
static void go_down(struct fake *f)
{
	int i, round;

	for (round = 0; round < FAKE_CHILDREN && !f->power_offs; round++)
		for (i = 0; i < f->count; i++)
			fake_end(f, &f->children[i], clean);
}

/* --- start --- */

Test(resident, gets_exactly_its_descriptors)
{
	struct fake *f = started();

	cr_expect_str_eq(fake_child(f, PROGRAM_API)->line,
			 "sealinit-api --control 3 --attest 4 --listen 5 --listen 6");
	cr_expect_str_eq(fake_child(f, PROGRAM_ATTEST)->line,
			 "sealinit-attest --control 3 --api 4 --life 5");
	cr_expect_eq(f->count, 2, "no payload before its time");
}

Test(resident, gets_the_disk_until_there_is_a_document)
{
	struct fake *f = fake_new();

	f->guest.initdata = open("/dev/null", O_RDONLY | O_CLOEXEC);
	f->guest.tsm = open("/", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	f->guest.devices[DEVICE_CCEL] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	guest_start(&f->guest, "");
	cr_expect_str_eq(
		fake_child(f, PROGRAM_ATTEST)->line,
		"sealinit-attest --control 3 --api 4 --life 5 --initdata 6 --tsm 7 --ccel 8");
	fake_end(f, fake_child(f, PROGRAM_ATTEST), crash);
	cr_expect_str_eq(
		fake_child(f, PROGRAM_ATTEST)->line,
		"sealinit-attest --control 3 --api 4 --life 5 --initdata 6 --tsm 7 --ccel 8");
	say_config(f, false, PAYLOAD_NONE);
	cr_expect_eq(f->guest.initdata, -1, "the host's bytes are read once");
	fake_end(f, fake_child(f, PROGRAM_ATTEST), crash);
	cr_expect_str_eq(
		fake_child(f, PROGRAM_ATTEST)->line,
		"sealinit-attest --control 3 --api 4 --life 5 --document 6 --tsm 7 --ccel 8");
}

/* It can't be read from the host's page again. */
Test(resident, gets_the_launch_secret_in_each_of_its_lives)
{
	struct fake *f = fake_new();

	f->guest.launch_secret = open("/dev/null", O_RDONLY | O_CLOEXEC);
	guest_start(&f->guest, "");
	for (int i = 0; i < 3; i++) {
		cr_expect_str_eq(fake_child(f, PROGRAM_ATTEST)->line,
				 "sealinit-attest --control 3 --api 4 --life 5 --launch-secret 6");
		fake_end(f, fake_child(f, PROGRAM_ATTEST), crash);
	}
}

Test(resident, talks_to_the_other_over_one_pair)
{
	struct fake *f = started();
	struct fake_child *api = fake_child(f, PROGRAM_API),
			  *attest = fake_child(f, PROGRAM_ATTEST);
	struct ipc_msg m;
	struct err e = { 0 };
	int fd = -1;

	cr_assert_eq(ipc_send(fake_fd(api, "--attest"), MSG_EVIDENCE, 9, SPAN_EMPTY, -1, &e), 0);
	cr_assert_eq(ipc_recv(fake_fd(attest, "--api"), 0, &m, &fd, &e), 0, "%s", e.text);
	cr_expect_eq(m.id, 9);
}

/* --- messages --- */

Test(guest, tells_the_api_what_attest_says)
{
	struct fake *f = started();
	struct fake_child *api = fake_child(f, PROGRAM_API);
	const struct msg_trust trust = { .tee = "snp", .config_measured = 1 };
	struct msg_trust heard;
	struct err e = { 0 };
	struct ipc_msg m;

	m = fake_hear(api, MSG_STAGE, NULL);
	cr_expect_eq(((struct msg_stage *)(void *)m.body)->stage, STAGE_BOOT);
	say_stage(f, STAGE_NET, STAGE_RUNNING);
	m = fake_hear(api, MSG_STAGE, NULL);
	cr_expect_eq(((struct msg_stage *)(void *)m.body)->stage, STAGE_NET);
	fake_say(f, fake_child(f, PROGRAM_ATTEST), MSG_TRUST, 0, span(&trust, sizeof(trust)), -1);
	m = fake_hear(api, MSG_TRUST, NULL);
	cr_assert_eq(ipc_body(&m, &heard, sizeof(heard), &e), 0);
	cr_expect_eq(heard.debug, 0);
}

Test(guest, tells_the_api_what_was_found)
{
	struct fake *f = started();
	struct fake_child *api = fake_child(f, PROGRAM_API);
	const struct msg_finding found = { 3, FINDING_USED, "sev-guest", "reports" };
	struct ipc_msg m;

	(void)fake_hear(api, MSG_STAGE, NULL);
	fake_say(f, fake_child(f, PROGRAM_ATTEST), MSG_FINDING, 0, span(&found, sizeof(found)), -1);
	m = fake_hear(api, MSG_FINDING, NULL);
	cr_assert_eq(m.length, sizeof(found));
	cr_expect_arr_eq(m.body, &found, sizeof(found));
	cr_expect_arr_eq(&f->guest.timeline.findings[3], &found, sizeof(found),
			 "kept for an API that starts again");
}

Test(guest, owns_up_to_a_lockdown_that_is_not_whole)
{
	struct fake *f = fake_new();
	const struct msg_trust trust = { .tee = "snp", .config_measured = 1 };
	struct msg_trust heard;
	struct err e = { 0 };
	struct ipc_msg m;

	f->guest.is_weak = true;
	guest_start(&f->guest, "");
	fake_say(f, fake_child(f, PROGRAM_ATTEST), MSG_TRUST, 0, span(&trust, sizeof(trust)), -1);
	m = fake_hear(fake_child(f, PROGRAM_API), MSG_TRUST, NULL);
	cr_assert_eq(ipc_body(&m, &heard, sizeof(heard), &e), 0);
	cr_expect_eq(heard.debug, 1);
}

Test(guest, kills_a_child_that_breaks_the_rules_and_hears_it_no_more)
{
	struct fake *f = started();
	struct fake_child *attest = fake_child(f, PROGRAM_ATTEST);
	struct err e = { 0 };

	fake_say(f, attest, MSG_PEER, 0, SPAN_EMPTY, -1);
	cr_expect(fake_has_signal(attest, SIGKILL));
	cr_expect_eq(ipc_send(fake_fd(attest, "--control"), MSG_READY, 0, SPAN_EMPTY, -1, &e),
		     -FAIL_SYS);
	fake_end(f, attest, killed);
	cr_expect_eq(fake_count(f, PROGRAM_ATTEST), 2, "that counts as a crash");
	cr_expect_eq(f->power_offs, 0);
}

Test(guest, kills_a_child_that_speaks_another_language)
{
	struct fake *f = started();
	struct fake_child *attest = fake_child(f, PROGRAM_ATTEST);

	cr_assert_eq(write(fake_fd(attest, "--control"), "hello", 5), 5);
	guest_readable(&f->guest, CHILD_ATTEST);
	cr_expect(fake_has_signal(attest, SIGKILL));
}

Test(guest, takes_nothing_from_the_api)
{
	struct fake *f = started();
	struct fake_child *api = fake_child(f, PROGRAM_API);

	fake_say(f, api, MSG_READY, 0, SPAN_EMPTY, -1);
	cr_expect(fake_has_signal(api, SIGKILL));
	cr_expect_not(f->guest.is_ready);
}

Test(guest, refuses_ready_without_a_configuration)
{
	struct fake *f = started();

	say_ready(f);
	cr_expect(fake_has_signal(fake_child(f, PROGRAM_ATTEST), SIGKILL));
	cr_expect_not(f->guest.is_ready);
}

Test(guest, keeps_the_first_configuration)
{
	struct fake *f = started();
	int document;

	say_config(f, true, PAYLOAD_EXEC);
	document = f->guest.document;
	say_config(f, false, PAYLOAD_NONE);
	cr_expect_eq(f->guest.config.degraded, 1);
	cr_expect_eq(f->guest.config.payload, PAYLOAD_EXEC);
	cr_expect_eq(f->guest.document, document);
}

Test(guest, kills_a_child_that_does_not_read)
{
	struct fake *f = started();
	struct fake_child *api = fake_child(f, PROGRAM_API);
	int i;

	for (i = 0; i < 1000 && !api->signal_count; i++)
		say_stage(f, STAGE_NET, STAGE_RUNNING);
	cr_expect(fake_has_signal(api, SIGKILL));
	cr_expect_eq(fake_child(f, PROGRAM_ATTEST)->signal_count, 0);
}

Test(guest, hears_what_was_said_right_before_the_end)
{
	struct fake *f = started();
	struct fake_child *attest = fake_child(f, PROGRAM_ATTEST);
	const struct msg_failed m = { STAGE_CONFIG, FAIL_INPUT, "no configuration" };
	struct err e = { 0 };

	cr_assert_eq(
		ipc_send(fake_fd(attest, "--control"), MSG_FAILED, 0, span(&m, sizeof(m)), -1, &e),
		0);
	fake_end(f, attest, failed);
	cr_expect_eq(fake_count(f, PROGRAM_ATTEST), 1, "it said why: not started again");
	go_down(f);
	cr_expect_str_eq(f->reason, "boot failed: config: no configuration");
}

Test(guest, ignores_the_end_of_strangers)
{
	struct fake *f = started();

	guest_ended(&f->guest, 4711, crash);
	cr_expect_eq(f->count, 2);
}

/* --- restarts --- */

Test(resident, is_started_again_and_the_other_gets_a_new_end)
{
	struct fake *f = ready(PAYLOAD_NONE);
	struct fake_child *attest = fake_child(f, PROGRAM_ATTEST),
			  *api = fake_child(f, PROGRAM_API);
	struct ipc_msg m;
	struct err e = { 0 };
	int peer = -1, fd = -1;

	fake_end(f, api, crash);
	api = fake_child(f, PROGRAM_API);
	cr_expect_eq(fake_count(f, PROGRAM_API), 2);
	(void)fake_hear(attest, MSG_PEER, &peer);
	cr_assert_eq(ipc_send(fake_fd(api, "--attest"), MSG_SECRET, 3, SPAN_EMPTY, -1, &e), 0);
	cr_assert_eq(ipc_recv(peer, 0, &m, &fd, &e), 0, "%s", e.text);
	cr_expect_eq(m.id, 3);
	fd_done(&peer);
}

Test(resident, that_serves_hears_everything_again)
{
	struct fake *f = started();

	say_config(f, false, PAYLOAD_NONE);
	say_stage(f, STAGE_KEYS, STAGE_DONE);
	say_start(f, 1, "data");
	say_result(f, "data", VOLUME_OPEN);
	say_ready(f);
	fake_end(f, fake_child(f, PROGRAM_API), crash);
	(void)fake_hear(fake_child(f, PROGRAM_API), MSG_STAGE, NULL);
	(void)fake_hear(fake_child(f, PROGRAM_API), MSG_VOLUME, NULL);
	(void)fake_hear(fake_child(f, PROGRAM_API), MSG_READY, NULL);
}

Test(resident, finds_its_end_when_both_died)
{
	struct fake *f = started();
	struct ipc_msg m;
	struct err e = { 0 };
	int fd = -1;

	f->refuse_spawns = 1; /* the API can't come back at once */
	fake_end(f, fake_child(f, PROGRAM_ATTEST), crash);
	fake_end(f, fake_child(f, PROGRAM_API), crash);
	(void)fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_PEER, &fd);
	cr_assert_eq(ipc_send(fake_fd(fake_child(f, PROGRAM_API), "--attest"), MSG_SECRET, 5,
			      SPAN_EMPTY, -1, &e),
		     0);
	cr_assert_eq(ipc_recv(fd, 0, &m, &fd, &e), 0, "%s", e.text);
	cr_expect_eq(m.id, 5);
}

Test(resident, that_crashes_again_and_again_is_the_end)
{
	struct fake *f = started();
	int i;

	for (i = 0; i < LIMIT_RESTARTS; i++)
		fake_end(f, fake_child(f, PROGRAM_ATTEST), crash);
	cr_expect_eq(fake_count(f, PROGRAM_ATTEST), 1 + LIMIT_RESTARTS);
	cr_expect_eq(f->guest.halt.step, HALT_NOT);
	fake_end(f, fake_child(f, PROGRAM_ATTEST), crash);
	cr_expect_eq(fake_count(f, PROGRAM_ATTEST), 1 + LIMIT_RESTARTS);
	go_down(f);
	cr_expect_eq(f->power_offs, 1);
	cr_expect(strstr(f->reason, "sealinit-attest: killed by signal 11"), "%s", f->reason);
}

Test(resident, that_crashes_now_and_then_is_not)
{
	struct fake *f = started();
	int i;

	for (i = 0; i < 20; i++) {
		f->now_us += LIMIT_RESTART_MS / LIMIT_RESTARTS * 1000;
		fake_end(f, fake_child(f, PROGRAM_API), crash);
	}
	cr_expect_eq(f->guest.halt.step, HALT_NOT);
}

Test(resident, that_can_not_be_started_is_the_end)
{
	struct fake *f = fake_new();

	f->refuse_spawns = 1000;
	guest_start(&f->guest, "");
	guest_tick(&f->guest);
	f->refuse_spawns = 0;
	cr_expect_eq(f->count, 1, "nothing but the sync");
	cr_expect_eq(f->syncs, 1);
	go_down(f);
	cr_expect_str_eq(f->reason, "sealinit-api can't be started");
}

Test(resident, that_attests_for_ever_is_killed)
{
	struct fake *f = started();
	struct fake_child *attest = fake_child(f, PROGRAM_ATTEST);

	fake_pass_ms(f, LIMIT_FIRST_WORD_MS - 1);
	cr_expect_eq(attest->signal_count, 0);
	fake_pass_ms(f, 1);
	cr_expect(fake_has_signal(attest, SIGKILL));
}

Test(resident, may_take_its_time_once_it_is_ready)
{
	struct fake *f = started();
	struct fake_child *attest = fake_child(f, PROGRAM_ATTEST);

	say_config(f, false, PAYLOAD_NONE);
	cr_expect_lt(guest_deadline(&f->guest), UINT64_MAX);
	fake_pass_ms(f, LIMIT_SILENCE_MS - 1);
	cr_expect_eq(attest->signal_count, 0);
	say_ready(f);
	cr_expect_eq(guest_deadline(&f->guest), UINT64_MAX);
	fake_pass_ms(f, 1000000000);
	cr_expect_eq(attest->signal_count, 0);
}

Test(resident, that_lets_go_of_its_control_is_given_a_while)
{
	struct fake *f = ready(PAYLOAD_NONE);
	struct fake_child *api = fake_child(f, PROGRAM_API);

	fd_done(&api->fds[0]);
	guest_readable(&f->guest, CHILD_API);
	cr_expect_eq(api->signal_count, 0);
	fake_pass_ms(f, LIMIT_CHILD_STOP_MS);
	cr_expect(fake_has_signal(api, SIGKILL));
}

/* --- ready, failed --- */

Test(payload, starts_when_attest_is_ready_and_once)
{
	struct fake *f = ready(PAYLOAD_EXEC);

	cr_expect_str_eq(fake_child(f, PROGRAM_PAYLOAD)->line, "/bin/x");
	cr_expect_eq(f->memories, 3, "PID 1 and both residents, told once");
	fake_end(f, fake_child(f, PROGRAM_ATTEST), crash);
	say_config(f, false, PAYLOAD_EXEC);
	say_ready(f);
	cr_expect_eq(fake_count(f, PROGRAM_PAYLOAD), 1);
	cr_expect_eq(f->memories, 3);
}

Test(payload, that_is_not_configured_is_not_started)
{
	struct fake *f = ready(PAYLOAD_NONE);

	cr_expect_eq(fake_count(f, PROGRAM_PAYLOAD), 0);
	cr_expect_eq(f->guest.halt.step, HALT_NOT);
	guest_stop(&f->guest, "SIGTERM");
	go_down(f);
	cr_expect_str_eq(f->reason, "SIGTERM");
}

Test(payload, that_can_not_be_started_is_the_end)
{
	struct fake *f = started();

	say_config(f, false, PAYLOAD_OCI);
	f->refuse_spawns = 1;
	say_ready(f);
	go_down(f);
	cr_expect_str_eq(f->reason, "payload: no more processes");
}

Test(guest, ends_when_what_was_promised_can_not_be_had)
{
	struct fake *f = started();

	say_config(f, false, PAYLOAD_EXEC);
	say_failed(f, FAIL_DENIED);
	cr_expect_eq(fake_count(f, PROGRAM_PAYLOAD), 0, "nothing of the tenant's starts");
	go_down(f);
	cr_expect_eq(f->power_offs, 1);
	cr_expect_str_eq(f->reason, "boot failed: broker: broker says no");
}

Test(guest, goes_on_without_secrets_where_its_owner_said_so)
{
	struct fake *f = started();

	say_config(f, true, PAYLOAD_EXEC);
	say_failed(f, FAIL_DENIED);
	cr_expect_eq(fake_count(f, PROGRAM_PAYLOAD), 1);
	(void)fake_hear(fake_child(f, PROGRAM_API), MSG_FAILED, NULL);
	fake_end(f, fake_child(f, PROGRAM_ATTEST), failed);
	cr_expect_eq(fake_count(f, PROGRAM_ATTEST), 1, "and without another try");
	cr_expect_eq(f->guest.halt.step, HALT_NOT);

	fake_end(f, fake_child(f, PROGRAM_API), crash);
	(void)fake_hear(fake_child(f, PROGRAM_API), MSG_FAILED, NULL);
	cr_expect_eq(f->guest.residents[CHILD_ATTEST].spare, -1, "no end for one that never comes");
}

Test(guest, does_not_degrade_before_it_knows_that_it_may)
{
	struct fake *f = started();

	say_failed(f, FAIL_INPUT);
	go_down(f);
	cr_expect_eq(f->power_offs, 1);
}

Test(guest, tries_again_when_the_broker_is_away_after_ready)
{
	struct fake *f = ready(PAYLOAD_EXEC);

	fake_end(f, fake_child(f, PROGRAM_ATTEST), crash);
	say_failed(f, FAIL_AGAIN);
	cr_expect_eq(f->guest.halt.step, HALT_NOT);
	fake_end(f, fake_child(f, PROGRAM_ATTEST), failed);
	cr_expect_eq(fake_count(f, PROGRAM_ATTEST), 3);
}

Test(guest, ends_when_the_broker_says_no_after_ready)
{
	struct fake *f = ready(PAYLOAD_EXEC);

	fake_end(f, fake_child(f, PROGRAM_ATTEST), crash);
	say_failed(f, FAIL_DENIED);
	cr_expect_neq(f->guest.halt.step, HALT_NOT);
}

/* --- volumes --- */

Test(volume, gets_its_keys_past_pid_1)
{
	struct fake *f = started();
	struct fake_child *storage;
	struct ipc_msg m;
	struct err e = { 0 };
	int keys = -1, fd = -1;

	say_config(f, false, PAYLOAD_NONE);
	say_start(f, 7, "data");
	storage = fake_child(f, PROGRAM_STORAGE);
	cr_expect_str_eq(storage->line, "sealinit-storage open --control 3 --key 4");
	m = fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_VOLUME_START, &keys);
	cr_expect_eq(m.id, 7);
	cr_expect_eq(m.status, 0);
	cr_assert_eq(ipc_send(keys, MSG_VOLUME_OPEN, 7, SPAN_EMPTY, -1, &e), 0);
	cr_assert_eq(ipc_recv(fake_fd(storage, "--key"), 0, &m, &fd, &e), 0);
	cr_expect_eq(m.op, MSG_VOLUME_OPEN);
	fd_done(&keys);
}

Test(volume, that_is_open_is_told_to_both)
{
	struct fake *f = started();
	struct ipc_msg m;

	say_start(f, 7, "data");
	say_result(f, "data", VOLUME_OPEN);
	m = fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_VOLUME, NULL);
	cr_expect_eq(m.id, 7);
	cr_expect_eq(m.status, 0);
	(void)fake_hear(fake_child(f, PROGRAM_API), MSG_VOLUME, NULL);
}

Test(volume, that_fails_is_an_answer_with_a_reason)
{
	struct fake *f = started();
	struct fake_child *storage;
	struct err e = { 0 };
	struct ipc_msg m;

	say_start(f, 7, "data");
	storage = fake_child(f, PROGRAM_STORAGE);
	say_result(f, "data", VOLUME_FAILED);
	fake_end(f, storage, failed);
	m = fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_VOLUME, NULL);
	cr_expect_eq(m.id, 7);
	cr_expect_eq(ipc_failure(&m, &e), -FAIL_FORGED);
	cr_expect_str_eq(e.text, "not what was sealed");
	m = fake_hear(fake_child(f, PROGRAM_API), MSG_VOLUME, NULL);
	cr_expect_eq(((struct msg_volume *)(void *)m.body)->state, VOLUME_FAILED);
	say_start(f, 8, "data");
	cr_expect_eq(fake_count(f, PROGRAM_STORAGE), 2, "another try is another run");
}

Test(volume, whose_storage_dies_is_a_failure)
{
	struct fake *f = started();
	struct err e = { 0 };
	struct ipc_msg m;

	say_start(f, 7, "data");
	fake_end(f, fake_child(f, PROGRAM_STORAGE), crash);
	m = fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_VOLUME, NULL);
	cr_expect_eq(ipc_failure(&m, &e), -FAIL_SYS);
	cr_expect_str_eq(e.text, "storage: killed by signal 11");
}

Test(volume, whose_storage_hangs_is_a_failure)
{
	struct fake *f = started();
	struct fake_child *storage;

	say_config(f, false, PAYLOAD_NONE);
	say_start(f, 7, "data");
	storage = fake_child(f, PROGRAM_STORAGE);
	fake_pass_ms(f, LIMIT_STORAGE_OPEN_MS);
	cr_expect(fake_has_signal(storage, SIGKILL));
	fake_end(f, storage, killed);
	cr_expect_neq(fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_VOLUME, NULL).status, 0);
}

Test(volume, refuses_a_result_for_another)
{
	struct fake *f = started();
	struct fake_child *storage;

	say_start(f, 7, "data");
	storage = fake_child(f, PROGRAM_STORAGE);
	say_result(f, "other", VOLUME_OPEN);
	cr_expect(fake_has_signal(storage, SIGKILL));
	fake_end(f, storage, killed);
	cr_expect_neq(fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_VOLUME, NULL).status, 0);
}

Test(volume, is_not_opened_twice_at_once)
{
	struct fake *f = started();
	struct ipc_msg m;

	say_start(f, 7, "data");
	say_start(f, 8, "data");
	cr_expect_eq(fake_count(f, PROGRAM_STORAGE), 1);
	do
		m = fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_VOLUME_START, NULL);
	while (m.id != 8);
	cr_expect_eq(m.status, FAIL_DENIED);
}

Test(volume, can_not_be_one_too_many)
{
	struct fake *f = started();
	char name[8] = "a";
	struct ipc_msg m;
	uint32_t i;

	for (i = 0; i <= LIMIT_VOLUMES; i++) {
		name[0] = (char)('a' + i);
		say_start(f, i + 1, name);
	}
	cr_expect_eq(fake_count(f, PROGRAM_STORAGE), LIMIT_VOLUMES);
	do
		m = fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_VOLUME_START, NULL);
	while (m.id <= LIMIT_VOLUMES);
	cr_expect_neq(m.status, 0);
}

Test(volume, that_is_open_stays_open_when_attest_starts_again)
{
	struct fake *f = started();
	struct ipc_msg m;

	say_start(f, 7, "data");
	say_result(f, "data", VOLUME_OPEN);
	fake_end(f, fake_child(f, PROGRAM_STORAGE), clean);
	fake_end(f, fake_child(f, PROGRAM_ATTEST), crash);
	say_start(f, 1, "data");
	m = fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_VOLUME, NULL);
	cr_expect_eq(m.id, 1);
	cr_expect_eq(m.status, 0);
	cr_expect_eq(fake_count(f, PROGRAM_STORAGE), 1);
}

Test(volume, that_opens_while_attest_dies_is_told_to_the_next)
{
	struct fake *f = started();
	struct ipc_msg m;

	say_start(f, 7, "data");
	fake_end(f, fake_child(f, PROGRAM_ATTEST), crash);
	say_start(f, 1, "data");
	cr_expect_eq(fake_count(f, PROGRAM_STORAGE), 1);
	say_result(f, "data", VOLUME_OPEN);
	m = fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_VOLUME, NULL);
	cr_expect_eq(m.id, 1);
}

Test(volume, that_lost_its_keys_with_attest_gets_another_run)
{
	struct fake *f = started();
	struct fake_child *storage;
	struct ipc_msg m;
	int keys = -1;

	say_start(f, 7, "data");
	storage = fake_child(f, PROGRAM_STORAGE);
	fake_end(f, fake_child(f, PROGRAM_ATTEST), crash);
	say_start(f, 1, "data");
	say_result(f, "data", VOLUME_FAILED);
	fake_end(f, storage, failed);
	cr_expect_eq(fake_count(f, PROGRAM_STORAGE), 2);
	m = fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_VOLUME_START, &keys);
	cr_expect_eq(m.id, 1);
	cr_expect_geq(keys, 0);
	fd_done(&keys);
}

/* --- the agent's table --- */

Test(agent, never_leaves_its_end_and_starts_once)
{
	enum agent_state state;
	enum agent_event event;

	for (state = 0; state < AGENT_STATES; state++)
		for (event = 0; event < AGENT_EVENTS; event++) {
			const struct agent_cell *cell = agent_cell(state, event);

			cr_expect_geq(cell->next, state, "only forwards");
			if (cell->action == AGENT_START)
				cr_expect(state == AGENT_WAITING && event == AGENT_GO);
			if (state == AGENT_ENDED)
				cr_expect_eq(cell->action, AGENT_NOTHING);
			if (event == AGENT_END && state != AGENT_WAITING)
				cr_expect_eq(cell->next, AGENT_ENDED);
		}
}

struct end_case {
	struct ending how;
	char want[64];
};

ParameterizedTestParameters(agent, ends_the_guest)
{
	static struct end_case rows[] = {
		{ { false, 0 }, "payload ended: exit status 0" },
		{ { false, 42 }, "payload ended: exit status 42" },
		{ { true, SIGINT }, "payload ended: killed by signal 2" }, /* power-off in there */
		{ { true, SIGHUP }, "payload ended: killed by signal 1" }, /* restart in there   */
		{ { true, SIGSEGV }, "payload ended: killed by signal 11" },
	};

	return cr_make_param_array(struct end_case, rows, COUNT_OF(rows));
}

ParameterizedTest(struct end_case *row, agent, ends_the_guest, .timeout = 5)
{
	struct fake *f = ready(PAYLOAD_OCI);

	fake_end(f, fake_child(f, PROGRAM_PAYLOAD), row->how);
	go_down(f);
	cr_expect_eq(f->power_offs, 1);
	cr_expect_str_eq(f->reason, row->want);
}

/* --- the way down --- */

Test(halt, goes_one_step_after_the_other)
{
	struct fake *f = started();
	struct fake_child *api = fake_child(f, PROGRAM_API), *attest, *payload, *storage;

	say_config(f, false, PAYLOAD_EXEC);
	say_start(f, 1, "data");
	say_result(f, "data", VOLUME_OPEN);
	fake_end(f, fake_child(f, PROGRAM_STORAGE), clean);
	say_ready(f);
	attest = fake_child(f, PROGRAM_ATTEST);
	payload = fake_child(f, PROGRAM_PAYLOAD);

	guest_stop(&f->guest, "because");
	guest_stop(&f->guest, "of something else");
	guest_tick(&f->guest);
	(void)fake_hear(api, MSG_STOP, NULL);
	cr_expect_eq(payload->signal_count, 0, "its time comes when nobody serves");
	fake_end(f, api, clean);
	cr_expect(fake_has_signal(payload, SIGTERM));
	cr_expect_eq(f->guest.halt.step, HALT_PAYLOAD);
	fake_end(f, payload, clean);
	(void)fake_hear(attest, MSG_STOP, NULL);
	cr_expect_eq(fake_count(f, PROGRAM_STORAGE), 1);
	fake_end(f, attest, clean);
	storage = fake_child(f, PROGRAM_STORAGE);
	cr_expect_str_eq(storage->line,
			 "sealinit-storage close --control 3 data /run/sealinit/volumes/data");
	cr_expect_eq(f->syncs, 0);
	fake_end(f, storage, clean);
	cr_expect_eq(f->syncs, 1);
	cr_expect_eq(f->power_offs, 0);
	fake_end(f, &f->children[f->count - 1], clean);
	cr_expect_eq(f->power_offs, 1);
	cr_expect_str_eq(f->reason, "because");
	cr_expect_eq(fake_count(f, PROGRAM_API), 1, "nobody is started again on the way down");
	cr_expect_eq(fake_count(f, PROGRAM_ATTEST), 1);
}

Test(halt, arrives_though_nobody_cooperates)
{
	struct fake *f = started();
	uint64_t limit_ms = 0;

	say_config(f, false, PAYLOAD_EXEC);
	say_start(f, 1, "data");
	say_result(f, "data", VOLUME_OPEN);
	fake_end(f, fake_child(f, PROGRAM_STORAGE), clean);
	say_ready(f);
	guest_stop(&f->guest, "stuck");
	while (!f->power_offs && limit_ms < 600000) {
		uint64_t due = guest_deadline(&f->guest);

		cr_assert_lt(due, UINT64_MAX, "every wait has a deadline");
		if (due > f->now_us / 1000)
			limit_ms += due - f->now_us / 1000;
		fake_pass_ms(f, due > f->now_us / 1000 ? due - f->now_us / 1000 : 0);
	}
	cr_expect_eq(f->power_offs, 1);
	cr_expect_leq(limit_ms, 2 * LIMIT_CHILD_STOP_MS + LIMIT_PAYLOAD_STOP_MS +
					LIMIT_STORAGE_CLOSE_MS + LIMIT_SYNC_MS + 5 * LIMIT_KILL_MS);
	cr_expect(fake_has_signal(fake_child(f, PROGRAM_API), SIGKILL));
	cr_expect(fake_has_signal(fake_child(f, PROGRAM_PAYLOAD), SIGKILL));
	cr_expect(fake_has_signal(fake_child(f, PROGRAM_ATTEST), SIGKILL));
	cr_expect(fake_has_signal(fake_child(f, PROGRAM_STORAGE), SIGKILL));
}

Test(halt, closes_a_volume_whose_storage_was_still_ending)
{
	struct fake *f = started();
	struct fake_child *opener;

	say_start(f, 1, "data");
	say_result(f, "data", VOLUME_OPEN);
	opener = fake_child(f, PROGRAM_STORAGE);
	guest_stop(&f->guest, "now");
	fake_end(f, fake_child(f, PROGRAM_API), clean);
	fake_end(f, fake_child(f, PROGRAM_ATTEST), clean);
	cr_expect_eq(f->guest.halt.step, HALT_VOLUMES);
	fake_end(f, opener, clean);
	cr_expect_eq(fake_count(f, PROGRAM_STORAGE), 2);
	cr_expect(strstr(fake_child(f, PROGRAM_STORAGE)->line, "close"));
	cr_expect_eq(f->syncs, 0);
}

Test(halt, opens_no_volume_any_more)
{
	struct fake *f = started();
	struct fake_child *opener;

	say_start(f, 1, "data");
	opener = fake_child(f, PROGRAM_STORAGE);
	guest_stop(&f->guest, "now");
	say_start(f, 2, "more");
	cr_expect_eq(fake_count(f, PROGRAM_STORAGE), 1);
	fake_end(f, fake_child(f, PROGRAM_API), clean);
	fake_end(f, fake_child(f, PROGRAM_ATTEST), clean);
	cr_expect(fake_has_signal(opener, SIGKILL));
}

Test(halt, starts_no_payload_any_more)
{
	struct fake *f = started();

	say_config(f, false, PAYLOAD_EXEC);
	guest_stop(&f->guest, "now");
	fake_end(f, fake_child(f, PROGRAM_API), clean);
	say_ready(f);
	cr_expect_eq(fake_count(f, PROGRAM_PAYLOAD), 0);
}
