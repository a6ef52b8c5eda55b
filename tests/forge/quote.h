/* A TDX quote with its log and collateral, for the makers that need one. */
#pragma once

#include "tests/forge/forge.h"

struct forge_td {
	struct buf quote, log;
	struct buf policy; /* the policy's "tdx" member, as text */
	X509 *root;
};

/* Writes the cache; the rest is the caller's to write and to release. */
struct forge_td forge_td(const struct forge *f, const uint8_t report_data[static 64]);
void forge_td_done(struct forge_td *t);
