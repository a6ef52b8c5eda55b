/*
 * The root secret, of which all keys are derived that outlive an attest: from where the measured
 * configuration says, and from nowhere else. One row a source.
 */
#pragma once

#include <stdbool.h>

#include "attest/config/config.h"
#include "attest/evidence/driver.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/span.h"

/* What the sources draw on: loans. */
struct root_ground {
	const struct config *config;
	const struct evidence_devices *dev;
	bool is_pcr_ours; /* PCR 8 holds this configuration: what a TPM's root may be bound to */
	struct span life; /* the life root */
};

/* The longest that a source may take. */
uint64_t root_limit_ms(enum config_root root);

/* For status and log: "an SNP derived key". */
const char *root_name(enum config_root root);

/*
 * Gives a root secret that this machine makes: at least ROOT_SECRET_MIN_BYTES; the caller's. Where
 * there is none, or it is the broker's (release.h), *ret stays as it is. Errors of the source.
 */
int root_make(const struct root_ground *ground, uint64_t deadline_ms, struct secret *ret,
	      struct err *e);
