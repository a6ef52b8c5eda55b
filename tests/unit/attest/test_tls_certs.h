/* Certificates for tests, made on the spot. */
#pragma once

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct cert {
	X509 *cert;
	EVP_PKEY *key;
};

/*
 * A P-256 certificate. `issuer` NULL: signed by itself. `names` is its subjectAltName as OpenSSL
 * spells it ("DNS:a,IP:1.2.3.4"), or NULL. Valid from `from_s` to `to_s`, in seconds from
 * clock_wall().
 */
struct cert cert_make(const char *common_name, const struct cert *issuer, bool is_ca,
		      const char *names, int64_t from_s, int64_t to_s);
void cert_done(struct cert *c);
struct buf cert_pem(const struct cert *c);

/* A server's context with this certificate, and `between` (or NULL) behind it. */
SSL_CTX *cert_server(const struct cert *c, const struct cert *between);
