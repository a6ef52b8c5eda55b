/*
 * Keys from secrets: HKDF-SHA-384 with one labelled list of fields a purpose. Each field is written
 * as its length (16 bits, big-endian) and its bytes, so that no two lists read the same.
 * Spec: RFC 5869; DESIGN.md, "Keys".
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/messages.h"
#include "base/secret.h"
#include "base/span.h"

#define DERIVE_SALT	 "sealinit/v1"
#define DERIVE_KEY_BYTES 32
#define DERIVE_EPOCH	 1
#define CALLER_GUEST	 "guest" /* until callers are told apart */

enum volume_key { VOLUME_KEY_WRAP, VOLUME_KEY_MAC };

/*
 * Both write DERIVE_KEY_BYTES to `ret`, which the caller wipes.
 *
 *   root   root secret or life root, at least 32 bytes (-FAIL_BUG if shorter)
 *
 * -FAIL_SYS (OpenSSL). `ret` untouched on failure.
 */
int derive_volume_key(struct span root, const char *volume, enum volume_key which, uint32_t epoch,
		      uint8_t ret[static DERIVE_KEY_BYTES], struct err *e);
int derive_seal_key(struct span root, enum seal_scope scope, const char *caller, uint32_t epoch,
		    uint8_t ret[static DERIVE_KEY_BYTES], struct err *e);

/*
 * A root secret out of a secret that is bound to less than it should be: `kind` names where it is
 * from, `bound` is mixed in. DERIVE_KEY_BYTES; the caller's. Errors as above.
 */
int derive_root(struct span secret, const char *kind, struct span bound, struct secret *ret,
		struct err *e);

/* Appends one field, as above. -FAIL_LIMIT: over 65535 bytes, or `ret` over `limit`. */
int derive_field(struct buf *ret, struct span field, size_t limit, struct err *e);
