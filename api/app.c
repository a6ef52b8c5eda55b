#include "api/app.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/upstream.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/log.h"
#include "base/mem.h"

#define KEYS_RETRY_MS	500  /* when attest is not ready to give them */
#define STOP_MS		1000 /* for tenants to read their last answer; PID 1 waits longer */
#define MESSAGES_A_TURN 16

struct app {
	struct event_base *base;
	struct event *control;	  /* messages of PID 1                    */
	struct event *keys_timer; /* asks again                           */
	struct event *stop_timer;
	struct upstream *upstream;
	struct server *server;
	struct services services;
	struct status status;
	struct keyring keyring;
	int control_fd;
	uint32_t keys_question; /* 0: none is open */
	bool is_orphan;		/* PID 1 is gone   */
};

/* ---- sealing keys ---- */

static void ask_keys(struct app *a);

static void ask_keys_later(struct app *a)
{
	struct timeval tv = { KEYS_RETRY_MS / 1000, KEYS_RETRY_MS % 1000 * 1000 };

	if (evtimer_add(a->keys_timer, &tv) < 0)
		log_error("no memory for a timer: no sealing keys");
}

static int load_keys(struct app *a, struct span body, struct err *e)
{
	AUTO_MSG struct ipc_msg m = { .op = MSG_SEAL_KEYS, .length = (uint32_t)body.len };
	struct msg_seal_keys keys;
	int failed;

	memcpy(m.body, body.at, body.len);
	failed = ipc_body(&m, &keys, sizeof(keys), e);
	if (!failed)
		failed = keyring_load(&a->keyring, &keys, e);
	explicit_bzero(&keys, sizeof(keys));
	return failed;
}

static void keys_answered(void *arg, const struct answer *answer)
{
	struct app *a = arg;
	struct err e = { 0 };

	a->keys_question = 0;
	if (answer->why && answer->why->kind == FAIL_SYS && answer->why->sys == ECONNRESET)
		return; /* its successor is asked */
	if (answer->why && answer->why->kind == FAIL_AGAIN) {
		ask_keys_later(a);
		return;
	}
	/* Without keys the rest is served all the same; sealing says why it is not. */
	a->status.has_keys = true;
	if (answer->why)
		log_err(LOG_LEVEL_WARNING, "no sealing keys", answer->why);
	else if (load_keys(a, answer->body, &e) < 0)
		log_err(LOG_LEVEL_ERROR, "sealing keys", &e);
}

static void ask_keys(struct app *a)
{
	struct question q = { .op = MSG_SEAL_KEYS };
	struct err e = { 0 };

	if (!a->status.is_told_ready || !upstream_is_connected(a->upstream) || a->keys_question)
		return;
	if (upstream_ask(a->upstream, &q, keys_answered, a, &a->keys_question, &e) < 0)
		ask_keys_later(a);
}

static void on_keys_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ask_keys(arg);
}

static void attest_is_gone(void *arg)
{
	struct app *a = arg;

	/* The keys stay: what is sealed opens also while attest is started again. */
	a->status.has_keys = false;
}

/* ---- what the routes see ---- */

static int ask(void *arg, const struct question *q, answer_fn *answered, void *answered_arg,
	       uint32_t *ret_id, struct err *e)
{
	struct app *a = arg;

	return upstream_ask(a->upstream, q, answered, answered_arg, ret_id, e);
}

static void cancel(void *arg, uint32_t id)
{
	struct app *a = arg;

	upstream_cancel(a->upstream, id);
}

static const struct status *status(void *arg)
{
	const struct app *a = arg;

	return &a->status;
}

static const struct keyring *keyring(void *arg)
{
	const struct app *a = arg;

	return &a->keyring;
}

/* ---- PID 1 ---- */

static void end_loop(void *arg)
{
	struct app *a = arg;

	(void)event_base_loopbreak(a->base);
}

static void on_stop_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	end_loop(arg);
}

static void stop(struct app *a)
{
	struct timeval tv = { STOP_MS / 1000, STOP_MS % 1000 * 1000 };

	if (a->status.is_stopping)
		return;
	a->status.is_stopping = true;
	if (evtimer_add(a->stop_timer, &tv) < 0)
		end_loop(a);
	server_stop(a->server, end_loop, a);
}

/* `fd` stays the caller's unless it is taken. */
static int take_peer(struct app *a, int *fd, struct err *e)
{
	int failed;

	if (*fd < 0)
		return FAIL(e, FAIL_INPUT, "a new peer without a descriptor");
	a->status.has_keys = false;
	failed = upstream_connect(a->upstream, fd_take(fd), e);
	if (!failed)
		ask_keys(a);
	return failed;
}

static int take_message(struct app *a, const struct ipc_msg *m, int *fd, struct err *e)
{
	switch (m->op) {
	case MSG_STAGE:
		return status_take_stage(&a->status, m, e);
	case MSG_TRUST:
		return status_take_trust(&a->status, m, e);
	case MSG_FINDING:
		return status_take_finding(&a->status, m, e);
	case MSG_VOLUME:
		return status_take_volume(&a->status, m, e);
	case MSG_FAILED:
		return status_take_failed(&a->status, m, e);
	case MSG_READY:
		status_take_ready(&a->status);
		ask_keys(a);
		return 0;
	case MSG_PEER:
		return take_peer(a, fd, e);
	case MSG_STOP:
		stop(a);
		return 0;
	default:
		return FAIL(e, FAIL_INPUT, "unknown message %u", m->op);
	}
}

/* False when there is nothing more to read now. */
static bool read_control(struct app *a)
{
	AUTO_MSG struct ipc_msg m;
	AUTO_FD int fd = -1;
	struct err e = { 0 };
	int failed = ipc_recv(a->control_fd, 0, &m, &fd, &e);

	if (failed == -(int)FAIL_AGAIN)
		return false;
	if (failed == -(int)FAIL_SYS) {
		a->is_orphan = true;
		end_loop(a);
		return false;
	}
	if (failed || take_message(a, &m, &fd, &e) < 0)
		log_err(LOG_LEVEL_WARNING, "message of PID 1", &e);
	return true;
}

static void on_control(evutil_socket_t fd, short what, void *arg)
{
	int i;

	(void)fd;
	(void)what;
	for (i = 0; i < MESSAGES_A_TURN; i++)
		if (!read_control(arg))
			return;
}

/* ---- its life ---- */

static void wiping_free(void *p)
{
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static void *wiping_realloc(void *p, size_t len)
{
	size_t had = p ? malloc_usable_size(p) : 0;
	void *to = len ? malloc(len) : NULL;

	if (len && !to)
		return NULL;
	if (to && p)
		memcpy(to, p, had < len ? had : len);
	wiping_free(p);
	return to;
}

void app_init_memory(void)
{
	event_set_mem_functions(malloc, wiping_realloc, wiping_free);
	/* Bodies of megabytes get mappings of their own and go back to the kernel when they are
	 * freed; without a fixed threshold glibc would raise it with the first of them. */
	(void)mallopt(M_MMAP_THRESHOLD, 64 * 1024);
	(void)mallopt(M_TRIM_THRESHOLD, 64 * 1024);
}

static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	/* Without the environment's word on which kernel interface is used. */
	if (config &&
	    event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV | EVENT_BASE_FLAG_NOLOCK) == 0)
		base = event_base_new_with_config(config);
	if (config)
		event_config_free(config);
	return base;
}

static int start_loop(struct app *a, struct err *e)
{
	a->base = new_base();
	if (!a->base)
		return FAIL(e, FAIL_SYS, "no event loop");
	a->control = event_new(a->base, a->control_fd, EV_READ | EV_PERSIST, on_control, a);
	a->keys_timer = evtimer_new(a->base, on_keys_timer, a);
	a->stop_timer = evtimer_new(a->base, on_stop_timer, a);
	if (!a->control || !a->keys_timer || !a->stop_timer || event_add(a->control, NULL) < 0)
		return FAIL(e, FAIL_SYS, "no memory for events");
	return 0;
}

/* Descriptors that were taken over are -1 in `o` afterwards. */
static int start(struct app *a, struct options *o, const struct server_limits *limits,
		 struct err *e)
{
	int failed = start_loop(a, e);

	if (!failed)
		failed = upstream_new(a->base, LIMIT_API_QUESTION_MS, attest_is_gone, a,
				      &a->upstream, e);
	if (!failed)
		failed = upstream_connect(a->upstream, fd_take(&o->attest), e);
	if (!failed)
		failed = server_new(a->base, &a->services, limits, &a->server, e);
	for (size_t i = 0; !failed && i < o->listen_count; i++)
		failed = server_listen(a->server, fd_take(&o->listen[i]), e);
	return failed;
}

int app_new(const struct options *o, const struct server_limits *limits, struct app **ret,
	    struct err *e)
{
	struct app *a = calloc(1, sizeof(*a));
	struct options left = *o;
	int failed;

	if (!a)
		return FAIL_ERRNO(e, "no memory");
	a->control_fd = o->control;
	a->status = STATUS_EMPTY;
	a->status.modules_fd = open("/proc/sys/kernel/modules_disabled", O_RDONLY | O_CLOEXEC);
	a->services = (struct services){ a, ask, cancel, status, keyring };
	failed = start(a, &left, limits, e);
	fd_done(&left.attest);
	for (size_t i = 0; i < left.listen_count; i++)
		fd_done(&left.listen[i]);
	if (failed) {
		app_free(a);
		return failed;
	}
	*ret = a;
	return 0;
}

int app_run(struct app *a, struct err *e)
{
	if (event_base_dispatch(a->base) < 0)
		return FAIL(e, FAIL_SYS, "the event loop failed");
	if (a->is_orphan)
		return err_set(e, FAIL_SYS, ECONNRESET, __func__, "PID 1 is gone");
	return 0;
}

void app_free(struct app *a)
{
	struct event *events[3];

	if (!a)
		return;
	server_free(a->server);
	upstream_free(a->upstream);
	events[0] = a->control;
	events[1] = a->keys_timer;
	events[2] = a->stop_timer;
	for (size_t i = 0; i < COUNT_OF(events); i++)
		if (events[i])
			event_free(events[i]);
	if (a->base)
		event_base_free(a->base);
	keyring_done(&a->keyring);
	fd_done(&a->status.modules_fd);
	fd_done(&a->control_fd);
	free(a);
}
