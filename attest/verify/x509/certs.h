/* Certificates from hostile bytes, over OpenSSL. */
#pragma once

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define CERTS_MAX 16

/* In the order found. Owned. */
struct certs {
	X509 *at[CERTS_MAX];
	size_t count;
};

#define AUTO_CERTS __attribute__((cleanup(certs_done)))

void certs_done(struct certs *c);

/* One DER certificate that fills `der` to its last byte; at most LIMIT_VERIFY_CERT_BYTES. Its own
 * re-encoding must be the same bytes (no BER). -FAIL_INPUT, -FAIL_LIMIT, -FAIL_SYS. */
int certs_add_der(struct certs *c, struct span der, struct err *e);

/* PEM: blocks of CERTIFICATE, base64 strict, LF or CRLF, with or without a last newline; between
 * and around them only white space and (as PCK chains end) one NUL. Nothing is added on failure. */
int certs_add_pem(struct certs *c, struct span pem, struct err *e);

/* DER or PEM, told by the first bytes. */
int certs_add(struct certs *c, struct span bytes, struct err *e);

/* One more reference to a certificate. */
int certs_add_ref(struct certs *c, X509 *cert, struct err *e);

int cert_sha256(const X509 *cert, uint8_t ret[static 32], struct err *e);      /* of the DER     */
int cert_spki_sha256(const X509 *cert, uint8_t ret[static 32], struct err *e); /* of the DER SPKI */

/* The one CN, printable, at most `size` - 1 bytes. None or two: -FAIL_INPUT. */
int cert_subject_cn(const X509 *cert, char *ret, size_t size, struct err *e);
int cert_issuer_cn(const X509 *cert, char *ret, size_t size, struct err *e);

/* The content of the extension with that dotted OID. *ret_found false if it is absent; twice is
 * -FAIL_INPUT. `ret` is a loan. */
int cert_extension(const X509 *cert, const char *oid, bool *ret_found, struct span *ret,
		   struct err *e);

/* Seconds since 1970; 9999-12-31 is fine. */
int cert_not_before(const X509 *cert, int64_t *ret, struct err *e);
int cert_not_after(const X509 *cert, int64_t *ret, struct err *e);

/* Serial number, big-endian without leading zeros (at least one byte), at most `*len` bytes. */
int cert_serial(const X509 *cert, uint8_t *ret, size_t *len, struct err *e);

/* 2026-11-23T21:56:41Z into `ret` (21 bytes), and back (also with fractions of a second dropped).
 * -FAIL_INPUT. */
#define TIME_TEXT_BYTES 24
void time_text(int64_t at, char ret[static TIME_TEXT_BYTES]);
int time_parse(const char *text, int64_t *ret, struct err *e);
