/* Scope-bound cleanup for OpenSSL's types. Private to the broker. */
#pragma once

#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#define OSSL_AUTO(name, type)                     \
	static inline void ossl_##name(type **at) \
	{                                         \
		type##_free(*at);                 \
	}
OSSL_AUTO(md, EVP_MD_CTX)
OSSL_AUTO(sig, ECDSA_SIG)
OSSL_AUTO(cert, X509)
OSSL_AUTO(ssl_ctx, SSL_CTX)

static inline void ossl_bio(BIO **at)
{
	BIO_free_all(*at);
}

#define AUTO_MD	     __attribute__((cleanup(ossl_md)))
#define AUTO_SIG     __attribute__((cleanup(ossl_sig)))
#define AUTO_CERT    __attribute__((cleanup(ossl_cert)))
#define AUTO_SSL_CTX __attribute__((cleanup(ossl_ssl_ctx)))
#define AUTO_BIO     __attribute__((cleanup(ossl_bio)))
