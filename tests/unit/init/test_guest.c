/* The guest: what it hears, and what comes of ready and failed. */
#include <criterion/criterion.h>
#include <unistd.h>

#include "tests/unit/init/said.h"

Test(guest, tells_the_api_what_attest_says)
{
	struct fake *f = said_started();
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
	struct fake *f = said_started();
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
	struct fake *f = said_started();
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
	struct fake *f = said_started();
	struct fake_child *attest = fake_child(f, PROGRAM_ATTEST);

	cr_assert_eq(write(fake_fd(attest, "--control"), "hello", 5), 5);
	guest_readable(&f->guest, CHILD_ATTEST);
	cr_expect(fake_has_signal(attest, SIGKILL));
}

Test(guest, takes_nothing_from_the_api)
{
	struct fake *f = said_started();
	struct fake_child *api = fake_child(f, PROGRAM_API);

	fake_say(f, api, MSG_READY, 0, SPAN_EMPTY, -1);
	cr_expect(fake_has_signal(api, SIGKILL));
	cr_expect_not(f->guest.is_ready);
}

Test(guest, refuses_ready_without_a_configuration)
{
	struct fake *f = said_started();

	say_ready(f);
	cr_expect(fake_has_signal(fake_child(f, PROGRAM_ATTEST), SIGKILL));
	cr_expect_not(f->guest.is_ready);
}

Test(guest, keeps_the_first_configuration)
{
	struct fake *f = said_started();
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
	struct fake *f = said_started();
	struct fake_child *api = fake_child(f, PROGRAM_API);
	int i;

	for (i = 0; i < 1000 && !api->signal_count; i++)
		say_stage(f, STAGE_NET, STAGE_RUNNING);
	cr_expect(fake_has_signal(api, SIGKILL));
	cr_expect_eq(fake_child(f, PROGRAM_ATTEST)->signal_count, 0);
}

Test(guest, hears_what_was_said_right_before_the_end)
{
	struct fake *f = said_started();
	struct fake_child *attest = fake_child(f, PROGRAM_ATTEST);
	const struct msg_failed m = { STAGE_CONFIG, FAIL_INPUT, "no configuration" };
	struct err e = { 0 };

	cr_assert_eq(
		ipc_send(fake_fd(attest, "--control"), MSG_FAILED, 0, span(&m, sizeof(m)), -1, &e),
		0);
	fake_end(f, attest, failed);
	cr_expect_eq(fake_count(f, PROGRAM_ATTEST), 1, "it said why: not started again");
	said_to_end(f);
	cr_expect_str_eq(f->reason, "boot failed: config: no configuration");
}

Test(guest, ignores_the_end_of_strangers)
{
	struct fake *f = said_started();

	guest_ended(&f->guest, 4711, crash);
	cr_expect_eq(f->count, 2);
}

Test(payload, starts_when_attest_is_ready_and_once)
{
	struct fake *f = said_ready(PAYLOAD_EXEC);

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
	struct fake *f = said_ready(PAYLOAD_NONE);

	cr_expect_eq(fake_count(f, PROGRAM_PAYLOAD), 0);
	cr_expect_eq(f->guest.halt.step, HALT_NOT);
	guest_stop(&f->guest, "SIGTERM");
	said_to_end(f);
	cr_expect_str_eq(f->reason, "SIGTERM");
}

Test(payload, that_can_not_be_started_is_the_end)
{
	struct fake *f = said_started();

	say_config(f, false, PAYLOAD_OCI);
	f->refuse_spawns = 1;
	say_ready(f);
	said_to_end(f);
	cr_expect_str_eq(f->reason, "payload: no more processes");
}

Test(guest, ends_when_what_was_promised_can_not_be_had)
{
	struct fake *f = said_started();

	say_config(f, false, PAYLOAD_EXEC);
	say_failed(f, FAIL_DENIED);
	cr_expect_eq(fake_count(f, PROGRAM_PAYLOAD), 0, "nothing of the tenant's starts");
	said_to_end(f);
	cr_expect_eq(f->power_offs, 1);
	cr_expect_str_eq(f->reason, "boot failed: broker: broker says no");
}

Test(guest, goes_on_without_secrets_where_its_owner_said_so)
{
	struct fake *f = said_started();

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
	struct fake *f = said_started();

	say_failed(f, FAIL_INPUT);
	said_to_end(f);
	cr_expect_eq(f->power_offs, 1);
}

Test(guest, tries_again_when_the_broker_is_away_after_ready)
{
	struct fake *f = said_ready(PAYLOAD_EXEC);

	fake_end(f, fake_child(f, PROGRAM_ATTEST), crash);
	say_failed(f, FAIL_AGAIN);
	cr_expect_eq(f->guest.halt.step, HALT_NOT);
	fake_end(f, fake_child(f, PROGRAM_ATTEST), failed);
	cr_expect_eq(fake_count(f, PROGRAM_ATTEST), 3);
}

Test(guest, ends_when_the_broker_says_no_after_ready)
{
	struct fake *f = said_ready(PAYLOAD_EXEC);

	fake_end(f, fake_child(f, PROGRAM_ATTEST), crash);
	say_failed(f, FAIL_DENIED);
	cr_expect_neq(f->guest.halt.step, HALT_NOT);
}
