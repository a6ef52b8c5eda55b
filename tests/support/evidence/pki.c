#include "tests/support/evidence/pki.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/evidence/pki_keys.h"
#include "tests/support/evidence/pki_sign.h"

#define DEFAULT_FROM 1577836800 /* 2020-01-01 */
#define DEFAULT_TO   2524521600 /* 2049-12-31 */

void pki_must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "test pki: %s\n", what);
	ERR_print_errors_fp(stderr);
	abort();
}

#define MUST(call) pki_must(call, #call)

/* --- Keys ------------------------------------------------------------------------------------- */

static EVP_PKEY *read_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key;

	MUST(bio != NULL);
	key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	MUST(key != NULL);
	BIO_free(bio);
	return key;
}

EVP_PKEY *pki_p256(unsigned i)
{
	MUST(i < PKI_EC_KEYS);
	return read_key(PKI_P256[i]);
}

EVP_PKEY *pki_p384(unsigned i)
{
	MUST(i < PKI_EC_KEYS);
	return read_key(PKI_P384[i]);
}

EVP_PKEY *pki_rsa4096(unsigned i)
{
	MUST(i < PKI_RSA_KEYS);
	return read_key(PKI_RSA4096[i]);
}

/* --- Signing ---------------------------------------------------------------------------------- */

static const EVP_MD *md_of(enum pki_alg alg)
{
	return alg == PKI_ECDSA_SHA256 || alg == PKI_PSS_SHA256 ? EVP_sha256() : EVP_sha384();
}

static int salt_of(enum pki_alg alg)
{
	switch (alg) {
	case PKI_PSS_SHA384:
	case PKI_PSS_SHA384_TRAILER:
		return 48;
	case PKI_PSS_SHA384_32:
	case PKI_PSS_SHA256:
		return 32;
	default:
		return 0;
	}
}

enum pki_alg pki_alg_of(EVP_PKEY *key, enum pki_alg alg)
{
	if (alg)
		return alg;
	if (EVP_PKEY_is_a(key, "RSA"))
		return PKI_PSS_SHA384;
	return EVP_PKEY_get_bits(key) == 256 ? PKI_ECDSA_SHA256 : PKI_ECDSA_SHA384;
}

EVP_MD_CTX *pki_signer(EVP_PKEY *key, enum pki_alg alg)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_ctx = NULL;

	MUST(ctx && EVP_DigestSignInit(ctx, &key_ctx, md_of(alg), NULL, key) == 1);
	if (salt_of(alg)) {
		MUST(EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PSS_PADDING) > 0);
		MUST(EVP_PKEY_CTX_set_rsa_pss_saltlen(key_ctx, salt_of(alg)) > 0);
	}
	return ctx;
}

static void big_endian(const BIGNUM *n, uint8_t *ret, size_t len)
{
	MUST(BN_bn2binpad(n, ret, (int)len) == (int)len);
}

void pki_ecdsa(EVP_PKEY *key, enum digest_alg alg, struct span message, uint8_t *ret_r,
	       uint8_t *ret_s, size_t len)
{
	const EVP_MD *md = alg == DIGEST_SHA256	  ? EVP_sha256()
			   : alg == DIGEST_SHA384 ? EVP_sha384()
						  : EVP_sha512();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[160];
	const uint8_t *at = der;
	size_t size = sizeof(der);
	ECDSA_SIG *sig;

	MUST(ctx && EVP_DigestSignInit(ctx, NULL, md, NULL, key) == 1);
	MUST(EVP_DigestSign(ctx, der, &size, message.at, message.len) == 1);
	sig = d2i_ECDSA_SIG(NULL, &at, (long)size);
	MUST(sig != NULL);
	big_endian(ECDSA_SIG_get0_r(sig), ret_r, len);
	big_endian(ECDSA_SIG_get0_s(sig), ret_s, len);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
}

void pki_xy(EVP_PKEY *key, uint8_t *ret, size_t len)
{
	BIGNUM *x = NULL, *y = NULL;

	MUST(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1);
	MUST(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1);
	big_endian(x, ret, len);
	big_endian(y, ret + len, len);
	BN_free(x);
	BN_free(y);
}

/* --- Certificates ----------------------------------------------------------------------------- */

static void add_text(X509_NAME *name, const char *field, const char *text)
{
	if (text)
		MUST(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const uint8_t *)text,
						-1, -1, 0) == 1);
}

ASN1_INTEGER *pki_integer(const uint8_t *at, size_t len)
{
	const uint8_t one = 1;
	BIGNUM *n = at ? BN_bin2bn(at, (int)len, NULL) : BN_bin2bn(&one, 1, NULL);
	ASN1_INTEGER *ret = BN_to_ASN1_INTEGER(n, NULL);

	MUST(ret != NULL);
	BN_free(n);
	return ret;
}

ASN1_TIME *pki_time(int64_t at)
{
	ASN1_TIME *ret = ASN1_TIME_set(NULL, at);

	MUST(ret != NULL);
	return ret;
}

static void set_times(X509 *cert, const struct pki_spec *s)
{
	bool is_default = !s->not_before && !s->not_after;
	time_t from = is_default ? DEFAULT_FROM : s->not_before;
	time_t to = is_default ? DEFAULT_TO : s->not_after;

	MUST(ASN1_TIME_set(X509_getm_notBefore(cert), from) != NULL);
	MUST(ASN1_TIME_set(X509_getm_notAfter(cert), to) != NULL);
}

static void add_known(X509 *cert, const X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, (X509 *)(uintptr_t)issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	MUST(extension != NULL);
	MUST(X509_add_ext(cert, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

static void add_usual(X509 *cert, const struct pki_spec *s)
{
	const X509 *issuer = s->issuer ? s->issuer : cert;
	char text[48];

	if (s->is_ca) {
		if (s->path_len >= 0)
			(void)snprintf(text, sizeof(text), "critical,CA:TRUE,pathlen:%d",
				       s->path_len);
		else
			(void)snprintf(text, sizeof(text), "critical,CA:TRUE");
		add_known(cert, issuer, NID_basic_constraints, text);
		add_known(cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
	} else {
		if (!s->leaf_no_basic)
			add_known(cert, issuer, NID_basic_constraints, "critical,CA:FALSE");
		add_known(cert, issuer, NID_key_usage, "critical,digitalSignature");
	}
	add_known(cert, issuer, NID_subject_key_identifier, "hash");
	/* Of an issuer without an identifier there is nothing to copy. */
	if (X509_get0_subject_key_id((X509 *)(uintptr_t)issuer))
		add_known(cert, issuer, NID_authority_key_identifier, "keyid");
}

X509_EXTENSION *pki_extension(const struct pki_extension *x)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(x->oid, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;

	MUST(oid && value && ASN1_OCTET_STRING_set(value, x->value.at, (int)x->value.len) == 1);
	extension = X509_EXTENSION_create_by_OBJ(NULL, oid, x->critical, value);
	MUST(extension != NULL);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
	return extension;
}

static void add_raw(X509 *cert, const struct pki_extension *x)
{
	X509_EXTENSION *extension = pki_extension(x);

	MUST(X509_add_ext(cert, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

/* Writes trailerField [3] INTEGER 1, its default, behind the PSS parameters of `alg`. */
static void spell_trailer(const X509_ALGOR *alg)
{
	static const uint8_t trailer[] = { 0xa3, 0x03, 0x02, 0x01, 0x01 };
	ASN1_STRING *params = alg->parameter->value.sequence;
	size_t len = (size_t)ASN1_STRING_length(params);
	uint8_t der[128]; /* so that the length takes one byte before and after */

	MUST(len + sizeof(trailer) < sizeof(der));
	memcpy(der, ASN1_STRING_get0_data(params), len);
	memcpy(der + len, trailer, sizeof(trailer));
	der[1] = (uint8_t)(der[1] + sizeof(trailer));
	MUST(ASN1_STRING_set(params, der, (int)(len + sizeof(trailer))) == 1);
}

/* Both places of a certificate that name its algorithm get the trailer field written out, which
 * OpenSSL never does, and the signature is made anew over what that changed. */
static void write_trailer(X509 *cert, EVP_PKEY *key)
{
	const ASN1_BIT_STRING *signature = NULL;
	const X509_ALGOR *outer = NULL;
	EVP_MD_CTX *md = pki_signer(key, PKI_PSS_SHA384_TRAILER);
	uint8_t *tbs = NULL, made[512];
	size_t len = sizeof(made);
	int tbs_len;

	X509_get0_signature(&signature, &outer, cert);
	spell_trailer(outer);
	spell_trailer(X509_get0_tbs_sigalg(cert));
	tbs_len = i2d_re_X509_tbs(cert, &tbs);
	MUST(tbs_len > 0 && EVP_DigestSign(md, made, &len, tbs, (size_t)tbs_len) == 1);
	MUST(ASN1_STRING_set((ASN1_STRING *)(uintptr_t)signature, made, (int)len) == 1);
	OPENSSL_free(tbs);
	EVP_MD_CTX_free(md);
}

/* As it comes back from its bytes, without what OpenSSL remembers of the making. */
static X509 *reread(X509 *cert)
{
	struct buf der = pki_der(cert);
	const uint8_t *at = der.at;
	X509 *again = d2i_X509(NULL, &at, (long)der.len);

	MUST(again != NULL);
	X509_free(cert);
	buf_done(&der);
	return again;
}

X509 *pki_cert(const struct pki_spec *s)
{
	EVP_PKEY *signer = s->issuer_key ? s->issuer_key : s->key;
	enum pki_alg alg = pki_alg_of(signer, s->alg);
	X509 *cert = X509_new();
	X509_NAME *name = X509_NAME_new();
	ASN1_INTEGER *serial = pki_integer(s->serial, s->serial_len);
	EVP_MD_CTX *ctx;

	MUST(cert && name);
	add_text(name, "O", s->organization);
	add_text(name, "CN", s->cn);
	add_text(name, "serialNumber", s->serial_number_attribute);
	MUST(X509_set_version(cert, X509_VERSION_3) == 1);
	MUST(X509_set_serialNumber(cert, serial) == 1);
	MUST(X509_set_subject_name(cert, name) == 1);
	MUST(X509_set_issuer_name(cert, s->issuer ? X509_get_subject_name(s->issuer) : name) == 1);
	MUST(X509_set_pubkey(cert, s->key) == 1);
	set_times(cert, s);
	if (!s->no_extensions)
		add_usual(cert, s);
	for (size_t i = 0; i < s->extension_count; i++)
		add_raw(cert, &s->extensions[i]);
	ctx = pki_signer(signer, alg);
	MUST(X509_sign_ctx(cert, ctx) > 0);
	EVP_MD_CTX_free(ctx);
	if (alg == PKI_PSS_SHA384_TRAILER)
		write_trailer(cert, signer);
	ASN1_INTEGER_free(serial);
	X509_NAME_free(name);
	return reread(cert);
}

/* An owner of what OpenSSL allocated. */
struct buf pki_taken(uint8_t *der, int len)
{
	struct buf ret = BUF_EMPTY;

	MUST(len > 0 && buf_append(&ret, span(der, (size_t)len), SIZE_MAX, NULL) == 0);
	OPENSSL_free(der);
	return ret;
}

struct buf pki_der(const X509 *cert)
{
	uint8_t *der = NULL;
	int len = i2d_X509(cert, &der);

	return pki_taken(der, len);
}

struct buf pki_pem(X509 *const certs[], size_t count)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct buf ret = BUF_EMPTY;
	char *text;
	long len;

	MUST(bio != NULL);
	for (size_t i = 0; i < count; i++)
		MUST(PEM_write_bio_X509(bio, certs[i]) == 1);
	len = BIO_get_mem_data(bio, &text);
	MUST(len >= 0 && buf_append(&ret, span(text, (size_t)len), SIZE_MAX, NULL) == 0);
	BIO_free(bio);
	return ret;
}
