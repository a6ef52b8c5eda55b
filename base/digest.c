#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

static const struct {
	const char *name;
	size_t len;
	const EVP_MD *(*md)(void);
} algs[] = {
	[DIGEST_SHA256] = { "sha256", 32, EVP_sha256 },
	[DIGEST_SHA384] = { "sha384", 48, EVP_sha384 },
	[DIGEST_SHA512] = { "sha512", 64, EVP_sha512 },
};

int digest_alg_parse(struct span name, enum digest_alg *ret, struct err *e)
{
	for (enum digest_alg a = DIGEST_SHA256; a <= DIGEST_SHA512; a++)
		if (span_is_equal(name, span_text(algs[a].name))) {
			*ret = a;
			return 0;
		}
	return FAIL(e, FAIL_INPUT, "unknown digest algorithm '%.*s': use sha256, sha384 or sha512",
		    (int)(name.len < 32 ? name.len : 32), (const char *)name.at);
}

const char *digest_alg_name(enum digest_alg alg)
{
	return algs[alg].name;
}

size_t digest_alg_len(enum digest_alg alg)
{
	return algs[alg].len;
}

int digest_of(enum digest_alg alg, struct span bytes, struct digest *ret, struct err *e)
{
	struct digest d = { .len = algs[alg].len };

	if (EVP_Digest(bytes.at, bytes.len, d.at, NULL, algs[alg].md(), NULL) != 1)
		return FAIL(e, FAIL_SYS, "%s failed", algs[alg].name);
	*ret = d;
	return 0;
}

int digest_hmac(enum digest_alg alg, struct span key, struct span bytes, struct digest *ret,
		struct err *e)
{
	struct digest d = { .len = algs[alg].len };

	if (key.len > INT32_MAX ||
	    !HMAC(algs[alg].md(), key.at, (int)key.len, bytes.at, bytes.len, d.at, NULL))
		return FAIL(e, FAIL_SYS, "hmac %s failed", algs[alg].name);
	*ret = d;
	return 0;
}

_Bool digest_is_equal(struct span a, struct span b)
{
	return a.len == b.len && CRYPTO_memcmp(a.at, b.at, a.len) == 0;
}

void digest_hex(struct span bytes, char *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.len; i++) {
		*ret++ = digits[bytes.at[i] >> 4];
		*ret++ = digits[bytes.at[i] & 15];
	}
	*ret = 0;
}
