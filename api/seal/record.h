/* Sealed blobs, as FORMAT.md describes them byte by byte. */
#pragma once

#include "api/seal/keyring.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"

#define RECORD_HEAD_BYTES    96
#define RECORD_NONCE_BYTES   24
#define RECORD_SEGMENT_BYTES 65536
#define RECORD_TAG_BYTES     16

/* A blob is a body of a request, so its plaintext is a little less; in JSON it grows by a third,
 * and the context (whose bytes may be written as six each) comes on top. */
#define RECORD_PLAIN_MAX_BYTES	    (LIMIT_API_BODY_BYTES - 4096)
#define RECORD_JSON_PLAIN_MAX_BYTES (LIMIT_API_BODY_BYTES / 4 * 3 - 16384)

/* How long a blob of so much plaintext is. */
size_t record_sealed_bytes(size_t plain_len);

/*
 * Seals under the newest key of `scope`.
 *
 *   context  at most LIMIT_CONTEXT_BYTES; not in the blob, but needed to open it
 *   ret      the blob; the caller's to free
 *
 * -FAIL_DENIED there is no key for the scope; -FAIL_LIMIT plaintext over RECORD_PLAIN_MAX_BYTES, or
 * the context; -FAIL_SYS.
 */
int record_seal(const struct keyring *k, enum seal_scope scope, struct span context,
		struct span plain, struct buf *ret, struct err *e);

/* The same with a nonce of the caller's: for golden vectors, since a nonce serves one blob only. */
int record_seal_with(const struct keyring *k, enum seal_scope scope, struct span context,
		     struct span plain, const uint8_t nonce[static RECORD_NONCE_BYTES],
		     struct buf *ret, struct err *e);

/*
 * Opens a blob. `ret` gets the plaintext only after the last segment was verified.
 *
 * -FAIL_FORGED whatever is wrong with blob, context or key, always with the same text; -FAIL_SYS,
 * -FAIL_LIMIT (context).
 */
int record_open(const struct keyring *k, struct span context, struct span blob, struct buf *ret,
		struct err *e);
