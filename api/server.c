#include "api/server.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/conn.h"
#include "base/fd.h"
#include "base/log.h"

#define ACCEPTS_A_TURN	32
#define TRIM_PEAK	16  /* after so many at once, what they used goes back to the kernel */
#define ACCEPT_PAUSE_MS 100 /* when the kernel has no descriptor or memory for another */

TAILQ_HEAD(conn_list, conn);

struct server {
	struct conn_host host; /* first: conn.c hands it back */
	struct conn_list idle; /* who waits longest comes first */
	struct conn_list busy;
	size_t count;
	size_t peak; /* of count, since memory was last given back */
	int fds[SERVER_LISTENERS];
	struct event *listeners[SERVER_LISTENERS];
	size_t listener_count;
	struct event *resume;
	void (*empty)(void *arg);
	void *empty_arg;
};

static struct server *server_of(struct conn_host *h)
{
	return (struct server *)h;
}

/* Only called on a change, so the other list has it. */
static void idle_changed(struct conn_host *h, struct conn *c)
{
	struct server *s = server_of(h);

	if (c->is_idle) {
		TAILQ_REMOVE(&s->busy, c, link);
		TAILQ_INSERT_TAIL(&s->idle, c, link);
	} else {
		TAILQ_REMOVE(&s->idle, c, link);
		TAILQ_INSERT_TAIL(&s->busy, c, link);
	}
}

static void give_back(struct server *s)
{
	if (s->peak >= TRIM_PEAK)
		(void)malloc_trim(0);
	s->peak = 0;
}

static void closed(struct conn_host *h, struct conn *c)
{
	struct server *s = server_of(h);

	TAILQ_REMOVE(c->is_idle ? &s->idle : &s->busy, c, link);
	conn_free(c);
	s->count--;
	if (!s->count)
		give_back(s);
	if (!s->count && s->empty)
		s->empty(s->empty_arg);
}

/* No room for a connection: what it has sent is read, so that our answer is not lost in a reset. */
static void turn_away(int fd)
{
	struct reply r = { 0 };
	AUTO_BUF struct buf head = BUF_EMPTY;
	AUTO_FD int connection = fd;
	uint8_t drain[4096];
	struct err e;

	reply_problem(&r, FORM_PROBLEM, PROBLEM_BUSY, REPLY_RETRY_MS, "too many connections");
	if (reply_head(&r, false, &head, &e) == 0 &&
	    buf_append(&head, buf_view(&r.body), LIMIT_API_HEAD_BYTES, &e) == 0) {
		(void)recv(connection, drain, sizeof(drain), MSG_DONTWAIT);
		/* A fresh socket takes so little at once; if not, its peer sees it close. */
		(void)send(connection, head.at, head.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	reply_done(&r);
}

int server_adopt(struct server *s, int fd, struct err *e)
{
	struct conn *c;
	int failed;

	if (s->count >= s->host.limits.connections && !TAILQ_EMPTY(&s->idle))
		closed(&s->host, TAILQ_FIRST(&s->idle));
	if (s->count >= s->host.limits.connections || s->host.is_stopping) {
		turn_away(fd);
		return 0;
	}
	failed = conn_new(&s->host, fd, &c, e);
	if (failed)
		return failed;
	TAILQ_INSERT_TAIL(&s->idle, c, link);
	if (++s->count > s->peak)
		s->peak = s->count;
	return 0;
}

static void pause_accepting(struct server *s)
{
	struct timeval tv = { 0, ACCEPT_PAUSE_MS * 1000 };

	for (size_t i = 0; i < s->listener_count; i++)
		(void)event_del(s->listeners[i]);
	(void)evtimer_add(s->resume, &tv);
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < s->listener_count; i++)
		(void)event_add(s->listeners[i], NULL);
}

static void on_accept(evutil_socket_t listener, short what, void *arg)
{
	struct server *s = arg;
	struct err e;
	int i, fd;

	(void)what;
	for (i = 0; i < ACCEPTS_A_TURN; i++) {
		fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 && (errno == ECONNABORTED || errno == EINTR))
			continue;
		if (fd < 0 && errno != EAGAIN) {
			log_warning("accept: %s; pausing", strerror(errno));
			pause_accepting(s);
		}
		if (fd < 0)
			return;
		if (server_adopt(s, fd, &e) < 0)
			log_err(LOG_LEVEL_WARNING, "connection", &e);
	}
}

int server_new(struct event_base *base, const struct services *services,
	       const struct server_limits *limits, struct server **ret, struct err *e)
{
	struct server *s = calloc(1, sizeof(*s));

	if (!s)
		return FAIL_ERRNO(e, "no memory");
	s->host = (struct conn_host){ .base = base,
				      .services = services,
				      .limits = *limits,
				      .idle_changed = idle_changed,
				      .closed = closed };
	TAILQ_INIT(&s->idle);
	TAILQ_INIT(&s->busy);
	s->resume = evtimer_new(base, on_resume, s);
	if (!s->resume) {
		free(s);
		return FAIL(e, FAIL_SYS, "no memory for a timer");
	}
	*ret = s;
	return 0;
}

int server_listen(struct server *s, int fd, struct err *e)
{
	AUTO_FD int listener = fd;
	struct event *event;
	int flags = fcntl(listener, F_GETFL);

	if (s->listener_count == SERVER_LISTENERS)
		return FAIL(e, FAIL_LIMIT, "more than %d listening sockets", SERVER_LISTENERS);
	if (flags < 0 || fcntl(listener, F_SETFL, flags | O_NONBLOCK) < 0)
		return FAIL_ERRNO(e, "listening socket: %s", strerror(errno));
	event = event_new(s->host.base, listener, EV_READ | EV_PERSIST, on_accept, s);
	if (!event || event_add(event, NULL) < 0) {
		if (event)
			event_free(event);
		return FAIL(e, FAIL_SYS, "no event for a listening socket");
	}
	s->listeners[s->listener_count] = event;
	s->fds[s->listener_count++] = fd_take(&listener);
	return 0;
}

static void stop_listening(struct server *s)
{
	(void)evtimer_del(s->resume);
	while (s->listener_count) {
		event_free(s->listeners[--s->listener_count]);
		fd_done(&s->fds[s->listener_count]);
	}
}

static void stop_list(struct conn_list *list)
{
	struct conn *c, *next;

	/* Stopping one frees at most that one. */
	for (c = TAILQ_FIRST(list); c; c = next) {
		next = TAILQ_NEXT(c, link);
		conn_stop(c);
	}
}

void server_stop(struct server *s, void (*empty)(void *arg), void *arg)
{
	stop_listening(s);
	s->host.is_stopping = true;
	stop_list(&s->idle);
	stop_list(&s->busy);
	if (!s->count) {
		empty(arg);
		return;
	}
	s->empty = empty;
	s->empty_arg = arg;
}

size_t server_connections(const struct server *s)
{
	return s->count;
}

size_t server_held(const struct server *s)
{
	return s->host.held;
}

static void free_list(struct conn_list *list)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, c, link);
		conn_free(c);
	}
}

void server_free(struct server *s)
{
	if (!s)
		return;
	stop_listening(s);
	free_list(&s->idle);
	free_list(&s->busy);
	event_free(s->resume);
	free(s);
}
