/* The one way down: what serves, what uses, what holds keys, what holds data; then the power. */
#include <signal.h>
#include <stdio.h>

#include "base/log.h"
#include "base/mem.h"
#include "init/guest.h"

static bool is_gone(const struct guest *g, enum child_slot slot)
{
	return !guest_is_running(g, slot);
}

/* One that has let go of its control socket is ending already; the step's limit is its own too. */
static void tell_stop(struct guest *g, enum child_slot slot)
{
	guest_tell(g, slot, MSG_STOP, 0, SPAN_EMPTY, -1);
}

static void api_stop(struct guest *g)
{
	tell_stop(g, CHILD_API);
}

static bool api_is_gone(const struct guest *g)
{
	return is_gone(g, CHILD_API);
}

static void api_kill(struct guest *g)
{
	guest_kill(g, CHILD_API, "does not stop");
}

static void payload_stop(struct guest *g)
{
	agent_event(g, AGENT_STOP, (struct ending){ 0 });
}

static bool payload_is_gone(const struct guest *g)
{
	return is_gone(g, CHILD_PAYLOAD);
}

static void payload_kill(struct guest *g)
{
	agent_event(g, AGENT_LATE, (struct ending){ 0 });
}

static void attest_stop(struct guest *g)
{
	tell_stop(g, CHILD_ATTEST);
}

static bool attest_is_gone(const struct guest *g)
{
	return is_gone(g, CHILD_ATTEST);
}

static void attest_kill(struct guest *g)
{
	guest_kill(g, CHILD_ATTEST, "does not stop");
}

static void sync_start(struct guest *g)
{
	struct err e = { 0 };

	if (g->ops->sync(g->ops->ctx, &g->children[CHILD_SYNC], &e) < 0)
		log_err(LOG_LEVEL_WARNING, "halt", &e);
}

static bool sync_is_done(const struct guest *g)
{
	return is_gone(g, CHILD_SYNC);
}

/* A sync that hangs in the kernel can't be killed, and mustn't keep the power on. */
static void sync_give_up(struct guest *g)
{
	log_warning("sync does not end");
	(void)g;
}

struct row {
	const char *name;
	void (*begin)(struct guest *g);
	bool (*is_done)(const struct guest *g);
	void (*force)(struct guest *g);
	uint64_t limit_ms;
};

static const struct row rows[HALT_OFF] = {
	[HALT_API] = { "api", api_stop, api_is_gone, api_kill, LIMIT_CHILD_STOP_MS },
	[HALT_PAYLOAD] = { "payload", payload_stop, payload_is_gone, payload_kill,
			   LIMIT_PAYLOAD_STOP_MS },
	[HALT_ATTEST] = { "attest", attest_stop, attest_is_gone, attest_kill, LIMIT_CHILD_STOP_MS },
	[HALT_VOLUMES] = { "volumes", volumes_close, volumes_are_closed, volumes_kill,
			   LIMIT_STORAGE_CLOSE_MS },
	[HALT_SYNC] = { "sync", sync_start, sync_is_done, sync_give_up, LIMIT_SYNC_MS },
};

static void enter(struct guest *g, enum halt_step step)
{
	g->halt.step = step;
	g->halt.is_forced = false;
	g->halt.deadline_ms = UINT64_MAX;
	if (step == HALT_OFF)
		return;
	g->halt.deadline_ms = guest_now_ms(g) + rows[step].limit_ms;
	rows[step].begin(g);
}

/* Late: force it; still there after that: leave it behind. */
static bool is_past(struct guest *g)
{
	const struct row *row = &rows[g->halt.step];

	if (row->is_done(g))
		return true;
	if (guest_now_ms(g) < g->halt.deadline_ms)
		return false;
	if (g->halt.is_forced) {
		log_warning("halt: %s does not end", row->name);
		return true;
	}
	g->halt.is_forced = true;
	g->halt.deadline_ms = guest_now_ms(g) + LIMIT_KILL_MS;
	row->force(g);
	return false;
}

void halt_go_on(struct guest *g)
{
	while (g->halt.step != HALT_NOT && g->halt.step != HALT_OFF && is_past(g)) {
		enter(g, g->halt.step + 1);
		if (g->halt.step == HALT_OFF)
			g->ops->power_off(g->ops->ctx, g->halt.reason);
	}
}

/* The steps go on with the next event or tick, never from within the call that asks for the end. */
void halt_begin(struct guest *g, const char *reason)
{
	if (g->halt.step != HALT_NOT)
		return;
	log_debug("stopping: %s", reason);
	(void)snprintf(g->halt.reason, sizeof(g->halt.reason), "%s", reason);
	enter(g, HALT_API);
}
