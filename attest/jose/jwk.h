/*
 * JSON Web Keys (RFC 7517, RFC 7518 section 6.2) of the one kind that we use: EC on P-256.
 * A key is OpenSSL's EVP_PKEY; its private half is wiped by OpenSSL when it is freed.
 */
#pragma once

#include <cjson/cJSON.h>
#include <openssl/evp.h>

#include "base/err.h"
#include "base/span.h"

#define JWK_COORD_BYTES 32

#define JWK_ALG_TEE   "ECDH-ES+A256KW" /* a key that resources are wrapped to (RFC 7518, 4.6) */
#define JWK_ALG_TOKEN "ES256"	       /* a key that signs tokens (RFC 7518, 3.4)             */

#define AUTO_JWK __attribute__((cleanup(jwk_done)))

/* A fresh private key. *ret is the caller's to free. -FAIL_SYS. */
int jwk_generate(EVP_PKEY **ret, struct err *e);

/*
 * A private key from its scalar, JWK_COORD_BYTES (32) bytes big endian; the public half is worked
 * out. -FAIL_INPUT when it is zero or not below the group's order, -FAIL_SYS.
 */
int jwk_from_scalar(const uint8_t d[static JWK_COORD_BYTES], EVP_PKEY **ret, struct err *e);

/*
 * The public half as a JWK with exactly the members alg, crv, kty, x, y in this (sorted) order:
 * a broker hashes no others, so one more would break the binding of the key (reference 1.4).
 * `alg` NULL leaves it out, as in the epk of a JWE.
 */
int jwk_public_json(const EVP_PKEY *key, const char *alg, cJSON **ret, struct err *e);

/*
 * Reads a public key. Members are kty "EC", crv "P-256", x and y of 32 bytes each in base64url,
 * and alg, which must equal `alg` or be absent where that is NULL; there are no others. The point
 * is on the curve and not at infinity. `where` starts the text of an error.
 *
 * -FAIL_INPUT, -FAIL_SYS (ENOMEM). *ret is the caller's to free.
 */
int jwk_parse(const cJSON *node, const char *where, const char *alg, EVP_PKEY **ret, struct err *e);

/* For AUTO_JWK; fine on NULL. */
void jwk_done(EVP_PKEY **key);
