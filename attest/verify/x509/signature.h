/* Raw signatures and keys, as TEEs make them. */
#pragma once

#include <openssl/evp.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/span.h"

#define AUTO_PKEY __attribute__((cleanup(pkey_done)))

void pkey_done(EVP_PKEY **key);

/* ECDSA with big-endian r and s (leading zeros fine, each at most the group's size). r, s in
 * 1..n-1. The key must be EC on the group that goes with the digest: P-256 with SHA-256, P-384 with
 * SHA-384. -FAIL_FORGED, -FAIL_INPUT (another kind of key), -FAIL_SYS. */
int signature_ecdsa(EVP_PKEY *key, enum digest_alg alg, struct span r, struct span s,
		    struct span message, struct err *e);

/* A P-256 public key from x || y (64 bytes, big-endian); off the curve: -FAIL_INPUT. */
int signature_p256_key(const uint8_t xy[static 64], EVP_PKEY **ret, struct err *e);
