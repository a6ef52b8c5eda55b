/*
 * The digest of an initdata text, by the algorithm that its envelope names.
 * Spec: coco-protocol reference, section 9.
 */
#pragma once

#include "base/digest.h"

/*
 * Reads `version` (must be "0.1.0") and `algorithm` from the lines before the first table, one
 * `key = "text"` a line, and looks for the table [data]. The digest is that of all bytes as they
 * are.
 *
 * -FAIL_INPUT: a line of another form, a key twice or missing, an algorithm other than sha256,
 * sha384, sha512, no [data].
 */
int broker_initdata_digest(struct span body, enum digest_alg *ret_alg, struct digest *ret,
			   struct err *e);
