/* A small HTTP server in a thread of the test: each request goes through the test's own function.
 */
#pragma once

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/span.h"

#define SERVER_REQUEST_BYTES (4 * 1024 * 1024)

struct server_answer {
	struct buf bytes; /* as they go out; empty: nothing        */
	bool close;	  /* then the connection ends              */
	bool reset;	  /* and not in order                      */
};

struct server {
	/* `request` is terminated; its body is what stands behind the empty line. */
	void (*handle)(void *ctx, const char *request, struct server_answer *ret);
	void *ctx;
	SSL_CTX *tls;	/* NULL: plain; stays the test's                           */
	bool head_only; /* answers before it has read a body                       */
	uint16_t port;	/* set by server_start(), on 127.0.0.1                     */
	unsigned int connections;
	unsigned int requests;
	int listener;
	pthread_t thread;
};

void server_start(struct server *s);

/* The same in a process of its own, where no fault is injected; to be killed. */
pid_t server_fork(struct server *s);

/* Close the clients' connections first: it waits until they are gone. */
void server_stop(struct server *s);

/* Fills in an answer with this status, fields ("A: b\r\n...") and body. */
void server_say(struct server_answer *ret, int status, const char *fields, struct span body);
