#include "init/guest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "init/message.h"

uint64_t guest_now_ms(const struct guest *g)
{
	return g->ops->now_us(g->ops->ctx) / 1000;
}

bool guest_is_running(const struct guest *g, enum child_slot slot)
{
	return g->children[slot].pid != 0;
}

static enum program_id slot_program(enum child_slot slot)
{
	if (slot == CHILD_API)
		return PROGRAM_API;
	if (slot == CHILD_ATTEST)
		return PROGRAM_ATTEST;
	if (slot == CHILD_GPU)
		return PROGRAM_GPU;
	if (slot == CHILD_GPU_KEEPER)
		return PROGRAM_GPU_KEEPER;
	return slot == CHILD_PAYLOAD ? PROGRAM_PAYLOAD : PROGRAM_STORAGE;
}

const char *guest_child_name(enum child_slot slot)
{
	return slot == CHILD_SYNC ? "sync" : program_row(slot_program(slot))->name;
}

void ending_text(struct ending how, char *ret, size_t size)
{
	(void)snprintf(ret, size, how.is_signal ? "killed by signal %d" : "exit status %d",
		       how.number);
}

void guest_init(struct guest *g, const struct guest_ops *ops, uint64_t start_us)
{
	size_t i;

	memset(g, 0, sizeof(*g));
	g->ops = ops;
	g->start_us = start_us;
	g->listen[0] = g->listen[1] = g->life = g->eventlog = g->launch_secret = g->initdata =
		g->document = g->tsm = -1;
	for (i = 0; i < DEVICE_COUNT; i++)
		g->devices[i] = -1;
	for (i = 0; i < CHILD_COUNT; i++)
		g->children[i] = CHILD_NONE;
	for (i = 0; i < RESIDENTS; i++)
		g->residents[i].spare = -1;
}

void guest_start(struct guest *g, const char *text)
{
	guest_own_stage(g, STAGE_BOOT, STAGE_DONE, g->start_us, text);
	resident_start(g, CHILD_API);
	resident_start(g, CHILD_ATTEST);
}

int guest_spawn(struct guest *g, enum child_slot slot, const struct command *c, struct err *e)
{
	return g->ops->spawn(g->ops->ctx, c, &g->children[slot], e);
}

void guest_kill(struct guest *g, enum child_slot slot, const char *why)
{
	if (!guest_is_running(g, slot))
		return;
	log_warning("%s: %s: killed", guest_child_name(slot), why);
	g->children[slot].kill_ms = 0;
	fd_done(&g->children[slot].control); /* nothing that it says counts any more */
	g->ops->kill(g->ops->ctx, &g->children[slot], SIGKILL);
}

void guest_tell(struct guest *g, enum child_slot slot, uint16_t op, uint32_t id, struct span body,
		int fd)
{
	struct err e = { 0 };

	if (g->children[slot].control < 0)
		return;
	if (ipc_send(g->children[slot].control, op, id, body, fd, &e) == -FAIL_AGAIN)
		guest_kill(g, slot, "does not read its messages");
}

void guest_stage(struct guest *g, const struct msg_stage *said)
{
	char line[256];

	timeline_stage(&g->timeline, said);
	if (timeline_line(said, line, sizeof(line)))
		log_info("%s", line);
	guest_tell(g, CHILD_API, MSG_STAGE, 0, span(said, sizeof(*said)), -1);
}

void guest_own_stage(struct guest *g, enum stage stage, enum stage_state state, uint64_t start_us,
		     const char *text)
{
	struct msg_stage s = { .stage = stage, .state = state, .start_us = start_us };

	if (state != STAGE_RUNNING)
		s.end_us = g->ops->now_us(g->ops->ctx);
	if (state == STAGE_FAILED)
		s.kind = FAIL_SYS;
	(void)snprintf(s.text, sizeof(s.text), "%s", text);
	guest_stage(g, &s);
}

static void dispatch(struct guest *g, enum child_slot slot, const struct ipc_msg *m, int *fd)
{
	struct err e = { 0 };

	if (message_check(slot_program(slot), m, *fd, &e) < 0)
		guest_kill(g, slot, e.text);
	else if (slot >= CHILD_VOLUME)
		volume_message(g, slot, m);
	else
		resident_message(g, m, fd);
}

/* Takes one message; false when there is none, or nothing more to be heard from this child. */
static bool take_message(struct guest *g, enum child_slot slot)
{
	struct child *child = &g->children[slot];
	AUTO_MSG struct ipc_msg m;
	AUTO_FD int fd = -1;
	struct err e = { 0 };
	int failed = ipc_recv(child->control, 0, &m, &fd, &e);

	if (!failed) {
		dispatch(g, slot, &m, &fd);
		return child->control >= 0;
	}
	if (failed == -FAIL_AGAIN)
		return false;
	fd_done(&child->control);
	if (failed == -FAIL_INPUT)
		guest_kill(g, slot, e.text);
	else if (!child->kill_ms) /* it let go of us: it is ending, or has no say any more */
		child->kill_ms = guest_now_ms(g) + LIMIT_CHILD_STOP_MS;
	return false;
}

/* A few at a time, so that a child that never stops talking doesn't keep the others waiting. */
void guest_readable(struct guest *g, enum child_slot slot)
{
	int i;

	if (g->children[slot].control < 0)
		return;
	for (i = 0; i < LIMIT_MESSAGES_A_TURN; i++)
		if (!take_message(g, slot))
			return;
}

/* What a child said before it ended counts. Its queue is finite: nobody fills it any more, unless
 * it left the socket to a child of its own, which gets no more than another turn. */
static void hear_last_words(struct guest *g, enum child_slot slot)
{
	int turns = 8;

	while (turns-- && g->children[slot].control >= 0)
		guest_readable(g, slot);
}

static void slot_ended(struct guest *g, enum child_slot slot, struct ending how)
{
	hear_last_words(g, slot);
	fd_done(&g->children[slot].control);
	fd_done(&g->children[slot].pidfd);
	g->children[slot] = CHILD_NONE;
	if (slot >= CHILD_VOLUME)
		volume_ended(g, slot, how);
	else if (slot == CHILD_PAYLOAD)
		agent_event(g, AGENT_END, how);
	else if (slot == CHILD_GPU || slot == CHILD_GPU_KEEPER)
		gpu_ended(g, slot, how);
	else if (slot != CHILD_SYNC)
		resident_ended(g, slot, how);
	halt_go_on(g);
}

void guest_ended(struct guest *g, pid_t pid, struct ending how)
{
	enum child_slot slot;

	for (slot = 0; slot < CHILD_COUNT; slot++)
		if (g->children[slot].pid == pid) {
			slot_ended(g, slot, how);
			return;
		}
	log_debug("reaped an orphan, %d", (int)pid);
}

void guest_tick(struct guest *g)
{
	uint64_t now = guest_now_ms(g);
	enum child_slot slot;

	for (slot = 0; slot < CHILD_COUNT; slot++)
		if (g->children[slot].kill_ms && g->children[slot].kill_ms <= now)
			guest_kill(g, slot, "took too long");
	halt_go_on(g);
}

uint64_t guest_deadline(const struct guest *g)
{
	uint64_t first = UINT64_MAX;
	enum child_slot slot;

	if (g->halt.step != HALT_NOT)
		first = g->halt.deadline_ms;
	for (slot = 0; slot < CHILD_COUNT; slot++)
		if (g->children[slot].kill_ms && g->children[slot].kill_ms < first)
			first = g->children[slot].kill_ms;
	return first;
}

void guest_stop(struct guest *g, const char *format, ...)
{
	char reason[sizeof(g->halt.reason)];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	halt_begin(g, reason);
}
