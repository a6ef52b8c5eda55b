/* Under which name the store keeps a file: its own, or the one that its content tells. */
#pragma once

#include <stdbool.h>

#include "base/span.h"

#define NAME_BYTES 208

/*
 * True when the file is collateral. Files already named as attest/verify/store.h lists keep their
 * name; a RIM may be called <id>.xml or anything; CRLs and Intel's documents tell by content.
 */
bool name_of_collateral(const char *file, struct span bytes, char ret[static NAME_BYTES]);
