/*
 * The one profile of XML-DSig that NVIDIA signs manifests with: enveloped, Canonical XML 1.1,
 * SHA-384, ECDSA on P-384. All else is refused: another algorithm, reference, transform, a key
 * outside a certificate, a second signature, one that is not the root's last element.
 *
 * Spec: W3C XML Signature 1.1; RFC 6931 (algorithm URIs); gpu-evidence reference 4.4.
 */
#pragma once

#include "attest/verify/rim/xml.h"
#include "attest/verify/x509/certs.h"

#define DSIG_CERTS	  4
#define DSIG_CERTS_MAX	  8 /* read, so that too many can be told from another key */
#define DSIG_DIGEST_BYTES 48
#define DSIG_BYTES	  96 /* r || s */

/* Read, and nothing of it verified. */
struct dsig {
	uint16_t signature;   /* the ds:Signature element */
	uint16_t signed_info; /* and its ds:SignedInfo    */
	uint16_t certs[DSIG_CERTS_MAX];
	size_t cert_count; /* a manifest of NVIDIA's has DSIG_CERTS */
	uint8_t digest[DSIG_DIGEST_BYTES];
	uint8_t value[DSIG_BYTES];
};

/* Finds the signature and holds it against the profile. -FAIL_INPUT says what differs. */
int dsig_read(const struct xml_doc *doc, struct dsig *ret, struct err *e);

/* The certificates, in the file's order: leaf first, root last. -FAIL_INPUT, -FAIL_LIMIT,
 * -FAIL_SYS; `ret` (empty before) is released by the caller in any case. */
int dsig_certs(const struct xml_doc *doc, const struct dsig *d, struct certs *ret, struct err *e);

/* The document without its signature has the digest that SignedInfo names. -FAIL_FORGED,
 * -FAIL_SYS. Says nothing about who wrote that digest. */
int dsig_digest(const struct xml_doc *doc, const struct dsig *d, struct err *e);

/* SignedInfo is signed by `key`, an EC key on P-384. -FAIL_FORGED, -FAIL_INPUT, -FAIL_SYS. */
int dsig_signature(const struct xml_doc *doc, const struct dsig *d, EVP_PKEY *key, struct err *e);
