/*
 * HTTP/1.1 for tenants, on listening stream sockets that PID 1 made (PROTOCOL.md, "HTTP,
 * strictly").
 *
 * Not evhttp: libevent 2.1's answers what it refuses itself with HTML pages, its timeouts start
 * anew with every byte, it has no hook for a connection cap or a budget of bytes, and it takes
 * chunk sizes and headers as strtoll() and strchr() do. Events and timers are libevent's.
 */
#pragma once

#include <event2/event.h>

#include "api/services.h"
#include "base/limits.h"

struct server;

struct server_limits {
	size_t connections;
	size_t held_bytes;	 /* bodies and answers over LIMIT_API_SMALL_BYTES, together */
	unsigned int request_ms; /* a request, from its first byte on                      */
	unsigned int answer_ms;
	unsigned int idle_ms;
	unsigned int linger_ms;
};

#define SERVER_LIMITS                                                  \
	((struct server_limits){ .connections = LIMIT_API_CONNECTIONS, \
				 .held_bytes = LIMIT_API_HELD_BYTES,   \
				 .request_ms = LIMIT_API_REQUEST_MS,   \
				 .answer_ms = LIMIT_API_ANSWER_MS,     \
				 .idle_ms = LIMIT_API_IDLE_MS,         \
				 .linger_ms = LIMIT_API_LINGER_MS })

#define SERVER_LISTENERS 4

/* `services` and `base` must outlive it. -FAIL_SYS (ENOMEM). */
int server_new(struct event_base *base, const struct services *services,
	       const struct server_limits *limits, struct server **ret, struct err *e);

/* Accepts from a socket that listens already; `fd` is consumed. -FAIL_LIMIT: more than
 * SERVER_LISTENERS; -FAIL_SYS. */
int server_listen(struct server *s, int fd, struct err *e);

/* The same for one connection that is there already; for tests. */
int server_adopt(struct server *s, int fd, struct err *e);

/* No more connections; what is open is answered "stopping". `empty` is called when the last
 * connection is gone, perhaps at once. */
void server_stop(struct server *s, void (*empty)(void *arg), void *arg);

size_t server_connections(const struct server *s);
size_t server_held(const struct server *s);

/* Closes what is left. */
void server_free(struct server *s);
