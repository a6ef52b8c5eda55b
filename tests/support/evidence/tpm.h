/*
 * TPM quotes for tests: real layout, signed by keys that only tests trust, every field settable.
 *
 *   struct tpm_spec s = tpm_spec(key, TPM_MAKE_RSASSA);
 *   tpm_extend(&s, 8, digest);
 *   struct tpm_made m = tpm_make(&s);
 *   ... m.attest, m.signature, m.spki or m.public, s.pcrs ...
 *   tpm_made_done(&m);
 *
 * Aborts when OpenSSL refuses: a test can't go on without. Layout: TPM 2.0 part 2, 10.12
 * (TPMS_ATTEST), 11.3 (TPMT_SIGNATURE), 12.2.4 (TPMT_PUBLIC).
 */
#pragma once

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

#define TPM_MAKE_RSASSA 0x0014
#define TPM_MAKE_RSAPSS 0x0016
#define TPM_MAKE_ECDSA	0x0018
#define TPM_MAKE_SHA1	0x0004
#define TPM_MAKE_SHA256 0x000b
#define TPM_MAKE_SHA384 0x000c
#define TPM_MAKE_SHA512 0x000d

/* restricted, sign, userWithAuth, sensitiveDataOrigin, fixedParent, fixedTPM */
#define TPM_MAKE_ATTRIBUTES 0x00050072u

struct tpm_bank {
	uint16_t hash;
	uint8_t size; /* bytes of the bitmap */
	uint32_t pcrs;
};

enum tpm_sign {
	TPM_SIGN_GOOD,
	TPM_SIGN_R_ZERO,
	TPM_SIGN_S_ZERO,
	TPM_SIGN_SHORT_R,
	TPM_SIGN_PADDED
};

struct tpm_spec {
	EVP_PKEY *ak; /* stays the caller's */
	uint16_t scheme, hash;
	enum tpm_sign sign; /* ECDSA: how r and s go wrong, or are merely short or padded */
	int salt;	    /* RSAPSS; -1: the hash's length, -3: all there is room for   */
	uint32_t magic;
	uint16_t type;
	uint8_t signer[66], extra[80];
	size_t signer_len, extra_len;
	uint64_t clock_ms, firmware;
	uint32_t reset_count, restart_count;
	uint8_t safe;
	struct tpm_bank banks[3];
	uint32_t bank_count;
	uint16_t bank; /* of the values below                                 */
	uint8_t pcrs[24][64];
	uint8_t digest_flip; /* into the first byte of pcrDigest                    */
	size_t tail;	     /* bytes behind the structure, signed with it          */
	uint32_t attributes; /* of the TPMT_PUBLIC                                  */
	uint16_t public_scheme, public_hash;
	bool public_2b; /* with the size in front                              */
};

struct tpm_made {
	struct buf attest, signature, spki, public;
	uint8_t name[66]; /* of `public` */
	size_t name_len;
};

/* A quote over all 24 PCRs (zeros, FF for 17 to 22) of the SHA-256 bank, with 32 bytes of extraData
 * (01 02 ...), by SHA-256 or what goes with the key's curve. */
struct tpm_spec tpm_spec(EVP_PKEY *ak, uint16_t scheme);

void tpm_extend(struct tpm_spec *s, unsigned pcr, struct span data);

struct tpm_made tpm_make(const struct tpm_spec *s);
void tpm_made_done(struct tpm_made *m);

/* RSA-2048: what most AKs are. Fixed, of these tests alone. The caller's. */
EVP_PKEY *tpm_rsa2048(void);
/* A new key of so many bits. */
EVP_PKEY *tpm_rsa(unsigned bits);
