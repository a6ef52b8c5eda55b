#include "attest/verify/x509/crl.h"

#include <openssl/x509v3.h>

#include "attest/verify/verify.h"
#include "attest/verify/x509/algorithm.h"
#include "attest/verify/x509/asn1_time.h"
#include "attest/verify/x509/der.h"
#include "attest/verify/x509/link.h"
#include "attest/verify/x509/openssl.h"
#include "attest/verify/x509/pem.h"
#include "base/limits.h"

static void crl_done(X509_CRL **crl)
{
	X509_CRL_free(*crl);
}

static void idp_done(ISSUING_DIST_POINT **idp)
{
	ISSUING_DIST_POINT_free(*idp);
}

static int nibble(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* As caches of Intel's collateral hand CRLs out: hex digits and perhaps a line's end. */
static int from_hex(struct span text, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf der = BUF_EMPTY;

	while (text.len && (text.at[text.len - 1] == '\n' || text.at[text.len - 1] == '\r'))
		text.len--;
	if (text.len % 2)
		return FAIL(e, FAIL_INPUT, "CRL: an odd number of hex digits");
	if (text.len / 2 > LIMIT_VERIFY_CRL_BYTES)
		return FAIL(e, FAIL_LIMIT, "CRL: more than %d bytes", LIMIT_VERIFY_CRL_BYTES);
	if (buf_reserve(&der, text.len / 2, e) < 0)
		return -(int)FAIL_SYS;
	for (size_t i = 0; i < text.len; i += 2) {
		int high = nibble(text.at[i]), low = nibble(text.at[i + 1]);

		if (high < 0 || low < 0)
			return FAIL(e, FAIL_INPUT, "CRL: not hex at %zu", i);
		der.at[der.len++] = (uint8_t)(high << 4 | low);
	}
	*ret = buf_take(&der);
	return 0;
}

static int from_pem(struct span text, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf der = BUF_EMPTY;
	AUTO_BUF struct buf second = BUF_EMPTY;
	int found = pem_next(&text, "X509 CRL", LIMIT_VERIFY_CRL_BYTES, &der, e);

	if (found < 0)
		return found;
	if (!found || pem_next(&text, "X509 CRL", LIMIT_VERIFY_CRL_BYTES, &second, NULL))
		return FAIL(e, FAIL_INPUT, "CRL: PEM must hold exactly one");
	*ret = buf_take(&der);
	return 0;
}

/* The DER of any of the three forms: within `bytes`, or in `hold`. */
static int to_der(struct span bytes, struct buf *hold, struct span *ret, struct err *e)
{
	int failed = 0;

	*ret = bytes;
	if (!bytes.len || bytes.at[0] != 0x30) {
		/* The first octet of DER, 0x30, is "30" in hex; no other form begins with a 3. */
		failed = bytes.len && bytes.at[0] == '3' ? from_hex(bytes, hold, e)
							 : from_pem(bytes, hold, e);
		*ret = buf_view(hold);
	}
	if (!failed && ret->len > LIMIT_VERIFY_CRL_BYTES)
		return FAIL(e, FAIL_LIMIT, "CRL: %zu bytes, at most %d", ret->len,
			    LIMIT_VERIFY_CRL_BYTES);
	return failed;
}

static int crl_read(struct span der, X509_CRL **ret, struct err *e)
{
	__attribute__((cleanup(crl_done))) X509_CRL *crl = NULL;
	const uint8_t *at = der.at;
	int failed = der_check(der, e);

	if (failed)
		return FAIL_IN(failed, e, "CRL");
	crl = d2i_X509_CRL(NULL, &at, (long)der.len);
	if (!crl)
		return openssl_fail(e, FAIL_INPUT, "CRL: damaged");
	if (at != der.at + der.len)
		return FAIL(e, FAIL_INPUT, "CRL: bytes behind its end");
	*ret = crl;
	crl = NULL;
	return 0;
}

static int check_signature(X509_CRL *crl, X509 *issuer, struct err *e)
{
	const X509_ALGOR *alg = NULL;
	enum chain_key kind;
	int failed;

	if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) != 0)
		return FAIL(e, FAIL_FORGED, "CRL: not of %s", link_subject(issuer).text);
	if (X509_get_extension_flags(issuer) & EXFLAG_KUSAGE &&
	    !(X509_get_key_usage(issuer) & KU_CRL_SIGN))
		return FAIL(e, FAIL_FORGED, "CRL: the key usage of %s lacks cRLSign",
			    link_subject(issuer).text);
	failed = algorithm_of_key(issuer, &kind, e);
	if (failed)
		return FAIL_IN(failed, e, "%s", link_subject(issuer).text);
	X509_CRL_get0_signature(crl, NULL, &alg);
	failed = algorithm_check(alg, kind, e);
	if (failed)
		return FAIL_IN(failed, e, "CRL");
	if (X509_CRL_verify(crl, X509_get0_pubkey(issuer)) != 1)
		return openssl_fail(e, FAIL_FORGED, "CRL: not signed by the key of %s",
				    link_subject(issuer).text);
	return 0;
}

/* A list of some reasons, of other issuers' certificates, or of another kind of certificate than
 * `cert` is: silence about the serial would mean nothing. */
static int check_scope(const ISSUING_DIST_POINT *idp, const X509 *cert, struct err *e)
{
	bool is_ca = X509_get_extension_flags((X509 *)(uintptr_t)cert) & EXFLAG_CA;

	if (idp->indirectCRL > 0 || idp->onlysomereasons || idp->onlyattr > 0)
		return FAIL(e, FAIL_FORGED, "CRL: indirect or partial");
	if ((idp->onlyuser > 0 && is_ca) || (idp->onlyCA > 0 && !is_ca))
		return FAIL(e, FAIL_FORGED, "CRL: for another kind of certificate");
	return 0;
}

static int check_extensions(X509_CRL *crl, const X509 *cert, struct err *e)
{
	__attribute__((cleanup(idp_done))) ISSUING_DIST_POINT *idp = NULL;
	int critical = -1;

	for (int i = 0; i < X509_CRL_get_ext_count(crl); i++) {
		X509_EXTENSION *extension = X509_CRL_get_ext(crl, i);
		int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));

		if (nid == NID_delta_crl)
			return FAIL(e, FAIL_FORGED, "CRL: a delta, not a whole one");
		if (X509_EXTENSION_get_critical(extension) && nid != NID_issuing_distribution_point)
			return FAIL(e, FAIL_FORGED,
				    "CRL: a critical extension that is not understood");
	}
	idp = X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, &critical, NULL);
	if (!idp && critical != -1)
		return openssl_fail(e, FAIL_FORGED, "CRL: a damaged distribution point");
	return idp ? check_scope(idp, cert, e) : 0;
}

/* Whether the serial is among the entries. Entries with critical extensions are understood by
 * nobody here (they are of indirect CRLs), wherever they stand. */
static int look_up(X509_CRL *crl, const X509 *cert, bool *ret, struct err *e)
{
	const STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);
	const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
	bool found = false;

	for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
		const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);

		for (int k = 0; k < X509_REVOKED_get_ext_count(entry); k++)
			if (X509_EXTENSION_get_critical(X509_REVOKED_get_ext(entry, k)))
				return FAIL(e, FAIL_FORGED,
					    "CRL: an entry with a critical extension");
		found |= !ASN1_INTEGER_cmp(X509_REVOKED_get0_serialNumber(entry), serial);
	}
	*ret = found;
	return 0;
}

static int crl_dates(const X509_CRL *crl, int64_t *ret_this, int64_t *ret_next, struct err *e)
{
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);

	/* RFC 5280 5.1.2.5 demands it; without it a list would be good for ever. */
	if (!next)
		return FAIL(e, FAIL_INPUT, "CRL: no nextUpdate");
	if (asn1_time(X509_CRL_get0_lastUpdate(crl), ret_this, e) || asn1_time(next, ret_next, e))
		return FAIL_IN(-(int)FAIL_INPUT, e, "CRL");
	return 0;
}

int crl_check(struct span crl, X509 *issuer, const X509 *cert, int64_t at, enum crl_answer *ret,
	      int64_t *ret_this_update, struct err *e)
{
	__attribute__((cleanup(crl_done))) X509_CRL *list = NULL;
	AUTO_BUF struct buf hold = BUF_EMPTY;
	int64_t this_update, next_update;
	struct span der;
	bool revoked;
	int failed;

	if (X509_NAME_cmp(X509_get_issuer_name(cert), X509_get_subject_name(issuer)) != 0)
		return FAIL(e, FAIL_FORGED, "CRL of %s, asked about a certificate of %s",
			    link_subject(issuer).text, link_issuer(cert).text);
	failed = to_der(crl, &hold, &der, e);
	if (!failed)
		failed = crl_read(der, &list, e);
	if (!failed)
		failed = check_signature(list, issuer, e);
	if (!failed)
		failed = check_extensions(list, cert, e);
	if (!failed)
		failed = crl_dates(list, &this_update, &next_update, e);
	if (!failed)
		failed = look_up(list, cert, &revoked, e);
	if (failed)
		return failed;

	if (revoked)
		*ret = CRL_REVOKED;
	else if (at != VERIFY_NO_CLOCK && (at < this_update || at > next_update))
		*ret = CRL_STALE;
	else
		*ret = CRL_GOOD;
	if (ret_this_update)
		*ret_this_update = this_update;
	return 0;
}
