/* The payload's states, and the one way down. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/init/said.h"

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
	struct fake *f = said_ready(PAYLOAD_OCI);

	fake_end(f, fake_child(f, PROGRAM_PAYLOAD), row->how);
	said_to_end(f);
	cr_expect_eq(f->power_offs, 1);
	cr_expect_str_eq(f->reason, row->want);
}

Test(halt, goes_one_step_after_the_other)
{
	struct fake *f = said_started();
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
	struct fake *f = said_started();
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
	struct fake *f = said_started();
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
	struct fake *f = said_started();
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
	struct fake *f = said_started();

	say_config(f, false, PAYLOAD_EXEC);
	guest_stop(&f->guest, "now");
	fake_end(f, fake_child(f, PROGRAM_API), clean);
	say_ready(f);
	cr_expect_eq(fake_count(f, PROGRAM_PAYLOAD), 0);
}
