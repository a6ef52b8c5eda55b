/* sealinit-gpu as PID 1 starts it: one at a time, behind the keeper, with an end. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/roles.h"
#include "tests/unit/init/fake.h"

static const struct ending clean = { false, 0 };
static const struct ending crash = { true, SIGSEGV };
static const struct ending killed = { true, SIGKILL };

static struct fake *started(bool has_keeper)
{
	struct fake *f = fake_new();

	f->guest.gpus.has_keeper = has_keeper;
	guest_start(&f->guest, "");
	guest_tick(&f->guest);
	return f;
}

static void ask(struct fake *f, uint32_t id, uint32_t action)
{
	const struct msg_gpu_start s = { action };

	fake_say(f, fake_child(f, PROGRAM_ATTEST), MSG_GPU_START, id, span(&s, sizeof(s)), -1);
}

/* The two ends are of one socket. */
static void expect_connected(int a, int b)
{
	char byte = 0;

	cr_assert_eq(send(a, "q", 1, MSG_NOSIGNAL), 1);
	cr_expect_eq(recv(b, &byte, 1, MSG_DONTWAIT), 1);
	cr_expect_eq(byte, 'q');
}

Test(gpu, attest_gets_the_other_end)
{
	struct fake *f = started(false);
	struct ipc_msg m;
	AUTO_FD int fd = -1;

	ask(f, 7, GPU_COLLECT);
	m = fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_GPU_START, &fd);
	cr_expect_eq(m.id, 7);
	cr_expect_eq(m.status, 0);
	cr_expect_str_eq(fake_child(f, PROGRAM_GPU)->line, "sealinit-gpu --socket 3");
	expect_connected(fd, fake_fd(fake_child(f, PROGRAM_GPU), "--socket"));
}

Test(gpu, libraries_are_where_the_image_says)
{
	struct fake *f = started(false);

	strcpy(f->guest.places.at[PLACE_NVML], "/opt/nvml.so");
	ask(f, 1, GPU_COLLECT);
	cr_expect_str_eq(fake_child(f, PROGRAM_GPU)->line,
			 "sealinit-gpu --socket 3 --library /opt/nvml.so");
	strcpy(f->guest.places.at[PLACE_NSCQ], "/opt/nscq.so");
	ask(f, 2, GPU_SET_READY);
	fake_end(f, fake_child(f, PROGRAM_GPU), clean);
	cr_expect_str_eq(fake_child(f, PROGRAM_GPU_READY)->line,
			 "sealinit-gpu --socket 3 --library /opt/nvml.so --switch-library "
			 "/opt/nscq.so");
}

Test(gpu, only_the_ready_state_is_an_administrators)
{
	struct fake *f = started(false);

	cr_expect_eq(program_row(PROGRAM_GPU)->uid, ROLE_GPU_UID);
	cr_expect_eq(program_row(PROGRAM_GPU)->bounding, 0);
	ask(f, 1, GPU_SET_READY);
	cr_expect_eq(fake_count(f, PROGRAM_GPU), 0);
	cr_expect_eq(fake_child(f, PROGRAM_GPU_READY)->program->uid, 0);
}

Test(gpu, one_runs_at_a_time)
{
	struct fake *f = started(false);
	struct ipc_msg m;

	ask(f, 1, GPU_COLLECT);
	ask(f, 2, GPU_COLLECT);
	cr_expect_eq(fake_count(f, PROGRAM_GPU), 1);
	(void)fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_GPU_START, NULL);
	fake_end(f, fake_child(f, PROGRAM_GPU), clean);
	cr_expect_eq(fake_count(f, PROGRAM_GPU), 2);
	m = fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_GPU_START, NULL);
	cr_expect_eq(m.id, 2);
	fake_end(f, fake_child(f, PROGRAM_GPU), crash);
	cr_expect_eq(fake_count(f, PROGRAM_GPU), 2, "a crash asks nothing again");
}

Test(gpu, one_that_hangs_is_killed_and_the_next_has_its_turn)
{
	struct fake *f = started(false);

	ask(f, 1, GPU_COLLECT);
	ask(f, 2, GPU_COLLECT);
	fake_pass_ms(f, LIMIT_GPU_MS - 1);
	cr_expect_not(fake_has_signal(fake_child(f, PROGRAM_GPU), SIGKILL));
	fake_pass_ms(f, 1);
	cr_expect(fake_has_signal(fake_child(f, PROGRAM_GPU), SIGKILL));
	cr_expect_eq(fake_count(f, PROGRAM_GPU), 1, "it is not gone yet");
	fake_end(f, fake_child(f, PROGRAM_GPU), killed);
	cr_expect_eq(fake_count(f, PROGRAM_GPU), 2);
}

Test(gpu, the_keeper_comes_first_and_once)
{
	struct fake *f = started(true);

	cr_expect_eq(fake_count(f, PROGRAM_GPU_KEEPER), 0, "nobody asked yet");
	ask(f, 1, GPU_COLLECT);
	ask(f, 2, GPU_COLLECT);
	cr_expect_eq(fake_count(f, PROGRAM_GPU_KEEPER), 1);
	cr_expect_eq(fake_count(f, PROGRAM_GPU), 0);
	fake_end(f, fake_child(f, PROGRAM_GPU_KEEPER), clean);
	cr_expect_eq(fake_count(f, PROGRAM_GPU), 1);
	fake_end(f, fake_child(f, PROGRAM_GPU), clean);
	cr_expect_eq(fake_count(f, PROGRAM_GPU), 2);
	cr_expect_eq(fake_count(f, PROGRAM_GPU_KEEPER), 1);
}

Test(gpu, a_keeper_that_hangs_or_fails_keeps_nobody_waiting)
{
	struct fake *f = started(true);

	ask(f, 1, GPU_COLLECT);
	fake_pass_ms(f, LIMIT_GPU_KEEPER_MS);
	cr_expect(fake_has_signal(fake_child(f, PROGRAM_GPU_KEEPER), SIGKILL));
	fake_end(f, fake_child(f, PROGRAM_GPU_KEEPER), killed);
	cr_expect_eq(fake_count(f, PROGRAM_GPU), 1, "which says itself that there is none");
}

Test(gpu, more_than_wait_are_refused)
{
	struct fake *f = started(false);
	struct ipc_msg m;

	for (uint32_t i = 0; i < LIMIT_GPU_STARTS + 2; i++)
		ask(f, i, GPU_COLLECT);
	m = fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_GPU_START, NULL);
	cr_expect_eq(m.id, 0);
	m = fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_GPU_START, NULL);
	cr_expect_eq(m.id, LIMIT_GPU_STARTS + 1);
	cr_expect_eq(m.status, FAIL_AGAIN);
}

Test(gpu, a_start_that_fails_is_told)
{
	struct fake *f = started(false);
	struct ipc_msg m;

	f->refuse_spawns = 1;
	ask(f, 3, GPU_COLLECT);
	m = fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_GPU_START, NULL);
	cr_expect_eq(m.id, 3);
	cr_expect_eq(m.status, FAIL_SYS);
}

Test(gpu, what_an_attest_waited_for_ends_with_it)
{
	struct fake *f = started(false);
	struct ipc_msg m;
	int fd;

	for (uint32_t i = 0; i < LIMIT_GPU_STARTS + 1; i++)
		ask(f, i, GPU_COLLECT);
	fake_end(f, fake_child(f, PROGRAM_ATTEST), crash);
	ask(f, 9, GPU_SET_READY);
	fake_end(f, fake_child(f, PROGRAM_GPU), clean);
	cr_expect_eq(fake_count(f, PROGRAM_GPU), 1, "nobody waits for the others");
	cr_expect_eq(fake_count(f, PROGRAM_GPU_READY), 1);
	m = fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_GPU_START, &fd);
	cr_expect_eq(m.id, 9);
	(void)close(fd);
}

Test(gpu, none_is_started_on_the_way_down)
{
	struct fake *f = started(true);
	struct ipc_msg m;

	guest_stop(&f->guest, "test");
	ask(f, 4, GPU_COLLECT);
	m = fake_hear(fake_child(f, PROGRAM_ATTEST), MSG_GPU_START, NULL);
	cr_expect_eq(m.status, FAIL_DENIED);
	cr_expect_eq(fake_count(f, PROGRAM_GPU_KEEPER), 0);
	cr_expect_eq(fake_count(f, PROGRAM_GPU), 0);
}

ParameterizedTestParameters(gpu, an_action_that_is_not_known_is_an_end)
{
	static uint32_t rows[] = { 0, 3, UINT32_MAX };

	return cr_make_param_array(uint32_t, rows, COUNT_OF(rows));
}

ParameterizedTest(uint32_t *action, gpu, an_action_that_is_not_known_is_an_end)
{
	struct fake *f = started(false);

	ask(f, 1, *action);
	cr_expect(fake_has_signal(fake_child(f, PROGRAM_ATTEST), SIGKILL));
	cr_expect_eq(fake_count(f, PROGRAM_GPU), 0);
}
