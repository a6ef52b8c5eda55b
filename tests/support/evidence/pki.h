/*
 * Certificates, CRLs, OCSP answers and signatures for tests, under roots that only tests trust.
 * Everything here aborts with a line on stderr when OpenSSL refuses: a test can't go on without.
 */
#pragma once

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/span.h"

/* Fixed keys, the same in every run and made for this purpose alone; `i` tells several apart
 * (0..7). One reference is the caller's. */
EVP_PKEY *pki_p256(unsigned i);
EVP_PKEY *pki_p384(unsigned i);
EVP_PKEY *pki_rsa4096(unsigned i); /* 0..2 */

/* 0 is what goes with the signer's key, of the first three. */
enum pki_alg {
	PKI_ECDSA_SHA256 = 1,
	PKI_ECDSA_SHA384,
	PKI_PSS_SHA384,	   /* salt 48 */
	PKI_PSS_SHA384_32, /* salt 32: what a verifier must refuse */
	PKI_PSS_SHA256,
	PKI_PKCS1_SHA384,
	PKI_PSS_SHA384_TRAILER, /* as PKI_PSS_SHA384, its trailer field written out (old ARKs) */
};

struct pki_extension {
	const char *oid;
	bool critical;
	struct span value; /* what stands inside extnValue */
};

struct pki_spec {
	const char *cn;
	const char *organization; /* NULL: none */
	EVP_PKEY *key;		  /* stays the caller's */
	const X509 *issuer;	  /* NULL: self-signed */
	EVP_PKEY *issuer_key;
	enum pki_alg alg;
	const uint8_t *serial; /* big-endian; NULL: 1 */
	size_t serial_len;
	const char *serial_number_attribute; /* of the subject; NULL: none */
	int64_t not_before, not_after;	     /* 0, 0: 2020-01-01 .. 2049-12-31 */
	bool is_ca;			     /* CA:TRUE, keyCertSign and cRLSign */
	int path_len;			     /* of a CA; -1: none */
	bool no_extensions; /* no basic constraints, key usage, SKI, AKI (as a VCEK) */
	bool leaf_no_basic; /* key usage digitalSignature, SKI, AKI, and no basic constraints */
	const struct pki_extension *extensions;
	size_t extension_count;
};

X509 *pki_cert(const struct pki_spec *spec); /* the caller's */
struct buf pki_der(const X509 *cert);
struct buf pki_pem(X509 *const certs[], size_t count);

/* DER, version 2 with a CRL number and an authority key identifier. `revoked` are serials as in
 * struct pki_spec. `next_update` 0: none. */
struct pki_serial {
	const uint8_t *at;
	size_t len;
};
struct buf pki_crl_with(const X509 *issuer, EVP_PKEY *key, enum pki_alg alg, int64_t this_update,
			int64_t next_update, const struct pki_serial *revoked, size_t count,
			const struct pki_extension *extensions, size_t extension_count);
struct buf pki_crl(const X509 *issuer, EVP_PKEY *key, enum pki_alg alg, int64_t this_update,
		   int64_t next_update, const struct pki_serial *revoked, size_t count);

enum pki_status { PKI_GOOD, PKI_REVOKED, PKI_HOLD, PKI_UNKNOWN };

struct pki_answer {
	const X509 *issuer; /* of the certificate asked about */
	EVP_PKEY *issuer_key;
	const X509 *cert;
	X509 *signer; /* a delegated responder, which comes along; NULL: the issuer itself */
	EVP_PKEY *signer_key;
	enum pki_status status;
	int64_t this_update, next_update; /* 0: no next update */
	const char *id_digest;		  /* of the CertID; NULL: "SHA1" */
	bool by_key;			  /* the responder is named by its key */
	unsigned answers;		  /* about `cert`; 0: one */
	enum pki_alg alg;		  /* of the signature; 0 as above */
};
struct buf pki_ocsp_answer(const struct pki_answer *a);

struct buf pki_ocsp(const X509 *issuer, EVP_PKEY *issuer_key, const X509 *cert, X509 *signer,
		    EVP_PKEY *signer_key, enum pki_status status, int64_t this_update,
		    int64_t next_update);

/* r and s big-endian, each `len` bytes (32 for P-256, 48 for P-384). */
void pki_ecdsa(EVP_PKEY *key, enum digest_alg alg, struct span message, uint8_t *ret_r,
	       uint8_t *ret_s, size_t len);
/* x || y, big-endian, `len` bytes each. */
void pki_xy(EVP_PKEY *key, uint8_t *ret, size_t len);
