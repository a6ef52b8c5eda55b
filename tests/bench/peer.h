/* What a verification costs at least: the same chain and the same signatures, by OpenSSL alone. */
#pragma once

#include <openssl/x509.h>

#include "base/span.h"

#define PEER_CERTS  4
#define PEER_CHECKS 2

struct peer_check {
	EVP_PKEY *key; /* a loan, or the leaf's when NULL */
	const EVP_MD *md;
	struct span message;
	uint8_t der[128]; /* ECDSA signature */
	size_t der_len;
};

struct peer {
	X509 *leaf, *between[PEER_CERTS], *root; /* loans */
	size_t between_count;
	struct peer_check checks[PEER_CHECKS];
	size_t check_count;
};

/* An ECDSA signature from r and s, big-endian, `len` bytes each. */
void peer_add(struct peer *p, EVP_PKEY *key, const EVP_MD *md, struct span message,
	      const uint8_t *r, const uint8_t *s, size_t len);

/* X509_verify_cert() and EVP_DigestVerify(), from the parsed bytes on. Aborts unless all hold. */
void peer_verify_here(const struct peer *p, const struct buf *leaf, const struct buf *between,
		      const struct buf *root);

/* Writes the files that the command needs into `dir`, and runs `openssl verify`, then `openssl dgst
 * -verify` for each signature. Aborts unless all succeed. */
void peer_write(const struct peer *p, const char *dir);
void peer_verify_command(const struct peer *p, const char *dir);

/* Runs a command with its output thrown away; returns its exit status. */
int run_quiet(const char *const argv[]);
