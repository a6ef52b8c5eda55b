/* The real server over socket pairs, with a fake attest behind the routes. Everything runs in one
 * thread: a client that waits turns the server's loop. */
#pragma once

#include <event2/event.h>

#include "api/server.h"
#include "tests/unit/api/keys.h"

#define RIG_QUESTIONS 512

struct rig_question {
	uint32_t id; /* 0: answered or cancelled */
	uint16_t op;
	uint8_t body[IPC_BODY_BYTES];
	size_t len, limit;
	answer_fn *answered;
	void *arg;
};

struct rig {
	struct event_base *base;
	struct event *tick;
	struct server *server;
	struct services services;
	struct status status;
	struct keyring keyring;
	int refuse_asking; /* 0, or a FAIL_ kind; FAIL_SYS is ENOTCONN */
	uint32_t asked, cancelled;
	struct rig_question questions[RIG_QUESTIONS];
};

/* Ready to serve, with all keys. Fails the test if it can't be. */
void rig_init(struct rig *r, const struct server_limits *limits);
void rig_done(struct rig *r);

/* Turns the loop once, for 2 ms at most. */
void rig_turn(struct rig *r);

/* Turns until so many questions were asked. */
void rig_wait_asked(struct rig *r, uint32_t count);

/* Answers question `id` (from 1): with bytes, or a failure. */
void rig_answer(struct rig *r, uint32_t id, struct span bytes);
void rig_fail(struct rig *r, uint32_t id, enum err_kind kind, int sys, const char *text);

struct client {
	struct rig *rig;
	int fd;
	struct buf got;
	bool is_at_end; /* the server closed, or reset */
};

#define AUTO_CLIENT __attribute__((cleanup(client_done)))

struct client client_open(struct rig *r);
void client_done(struct client *c);

/* Sends all of it, as fast as the server takes it; what it no longer takes is dropped. */
void client_send(struct client *c, struct span bytes);

struct reply_seen {
	int status; /* 0: the connection ended before one */
	char head[2048];
	struct buf body;
};

#define AUTO_SEEN __attribute__((cleanup(seen_done)))

void seen_done(struct reply_seen *s);

/* The next answer, waited for at most 5 s. `is_head`: one without a body. */
struct reply_seen client_read(struct client *c, bool is_head);

/* Turns until the server has closed, 5 s at most; false if it has not. */
bool client_is_closed(struct client *c);

/* A header's value, or "". The result stays until the next call. */
const char *seen_header(const struct reply_seen *s, const char *name);

/* Both at once. `text` is the whole request. */
struct reply_seen client_ask(struct client *c, const char *text);

/* A POST with a body of a length; `query` with its '?'. */
struct reply_seen client_post(struct client *c, const char *target, const char *type,
			      const char *accept, struct span body);

/* Over a connection of its own. */
struct reply_seen rig_ask(struct rig *r, const char *text);
struct reply_seen rig_post(struct rig *r, const char *target, const char *type, const char *body);
