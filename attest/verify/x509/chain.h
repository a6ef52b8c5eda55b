/*
 * A chain from a leaf to a pinned root. Who issued whom is decided by signatures and names; order
 * and extra certificates are the caller's rule.
 */
#pragma once

#include "attest/verify/x509/certs.h"

/* A root that is built in, as fingerprints of the whole certificate and of its key. */
struct root_pin {
	const char *name; /* for people */
	uint8_t cert[32]; /* SHA-256 of the DER */
	uint8_t spki[32];
};

enum chain_key { CHAIN_P256_SHA256 = 1, CHAIN_P384_SHA384, CHAIN_RSA4096_PSS_SHA384 };

struct chain_rules {
	const struct root_pin *pins;
	size_t pin_count;
	const struct certs *test_roots; /* NULL or empty: none */
	enum chain_key issuer_key; /* of every issuer, and so the algorithm of every signature */
	enum chain_key leaf_key;
	bool strict; /* X509_V_FLAG_X509_STRICT: for makers whose certificates pass it */
};

enum chain_root { CHAIN_BUILTIN = 1, CHAIN_TEST };

struct chain_result {
	enum chain_root root;
	size_t depth;	     /* certificates, leaf and root included */
	int64_t not_before;  /* the latest of all                    */
	int64_t not_after;   /* the earliest of all                  */
	X509 *at[CERTS_MAX]; /* leaf first, root last: loans from `leaf`, `pool`, the rules */
};

/*
 * Builds and verifies leaf -> ... -> root. The root must be, byte for byte, a pinned certificate
 * found in `pool`, or a test root, whose own signature is computed too (a pinned one's is covered
 * by its fingerprint). All that lies between comes from `pool`, in any order; what does not belong
 * to the chain is passed over. Each link: names, key identifiers, CA flags, path lengths, key
 * usage, key type and size, algorithm and parameters of each signature; no critical extension but
 * basic constraints and key usage. The leaf is never a CA, nor the root itself. Times are NOT
 * judged: compare the result with chain_time().
 *   -FAIL_AGAIN   no issuer or no root in the pool (text names the missing issuer)
 *   -FAIL_FORGED  a link does not hold, or the chain ends in a root that is not pinned
 *   -FAIL_SYS     OpenSSL refuses, no memory
 * `ret` is untouched on failure. At most 32 signatures are computed, whatever the pool holds.
 * Spec: RFC 5280 6.1, without policies and name constraints.
 */
int chain_verify(const struct chain_rules *rules, X509 *leaf, const struct certs *pool,
		 struct chain_result *ret, struct err *e);

/* 0 valid, -1 not yet, 1 expired. Valid too when `at` is VERIFY_NO_CLOCK (INT64_MIN). */
int chain_time(const struct chain_result *r, int64_t at);

/* The leaf's key. A loan. */
EVP_PKEY *chain_key_of(const struct chain_result *r);
