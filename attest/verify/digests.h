/* The digests of attest/evidence/BINDING.md. */
#pragma once

#include "attest/verify/bundle.h"
#include "base/binding.h"
#include "base/digest.h"

/* Over the genuine devices of the bundle. *ret_known false: one of them is not genuine. */
int ours_report_data(const struct bundle *b, struct span nonce,
		     uint8_t ret[static BINDING_DATA_BYTES], bool *ret_known, struct err *e);

/* CoCo's digest of runtime data; `additional` NULL for what devices bind. -FAIL_INPUT: no JWK. */
int coco_digest(const cJSON *jwk, const char *nonce, const char *additional, struct digest *ret,
		struct err *e);
