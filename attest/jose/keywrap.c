#include "attest/jose/keywrap.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

#include "base/mem.h"

#define SHARED_BYTES 32 /* the X coordinate, left-padded (SEC 1, 3.3.1) */

/* RFC 7518, 4.6.2: AlgorithmID, PartyUInfo, PartyVInfo, SuppPubInfo; each behind its length or in
 * bits, big endian. */
static const uint8_t other_info[] = {
	0,   0,	  0,   14, 'E', 'C', 'D', 'H', '-', 'E', 'S', '+', 'A', '2', '5',
	'6', 'K', 'W', 0,  0,	0,   0,	  0,   0,   0,	 0,   0,   0,	1,   0,
};

static void auto_pkey_ctx(EVP_PKEY_CTX **c)
{
	EVP_PKEY_CTX_free(*c);
}

static void auto_kdf(EVP_KDF **k)
{
	EVP_KDF_free(*k);
}

static void auto_kdf_ctx(EVP_KDF_CTX **c)
{
	EVP_KDF_CTX_free(*c);
}

static void auto_cipher(EVP_CIPHER_CTX **c)
{
	EVP_CIPHER_CTX_free(*c);
}

static int agree_shared(EVP_PKEY *own, EVP_PKEY *peer, uint8_t ret[static SHARED_BYTES],
			struct err *e)
{
	__attribute__((cleanup(auto_pkey_ctx))) EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	size_t len = SHARED_BYTES;

	if (!ctx || EVP_PKEY_derive_init(ctx) != 1)
		return FAIL(e, FAIL_SYS, "jwe: OpenSSL can't agree on keys");
	/* The 1: the peer's point is checked once more, by those who do the arithmetic. */
	if (EVP_PKEY_derive_set_peer_ex(ctx, peer, 1) != 1 ||
	    EVP_PKEY_derive(ctx, ret, &len) != 1 || len != SHARED_BYTES)
		return FAIL(e, FAIL_INPUT, "jwe: no key agreement with this epk");
	return 0;
}

int keywrap_agree(EVP_PKEY *own, EVP_PKEY *peer, uint8_t ret[static KEYWRAP_KEY_BYTES],
		  struct err *e)
{
	__attribute__((cleanup(auto_kdf))) EVP_KDF *kdf = EVP_KDF_fetch(NULL, "SSKDF", NULL);
	__attribute__((cleanup(auto_kdf_ctx))) EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	uint8_t info[sizeof(other_info)];
	AUTO_WIPE(shared, SHARED_BYTES);
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, sizeof(digest) - 1),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_KEY, shared, sizeof(shared)),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_INFO, info, sizeof(info)),
		OSSL_PARAM_END,
	};
	int failed;

	memcpy(info, other_info, sizeof(info));
	if (!ctx)
		return FAIL(e, FAIL_SYS, "jwe: OpenSSL has no Concat KDF");
	failed = agree_shared(own, peer, shared, e);
	if (failed)
		return failed;
	if (EVP_KDF_derive(ctx, ret, KEYWRAP_KEY_BYTES, params) != 1)
		return FAIL(e, FAIL_SYS, "jwe: key derivation failed");
	return 0;
}

static EVP_CIPHER_CTX *wrap_context(const uint8_t *kek, int encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (!ctx)
		return NULL;
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (EVP_CipherInit_ex(ctx, EVP_aes_256_wrap(), NULL, kek, NULL, encrypt) == 1)
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

int keywrap_unwrap(const uint8_t kek[static KEYWRAP_KEY_BYTES], struct span wrapped,
		   uint8_t ret[static KEYWRAP_KEY_BYTES], struct err *e)
{
	__attribute__((cleanup(auto_cipher))) EVP_CIPHER_CTX *ctx = wrap_context(kek, 0);
	/* OpenSSL writes as much as it reads before it has checked anything. */
	AUTO_WIPE(cek, KEYWRAP_WRAPPED_BYTES);
	int len = 0;

	if (!ctx)
		return FAIL(e, FAIL_SYS, "jwe: OpenSSL has no AES key wrap");
	if (wrapped.len != KEYWRAP_WRAPPED_BYTES)
		return FAIL(e, FAIL_FORGED, "jwe: an encrypted key of %zu bytes, not 40",
			    wrapped.len);
	if (EVP_DecryptUpdate(ctx, cek, &len, wrapped.at, KEYWRAP_WRAPPED_BYTES) != 1 ||
	    len != KEYWRAP_KEY_BYTES)
		return FAIL(e, FAIL_FORGED, "jwe: not wrapped to this guest's key");
	memcpy(ret, cek, KEYWRAP_KEY_BYTES);
	return 0;
}

int keywrap_wrap(const uint8_t kek[static KEYWRAP_KEY_BYTES],
		 const uint8_t cek[static KEYWRAP_KEY_BYTES],
		 uint8_t ret[static KEYWRAP_WRAPPED_BYTES], struct err *e)
{
	__attribute__((cleanup(auto_cipher))) EVP_CIPHER_CTX *ctx = wrap_context(kek, 1);
	int len = 0;

	if (!ctx || EVP_EncryptUpdate(ctx, ret, &len, cek, KEYWRAP_KEY_BYTES) != 1 ||
	    len != KEYWRAP_WRAPPED_BYTES)
		return FAIL(e, FAIL_SYS, "jwe: AES key wrap failed");
	return 0;
}
