/* SHA-2, by name, over OpenSSL. */
#pragma once

#include "base/err.h"
#include "base/span.h"

enum digest_alg { DIGEST_SHA256 = 1, DIGEST_SHA384, DIGEST_SHA512 };

#define DIGEST_MAX_BYTES 64

struct digest {
	size_t len; /* 32, 48 or 64 */
	uint8_t at[DIGEST_MAX_BYTES];
};

/* "sha256", "sha384", "sha512", lower case as initdata and RCAR spell them. -FAIL_INPUT on any
 * other. */
int digest_alg_parse(struct span name, enum digest_alg *ret, struct err *e);
const char *digest_alg_name(enum digest_alg alg);
size_t digest_alg_len(enum digest_alg alg);

/* -FAIL_SYS when OpenSSL refuses. */
int digest_of(enum digest_alg alg, struct span bytes, struct digest *ret, struct err *e);
int digest_hmac(enum digest_alg alg, struct span key, struct span bytes, struct digest *ret,
		struct err *e);

/* Constant time in the content; lengths must be equal. */
_Bool digest_is_equal(struct span a, struct span b);

/* Lower-case hex into `ret` (2 * len + 1 bytes, terminated). */
void digest_hex(struct span bytes, char *ret);
