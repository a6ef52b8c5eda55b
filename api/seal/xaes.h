/*
 * XAES-256-GCM (C2SP, XAES-256-GCM.md) over OpenSSL: AES-256-GCM with a key derived from the first
 * half of a 24-byte nonce. Messages that share the first half share one derivation.
 */
#pragma once

#include <openssl/evp.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"

#define XAES_KEY_BYTES	32
#define XAES_HALF_BYTES 12 /* half a nonce                       */
#define XAES_TAG_BYTES	16

struct xaes {
	EVP_CIPHER_CTX *gcm; /* holds the derived key; OpenSSL cleanses it on free */
};

#define XAES_EMPTY ((struct xaes){ NULL })
#define AUTO_XAES  __attribute__((cleanup(xaes_done)))

/* The derived key Kx alone, for those who compare it with the specification. -FAIL_SYS. */
int xaes_derive(const uint8_t key[static XAES_KEY_BYTES],
		const uint8_t first[static XAES_HALF_BYTES], uint8_t ret[static XAES_KEY_BYTES],
		struct err *e);

/* Ready for messages whose nonce begins with `first`: to seal or to open them. -FAIL_SYS. */
int xaes_init(struct xaes *ret, const uint8_t key[static XAES_KEY_BYTES],
	      const uint8_t first[static XAES_HALF_BYTES], bool sealing, struct err *e);

/* Writes `plain.len` bytes and the tag to `ret`. A second half is used once per xaes_init() key. */
int xaes_seal(struct xaes *x, const uint8_t second[static XAES_HALF_BYTES], struct span aad,
	      struct span plain, uint8_t *ret, struct err *e);

/* Writes `sealed.len` - XAES_TAG_BYTES bytes to `ret`, which are worth nothing (and wiped) unless
 * the result is 0. -FAIL_FORGED (the tag, or too short to have one), -FAIL_SYS. */
int xaes_open(struct xaes *x, const uint8_t second[static XAES_HALF_BYTES], struct span aad,
	      struct span sealed, uint8_t *ret, struct err *e);

void xaes_done(struct xaes *x);
