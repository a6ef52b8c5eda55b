/* The digests of attest/evidence/BINDING.md. */
#pragma once

#include "attest/verify/bundle.h"
#include "base/digest.h"

#define REPORT_DATA_BYTES 64
#define GPU_NONCE_BYTES	  32

int ours_gpu_nonce(struct span nonce, struct span key, uint8_t ret[static GPU_NONCE_BYTES],
		   struct err *e);

/* Over the genuine devices of the bundle. *ret_known false: one of them is not genuine. */
int ours_report_data(const struct bundle *b, struct span nonce,
		     uint8_t ret[static REPORT_DATA_BYTES], bool *ret_known, struct err *e);

/* CoCo's digest of runtime data; `additional` NULL for what devices bind. -FAIL_INPUT: no JWK. */
int coco_digest(const cJSON *jwk, const char *nonce, const char *additional, struct digest *ret,
		struct err *e);
