/* A quoting service at the other end of a socket pair, in a thread for each connection. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define FAKE_QGS_REQUEST_BYTES (4 + 24 + 1024)

struct fake_qgs {
	uint8_t bytes[16384]; /* what it sends, the frame's length included */
	size_t len;
	/* Called when a question is there, and fills bytes and len; or NULL. */
	void (*answer)(struct fake_qgs *f);
	void *ctx;	 /* the callback's                                    */
	bool is_silent;	 /* keeps the connection when all is sent             */
	bool is_hasty;	 /* sends without waiting for the question            */
	int trickle_ms;	 /* between two bytes                                 */
	bool is_refused; /* connecting fails                                  */

	/* What it saw. */
	int connections;
	uint8_t request[FAKE_QGS_REQUEST_BYTES + 64];
	size_t request_len;

	pthread_t thread; /* of the last connection, if is_served */
	bool is_served;
	int end; /* its end of that, until it takes it */
};

/* As a good service answers: the frame, the message's head, `id_len` bytes of id, the quote. */
void fake_qgs_put(struct fake_qgs *f, size_t id_len, const void *quote, size_t len);

/* As qgs_connect_fn, with a struct fake_qgs, which must stay where it is. One connection at a time:
 * it waits for the end of the last. */
int fake_qgs_connect(void *fake, uint64_t deadline_ms, struct err *e);

/* Waits for the end of the last connection. A thread that has signed must not outlive its test: it
 * would put OpenSSL away together with the process. */
void fake_qgs_done(struct fake_qgs *f);
#define AUTO_FAKE_QGS __attribute__((cleanup(fake_qgs_done)))
