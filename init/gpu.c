/*
 * sealinit-gpu: started for attest, one at a time, and killed when NVML hangs. The devices lose
 * their session and their ready state with their last client, so NVIDIA's keeper comes before the
 * first one; it puts itself into the background when the devices are up.
 */
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/log.h"
#include "init/guest.h"

static bool is_asker_there(const struct guest *g, const struct gpu_start *s)
{
	return s->asker == g->residents[CHILD_ATTEST].life;
}

static void refuse(struct guest *g, const struct gpu_start *s, const struct err *why)
{
	struct child *attest = &g->children[CHILD_ATTEST];
	struct err e = { 0 };

	if (attest->control >= 0 && is_asker_there(g, s) &&
	    ipc_send_failure(attest->control, MSG_GPU_START, s->id, why, &e) == -FAIL_AGAIN)
		guest_kill(g, CHILD_ATTEST, "does not read its messages");
}

static int add_library(const struct guest *g, enum place place, const char *option,
		       struct command *c, struct err *e)
{
	const char *path = g->places.at[place];

	if (!path[0])
		return 0;
	return command_word(c, option, e) < 0 ? -(int)FAIL_LIMIT : command_word(c, path, e);
}

static int spawn(struct guest *g, const struct gpu_start *s, struct err *e)
{
	AUTO_FD int ours = -1, theirs = -1;
	struct command c;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return FAIL_ERRNO(e, "socketpair: %s", strerror(errno));
	ours = pair[0];
	theirs = pair[1];
	command_init(&c, s->action == GPU_SET_READY ? PROGRAM_GPU_READY : PROGRAM_GPU);
	if (command_fd(&c, "--socket", theirs, e) < 0 ||
	    add_library(g, PLACE_NVML, "--library", &c, e) < 0 ||
	    add_library(g, PLACE_NSCQ, "--switch-library", &c, e) < 0 ||
	    guest_spawn(g, CHILD_GPU, &c, e) < 0)
		return -(int)e->kind;
	g->children[CHILD_GPU].kill_ms = guest_now_ms(g) + LIMIT_GPU_MS;
	guest_tell(g, CHILD_ATTEST, MSG_GPU_START, s->id, SPAN_EMPTY, ours);
	return 0;
}

/* Without one that runs sealinit-gpu says so, and asks nothing. */
static void start_keeper(struct guest *g)
{
	struct command c;
	struct err e = { 0 };

	g->gpus.has_keeper = false;
	command_init(&c, PROGRAM_GPU_KEEPER);
	if (guest_spawn(g, CHILD_GPU_KEEPER, &c, &e) < 0)
		log_err(LOG_LEVEL_WARNING, guest_child_name(CHILD_GPU_KEEPER), &e);
	else
		g->children[CHILD_GPU_KEEPER].kill_ms = guest_now_ms(g) + LIMIT_GPU_KEEPER_MS;
}

static struct gpu_start take_first(struct guest *g)
{
	struct gpus *all = &g->gpus;
	struct gpu_start first = all->waiting[0];

	all->count--;
	memmove(all->waiting, all->waiting + 1, all->count * sizeof(*all->waiting));
	return first;
}

static void go_on(struct guest *g)
{
	if (g->gpus.count && g->gpus.has_keeper)
		start_keeper(g);
	while (g->gpus.count && !guest_is_running(g, CHILD_GPU) &&
	       !guest_is_running(g, CHILD_GPU_KEEPER)) {
		struct gpu_start s = take_first(g);
		struct err e = { 0 };

		if (is_asker_there(g, &s) && spawn(g, &s, &e) < 0)
			refuse(g, &s, &e);
	}
}

/* What an attest that has ended was waiting for. */
static void forget_gone(struct guest *g)
{
	struct gpus *all = &g->gpus;
	size_t kept = 0;

	for (size_t i = 0; i < all->count; i++)
		if (is_asker_there(g, &all->waiting[i]))
			all->waiting[kept++] = all->waiting[i];
	all->count = kept;
}

void gpu_ask(struct guest *g, uint32_t id, enum gpu_action action)
{
	struct gpu_start s = { id, g->residents[CHILD_ATTEST].life, action };
	struct err e = { 0 };

	forget_gone(g);
	if (g->halt.step != HALT_NOT)
		(void)FAIL(&e, FAIL_DENIED, "the guest is stopping");
	else if (g->gpus.count == LIMIT_GPU_STARTS)
		(void)FAIL(&e, FAIL_AGAIN, "%d wait for sealinit-gpu already", LIMIT_GPU_STARTS);
	if (e.kind) {
		refuse(g, &s, &e);
		return;
	}
	g->gpus.waiting[g->gpus.count++] = s;
	go_on(g);
}

void gpu_ended(struct guest *g, enum child_slot slot, struct ending how)
{
	char text[64];

	ending_text(how, text, sizeof(text));
	if (how.is_signal || how.number)
		log_warning("%s: %s", guest_child_name(slot), text);
	if (g->halt.step == HALT_NOT)
		go_on(g);
}
