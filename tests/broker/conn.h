/*
 * One connection: HTTP/1.1, one request after the other, plain or in TLS. Every state has a
 * deadline, and what is read ahead has a bound.
 */
#pragma once

#include <event2/bufferevent.h>
#include <sys/queue.h>

#include "tests/broker/broker.h"

struct broker_conn;
LIST_HEAD(broker_conns, broker_conn);

/* The connections of one server. */
struct broker_peers {
	struct event_base *base;
	struct broker *broker;
	struct broker_conns all;
	unsigned int count;
	void (*gone)(void *context); /* one connection has been freed */
	void *context;
};

/*
 * Takes `bev` over (its descriptor closes with it) and answers requests until the peer leaves, a
 * deadline passes or a request is malformed. -FAIL_SYS; `bev` is freed then too.
 */
int broker_conn_start(struct broker_peers *peers, struct bufferevent *bev, struct err *e);

/* Ends all of them, at once. */
void broker_conns_end(struct broker_peers *peers);
