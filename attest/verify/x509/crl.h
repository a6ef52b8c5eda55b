/* Revocation from files: CRLs and OCSP answers, judged at a time that the caller names. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/verify/x509/certs.h"

enum crl_answer {
	CRL_GOOD = 1,
	CRL_REVOKED,
	CRL_STALE,   /* not yet issued or past its nextUpdate: says nothing      */
	CRL_UNKNOWN, /* OCSP: the responder does not know the certificate         */
};

/*
 * A CRL in DER, PEM or hex that `issuer` signed, asked about the serial of `cert`, which must name
 * the same issuer.
 *
 *   at               VERIFY_NO_CLOCK: never stale
 *   ret_this_update  may be NULL
 *
 * A serial that is listed is revoked for whatever reason (certificateHold too), even by a list that
 * is stale: nothing un-revokes.
 *   -FAIL_FORGED  an issuer name other than `issuer`'s subject, a key usage without cRLSign, a bad
 *                 signature, an unknown critical extension, an indirect, partial or delta CRL
 *   -FAIL_INPUT   damaged, or without nextUpdate
 *   -FAIL_LIMIT   over LIMIT_VERIFY_CRL_BYTES
 *   -FAIL_SYS
 * Spec: RFC 5280 5.
 */
int crl_check(struct span crl, X509 *issuer, const X509 *cert, int64_t at, enum crl_answer *ret,
	      int64_t *ret_this_update, struct err *e);

/*
 * An OCSP response (DER, at most LIMIT_OCSP_BYTES) about `cert`, which `issuer` issued:
 * signed by the issuer, or by a responder that the issuer certified for it (id-kp-OCSPSigning,
 * valid at `at`). CertIDs with SHA-1, SHA-256, SHA-384. Without nextUpdate it is good for an hour.
 * certificateHold is revoked, and so is what a stale answer calls revoked. Nonces are passed over:
 * an answer from a file answers nobody's.
 *   -FAIL_FORGED  the signature, the responder or its certificate, an unknown critical extension
 *   -FAIL_INPUT   damaged, no answer ("try later"), or about other certificates only
 *   -FAIL_LIMIT, -FAIL_SYS
 * Spec: RFC 6960 4.2, 3.2; gpu-evidence reference 3.5.
 */
int ocsp_check(struct span response, X509 *issuer, X509 *cert, int64_t at, enum crl_answer *ret,
	       struct err *e);
