/* The sealing keys of this guest, one for each scope and epoch, with what is derived from them
 * (FORMAT.md, "Keys"). */
#pragma once

#include "base/err.h"
#include "base/messages.h"
#include "base/secret.h"
#include "base/span.h"

#define SEAL_ID_BYTES	  16
#define SEAL_SUBKEY_BYTES 32

struct seal_key {
	uint32_t scope; /* enum seal_scope            */
	uint32_t epoch;
	uint8_t id[SEAL_ID_BYTES]; /* not secret              */
	const uint8_t *commit_key; /* SEAL_SUBKEY_BYTES, in keyring.bytes */
	const uint8_t *blob_key;   /* the same                            */
};

struct keyring {
	size_t count;
	struct seal_key keys[SEAL_KEYS_MAX];
	struct secret bytes;
};

#define KEYRING_EMPTY ((struct keyring){ .count = 0 })
#define AUTO_KEYRING  __attribute__((cleanup(keyring_done)))

/* Replaces what `ret` had. The keys themselves are not kept. -FAIL_INPUT: a count, scope or epoch
 * that can't be, one pair of scope and epoch twice. -FAIL_SYS. */
int keyring_load(struct keyring *ret, const struct msg_seal_keys *from, struct err *e);

/* The key of a scope that seals, which is that of the highest epoch; NULL without one. */
const struct seal_key *keyring_newest(const struct keyring *k, enum seal_scope scope);

/* The one key that all three name, or NULL. */
const struct seal_key *keyring_find(const struct keyring *k, uint32_t scope, uint32_t epoch,
				    const uint8_t id[static SEAL_ID_BYTES]);

void keyring_done(struct keyring *k);

/* "life", "container", "pod". -FAIL_INPUT on anything else. */
int seal_scope_parse(struct span name, enum seal_scope *ret, struct err *e);
const char *seal_scope_name(enum seal_scope scope);
