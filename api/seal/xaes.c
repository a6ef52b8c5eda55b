#include "api/seal/xaes.h"

#include <limits.h>
#include <string.h>

#include "base/mem.h"

#define BLOCK 16

static void free_ctx(EVP_CIPHER_CTX **ctx)
{
	EVP_CIPHER_CTX_free(*ctx);
}

/* AES-256 of one block, or of two, without chaining. */
static int blocks(EVP_CIPHER_CTX *ecb, const uint8_t *in, int len, uint8_t *ret, struct err *e)
{
	int done = 0;

	if (EVP_EncryptUpdate(ecb, ret, &done, in, len) != 1 || done != len)
		return FAIL(e, FAIL_SYS, "AES-256 failed");
	return 0;
}

/* L doubled in GF(2^128), as CMAC does (NIST SP 800-38B, 6.1): the subkey K1. The spec's "if" on a
 * bit of the secret is a mask here. */
static void double_block(uint8_t block[static BLOCK])
{
	uint8_t carry = (uint8_t)(0x87 & -(block[0] >> 7));

	for (size_t i = 0; i + 1 < BLOCK; i++)
		block[i] = (uint8_t)(block[i] << 1 | block[i + 1] >> 7);
	block[BLOCK - 1] = (uint8_t)(block[BLOCK - 1] << 1 ^ carry);
}

int xaes_derive(const uint8_t key[static XAES_KEY_BYTES],
		const uint8_t first[static XAES_HALF_BYTES], uint8_t ret[static XAES_KEY_BYTES],
		struct err *e)
{
	__attribute__((cleanup(free_ctx))) EVP_CIPHER_CTX *ecb = EVP_CIPHER_CTX_new();
	static const uint8_t zero[BLOCK];
	AUTO_WIPE(subkey, BLOCK);
	AUTO_WIPE(m, 2 * BLOCK);

	if (!ecb || EVP_EncryptInit_ex2(ecb, EVP_aes_256_ecb(), key, NULL, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ecb, 0) != 1)
		return FAIL(e, FAIL_SYS, "AES-256 is not to be had");
	if (blocks(ecb, zero, BLOCK, subkey, e) < 0)
		return -(int)FAIL_SYS;
	double_block(subkey);
	for (size_t i = 0; i < 2; i++) {
		uint8_t *at = m + i * BLOCK;

		at[0] = 0;
		at[1] = (uint8_t)(i + 1);
		at[2] = 'X';
		at[3] = 0;
		memcpy(at + 4, first, XAES_HALF_BYTES);
		for (size_t k = 0; k < BLOCK; k++)
			at[k] ^= subkey[k];
	}
	return blocks(ecb, m, 2 * BLOCK, ret, e);
}

int xaes_init(struct xaes *ret, const uint8_t key[static XAES_KEY_BYTES],
	      const uint8_t first[static XAES_HALF_BYTES], bool sealing, struct err *e)
{
	__attribute__((cleanup(free_ctx))) EVP_CIPHER_CTX *gcm = EVP_CIPHER_CTX_new();
	AUTO_WIPE(derived, XAES_KEY_BYTES);

	if (xaes_derive(key, first, derived, e) < 0)
		return -(int)FAIL_SYS;
	if (!gcm ||
	    EVP_CipherInit_ex2(gcm, EVP_aes_256_gcm(), derived, NULL, sealing ? 1 : 0, NULL) != 1)
		return FAIL(e, FAIL_SYS, "AES-256-GCM is not to be had");
	xaes_done(ret);
	ret->gcm = gcm;
	gcm = NULL;
	return 0;
}

/* Nonce, AAD and text of one message, up to the tag. */
static int run(struct xaes *x, const uint8_t *second, struct span aad, struct span in, uint8_t *ret,
	       struct err *e)
{
	int done = 0;

	if (aad.len > INT_MAX || in.len > INT_MAX)
		return FAIL(e, FAIL_BUG, "XAES: a message of %zu bytes at once", in.len);
	if (EVP_CipherInit_ex2(x->gcm, NULL, NULL, second, -1, NULL) != 1)
		return FAIL(e, FAIL_SYS, "AES-256-GCM: no nonce");
	if (aad.len && EVP_CipherUpdate(x->gcm, NULL, &done, aad.at, (int)aad.len) != 1)
		return FAIL(e, FAIL_SYS, "AES-256-GCM: no associated data");
	if (in.len && (EVP_CipherUpdate(x->gcm, ret, &done, in.at, (int)in.len) != 1 ||
		       (size_t)done != in.len))
		return FAIL(e, FAIL_SYS, "AES-256-GCM failed");
	return 0;
}

int xaes_seal(struct xaes *x, const uint8_t second[static XAES_HALF_BYTES], struct span aad,
	      struct span plain, uint8_t *ret, struct err *e)
{
	uint8_t none[BLOCK];
	int done = 0, failed = run(x, second, aad, plain, ret, e);

	if (failed)
		return failed;
	if (EVP_EncryptFinal_ex(x->gcm, none, &done) != 1 ||
	    EVP_CIPHER_CTX_ctrl(x->gcm, EVP_CTRL_AEAD_GET_TAG, XAES_TAG_BYTES, ret + plain.len) !=
		    1)
		return FAIL(e, FAIL_SYS, "AES-256-GCM: no tag");
	return 0;
}

int xaes_open(struct xaes *x, const uint8_t second[static XAES_HALF_BYTES], struct span aad,
	      struct span sealed, uint8_t *ret, struct err *e)
{
	uint8_t none[BLOCK], tag[XAES_TAG_BYTES];
	int done = 0, failed;
	size_t len;

	if (sealed.len < XAES_TAG_BYTES)
		return FAIL(e, FAIL_FORGED, "XAES: too short for a tag");
	len = sealed.len - XAES_TAG_BYTES;
	memcpy(tag, sealed.at + len, sizeof(tag));
	failed = run(x, second, aad, span(sealed.at, len), ret, e);
	if (!failed && EVP_CIPHER_CTX_ctrl(x->gcm, EVP_CTRL_AEAD_SET_TAG, XAES_TAG_BYTES, tag) != 1)
		failed = FAIL(e, FAIL_SYS, "AES-256-GCM: no tag");
	if (!failed && EVP_DecryptFinal_ex(x->gcm, none, &done) != 1)
		failed = FAIL(e, FAIL_FORGED, "XAES: the tag does not match");
	if (failed && len)
		explicit_bzero(ret, len);
	return failed;
}

void xaes_done(struct xaes *x)
{
	EVP_CIPHER_CTX_free(x->gcm);
	x->gcm = NULL;
}
