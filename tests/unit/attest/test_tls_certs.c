#include "tests/unit/attest/test_tls_certs.h"

#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "attest/jose/jwk.h"
#include "base/clock.h"

static void add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *x;
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	x = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	cr_assert_not_null(x, "%s", value);
	cr_assert_eq(X509_add_ext(cert, x, -1), 1);
	X509_EXTENSION_free(x);
}

struct cert cert_make(const char *common_name, const struct cert *issuer, bool is_ca,
		      const char *names, int64_t from_s, int64_t to_s)
{
	static long serial = 1;
	struct cert c = { X509_new(), NULL };
	X509_NAME *name = X509_get_subject_name(c.cert);
	time_t now = (time_t)clock_wall();

	cr_assert_eq(jwk_generate(&c.key, NULL), 0);
	cr_assert_eq(X509_set_version(c.cert, X509_VERSION_3), 1);
	cr_assert_eq(ASN1_INTEGER_set(X509_get_serialNumber(c.cert), serial++), 1);
	cr_assert_eq(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
						(const unsigned char *)common_name, -1, -1, 0),
		     1);
	cr_assert_eq(
		X509_set_issuer_name(c.cert, issuer ? X509_get_subject_name(issuer->cert) : name),
		1);
	cr_assert_not_null(X509_time_adj_ex(X509_getm_notBefore(c.cert), 0, from_s, &now));
	cr_assert_not_null(X509_time_adj_ex(X509_getm_notAfter(c.cert), 0, to_s, &now));
	cr_assert_eq(X509_set_pubkey(c.cert, c.key), 1);
	add_extension(c.cert, NID_basic_constraints, is_ca ? "critical,CA:TRUE" : "CA:FALSE");
	if (names)
		add_extension(c.cert, NID_subject_alt_name, names);
	cr_assert_gt(X509_sign(c.cert, issuer ? issuer->key : c.key, EVP_sha256()), 0);
	return c;
}

void cert_done(struct cert *c)
{
	X509_free(c->cert);
	EVP_PKEY_free(c->key);
}

struct buf cert_pem(const struct cert *c)
{
	BIO *out = BIO_new(BIO_s_mem());
	struct buf pem = BUF_EMPTY;
	char *at = NULL;
	long len;

	cr_assert_eq(PEM_write_bio_X509(out, c->cert), 1);
	len = BIO_get_mem_data(out, &at);
	cr_assert_eq(buf_append(&pem, span(at, (size_t)len), 65536, NULL), 0);
	BIO_free(out);
	return pem;
}

SSL_CTX *cert_server(const struct cert *c, const struct cert *between)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	cr_assert_eq(SSL_CTX_use_certificate(ctx, c->cert), 1);
	cr_assert_eq(SSL_CTX_use_PrivateKey(ctx, c->key), 1);
	if (between)
		cr_assert_eq(SSL_CTX_add1_chain_cert(ctx, between->cert), 1);
	return ctx;
}
