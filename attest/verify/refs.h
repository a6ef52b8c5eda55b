/* Reference values: a list of byte strings (or words) of a policy, compared whole. */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define REF_BYTES 64

struct ref {
	uint8_t len;
	uint8_t at[REF_BYTES];
};

/* Absent (is_set false) means that nobody said anything; an empty list matches nothing. */
struct refs {
	struct ref *at;
	size_t count;
	bool is_set;
};

void refs_done(struct refs *r);

/* A JSON array of hex text (either case), or one text alone, each of exactly `len` bytes (0: 1 to
 * REF_BYTES). -FAIL_INPUT with `where`, -FAIL_LIMIT over LIMIT_VERIFY_REFS, -FAIL_SYS. Releases
 * what the list held. NULL `node` leaves it unset. */
int refs_hex(const cJSON *node, const char *where, size_t len, struct refs *ret, struct err *e);

/* A JSON array of words of at most REF_BYTES printable bytes, or one alone. */
int refs_words(const cJSON *node, const char *where, struct refs *ret, struct err *e);

bool refs_has(const struct refs *r, struct span value);

enum refs_answer { REFS_UNSET, REFS_MATCH, REFS_MISMATCH };
enum refs_answer refs_ask(const struct refs *r, struct span value);

/* Exactly `len` bytes from hex text, either case. -FAIL_INPUT. */
int hex_bytes(const char *text, const char *where, uint8_t *ret, size_t len, struct err *e);
