/*
 * A root and a server certificate for broker and guest on one machine.
 */
#pragma once

#include <openssl/ssl.h>

#include "base/err.h"

/*
 * Makes, unless all three are there: DIR/root.pem (what a guest pins), DIR/server.pem (SAN IP
 * 127.0.0.1, IP 10.0.2.2, DNS localhost) and DIR/server.key (mode 0600), good from a day ago for
 * ten years. The root's own key is not kept. DIR is created if absent.
 *
 * -FAIL_INPUT some of the three are there and some aren't: they are left alone. -FAIL_SYS.
 */
int broker_cert_ensure(const char *dir, struct err *e);

/* A context that serves them: TLS 1.2 and up. *ret is the caller's to free. -FAIL_SYS. */
int broker_cert_context(const char *dir, SSL_CTX **ret, struct err *e);
