/*
 * The listening socket, TLS, signals: from a broker that is ready to one that serves.
 */
#pragma once

#include "tests/broker/broker.h"

struct broker_server;

/*
 * Listens.
 *
 *   listen  "127.0.0.1:PORT" or "[::1]:PORT"; port 0 is any
 *   tls     directory of broker_cert_ensure, which is called; NULL: plain HTTP
 *
 * -FAIL_INPUT not such an address, or a mixed-up directory; -FAIL_SYS.
 * *ret is the caller's; `broker` must live longer.
 */
int broker_server_open(struct broker *broker, const char *listen, const char *tls,
		       struct broker_server **ret, struct err *e);

/* "https://127.0.0.1:PORT", with the port that it has. Good as long as the server. */
const char *broker_server_url(const struct broker_server *s);

/* Serves until SIGTERM or SIGINT. -FAIL_SYS when the event loop fails. */
int broker_server_run(struct broker_server *s, struct err *e);

void broker_server_close(struct broker_server *s);
