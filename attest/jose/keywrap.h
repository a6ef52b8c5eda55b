/*
 * The key half of a JWE: ECDH-ES (RFC 7518, 4.6) with AES key wrap (RFC 3394) under the result.
 * Private to attest/jose; apart from jwe.c so that a specification's numbers can be checked.
 */
#pragma once

#include <openssl/evp.h>

#include "base/err.h"
#include "base/span.h"

#define KEYWRAP_KEY_BYTES     32 /* KEK and CEK: 256 bits              */
#define KEYWRAP_WRAPPED_BYTES 40 /* RFC 3394: one block of 64 bits more */

/*
 * The wrapping key that `own` (private) and `peer` (public, on P-256) share: ECDH, then Concat KDF
 * with SHA-256, AlgorithmID "ECDH-ES+A256KW", empty apu and apv. The caller wipes `ret`.
 * -FAIL_INPUT when the agreement fails, -FAIL_SYS.
 */
int keywrap_agree(EVP_PKEY *own, EVP_PKEY *peer, uint8_t ret[static KEYWRAP_KEY_BYTES],
		  struct err *e);

/* -FAIL_FORGED when the integrity check fails or `wrapped` has another length than 40 bytes. */
int keywrap_unwrap(const uint8_t kek[static KEYWRAP_KEY_BYTES], struct span wrapped,
		   uint8_t ret[static KEYWRAP_KEY_BYTES], struct err *e);

/* -FAIL_SYS. */
int keywrap_wrap(const uint8_t kek[static KEYWRAP_KEY_BYTES],
		 const uint8_t cek[static KEYWRAP_KEY_BYTES],
		 uint8_t ret[static KEYWRAP_WRAPPED_BYTES], struct err *e);
