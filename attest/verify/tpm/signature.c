#include "attest/verify/tpm/signature.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdbool.h>

#include "attest/verify/tpm/alg.h"
#include "attest/verify/tpm/wire.h"
#include "attest/verify/x509/signature.h"

#define RSA_BYTES_MAX 512
#define EC_BYTES_MAX  48

static void md_ctx_done(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

static int read_body(struct span *from, struct tpm_signature *s, struct err *e)
{
	switch (s->scheme) {
	case TPM_ALG_RSASSA:
	case TPM_ALG_RSAPSS:
		if (!wire_2b(from, RSA_BYTES_MAX, &s->rsa))
			return FAIL(e, FAIL_INPUT, "TPMT_SIGNATURE: cut or over %d bytes",
				    RSA_BYTES_MAX);
		return 0;
	case TPM_ALG_ECDSA:
		if (!wire_2b(from, EC_BYTES_MAX, &s->r) || !wire_2b(from, EC_BYTES_MAX, &s->s))
			return FAIL(e, FAIL_INPUT, "TPMT_SIGNATURE: r or s is cut or over %d bytes",
				    EC_BYTES_MAX);
		return 0;
	default:
		return FAIL(e, FAIL_INPUT,
			    "TPMT_SIGNATURE: scheme %04x is not RSASSA, RSAPSS or ECDSA",
			    s->scheme);
	}
}

int tpm_signature_parse(struct span bytes, struct tpm_signature *ret, struct err *e)
{
	struct tpm_signature s = { 0 };
	int failed;

	if (!wire_u16(&bytes, &s.scheme) || !wire_u16(&bytes, &s.hash))
		return FAIL(e, FAIL_INPUT, "TPMT_SIGNATURE: %zu bytes", bytes.len);
	failed = read_body(&bytes, &s, e);
	if (failed)
		return failed;
	if (bytes.len)
		return FAIL(e, FAIL_INPUT, "TPMT_SIGNATURE: %zu bytes left", bytes.len);
	*ret = s;
	return 0;
}

static const EVP_MD *md_of(enum digest_alg alg)
{
	switch (alg) {
	case DIGEST_SHA256:
		return EVP_sha256();
	case DIGEST_SHA384:
		return EVP_sha384();
	default:
		return EVP_sha512();
	}
}

/* The specification lets a TPM choose its salt: by the hash, less for a small key, or all there is
 * room for. Any length is as good for us. */
static bool set_pss(EVP_PKEY_CTX *ctx, const EVP_MD *md)
{
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_AUTO) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) == 1;
}

static int check_rsa(const struct tpm_signature *s, EVP_PKEY *key, enum digest_alg alg,
		     struct span message, struct err *e)
{
	__attribute__((cleanup(md_ctx_done))) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const EVP_MD *md = md_of(alg);
	EVP_PKEY_CTX *pctx;
	bool is_set;
	int verified;

	if (!EVP_PKEY_is_a(key, "RSA"))
		return FAIL(e, FAIL_INPUT, "an RSA signature, and a key of another kind");
	if (s->rsa.len != (size_t)EVP_PKEY_get_size(key))
		return FAIL(e, FAIL_FORGED, "an RSA signature of %zu bytes by a key of %d",
			    s->rsa.len, EVP_PKEY_get_size(key));
	if (!ctx || EVP_DigestVerifyInit(ctx, &pctx, md, NULL, key) != 1)
		return FAIL(e, FAIL_SYS, "OpenSSL can't verify with this RSA key");
	is_set = s->scheme == TPM_ALG_RSAPSS
			 ? set_pss(pctx, md)
			 : EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PADDING) == 1;
	if (!is_set)
		return FAIL(e, FAIL_SYS, "OpenSSL refuses the padding");
	verified = EVP_DigestVerify(ctx, s->rsa.at, s->rsa.len, message.at, message.len);
	ERR_clear_error();
	if (verified != 1)
		return FAIL(e, FAIL_FORGED, "the %s signature does not verify",
			    tpm_alg_name(s->scheme));
	return 0;
}

int tpm_signature_check(const struct tpm_signature *s, EVP_PKEY *key, struct span message,
			struct err *e)
{
	enum digest_alg alg;

	if (!tpm_hash(s->hash, &alg))
		return FAIL(e, FAIL_INPUT, "hash %04x (%s) is not SHA-256, SHA-384 or SHA-512",
			    s->hash, tpm_alg_name(s->hash));
	if (s->scheme != TPM_ALG_ECDSA)
		return check_rsa(s, key, alg, message, e);
	if (alg == DIGEST_SHA512)
		return FAIL(e, FAIL_INPUT, "ECDSA with SHA-512 goes with no curve that is used");
	return signature_ecdsa(key, alg, s->r, s->s, message, e);
}
