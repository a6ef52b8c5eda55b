/* Algorithm numbers of the TCG registry that a quote may name, and their names in policies. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"

#define TPM_ALG_RSA    0x0001
#define TPM_ALG_SHA1   0x0004
#define TPM_ALG_AES    0x0006
#define TPM_ALG_SHA256 0x000b
#define TPM_ALG_SHA384 0x000c
#define TPM_ALG_SHA512 0x000d
#define TPM_ALG_NULL   0x0010
#define TPM_ALG_RSASSA 0x0014
#define TPM_ALG_RSAES  0x0015
#define TPM_ALG_RSAPSS 0x0016
#define TPM_ALG_OAEP   0x0017
#define TPM_ALG_ECDSA  0x0018
#define TPM_ALG_ECC    0x0023

/* False unless SHA-256, SHA-384 or SHA-512: no other hash is good enough here. */
bool tpm_hash(uint16_t alg, enum digest_alg *ret);

/* "sha256", "rsassa" ...; "unknown" for a number that has no name here. */
const char *tpm_alg_name(uint16_t alg);

/* The number of that name; 0 if there is none. */
uint16_t tpm_alg_find(const char *name);
