/* api and attest: started with their ends of everything, heard, started again. */
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "init/guest.h"

static enum child_slot other_of(enum child_slot slot)
{
	return slot == CHILD_API ? CHILD_ATTEST : CHILD_API;
}

static int api_command(struct guest *g, int control, int service, struct command *ret,
		       struct err *e)
{
	command_init(ret, PROGRAM_API);
	if (command_fd(ret, "--control", control, e) < 0 ||
	    command_fd(ret, "--attest", service, e) < 0 ||
	    command_fd(ret, "--listen", g->listen[0], e) < 0)
		return -(int)FAIL_LIMIT;
	return command_fd(ret, "--listen", g->listen[1], e);
}

/* The host's bytes are read until a document was made of them, and never after. Whoever read
 * before may have left the file's position anywhere. */
static int attest_command(struct guest *g, int control, int service, struct command *ret,
			  struct err *e)
{
	bool has_document = g->document >= 0;
	int source = has_document ? g->document : g->initdata;

	if (source >= 0)
		(void)lseek(source, 0, SEEK_SET);
	command_init(ret, PROGRAM_ATTEST);
	if (command_fd(ret, "--control", control, e) < 0 ||
	    command_fd(ret, "--api", service, e) < 0 || command_fd(ret, "--life", g->life, e) < 0 ||
	    command_fd(ret, "--eventlog", g->eventlog, e) < 0 ||
	    command_fd(ret, "--launch-secret", g->launch_secret, e) < 0 ||
	    command_fd(ret, has_document ? "--document" : "--initdata", source, e) < 0)
		return -(int)FAIL_LIMIT;
	if (command_fd(ret, "--tsm", g->tsm, e) < 0)
		return -(int)FAIL_LIMIT;
	for (size_t i = 0; i < DEVICE_COUNT; i++)
		if (command_fd(ret, device_rows[i].option, g->devices[i], e) < 0)
			return -(int)FAIL_LIMIT;
	return 0;
}

/* An end of the service pair for `slot`. Its other end goes to the one that runs, or waits for the
 * one that is still to start; one that never will gets none, so that questions to it end at once.
 */
static int make_service(struct guest *g, enum child_slot slot, int *ret, struct err *e)
{
	enum child_slot other = other_of(slot);
	struct resident *peer = &g->residents[other];
	int pair[2];

	if (g->residents[slot].spare >= 0) {
		*ret = fd_take(&g->residents[slot].spare);
		return 0;
	}
	if (ipc_pair(pair, e) < 0)
		return -(int)FAIL_SYS;
	*ret = pair[0];
	fd_done(&peer->spare);
	if (g->children[other].control >= 0)
		guest_tell(g, other, MSG_PEER, 0, SPAN_EMPTY, pair[1]);
	else if (!peer->is_over)
		peer->spare = fd_take(&pair[1]);
	fd_done(&pair[1]);
	return 0;
}

static int start_once(struct guest *g, enum child_slot slot, struct err *e)
{
	struct child *child = &g->children[slot];
	AUTO_FD int service = -1, ours = -1, theirs = -1;
	struct command c;
	int control[2];

	if (ipc_pair(control, e) < 0)
		return -(int)FAIL_SYS;
	ours = control[0];
	theirs = control[1];
	if (make_service(g, slot, &service, e) < 0 ||
	    (slot == CHILD_API ? api_command : attest_command)(g, theirs, service, &c, e) < 0 ||
	    guest_spawn(g, slot, &c, e) < 0)
		return -(int)e->kind;
	child->control = fd_take(&ours);
	if (slot == CHILD_ATTEST)
		child->kill_ms = guest_now_ms(g) + LIMIT_FIRST_WORD_MS;
	return 0;
}

/* The API must hear everything that was said before it was there. */
static void bring_up_to_date(struct guest *g)
{
	struct err e = { 0 };

	if (timeline_send(&g->timeline, g->children[CHILD_API].control, &e) < 0)
		guest_kill(g, CHILD_API, e.text);
}

void resident_start(struct guest *g, enum child_slot slot)
{
	struct resident *r = &g->residents[slot];
	struct err e = { 0 };

	while (g->halt.step == HALT_NOT) {
		r->life++;
		r->is_settled = false;
		if (start_once(g, slot, &e) == 0) {
			if (slot == CHILD_API)
				bring_up_to_date(g);
			return;
		}
		log_err(LOG_LEVEL_WARNING, guest_child_name(slot), &e);
		if (!restart_is_allowed(&r->restarts, guest_now_ms(g)))
			guest_stop(g, "%s can't be started", guest_child_name(slot));
	}
}

static void on_config(struct guest *g, const struct ipc_msg *m, int *fd)
{
	struct err e = { 0 };

	/* An attest that was started again read the same document. The first word counts. */
	if (g->has_config)
		return;
	(void)ipc_body(m, &g->config, sizeof(g->config), &e);
	g->document = fd_take(fd);
	g->has_config = true;
	fd_done(&g->initdata);
}

static void on_trust(struct guest *g, const struct ipc_msg *m)
{
	struct msg_trust *t = &g->timeline.trust;
	struct err e = { 0 };

	(void)ipc_body(m, t, sizeof(*t), &e);
	if (g->is_weak)
		t->debug = 1;
	g->timeline.has_trust = true;
	guest_tell(g, CHILD_API, MSG_TRUST, 0, span(t, sizeof(*t)), -1);
}

static void on_finding(struct guest *g, const struct ipc_msg *m)
{
	struct msg_finding f;
	struct err e = { 0 };

	(void)ipc_body(m, &f, sizeof(f), &e);
	timeline_finding(&g->timeline, &f);
	guest_tell(g, CHILD_API, MSG_FINDING, 0, span(&f, sizeof(f)), -1);
}

static void log_ready(struct guest *g)
{
	uint64_t ready = (g->ops->now_us(g->ops->ctx) - g->start_us) / 1000;
	uint64_t broker = timeline_stage_ms(&g->timeline, STAGE_BROKER);

	if (broker)
		log_info("ready in %llu ms, %llu ms of it the broker's", (unsigned long long)ready,
			 (unsigned long long)broker);
	else
		log_info("ready in %llu ms", (unsigned long long)ready);
}

static void log_memory(struct guest *g)
{
	enum child_slot slot;

	g->ops->log_memory(g->ops->ctx, "sealinit", 0);
	for (slot = 0; slot < RESIDENTS; slot++)
		if (guest_is_running(g, slot))
			g->ops->log_memory(g->ops->ctx, guest_child_name(slot),
					   g->children[slot].pid);
}

static void on_ready(struct guest *g)
{
	bool is_first = !g->is_ready;

	if (!g->has_config) {
		guest_kill(g, CHILD_ATTEST, "ready without a configuration");
		return;
	}
	g->is_ready = true;
	g->is_degraded = false;
	g->residents[CHILD_ATTEST].is_settled = true;
	g->timeline.is_ready = true;
	g->timeline.has_failed = false;
	guest_tell(g, CHILD_API, MSG_READY, 0, SPAN_EMPTY, -1);
	if (!is_first)
		return;
	log_ready(g);
	agent_event(g, AGENT_GO, (struct ending){ 0 });
	log_memory(g);
}

/* What tenants were promised can't be had: the end of the guest, unless its owner said otherwise.
 */
static void fail(struct guest *g, const struct msg_failed *f)
{
	g->residents[CHILD_ATTEST].is_over = true;
	fd_done(&g->residents[CHILD_ATTEST].spare);
	g->is_ready = g->timeline.is_ready = false;
	g->is_degraded = g->has_config && g->config.degraded;
	if (!g->is_degraded) {
		guest_stop(g, "boot failed: %s: %s", stage_names[f->stage], f->text);
		return;
	}
	g->timeline.failure = *f;
	g->timeline.has_failed = true;
	guest_tell(g, CHILD_API, MSG_FAILED, 0, span(f, sizeof(*f)), -1);
	agent_event(g, AGENT_GO, (struct ending){ 0 });
}

static void on_failed(struct guest *g, const struct ipc_msg *m)
{
	struct msg_failed f;
	struct err e = { 0 };

	(void)ipc_body(m, &f, sizeof(f), &e);
	/* Once tenants run, a broker that is away for a while is a reason to start again, as a
	 * crash is, and as often. A broker that says no is not. */
	if (g->is_ready && f.kind == FAIL_AGAIN) {
		log_warning("attesting again failed: %s: %s", stage_names[f.stage], f.text);
		return;
	}
	log_info("boot failed: %s: %s", stage_names[f.stage], f.text);
	fail(g, &f);
}

static void on_message(struct guest *g, const struct ipc_msg *m, int *fd)
{
	struct msg_stage stage;
	struct msg_volume_start start;
	struct msg_gpu_start gpu;
	struct err e = { 0 };

	switch (m->op) {
	case MSG_STAGE:
		(void)ipc_body(m, &stage, sizeof(stage), &e);
		guest_stage(g, &stage);
		return;
	case MSG_CONFIG:
		on_config(g, m, fd);
		return;
	case MSG_TRUST:
		on_trust(g, m);
		return;
	case MSG_FINDING:
		on_finding(g, m);
		return;
	case MSG_READY:
		on_ready(g);
		return;
	case MSG_FAILED:
		on_failed(g, m);
		return;
	case MSG_VOLUME_START:
		(void)ipc_body(m, &start, sizeof(start), &e);
		volume_start(g, m->id, start.name);
		return;
	case MSG_GPU_START:
		(void)ipc_body(m, &gpu, sizeof(gpu), &e);
		gpu_ask(g, m->id, (enum gpu_action)gpu.action);
		return;
	default: /* message_check() knows no other */
		guest_kill(g, CHILD_ATTEST, "unknown message");
	}
}

/* Each stage has a deadline of attest's own; ours is for an attest that has lost its way. */
static void move_deadline(struct guest *g)
{
	const struct resident *r = &g->residents[CHILD_ATTEST];
	struct child *child = &g->children[CHILD_ATTEST];

	if (child->control < 0)
		return;
	if (r->is_over)
		child->kill_ms = guest_now_ms(g) + LIMIT_CHILD_STOP_MS;
	else if (r->is_settled)
		child->kill_ms = 0;
	else if (g->has_config)
		child->kill_ms = guest_now_ms(g) + LIMIT_SILENCE_MS;
}

void resident_message(struct guest *g, const struct ipc_msg *m, int *fd)
{
	on_message(g, m, fd);
	move_deadline(g);
}

void resident_ended(struct guest *g, enum child_slot slot, struct ending how)
{
	struct resident *r = &g->residents[slot];
	const char *name = guest_child_name(slot);
	char text[64];

	if (g->halt.step != HALT_NOT || r->is_over)
		return;
	ending_text(how, text, sizeof(text));
	if (!restart_is_allowed(&r->restarts, guest_now_ms(g))) {
		guest_stop(g, "%s: %s, after %d restarts within %d s", name, text, LIMIT_RESTARTS,
			   LIMIT_RESTART_MS / 1000);
		return;
	}
	log_warning("%s: %s: started again", name, text);
	resident_start(g, slot);
}
