/*
 * Who certifies an AK. Makers and clouds sign with RSA PKCS#1 and ECDSA of several sizes, so these
 * chains are OpenSSL's to walk; the roots are the operator's and none is built in.
 * Spec: RFC 5280, 6; TCG, Credential Profile for TPM 2.0 (tcg-kp-AIKCertificate).
 */
#pragma once

#include <openssl/x509.h>

#include "attest/verify/x509/certs.h"
#include "base/err.h"

struct akchain {
	int64_t not_before; /* the latest of all, the root included */
	int64_t not_after;  /* the earliest                          */
	char root[128];	    /* its subject, for people               */
};

/*
 * Builds leaf -> ... -> a certificate of `roots`, byte for byte, with what lies between from
 * `pool`. The leaf is no CA; its key usage, if any, has digitalSignature; its extended key usage,
 * if any, has tcg-kp-AIKCertificate. SHA-1 and keys below 112 bits are refused. Times are not
 * judged, and no revocation is known.
 *   -FAIL_AGAIN   no issuer at hand, or no root of the list
 *   -FAIL_FORGED  a link does not hold
 *   -FAIL_SYS     no memory
 */
int akchain_verify(X509 *leaf, const struct certs *pool, const struct certs *roots,
		   struct akchain *ret, struct err *e);
