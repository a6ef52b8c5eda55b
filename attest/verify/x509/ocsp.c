#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "attest/verify/verify.h"
#include "attest/verify/x509/algorithm.h"
#include "attest/verify/x509/asn1_time.h"
#include "attest/verify/x509/crl.h"
#include "attest/verify/x509/der.h"
#include "attest/verify/x509/link.h"
#include "attest/verify/x509/openssl.h"
#include "base/limits.h"

#define RSA_MIN_BITS   2048
#define WITHOUT_NEXT_S 3600 /* how long an answer without nextUpdate is good */

static void response_done(OCSP_RESPONSE **response)
{
	OCSP_RESPONSE_free(*response);
}

static void basic_done(OCSP_BASICRESP **basic)
{
	OCSP_BASICRESP_free(*basic);
}

static void id_done(OCSP_CERTID **id)
{
	OCSP_CERTID_free(*id);
}

/* The stack, not the certificates in it. */
static void stack_done(STACK_OF(X509) * *stack)
{
	sk_X509_free(*stack);
}

static void der_done(uint8_t **der)
{
	OPENSSL_free(*der);
}

/* OpenSSL verifies what it writes anew, not what came, and reads more than it writes: both must be
 * the same. The basic response is the last thing in the response around it. */
static int check_encoding(OCSP_BASICRESP *basic, struct span bytes, struct err *e)
{
	__attribute__((cleanup(der_done))) uint8_t *again = NULL;
	int len = i2d_OCSP_BASICRESP(basic, &again);

	if (len < 0)
		return openssl_fail(e, FAIL_SYS, "OCSP: not encoded again");
	if ((size_t)len > bytes.len ||
	    !span_is_equal(span(again, (size_t)len),
			   span(bytes.at + bytes.len - (size_t)len, (size_t)len)))
		return FAIL(e, FAIL_INPUT, "OCSP: not in its only encoding");
	return 0;
}

static int response_read(struct span bytes, OCSP_BASICRESP **ret, struct err *e)
{
	__attribute__((cleanup(response_done))) OCSP_RESPONSE *response = NULL;
	const uint8_t *at = bytes.at;
	__attribute__((cleanup(basic_done))) OCSP_BASICRESP *basic = NULL;
	int status, failed;

	if (bytes.len > LIMIT_OCSP_BYTES)
		return FAIL(e, FAIL_LIMIT, "OCSP: %zu bytes, at most %d", bytes.len,
			    LIMIT_OCSP_BYTES);
	failed = der_check(bytes, e);
	if (failed)
		return FAIL_IN(failed, e, "OCSP");
	response = d2i_OCSP_RESPONSE(NULL, &at, (long)bytes.len);
	if (!response)
		return openssl_fail(e, FAIL_INPUT, "OCSP: damaged");
	if (at != bytes.at + bytes.len)
		return FAIL(e, FAIL_INPUT, "OCSP: bytes behind its end");
	status = OCSP_response_status(response);
	if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
		return FAIL(e, FAIL_INPUT, "OCSP: no answer, but \"%s\"",
			    OCSP_response_status_str(status));
	basic = OCSP_response_get1_basic(response);
	if (!basic)
		return openssl_fail(e, FAIL_INPUT, "OCSP: not a basic response");
	failed = check_encoding(basic, bytes, e);
	if (failed)
		return failed;
	*ret = basic;
	basic = NULL;
	return 0;
}

/* What responders sign with, under whichever key the issuer gave them: elliptic on either curve,
 * or RSA of 2048 bits on, with SHA-2. */
static int check_responder_algorithm(X509 *signer, const X509_ALGOR *alg, struct err *e)
{
	const EVP_PKEY *key = X509_get0_pubkey(signer);
	const ASN1_OBJECT *oid = NULL;
	enum chain_key kind;
	int nid, failed;

	X509_ALGOR_get0(&oid, NULL, NULL, alg);
	nid = OBJ_obj2nid(oid);
	if (key && EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) >= RSA_MIN_BITS &&
	    (nid == NID_sha256WithRSAEncryption || nid == NID_sha384WithRSAEncryption ||
	     nid == NID_sha512WithRSAEncryption))
		return 0;
	failed = algorithm_of_key(signer, &kind, e);
	if (!failed)
		failed = algorithm_check(alg, kind, e);
	if (failed)
		return FAIL_IN(failed, e, "OCSP: %s", link_subject(signer).text);
	return 0;
}

static bool is_critical_understood(const X509_EXTENSION *extension)
{
	int nid = OBJ_obj2nid(X509_EXTENSION_get_object((X509_EXTENSION *)(uintptr_t)extension));

	return nid == NID_basic_constraints || nid == NID_key_usage || nid == NID_ext_key_usage;
}

static int check_responder_time(const X509 *signer, int64_t at, struct err *e)
{
	int64_t from, to;

	if (cert_not_before(signer, &from, e) || cert_not_after(signer, &to, e))
		return FAIL(e, FAIL_FORGED, "the certificate has no dates");
	if (at != VERIFY_NO_CLOCK && (at < from || at > to))
		return FAIL(e, FAIL_FORGED, "the certificate of %s is not valid now",
			    link_subject(signer).text);
	return 0;
}

/* A responder that is not the issuer: the issuer itself must have certified it for this purpose
 * (RFC 6960 4.2.2.2). */
static int check_delegate(X509 *signer, X509 *issuer, int64_t at, struct err *e)
{
	uint32_t flags = X509_get_extension_flags(signer);
	enum chain_key kind;
	int failed;

	if (flags & (EXFLAG_INVALID | EXFLAG_CA) || !(flags & EXFLAG_XKUSAGE) ||
	    !(X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN) ||
	    (flags & EXFLAG_KUSAGE && !(X509_get_key_usage(signer) & KU_DIGITAL_SIGNATURE)))
		return openssl_fail(e, FAIL_FORGED, "OCSP: %s is not made for signing answers",
				    link_subject(signer).text);
	for (int i = 0; i < X509_get_ext_count(signer); i++) {
		const X509_EXTENSION *extension = X509_get_ext(signer, i);

		if (X509_EXTENSION_get_critical(extension) && !is_critical_understood(extension))
			return FAIL(e, FAIL_FORGED,
				    "OCSP: %s has a critical extension that is not understood",
				    link_subject(signer).text);
	}
	failed = check_responder_time(signer, at, e);
	if (!failed)
		failed = algorithm_of_key(issuer, &kind, e);
	if (!failed)
		failed = link_check_signature(signer, issuer, kind, e);
	return failed ? FAIL_IN(failed, e, "OCSP responder") : 0;
}

/* OCSP_basic_verify() is asked for the signature alone: whom to trust was decided before, by rules
 * that its certificate store can't express. */
static int check_signature(OCSP_BASICRESP *basic, X509 *issuer, int64_t at, struct err *e)
{
	__attribute__((cleanup(stack_done))) STACK_OF(X509) *known = sk_X509_new_null();
	X509 *signer = NULL;
	int failed;

	if (!known || !sk_X509_push(known, issuer))
		return openssl_fail(e, FAIL_SYS, "OCSP: no memory");
	if (OCSP_resp_get0_signer(basic, &signer, known) != 1)
		return openssl_fail(e, FAIL_FORGED,
				    "OCSP: the responder is not %s, and its certificate is absent",
				    link_subject(issuer).text);
	failed = check_responder_algorithm(signer, OCSP_resp_get0_tbs_sigalg(basic), e);
	if (!failed && signer != issuer)
		failed = check_delegate(signer, issuer, at, e);
	if (failed)
		return failed;
	if (OCSP_basic_verify(basic, known, NULL, OCSP_NOVERIFY) != 1)
		return openssl_fail(e, FAIL_FORGED, "OCSP: not signed by the key of %s",
				    link_subject(signer).text);
	return 0;
}

static bool is_critical_unknown(const X509_EXTENSION *extension)
{
	X509_EXTENSION *x = (X509_EXTENSION *)(uintptr_t)extension;

	return X509_EXTENSION_get_critical(x) &&
	       OBJ_obj2nid(X509_EXTENSION_get_object(x)) != NID_id_pkix_OCSP_Nonce;
}

static int check_extensions(OCSP_BASICRESP *basic, struct err *e)
{
	bool unknown = false;

	for (int i = 0; i < OCSP_BASICRESP_get_ext_count(basic); i++)
		unknown |= is_critical_unknown(OCSP_BASICRESP_get_ext(basic, i));
	for (int k = 0; k < OCSP_resp_count(basic); k++) {
		OCSP_SINGLERESP *single = OCSP_resp_get0(basic, k);

		for (int i = 0; i < OCSP_SINGLERESP_get_ext_count(single); i++)
			unknown |= is_critical_unknown(OCSP_SINGLERESP_get_ext(single, i));
	}
	if (unknown)
		return FAIL(e, FAIL_FORGED, "OCSP: a critical extension that is not understood");
	return 0;
}

/* Whether the answer is about `cert`. 1, 0, -FAIL_SYS. */
static int is_about(const OCSP_SINGLERESP *single, const X509 *cert, const X509 *issuer,
		    struct err *e)
{
	__attribute__((cleanup(id_done))) OCSP_CERTID *want = NULL;
	const OCSP_CERTID *id = OCSP_SINGLERESP_get0_id(single);
	ASN1_OBJECT *alg = NULL;
	int nid;

	if (OCSP_id_get0_info(NULL, &alg, NULL, NULL, (OCSP_CERTID *)(uintptr_t)id) != 1)
		return openssl_fail(e, FAIL_SYS, "OCSP: CertID not read");
	nid = OBJ_obj2nid(alg);
	if (nid != NID_sha1 && nid != NID_sha256 && nid != NID_sha384)
		return 0;
	want = OCSP_cert_to_id(EVP_get_digestbynid(nid), cert, issuer);
	if (!want)
		return openssl_fail(e, FAIL_SYS, "OCSP: no CertID made");
	return OCSP_id_cmp(want, id) == 0;
}

static int find_single(OCSP_BASICRESP *basic, const X509 *cert, const X509 *issuer,
		       OCSP_SINGLERESP **ret, struct err *e)
{
	OCSP_SINGLERESP *found = NULL;

	for (int i = 0; i < OCSP_resp_count(basic); i++) {
		OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
		int about = is_about(single, cert, issuer, e);

		if (about < 0)
			return about;
		if (about && found)
			return FAIL(e, FAIL_INPUT, "OCSP: two answers about %s",
				    link_subject(cert).text);
		found = about ? single : found;
	}
	if (!found)
		return FAIL(e, FAIL_INPUT, "OCSP: no answer about %s", link_subject(cert).text);
	*ret = found;
	return 0;
}

static int judge(OCSP_SINGLERESP *single, int64_t at, enum crl_answer *ret, struct err *e)
{
	ASN1_GENERALIZEDTIME *this_update = NULL, *next_update = NULL;
	int status = OCSP_single_get0_status(single, NULL, NULL, &this_update, &next_update);
	int64_t from, to;

	if (!this_update || asn1_time(this_update, &from, e))
		return FAIL(e, FAIL_INPUT, "OCSP: no thisUpdate");
	to = from + WITHOUT_NEXT_S;
	if (next_update && asn1_time(next_update, &to, e))
		return FAIL_IN(-(int)FAIL_INPUT, e, "OCSP");
	if (status == V_OCSP_CERTSTATUS_REVOKED)
		*ret = CRL_REVOKED;
	else if (at != VERIFY_NO_CLOCK && (at < from || at > to))
		*ret = CRL_STALE;
	else
		*ret = status == V_OCSP_CERTSTATUS_GOOD ? CRL_GOOD : CRL_UNKNOWN;
	return 0;
}

int ocsp_check(struct span response, X509 *issuer, X509 *cert, int64_t at, enum crl_answer *ret,
	       struct err *e)
{
	__attribute__((cleanup(basic_done))) OCSP_BASICRESP *basic = NULL;
	OCSP_SINGLERESP *single = NULL;
	int failed = response_read(response, &basic, e);

	if (!failed)
		failed = check_signature(basic, issuer, at, e);
	if (!failed)
		failed = check_extensions(basic, e);
	if (!failed)
		failed = find_single(basic, cert, issuer, &single, e);
	if (!failed)
		failed = judge(single, at, ret, e);
	return failed;
}
