/* The AK's public half: TPMT_PUBLIC, or a bare SubjectPublicKeyInfo. Spec: TPM 2.0 part 2, 12.2.4,
 * 8.3; RFC 5280, 4.1; cpu-evidence reference 6.1. */
#pragma once

#include <cjson/cJSON.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define TPMA_FIXED_TPM		   (1u << 1)
#define TPMA_FIXED_PARENT	   (1u << 4)
#define TPMA_SENSITIVE_DATA_ORIGIN (1u << 5)
#define TPMA_RESTRICTED		   (1u << 16)
#define TPMA_DECRYPT		   (1u << 17)
#define TPMA_SIGN		   (1u << 18)

#define TPM_NAME_BYTES 66

struct tpm_public {
	EVP_PKEY *key; /* RSA of 2048 to 4096 bits, P-256 or P-384; owned */
	uint8_t spki_sha256[32];
	uint16_t key_alg;  /* TPM_ALG_RSA or TPM_ALG_ECC                        */
	bool has_template; /* it was a TPMT_PUBLIC: the rest is filled          */
	uint32_t attributes;
	uint16_t scheme, hash; /* that the key is tied to; TPM_ALG_NULL: none       */
	uint8_t name[TPM_NAME_BYTES];
	size_t name_len;
};

#define AUTO_TPM_PUBLIC __attribute__((cleanup(tpm_public_done)))

void tpm_public_done(struct tpm_public *p);

/*
 * A TPMT_PUBLIC (alone, or as TPM2B_PUBLIC) or a DER SubjectPublicKeyInfo, to the last byte.
 *   -FAIL_INPUT  damaged, another kind or size of key, a point off its curve, explicit curve
 *                parameters
 *   -FAIL_SYS    OpenSSL refuses, no memory
 */
int tpm_public_parse(struct span bytes, struct tpm_public *ret, struct err *e);

/* The same around a key that a certificate holds, under the same rules for kind and size. */
int tpm_public_of_key(EVP_PKEY *key, struct tpm_public *ret, struct err *e);

/* Whether its attributes are those of an attestation key: restricted, sign, fixedTPM, fixedParent
 * and sensitiveDataOrigin set, decrypt clear. `ret_wrong` names the first that is not. */
bool tpm_public_is_ak(const struct tpm_public *p, const char **ret_wrong);

/* -FAIL_SYS. */
int tpm_public_claims(const struct tpm_public *p, cJSON *object, struct err *e);
