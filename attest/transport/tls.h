/*
 * TLS to a broker whose roots are pinned: version 1.2 or newer, AEAD ciphers, no trust store but
 * the configured one, no session resumption, compression or renegotiation.
 */
#pragma once

#include <stdint.h>

#include "attest/transport/stream.h"
#include "base/err.h"
#include "base/span.h"

struct tls; /* what all connections to one broker share */

/*
 * Reads the roots.
 *
 *   roots_pem  one or more certificates, at most LIMIT_ROOTS_BYTES; text between them is passed
 * over. What is in here is trusted as it stands: a root, an intermediate, or the broker's own name
 * whom the certificate must name: a host name (also sent as SNI) or an address
 *
 * -FAIL_INPUT (no certificate, a broken one), -FAIL_LIMIT, -FAIL_SYS. tls_free() it.
 */
int tls_new(struct span roots_pem, const char *name, struct tls **ret, struct err *e);
void tls_free(struct tls *t);

/*
 * Shakes hands over a connected plain stream, which becomes a TLS stream; on failure it is closed.
 * Validity dates are compared with clock_wall().
 *
 * -FAIL_FORGED  the certificate: not signed by the roots, another name, expired, not yet valid
 * -FAIL_AGAIN   the connection broke, the other side doesn't speak TLS as we do, or too late
 * -FAIL_SYS
 */
int tls_start(struct tls *t, struct stream *s, uint64_t deadline_ms, struct err *e);
