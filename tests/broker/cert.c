#include "tests/broker/cert.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/jose/jwk.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/limits.h"
#include "tests/broker/ossl.h"

#define DAY_SECONDS 86400L
#define YEARS	    10

struct extension {
	int nid;
	char value[64];
};

static const struct extension root_extensions[] = {
	{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
	{ NID_key_usage, "critical,keyCertSign" },
	{ NID_subject_key_identifier, "hash" },
	{ NID_undef, "" },
};

/* 10.0.2.2 is the host as a guest of QEMU's user network sees it. */
static const struct extension server_extensions[] = {
	{ NID_basic_constraints, "critical,CA:FALSE" },
	{ NID_key_usage, "critical,digitalSignature" },
	{ NID_ext_key_usage, "serverAuth" },
	{ NID_subject_alt_name, "IP:127.0.0.1,IP:10.0.2.2,DNS:localhost" },
	{ NID_subject_key_identifier, "hash" },
	{ NID_authority_key_identifier, "keyid" },
	{ NID_undef, "" },
};

static bool add_extensions(X509 *cert, X509 *issuer, const struct extension *rows)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	for (; rows->nid != NID_undef; rows++) {
		X509_EXTENSION *made = X509V3_EXT_conf_nid(NULL, &ctx, rows->nid, rows->value);
		bool added = made && X509_add_ext(cert, made, -1) == 1;

		X509_EXTENSION_free(made);
		if (!added)
			return false;
	}
	return true;
}

/* RFC 5280, 4.1.2.2: positive, at most 20 bytes. */
static bool set_serial(X509 *cert)
{
	uint8_t bytes[16];
	BIGNUM *number;
	bool done;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	bytes[0] = (uint8_t)((bytes[0] & 0x3f) | 0x40);
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	done = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
	BN_free(number);
	return done;
}

static bool set_name(X509 *cert, const char *name)
{
	return X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
					  (const uint8_t *)name, -1, -1, 0) == 1;
}

/* A certificate for `key`; `issuer` NULL makes it a root that signs itself. */
static int make_cert(const char *name, EVP_PKEY *key, const struct extension *extensions,
		     X509 *issuer, EVP_PKEY *issuer_key, X509 **ret, struct err *e)
{
	AUTO_CERT X509 *cert = X509_new();

	if (!issuer)
		issuer = cert;
	if (!cert || X509_set_version(cert, X509_VERSION_3) != 1 || !set_serial(cert) ||
	    !set_name(cert, name) ||
	    X509_set_issuer_name(cert, X509_get_subject_name(issuer)) != 1 ||
	    !X509_gmtime_adj(X509_getm_notBefore(cert), -DAY_SECONDS) ||
	    !X509_time_adj_ex(X509_getm_notAfter(cert), YEARS * 365, 0, NULL) ||
	    X509_set_pubkey(cert, key) != 1 || !add_extensions(cert, issuer, extensions) ||
	    X509_sign(cert, issuer_key, EVP_sha256()) <= 0)
		return FAIL(e, FAIL_SYS, "tls: OpenSSL made no certificate for %s", name);
	*ret = cert;
	cert = NULL;
	return 0;
}

static int write_file(int dir, const char *name, mode_t mode, BIO *pem, struct err *e)
{
	AUTO_FD int fd = -1;
	char *at = NULL;
	long len = BIO_get_mem_data(pem, &at);

	if (len <= 0)
		return FAIL(e, FAIL_SYS, "tls: OpenSSL wrote no PEM");
	fd = fd_open_in(dir, name, O_WRONLY | O_CREAT | O_EXCL, mode, e);
	return fd < 0 ? fd : fd_write_all(fd, span(at, (size_t)len), e);
}

static int write_cert(int dir, const char *name, X509 *cert, struct err *e)
{
	AUTO_BIO BIO *pem = BIO_new(BIO_s_mem());

	if (!pem || PEM_write_bio_X509(pem, cert) != 1)
		return FAIL(e, FAIL_SYS, "tls: OpenSSL wrote no PEM");
	return write_file(dir, name, 0644, pem, e);
}

static int write_key(int dir, const char *name, EVP_PKEY *key, struct err *e)
{
	AUTO_BIO BIO *pem = BIO_new(BIO_s_secmem());

	if (!pem || PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL) != 1)
		return FAIL(e, FAIL_SYS, "tls: OpenSSL wrote no PEM");
	return write_file(dir, name, 0600, pem, e);
}

static int make_all(int dir, struct err *e)
{
	AUTO_JWK EVP_PKEY *root_key = NULL, *key = NULL;
	AUTO_CERT X509 *root = NULL, *cert = NULL;
	int failed;

	if ((failed = jwk_generate(&root_key, e)) || (failed = jwk_generate(&key, e)) ||
	    (failed = make_cert("sealinit dev broker root", root_key, root_extensions, NULL,
				root_key, &root, e)) ||
	    (failed = make_cert("sealinit dev broker", key, server_extensions, root, root_key,
				&cert, e)) ||
	    (failed = write_key(dir, "server.key", key, e)) ||
	    (failed = write_cert(dir, "server.pem", cert, e)))
		return failed;
	return write_cert(dir, "root.pem", root, e);
}

int broker_cert_ensure(const char *path, struct err *e)
{
	static const char *const names[] = { "root.pem", "server.pem", "server.key" };
	AUTO_FD int dir = -1;
	unsigned int there = 0;

	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return FAIL_ERRNO(e, "tls: %s: %s", path, strerror(errno));
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return FAIL_ERRNO(e, "tls: %s: %s", path, strerror(errno));
	for (size_t i = 0; i < COUNT_OF(names); i++)
		there += faccessat(dir, names[i], F_OK, 0) == 0;
	if (there == COUNT_OF(names))
		return 0;
	if (there)
		return FAIL(e, FAIL_INPUT,
			    "tls: %.60s holds some of root.pem, server.pem, server.key, not all; "
			    "remove them to have new ones",
			    path);
	return make_all(dir, e);
}

int broker_cert_context(const char *dir, SSL_CTX **ret, struct err *e)
{
	AUTO_SSL_CTX SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	char cert[LIMIT_PATH_BYTES], key[LIMIT_PATH_BYTES];

	if (snprintf(cert, sizeof(cert), "%s/server.pem", dir) >= (int)sizeof(cert) ||
	    snprintf(key, sizeof(key), "%s/server.key", dir) >= (int)sizeof(key))
		return FAIL(e, FAIL_SYS, "tls: the path of %.60s... is too long", dir);
	if (!ctx || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return FAIL(e, FAIL_SYS, "tls: OpenSSL can't use %s with %s", cert, key);
	/* Guests don't resume, so tickets would be bytes for nobody. */
	(void)SSL_CTX_set_num_tickets(ctx, 0);
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
	*ret = ctx;
	ctx = NULL;
	return 0;
}
