/*
 * The "tpm" member of a policy. All zero is the safe default: no AK is trusted, RSASSA, RSAPSS or
 * ECDSA with SHA-256 or SHA-384, the selection of the values beside the quote, no reference value.
 *
 *   {"ak": [SHA-256 of the AK's DER SubjectPublicKeyInfo], "ak_names": [TPM name, with its alg],
 *    "ak_roots": "PEM of those who certify AKs", "require_restricted": true,
 *    "host_emulated": true,
 *    "scheme": ["rsassa"|"rsapss"|"ecdsa"], "hash": ["sha256"|"sha384"|"sha512"],
 *    "bank": "sha256"|"sha384"|"sha512", "selection": [0, 1, ... 23],
 *    "pcrs": {"8": [value, ...], ...}, "initdata": [SHA-256 of initdata]}
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "attest/verify/refs.h"
#include "attest/verify/x509/certs.h"

#define TPM_PCRS 24

struct tpm_policy {
	struct refs ak;	      /* 32 bytes each                                           */
	struct refs ak_names; /* 34, 50 or 66 bytes: binds the AK's attributes too       */
	struct certs ak_roots;
	bool require_restricted; /* the AK must be known to sign only what its TPM says     */
	bool host_emulated;	 /* the TPM is a program of the host's: proves nothing to it */
	struct refs scheme;	 /* unset: the three, by the AK's kind                      */
	struct refs hash;	 /* unset: SHA-256 or SHA-384                               */
	uint16_t bank;		 /* 0: that of the values beside the quote                  */
	bool has_selection;
	uint32_t selection;	    /* a bit each                                           */
	struct refs pcrs[TPM_PCRS]; /* of the bank's length                                 */
	struct refs initdata;	    /* 32 bytes each: PCR8 is one extension by it           */
};

/* Strict: an unknown member is -FAIL_INPUT. Releases what `ret` held on failure too. PCRs 16 and 23
 * are -FAIL_INPUT: whoever runs in the guest resets them. */
int tpm_policy_parse(const cJSON *node, struct tpm_policy *ret, struct err *e);
void tpm_policy_done(struct tpm_policy *p);
