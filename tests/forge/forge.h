/*
 * Complete test evidence as files, under roots that only tests trust: what a user of sealverify
 * would have, and one thing wrong with it when asked.
 *
 *   DIR/...          evidence, by the names that each maker lists
 *   DIR/cache/...    certificates and collateral, by the names that the cache expects
 *   DIR/root.pem     for --test-root
 *   DIR/policy.json  reference values that the good evidence matches
 *   DIR/nonce        what was asked, as hex
 *   DIR/at           a time at which all of it is valid
 *
 * Everything here ends the program with a line on stderr when it fails.
 */
#pragma once

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

#define FORGE_AT      1790000000 /* 2026-09-21T14:13:20Z */
#define FORGE_AT_TEXT "2026-09-21T14:13:20Z"
#define FORGE_DAY     86400
#define FORGE_UNTIL   2493072000 /* 2049-01-01: for who judges by a clock of his own */

struct forge {
	int dir;	      /* stays the caller's */
	int cache;	      /* likewise           */
	const char *breakage; /* "" for nothing */
};

/* One kind of evidence. */
struct forge_kind {
	const char *name;
	const char *const *breaks; /* what can be wrong with it; ends with NULL */
	void (*make)(const struct forge *f);
};

extern const struct forge_kind forge_snp, forge_tdx, forge_gpu, forge_tpm, forge_log, forge_machine;

_Noreturn void forge_fail(const char *what, const char *why);

/* True when this is what is to be wrong. */
bool forge_breaks(const struct forge *f, const char *what);

void forge_file(const struct forge *f, const char *name, struct span bytes);
void forge_cache(const struct forge *f, const char *name, struct span bytes);

/* With a newline behind it. */
void forge_line(const struct forge *f, const char *name, const char *text);

void forge_policy(const struct forge *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The nonce of all kinds: 32 bytes, and as a file. */
#define FORGE_NONCE_BYTES 32
void forge_nonce(const struct forge *f, uint8_t ret[static FORGE_NONCE_BYTES]);

void forge_roots(const struct forge *f, X509 *const roots[], size_t count);

/* Lower-case hex of at most 64 bytes. */
struct forge_hex {
	char text[129];
};
struct forge_hex forge_hex(const void *at, size_t len);
