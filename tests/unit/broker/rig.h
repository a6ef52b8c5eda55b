/* A broker in a process of its own, on a real loopback connection, and a client that waits for no
 * more than it was promised. */
#pragma once

#include <openssl/ssl.h>
#include <sys/types.h>

#include "tests/unit/broker/guest.h"

struct rig {
	pid_t pid;
	bool tls;
	char url[64];
	uint16_t port;
	struct broker *broker; /* as it was when the process began: its signer, its files */
	SSL_CTX *client;
};

/* Serves from guest_broker() until rig_stop(). */
struct rig rig_start(bool tls);

/* SIGTERM; fails the test unless that ends it with 0. */
void rig_stop(struct rig *rig);

/* One connection. */
struct wire {
	int fd;
	SSL *ssl; /* NULL: plain */
};

struct wire wire_open(const struct rig *rig);
void wire_close(struct wire *w);
void wire_send(struct wire *w, struct span bytes);

struct reply {
	unsigned int status; /* 0: the broker closed without an answer */
	char head[2048];
	struct buf body;
};
#define AUTO_REPLY __attribute__((cleanup(reply_done)))
void reply_done(struct reply *r);

/* An answer, "100 Continue" passed over; at most five seconds. */
struct reply wire_read(struct wire *w);

/* A whole exchange on a connection of its own. `headers` are lines with CR LF, or "". */
struct reply rig_ask(const struct rig *rig, const char *method, const char *path,
		     const char *headers, struct span body);

/* /auth and, unless `jwk` is NULL, /attest, over the wire. */
struct guest_session rig_session(const struct rig *rig, const char *jwk, struct buf *ret_token);
