/*
 * Runtime data: the nonce and key that evidence binds, as the KBS serialises it.
 * Spec: coco-protocol reference, sections 1.4 and 2.1.
 */
#pragma once

#include <cjson/cJSON.h>

#include "base/digest.h"
#include "base/err.h"

/*
 * A copy of a TEE's public key with the members that Trustee's typed struct has (EC, RSA, AKP), in
 * sorted order. Others are dropped, as there: a guest that hashed them gets another digest.
 * -FAIL_INPUT: no such key, or one whose members aren't text.
 */
int runtime_key(const cJSON *jwk, cJSON **ret, struct err *e);

/*
 * {"additional-evidence":A,"nonce":N,"tee-pubkey":K} in the order of RFC 8785; without the first
 * member when `additional` is NULL (what devices bind). `key` comes from runtime_key and
 * stays the caller's.
 */
int runtime_data(const cJSON *key, const char *nonce, const char *additional, cJSON **ret,
		 struct err *e);

/* Digest of the canonical bytes of such an object. */
int runtime_digest(enum digest_alg hash, const cJSON *runtime, struct digest *ret, struct err *e);
