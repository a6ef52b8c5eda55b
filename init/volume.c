/* Storage runs: one a volume and action. The keys go past PID 1, from attest to storage. */
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "init/guest.h"

static enum child_slot slot_of(const struct guest *g, const struct volume *v)
{
	return CHILD_VOLUME + (enum child_slot)(v - g->volumes);
}

static bool is_asker_there(const struct guest *g, const struct volume *v)
{
	return v->asker == g->residents[CHILD_ATTEST].life;
}

/* The answer that attest waits for, and a line in the API's list. */
static void report_failure(struct guest *g, struct volume *v, const struct err *why)
{
	struct msg_volume *said = &v->said;
	struct child *attest = &g->children[CHILD_ATTEST];
	struct err e = { 0 };

	said->state = VOLUME_FAILED;
	said->kind = why->kind;
	memcpy(said->name, v->name, sizeof(said->name));
	if (!said->text[0])
		(void)snprintf(said->text, sizeof(said->text), "%s", why->text);
	if (timeline_volume(&g->timeline, said, &e) == 0)
		guest_tell(g, CHILD_API, MSG_VOLUME, 0, span(said, sizeof(*said)), -1);
	if (attest->control >= 0 && is_asker_there(g, v) &&
	    ipc_send_failure(attest->control, MSG_VOLUME, v->id, why, &e) == -FAIL_AGAIN)
		guest_kill(g, CHILD_ATTEST, "does not read its messages");
}

static void report_open(struct guest *g, struct volume *v)
{
	struct span body = span(&v->said, sizeof(v->said));
	struct err e = { 0 };

	if (timeline_volume(&g->timeline, &v->said, &e) == 0)
		guest_tell(g, CHILD_API, MSG_VOLUME, 0, body, -1);
	if (is_asker_there(g, v))
		guest_tell(g, CHILD_ATTEST, MSG_VOLUME, v->id, body, -1);
}

/* Starts sealinit-storage in the volume's place. `key`: its end of the key pair, -1 to close. */
static int spawn(struct guest *g, struct volume *v, const char *action, int key, uint64_t limit_ms,
		 struct err *e)
{
	enum child_slot slot = slot_of(g, v);
	AUTO_FD int ours = -1, theirs = -1;
	struct command c;
	int control[2];

	if (ipc_pair(control, e) < 0)
		return -(int)FAIL_SYS;
	ours = control[0];
	theirs = control[1];
	command_init(&c, PROGRAM_STORAGE);
	if (command_word(&c, action, e) < 0 || command_fd(&c, "--control", theirs, e) < 0 ||
	    command_fd(&c, "--key", key, e) < 0)
		return -(int)FAIL_LIMIT;
	if (key < 0 && (command_word(&c, v->name, e) < 0 || command_word(&c, v->said.mount, e) < 0))
		return -(int)FAIL_LIMIT;
	if (guest_spawn(g, slot, &c, e) < 0)
		return -(int)FAIL_SYS;
	g->children[slot].control = fd_take(&ours);
	g->children[slot].kill_ms = guest_now_ms(g) + limit_ms;
	return 0;
}

static void open_run(struct guest *g, struct volume *v)
{
	AUTO_FD int theirs = -1, attests = -1;
	struct err e = { 0 };
	int pair[2];

	memset(&v->said, 0, sizeof(v->said));
	v->is_again = false;
	v->step = VOLUME_STEP_NONE;
	if (ipc_pair(pair, &e) < 0) {
		report_failure(g, v, &e);
		return;
	}
	theirs = pair[0];
	attests = pair[1];
	if (spawn(g, v, "open", theirs, LIMIT_STORAGE_OPEN_MS, &e) < 0) {
		report_failure(g, v, &e);
		return;
	}
	v->step = VOLUME_STEP_OPENING;
	guest_tell(g, CHILD_ATTEST, MSG_VOLUME_START, v->id, SPAN_EMPTY, attests);
}

static struct volume *find(struct guest *g, const char *name)
{
	struct volume *free_one = NULL;
	size_t i;

	for (i = 0; i < LIMIT_VOLUMES; i++) {
		if (!strcmp(g->volumes[i].name, name))
			return &g->volumes[i];
		if (!free_one && !g->volumes[i].name[0])
			free_one = &g->volumes[i];
	}
	if (free_one)
		(void)snprintf(free_one->name, sizeof(free_one->name), "%s", name);
	return free_one;
}

static void refuse(struct guest *g, uint32_t id, const char *why)
{
	struct child *attest = &g->children[CHILD_ATTEST];
	struct err e = { 0 };

	(void)FAIL(&e, FAIL_DENIED, "%s", why);
	if (attest->control >= 0 &&
	    ipc_send_failure(attest->control, MSG_VOLUME_START, id, &e, &e) == -FAIL_AGAIN)
		guest_kill(g, CHILD_ATTEST, "does not read its messages");
}

void volume_start(struct guest *g, uint32_t id, const char *name)
{
	struct volume *v = g->halt.step == HALT_NOT ? find(g, name) : NULL;
	uint32_t life = g->residents[CHILD_ATTEST].life;

	if (!v) {
		refuse(g, id, "no volume can be opened now");
		return;
	}
	if (v->step == VOLUME_STEP_OPENING && v->asker == life) {
		refuse(g, id, "the volume is being opened already");
		return;
	}
	v->id = id;
	v->asker = life;
	if (v->step == VOLUME_STEP_OPEN)
		report_open(g, v);
	else if (v->step == VOLUME_STEP_OPENING)
		v->is_again = true;
	else
		open_run(g, v);
}

void volume_message(struct guest *g, enum child_slot slot, const struct ipc_msg *m)
{
	struct volume *v = &g->volumes[slot - CHILD_VOLUME];
	struct err e = { 0 };

	if (v->step != VOLUME_STEP_OPENING || v->said.state)
		return;
	if (m->status) {
		(void)ipc_failure(m, &e);
		v->said.state = VOLUME_FAILED;
		v->said.kind = e.kind;
		(void)snprintf(v->said.text, sizeof(v->said.text), "%s", e.text);
	} else {
		(void)ipc_body(m, &v->said, sizeof(v->said), &e);
	}
	g->children[slot].kill_ms = guest_now_ms(g) + LIMIT_CHILD_STOP_MS;
	if (v->said.state != VOLUME_OPEN)
		return; /* told when the run has ended: another one may follow in its place */
	if (strcmp(v->said.name, v->name) != 0) {
		memset(&v->said, 0, sizeof(v->said));
		guest_kill(g, slot, "opened another volume");
		return;
	}
	v->step = VOLUME_STEP_OPEN;
	report_open(g, v);
}

static void open_ended(struct guest *g, struct volume *v, struct ending how)
{
	struct err why = { 0 };
	char text[64];

	v->step = VOLUME_STEP_NONE;
	ending_text(how, text, sizeof(text));
	if (v->said.state == VOLUME_FAILED)
		(void)FAIL(&why, (enum err_kind)v->said.kind, "%s", v->said.text);
	else
		(void)FAIL(&why, FAIL_SYS, "storage: %s", text);
	/* The run lost its keys with the attest that had them; the new one has them again. */
	if (v->is_again && g->halt.step == HALT_NOT)
		open_run(g, v);
	else
		report_failure(g, v, &why);
}

void volume_ended(struct guest *g, enum child_slot slot, struct ending how)
{
	struct volume *v = &g->volumes[slot - CHILD_VOLUME];
	bool is_clean = !how.is_signal && how.number == 0;
	char text[64];

	ending_text(how, text, sizeof(text));
	if (v->step == VOLUME_STEP_OPENING) {
		open_ended(g, v, how);
		return;
	}
	if (!is_clean)
		log_warning("storage of volume %s: %s", v->name, text);
	if (v->step == VOLUME_STEP_CLOSING)
		v->step = VOLUME_STEP_CLOSED;
	else if (g->halt.step == HALT_VOLUMES)
		volumes_close(g); /* it had said "open" and was still ending */
}

/* All at once: each is a process of its own, with a deadline of its own. */
void volumes_close(struct guest *g)
{
	struct volume *v;

	for (v = g->volumes; v < g->volumes + LIMIT_VOLUMES; v++) {
		struct err e = { 0 };

		if (v->step == VOLUME_STEP_OPENING)
			guest_kill(g, slot_of(g, v), "the guest stops");
		if (v->step != VOLUME_STEP_OPEN || guest_is_running(g, slot_of(g, v)))
			continue;
		v->step = VOLUME_STEP_CLOSING;
		if (spawn(g, v, "close", -1, LIMIT_STORAGE_CLOSE_MS, &e) < 0)
			log_err(LOG_LEVEL_WARNING, v->name, &e);
	}
}

void volumes_kill(struct guest *g)
{
	enum child_slot slot;

	for (slot = CHILD_VOLUME; slot < CHILD_COUNT; slot++)
		guest_kill(g, slot, "does not end");
}

bool volumes_are_closed(const struct guest *g)
{
	enum child_slot slot;

	for (slot = CHILD_VOLUME; slot < CHILD_COUNT; slot++)
		if (guest_is_running(g, slot))
			return false;
	return true;
}
