/* API and attest: started, wired, started again. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "tests/unit/init/said.h"

Test(resident, gets_exactly_its_descriptors)
{
	struct fake *f = said_started();

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
	struct fake *f = said_started();
	struct fake_child *api = fake_child(f, PROGRAM_API),
			  *attest = fake_child(f, PROGRAM_ATTEST);
	struct ipc_msg m;
	struct err e = { 0 };
	int fd = -1;

	cr_assert_eq(ipc_send(fake_fd(api, "--attest"), MSG_EVIDENCE, 9, SPAN_EMPTY, -1, &e), 0);
	cr_assert_eq(ipc_recv(fake_fd(attest, "--api"), 0, &m, &fd, &e), 0, "%s", e.text);
	cr_expect_eq(m.id, 9);
}

Test(resident, is_started_again_and_the_other_gets_a_new_end)
{
	struct fake *f = said_ready(PAYLOAD_NONE);
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
	struct fake *f = said_started();

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
	struct fake *f = said_started();
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
	struct fake *f = said_started();
	int i;

	for (i = 0; i < LIMIT_RESTARTS; i++)
		fake_end(f, fake_child(f, PROGRAM_ATTEST), crash);
	cr_expect_eq(fake_count(f, PROGRAM_ATTEST), 1 + LIMIT_RESTARTS);
	cr_expect_eq(f->guest.halt.step, HALT_NOT);
	fake_end(f, fake_child(f, PROGRAM_ATTEST), crash);
	cr_expect_eq(fake_count(f, PROGRAM_ATTEST), 1 + LIMIT_RESTARTS);
	said_to_end(f);
	cr_expect_eq(f->power_offs, 1);
	cr_expect(strstr(f->reason, "sealinit-attest: killed by signal 11"), "%s", f->reason);
}

Test(resident, that_crashes_now_and_then_is_not)
{
	struct fake *f = said_started();
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
	said_to_end(f);
	cr_expect_str_eq(f->reason, "sealinit-api can't be started");
}

Test(resident, that_attests_for_ever_is_killed)
{
	struct fake *f = said_started();
	struct fake_child *attest = fake_child(f, PROGRAM_ATTEST);

	fake_pass_ms(f, LIMIT_FIRST_WORD_MS - 1);
	cr_expect_eq(attest->signal_count, 0);
	fake_pass_ms(f, 1);
	cr_expect(fake_has_signal(attest, SIGKILL));
}

Test(resident, may_take_its_time_once_it_is_ready)
{
	struct fake *f = said_started();
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
	struct fake *f = said_ready(PAYLOAD_NONE);
	struct fake_child *api = fake_child(f, PROGRAM_API);

	fd_done(&api->fds[0]);
	guest_readable(&f->guest, CHILD_API);
	cr_expect_eq(api->signal_count, 0);
	fake_pass_ms(f, LIMIT_CHILD_STOP_MS);
	cr_expect(fake_has_signal(api, SIGKILL));
}
