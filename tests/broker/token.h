/*
 * Attestation tokens: EAR-shaped claims, signed with a key made at start.
 * Spec: coco-protocol reference, section 3.
 */
#pragma once

#include <cjson/cJSON.h>
#include <openssl/evp.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/span.h"
#include "tests/broker/evidence.h"

/* What verification found, as it goes into the claims. Pointers are loans. */
struct broker_facts {
	struct broker_evidence evidence;
	const cJSON *runtime;	       /* runtime_data                             */
	const struct digest *initdata; /* NULL when none was sent                         */
};

/* What the resource path takes out of a token. Pointers are loans from the claims. */
struct broker_identity {
	const char *tee;
	const char *measurement;
	char initdata[160];   /* "sha256:<hex>", or "none"                      */
	const cJSON *tee_key; /* NULL when the claims hold none                 */
};

/* Appends a token that is good for `seconds` from `now` (Unix time). -FAIL_LIMIT over
 * LIMIT_TOKEN_BYTES, -FAIL_SYS. */
int broker_token_make(EVP_PKEY *signer, const struct broker_facts *facts, int64_t now,
		      uint64_t seconds, struct buf *ret, struct err *e);

/* The claims of a token that `signer` made and that has not expired at `now`.
 * -FAIL_INPUT, -FAIL_FORGED, -FAIL_LIMIT; -FAIL_DENIED when it has expired. */
int broker_token_verify(EVP_PKEY *signer, struct span token, int64_t now, cJSON **ret_claims,
			struct err *e);

/* -FAIL_INPUT: claims without an annotated evidence of a TEE that we know. */
int broker_token_identity(const cJSON *claims, struct broker_identity *ret, struct err *e);
