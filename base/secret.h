/*
 * The only home of key bytes: pages of their own, locked, out of core dumps, zero in a forked
 * child, wiped on release.
 *
 * Copies that we can't reach: OpenSSL's cipher and key contexts (freed through OPENSSL_cleanse),
 * libcryptsetup's crypt_safe_alloc() blocks (wiped by it), the kernel's dm-crypt and keyring, the
 * stack of libtss2's parameter encryption.
 */
#pragma once

#include "base/err.h"
#include "base/span.h"

struct secret {
	uint8_t *at;   /* page aligned; NULL when empty */
	size_t len;    /* bytes in use                  */
	size_t mapped; /* whole pages                   */
};

#define SECRET_EMPTY ((struct secret){ NULL, 0, 0 })
#define AUTO_SECRET  __attribute__((cleanup(secret_done)))

/* Zeroed room for `len` bytes (1 .. LIMIT_SECRET_BYTES). -FAIL_LIMIT, -FAIL_SYS; a page that can't
 * be locked is an error. */
int secret_init(struct secret *ret, size_t len, struct err *e);

/* The same, filled: from bytes (the caller wipes its copy), from the kernel's generator. */
int secret_copy(struct secret *ret, struct span bytes, struct err *e);
int secret_random(struct secret *ret, size_t len, struct err *e);

struct span secret_view(const struct secret *s);
struct secret secret_take(struct secret *s);
void secret_done(struct secret *s);

/* For every role, first thing in main(): no core dumps, not dumpable, no new privileges.
 * -FAIL_SYS. */
int secret_harden_process(struct err *e);
