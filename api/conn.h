/* One connection of a tenant: a state machine over a non-blocking socket. For server.c alone. */
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "api/chunk.h"
#include "api/exchange.h"
#include "api/server.h"

struct conn;

/* What all connections share. */
struct conn_host {
	struct event_base *base;
	const struct services *services;
	struct server_limits limits;
	size_t held; /* bytes; see server_limits.held_bytes */
	bool is_stopping;
	/* c->is_idle has changed; the connection is over (the callee frees it). */
	void (*idle_changed)(struct conn_host *h, struct conn *c);
	void (*closed)(struct conn_host *h, struct conn *c);
};

enum conn_state {
	CONN_HEAD,   /* reads a head; idle as long as there is no byte of it */
	CONN_BODY,   /* reads a body                                         */
	CONN_ANSWER, /* the route has it                                     */
	CONN_WRITE,  /* the tenant reads                                     */
	CONN_LINGER, /* reads off what a refused request still sends         */
};

struct conn {
	TAILQ_ENTRY(conn) link;
	struct conn_host *host;
	int fd;
	enum conn_state state;
	struct event *readable, *writable, *timer;
	bool is_idle;	  /* as the host was told last                       */
	bool is_running;  /* conn_run() is on the stack                      */
	bool keeps_alive; /* after the answer                                */
	bool is_at_end;	  /* the tenant sends no more                        */
	bool is_dead;	  /* to be freed when conn_run() returns             */
	size_t held;	  /* this connection's share of host->held           */
	struct buf in;	  /* read, and not used yet; LIMIT_API_HEAD_BYTES    */
	struct buf head;  /* the head that exchange.head lends from          */
	size_t scanned;	  /* of `in`, without the end of a head              */
	struct chunk chunk;
	struct exchange exchange;
	struct buf out; /* heads of answers                             */
	size_t sent;	/* of out and the reply's body, together        */
};

/* `fd` is consumed. -FAIL_SYS. */
int conn_new(struct conn_host *h, int fd, struct conn **ret, struct err *e);

/* Answers what is under way with "stopping", closes if nothing is. */
void conn_stop(struct conn *c);

/* Drops it. For server.c; conn.c itself goes by host->closed(). */
void conn_free(struct conn *c);
