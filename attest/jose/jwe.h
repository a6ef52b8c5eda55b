/*
 * JSON Web Encryption (RFC 7516), flattened JSON, as a key broker wraps a resource: ECDH-ES+A256KW,
 * A256GCM, P-256, and no other algorithm, member or header parameter.
 * Spec: coco-protocol reference, section 2.
 */
#pragma once

#include <openssl/evp.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/span.h"

#define JWE_IV_BYTES  12
#define JWE_TAG_BYTES 16

/* Two thirds more than the plaintext's bound is more than base64 and the header need. */
#define JWE_TEXT_BYTES (LIMIT_RESOURCE_BYTES / 3 * 5)

/*
 * Opens `text` (at most JWE_TEXT_BYTES) with our private key.
 *
 *   ret   the plaintext, 1 .. LIMIT_RESOURCE_BYTES; the caller's to release
 *
 * -FAIL_INPUT   not such a JWE: a member too many (aad, header, unprotected, recipients) or too
 *               few, another alg or enc, apu, apv, zip, crit, an epk that isn't on P-256, an IV of
 * other than 12 bytes, a tag of other than 16, no plaintext at all -FAIL_FORGED  the key doesn't
 * unwrap or the tag doesn't match -FAIL_LIMIT, -FAIL_SYS
 */
int jwe_decrypt(struct span text, EVP_PKEY *key, struct secret *ret, struct err *e);

/*
 * The other side, for a broker: `plaintext` for the holder of `recipient` (jwk_parse), as JSON text
 * appended to `ret`. -FAIL_LIMIT over LIMIT_RESOURCE_BYTES, -FAIL_SYS.
 */
int jwe_encrypt(struct span plaintext, EVP_PKEY *recipient, struct buf *ret, struct err *e);
