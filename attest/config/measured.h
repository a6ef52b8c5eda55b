/*
 * The configuration against what the hardware measured. Before it has been compared, a document
 * from the host is bytes and nothing more.
 * Spec: coco-protocol reference, section 9 (width rules).
 */
#pragma once

#include "attest/evidence/driver.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/span.h"

/*
 * Looks for the algorithm under which `toml` has the digest that the register holds (cut, or padded
 * with zeros, to the register's width). No byte of `toml` is interpreted. Must not be called for a
 * platform without a register (-FAIL_BUG).
 *
 *   ret_alg   the envelope must name this one
 *
 * -FAIL_FORGED: none fits; the text shows both. -FAIL_SYS.
 */
int measured_compare(const struct evidence_platform *p, struct span toml, enum digest_alg *ret_alg,
		     struct err *e);

/* There is no document: then the register must be zero. -FAIL_FORGED otherwise. */
int measured_absent(const struct evidence_platform *p, struct err *e);
