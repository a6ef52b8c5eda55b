/* Storage runs: one a volume, past PID 1. */
#include <criterion/criterion.h>

#include "base/fd.h"
#include "tests/unit/init/said.h"

Test(volume, gets_its_keys_past_pid_1)
{
	struct fake *f = said_started();
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
	struct fake *f = said_started();
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
	struct fake *f = said_started();
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
	struct fake *f = said_started();
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
	struct fake *f = said_started();
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
	struct fake *f = said_started();
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
	struct fake *f = said_started();
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
	struct fake *f = said_started();
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
	struct fake *f = said_started();
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
	struct fake *f = said_started();
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
	struct fake *f = said_started();
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
