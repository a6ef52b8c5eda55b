/* The common ground of the generator's files. */
#pragma once

#include "tests/support/evidence/pki.h"

/* Ends the test when OpenSSL or memory refuses. */
void pki_must(bool ok, const char *what);

/* `alg`, or what goes with the key. */
enum pki_alg pki_alg_of(EVP_PKEY *key, enum pki_alg alg);

/* A context that is ready to sign that way; the caller's. */
EVP_MD_CTX *pki_signer(EVP_PKEY *key, enum pki_alg alg);

/* Copies `len` bytes of OpenSSL's into a buffer and frees them. */
struct buf pki_taken(uint8_t *der, int len);

X509_EXTENSION *pki_extension(const struct pki_extension *x);
ASN1_INTEGER *pki_integer(const uint8_t *at, size_t len);
ASN1_TIME *pki_time(int64_t at);
