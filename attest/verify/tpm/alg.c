#include "attest/verify/tpm/alg.h"

#include <string.h>

#include "base/mem.h"

static const struct {
	uint16_t alg;
	const char *name;
} NAMES[] = {
	{ TPM_ALG_RSA, "rsa" },
	{ TPM_ALG_SHA1, "sha1" },
	{ TPM_ALG_SHA256, "sha256" },
	{ TPM_ALG_SHA384, "sha384" },
	{ TPM_ALG_SHA512, "sha512" },
	{ TPM_ALG_NULL, "null" },
	{ TPM_ALG_RSASSA, "rsassa" },
	{ TPM_ALG_RSAPSS, "rsapss" },
	{ TPM_ALG_ECDSA, "ecdsa" },
	{ TPM_ALG_ECC, "ecc" },
	{ 0x0012, "sm3_256" },
	{ 0x001a, "ecdaa" },
	{ 0x001b, "sm2" },
	{ 0x001c, "ecschnorr" },
	{ 0x0005, "hmac" },
	{ 0x0027, "sha3_256" },
	{ 0x0028, "sha3_384" },
	{ 0x0029, "sha3_512" },
};

bool tpm_hash(uint16_t alg, enum digest_alg *ret)
{
	switch (alg) {
	case TPM_ALG_SHA256:
		*ret = DIGEST_SHA256;
		return true;
	case TPM_ALG_SHA384:
		*ret = DIGEST_SHA384;
		return true;
	case TPM_ALG_SHA512:
		*ret = DIGEST_SHA512;
		return true;
	default:
		return false;
	}
}

const char *tpm_alg_name(uint16_t alg)
{
	for (size_t i = 0; i < COUNT_OF(NAMES); i++)
		if (NAMES[i].alg == alg)
			return NAMES[i].name;
	return "unknown";
}

uint16_t tpm_alg_find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(NAMES); i++)
		if (!strcmp(NAMES[i].name, name))
			return NAMES[i].alg;
	return 0;
}
