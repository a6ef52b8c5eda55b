/* EV_EVENT_TAG, and the events of CoCo's agent in it. Spec: TCG PC Client Platform Firmware
 * Profile, 10.4.2.1 (TCG_PCClientTaggedEvent); coco-protocol reference 5. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

#define TCG_TAG_AAEL	     0x4141454cu
#define TCG_TAG_LOAD_OPTIONS 0x8f3b22edu /* of Linux' EFI stub */
#define TCG_TAG_INITRD	     0x8f3b22ecu

/* A loan of the event's data. */
struct tcg_tag {
	uint32_t tag;
	struct span data;
};

/* False unless the data fill their length to the last byte. */
bool tcg_tag_parse(struct span data, struct tcg_tag *ret);

/* "domain operation content" of an agent's event; the content may hold spaces. */
struct tcg_aael {
	struct span domain, operation, content;
};

/* False without two spaces, with an empty domain or operation, a NUL or a line's end. */
bool tcg_aael_parse(const struct tcg_tag *tag, struct tcg_aael *ret);
