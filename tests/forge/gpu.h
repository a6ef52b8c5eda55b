/* A GPU's report with its manifests and revocation answers, for the makers that need one. */
#pragma once

#include "tests/forge/forge.h"
#include "tests/support/evidence/gpu.h"

/* Writes the cache; returns the report over this nonce, its chain and its root, which are to be
 * released by gpu_made_done(). The manifests' root is the caller's. */
struct gpu_made forge_device(const struct forge *f, const uint8_t nonce[static 32],
			     X509 **ret_rim_root);
