/* TPMT_SIGNATURE. Spec: TPM 2.0 part 2, 11.3; cpu-evidence reference 6.1. */
#pragma once

#include <openssl/evp.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

/* Spans are loans of the parsed bytes. */
struct tpm_signature {
	uint16_t scheme;  /* TPM_ALG_RSASSA, _RSAPSS, _ECDSA            */
	uint16_t hash;	  /* as the signer says: compare, never obey    */
	struct span rsa;  /* the two RSA schemes                        */
	struct span r, s; /* ECDSA, big-endian; leading zeros may be gone */
};

/* To the last byte. -FAIL_INPUT: another scheme, a length beyond what the scheme has, bytes left.
 */
int tpm_signature_parse(struct span bytes, struct tpm_signature *ret, struct err *e);

/*
 * Verifies it over `message` with `key`. The caller has compared scheme and hash with its policy.
 *   -FAIL_FORGED  it does not verify
 *   -FAIL_INPUT   a key of another kind than the scheme's, or a hash that is not SHA-2; ECDSA with
 *                 another hash than its curve's (P-256 SHA-256, P-384 SHA-384)
 *   -FAIL_SYS     OpenSSL refuses, no memory
 */
int tpm_signature_check(const struct tpm_signature *s, EVP_PKEY *key, struct span message,
			struct err *e);
