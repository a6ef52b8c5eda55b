/* All keys of a guest, made in one go so that the root secret can be wiped at once. */
#pragma once

#include <stdint.h>

#include "attest/config/config.h"
#include "base/err.h"
#include "base/messages.h"
#include "base/secret.h"
#include "base/span.h"

struct volume_keys {
	uint8_t wrap[VOLUME_KEY_BYTES];
	uint8_t mac[VOLUME_KEY_BYTES];
};

struct keys {
	struct secret seal;    /* one struct msg_seal_keys                     */
	struct secret volumes; /* a struct volume_keys each, as in the config  */
};

#define KEYS_EMPTY ((struct keys){ SECRET_EMPTY, SECRET_EMPTY })

/*
 * Sealing keys: `life` always, `container` with a root secret, `pod` too unless the configuration
 * forbids it. Volume keys: derived, but random where the volume is made anew in each boot.
 *
 *   root   the root secret, or empty: then every volume must be VOLUME_ALWAYS (-FAIL_BUG)
 *   life   the life root
 *   ret    keys_done() it
 *
 * -FAIL_SYS.
 */
int keys_make(const struct config *config, struct span root, struct span life, struct keys *ret,
	      struct err *e);
void keys_done(struct keys *k);
