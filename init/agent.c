/* The payload (an OCI bundle or a program) in its PID and mount namespace. Its end is the pod's. */
#include <signal.h>
#include <stdio.h>

#include "base/log.h"
#include "init/guest.h"

/* clang-format off */
static const struct agent_cell table[AGENT_STATES][AGENT_EVENTS] = {
	[AGENT_WAITING] = {
		[AGENT_GO]   = { AGENT_START, AGENT_RUNNING },
		[AGENT_STOP] = { AGENT_NOTHING, AGENT_ENDED },
		[AGENT_LATE] = { AGENT_NOTHING, AGENT_WAITING },
		[AGENT_END]  = { AGENT_NOTHING, AGENT_WAITING },
	},
	[AGENT_RUNNING] = {
		[AGENT_GO]   = { AGENT_NOTHING, AGENT_RUNNING },
		[AGENT_STOP] = { AGENT_TERM, AGENT_STOPPING },
		[AGENT_LATE] = { AGENT_NOTHING, AGENT_RUNNING },
		[AGENT_END]  = { AGENT_REPORT, AGENT_ENDED },
	},
	[AGENT_STOPPING] = {
		[AGENT_GO]   = { AGENT_NOTHING, AGENT_STOPPING },
		[AGENT_STOP] = { AGENT_NOTHING, AGENT_STOPPING },
		[AGENT_LATE] = { AGENT_KILL, AGENT_KILLED },
		[AGENT_END]  = { AGENT_REPORT, AGENT_ENDED },
	},
	[AGENT_KILLED] = {
		[AGENT_GO]   = { AGENT_NOTHING, AGENT_KILLED },
		[AGENT_STOP] = { AGENT_NOTHING, AGENT_KILLED },
		[AGENT_LATE] = { AGENT_NOTHING, AGENT_ENDED },
		[AGENT_END]  = { AGENT_REPORT, AGENT_ENDED },
	},
	[AGENT_ENDED] = {
		[AGENT_GO]   = { AGENT_NOTHING, AGENT_ENDED },
		[AGENT_STOP] = { AGENT_NOTHING, AGENT_ENDED },
		[AGENT_LATE] = { AGENT_NOTHING, AGENT_ENDED },
		[AGENT_END]  = { AGENT_NOTHING, AGENT_ENDED },
	},
};
/* clang-format on */

const struct agent_cell *agent_cell(enum agent_state state, enum agent_event event)
{
	return &table[state][event];
}

static void start(struct guest *g)
{
	uint64_t now = g->ops->now_us(g->ops->ctx);
	struct err e = { 0 };
	struct command c;

	guest_own_stage(g, STAGE_PAYLOAD, STAGE_RUNNING, now, "");
	command_init(&c, PROGRAM_PAYLOAD);
	if (command_payload(&c, &g->config, &e) < 0 || guest_spawn(g, CHILD_PAYLOAD, &c, &e) < 0) {
		guest_own_stage(g, STAGE_PAYLOAD, STAGE_FAILED, now, e.text);
		g->agent = AGENT_ENDED;
		guest_stop(g, "payload: %s", e.text);
		return;
	}
	guest_own_stage(g, STAGE_PAYLOAD, STAGE_DONE, now, c.argv[0]);
}

/* reboot() in a PID namespace ends its first process: with SIGINT for a power-off, with SIGHUP for
 * a restart. Linux, reboot(2), "Behavior inside PID namespaces". */
static const char *reboot_text(struct ending how)
{
	if (how.is_signal && how.number == SIGINT)
		return " (it asked for power-off)";
	return how.is_signal && how.number == SIGHUP ? " (it asked for a restart)" : "";
}

static void report(struct guest *g, struct ending how)
{
	char text[64];

	ending_text(how, text, sizeof(text));
	log_info("payload ended: %s%s", text, reboot_text(how));
	guest_stop(g, "payload ended: %s", text);
}

void agent_event(struct guest *g, enum agent_event event, struct ending how)
{
	const struct agent_cell *cell = agent_cell(g->agent, event);

	if (event == AGENT_GO && g->config.payload == PAYLOAD_NONE) {
		guest_own_stage(g, STAGE_PAYLOAD, STAGE_SKIPPED, 0, "none is configured");
		return;
	}
	g->agent = cell->next;
	switch (cell->action) {
	case AGENT_START:
		start(g);
		break;
	case AGENT_TERM:
		g->ops->kill(g->ops->ctx, &g->children[CHILD_PAYLOAD], SIGTERM);
		break;
	case AGENT_KILL:
		g->ops->kill(g->ops->ctx, &g->children[CHILD_PAYLOAD], SIGKILL);
		break;
	case AGENT_REPORT:
		report(g, how);
		break;
	case AGENT_NOTHING:
		break;
	}
}
