#include "attest/verify/x509/signature.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <string.h>

#include "attest/verify/x509/openssl.h"

#define DER_INTEGER  0x02
#define DER_SEQUENCE 0x30
#define P384_BYTES   48

struct group {
	const char *name; /* OpenSSL's */
	size_t len;	  /* of a coordinate */
	const EVP_MD *(*md)(void);
};

static const struct group groups[] = {
	[DIGEST_SHA256] = { "prime256v1", 32, EVP_sha256 },
	[DIGEST_SHA384] = { "secp384r1", P384_BYTES, EVP_sha384 },
};

void pkey_done(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
	*key = NULL;
}

static void md_done(EVP_MD_CTX **md)
{
	EVP_MD_CTX_free(*md);
}

static void context_done(EVP_PKEY_CTX **context)
{
	EVP_PKEY_CTX_free(*context);
}

static int check_key(EVP_PKEY *key, const struct group *g, struct err *e)
{
	char name[32] = "";

	if (!EVP_PKEY_is_a(key, "EC") ||
	    EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) != 1)
		return openssl_fail(e, FAIL_INPUT, "the key is not elliptic");
	if (strcmp(name, g->name) != 0)
		return FAIL(e, FAIL_INPUT, "the key is on %s, must be on %s", name, g->name);
	return 0;
}

/* Writes a positive INTEGER and returns its length; 0 for the number 0. */
static size_t put_integer(uint8_t *to, struct span n)
{
	size_t zero;

	while (n.len && !n.at[0])
		n = span(n.at + 1, n.len - 1);
	if (!n.len)
		return 0;
	zero = n.at[0] >> 7;
	to[0] = DER_INTEGER;
	to[1] = (uint8_t)(n.len + zero);
	to[2] = 0;
	memcpy(to + 2 + zero, n.at, n.len);
	return 2 + zero + n.len;
}

int signature_ecdsa(EVP_PKEY *key, enum digest_alg alg, struct span r, struct span s,
		    struct span message, struct err *e)
{
	__attribute__((cleanup(md_done))) EVP_MD_CTX *md = NULL;
	uint8_t der[2 + 2 * (3 + P384_BYTES)];
	const struct group *g;
	size_t r_len, s_len;
	int failed;

	if (alg != DIGEST_SHA256 && alg != DIGEST_SHA384)
		return FAIL(e, FAIL_INPUT, "no group goes with %s", digest_alg_name(alg));
	g = &groups[alg];
	failed = check_key(key, g, e);
	if (failed)
		return failed;
	if (r.len > g->len || s.len > g->len)
		return FAIL(e, FAIL_FORGED, "signature: r of %zu bytes, s of %zu, at most %zu",
			    r.len, s.len, g->len);

	r_len = put_integer(der + 2, r);
	s_len = put_integer(der + 2 + r_len, s);
	if (!r_len || !s_len)
		return FAIL(e, FAIL_FORGED, "signature: %s is zero", r_len ? "s" : "r");
	der[0] = DER_SEQUENCE;
	der[1] = (uint8_t)(r_len + s_len);

	/* That r and s are below the group's order is for the verification to say. */
	md = EVP_MD_CTX_new();
	if (!md || EVP_DigestVerifyInit(md, NULL, g->md(), NULL, key) != 1)
		return openssl_fail(e, FAIL_SYS, "signature: OpenSSL refuses the key");
	if (EVP_DigestVerify(md, der, 2 + r_len + s_len, message.at, message.len) != 1)
		return openssl_fail(e, FAIL_FORGED, "signature does not hold");
	return 0;
}

int signature_p256_key(const uint8_t xy[static 64], EVP_PKEY **ret, struct err *e)
{
	__attribute__((cleanup(context_done))) EVP_PKEY_CTX *context =
		EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	char group[] = "prime256v1";
	uint8_t point[65] = { 0x04 }; /* uncompressed, SEC 1 section 2.3.3 */
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY *key = NULL;

	memcpy(point + 1, xy, 64);
	if (!context || EVP_PKEY_fromdata_init(context) != 1)
		return openssl_fail(e, FAIL_SYS, "P-256 key: OpenSSL refuses");
	if (EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return openssl_fail(e, FAIL_INPUT, "P-256 key: not a point of the curve");
	*ret = key;
	return 0;
}
