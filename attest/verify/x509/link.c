#include "attest/verify/x509/link.h"

#include <openssl/x509v3.h>
#include <string.h>

#include "attest/verify/x509/algorithm.h"
#include "attest/verify/x509/openssl.h"

struct link_name link_subject(const X509 *cert)
{
	struct link_name n = { "?" };

	(void)cert_subject_cn(cert, n.text, sizeof(n.text), NULL);
	return n;
}

struct link_name link_issuer(const X509 *cert)
{
	struct link_name n = { "?" };

	(void)cert_issuer_cn(cert, n.text, sizeof(n.text), NULL);
	return n;
}

/* Name and policy constraints are not among them: none of the makers uses any, and one that is
 * critical must not be passed over. */
static bool is_understood(const X509_EXTENSION *extension)
{
	int nid = OBJ_obj2nid(X509_EXTENSION_get_object((X509_EXTENSION *)(uintptr_t)extension));

	return nid == NID_basic_constraints || nid == NID_key_usage;
}

static int check_common(X509 *cert, struct err *e)
{
	uint32_t flags = X509_get_extension_flags(cert);

	if (flags & EXFLAG_INVALID)
		return openssl_fail(e, FAIL_FORGED, "%s: an extension is damaged",
				    link_subject(cert).text);
	if (X509_get_version(cert) != X509_VERSION_3)
		return FAIL(e, FAIL_FORGED, "%s: version %ld, must be 3", link_subject(cert).text,
			    X509_get_version(cert) + 1);
	for (int i = 0; i < X509_get_ext_count(cert); i++) {
		const X509_EXTENSION *extension = X509_get_ext(cert, i);

		if (X509_EXTENSION_get_critical(extension) && !is_understood(extension))
			return FAIL(e, FAIL_FORGED,
				    "%s: a critical extension that is not understood",
				    link_subject(cert).text);
	}
	return 0;
}

static int check_key(X509 *cert, enum chain_key want, struct err *e)
{
	enum chain_key kind;
	int failed = algorithm_of_key(cert, &kind, e);

	if (failed)
		return FAIL_IN(failed, e, "%s", link_subject(cert).text);
	if (kind != want)
		return FAIL(e, FAIL_FORGED, "%s: its key is for %s, must be for %s",
			    link_subject(cert).text, algorithm_name(kind), algorithm_name(want));
	return 0;
}

/* What X509_V_FLAG_X509_STRICT adds, for the extensions that are understood here. */
static int check_strict(X509 *cert, struct err *e)
{
	uint32_t flags = X509_get_extension_flags(cert);
	const char *lacks = NULL;

	if (!X509_NAME_entry_count(X509_get_subject_name(cert)) ||
	    !X509_NAME_entry_count(X509_get_issuer_name(cert)))
		lacks = "an empty name";
	else if (flags & EXFLAG_CA && !(flags & EXFLAG_BCONS_CRITICAL))
		lacks = "basic constraints that are not critical";
	else if (!(flags & EXFLAG_CA) && X509_get_pathlen(cert) != -1)
		lacks = "a path length without being a CA";
	else if (flags & EXFLAG_AKID_CRITICAL || flags & EXFLAG_SKID_CRITICAL)
		lacks = "a critical key identifier";
	else if (!(flags & EXFLAG_SS) && !X509_get0_authority_key_id(cert))
		lacks = "no authority key identifier";
	else if (flags & EXFLAG_CA && !X509_get0_subject_key_id(cert))
		lacks = "no subject key identifier";
	if (lacks)
		return FAIL(e, FAIL_FORGED, "%s: has %s", link_subject(cert).text, lacks);
	return 0;
}

static int check_ca(X509 *issuer, size_t below, struct err *e)
{
	uint32_t flags = X509_get_extension_flags(issuer);
	long path_len = X509_get_pathlen(issuer);

	if (!(flags & EXFLAG_BCONS) || !(flags & EXFLAG_CA))
		return FAIL(e, FAIL_FORGED, "%s: issued a certificate, but is no CA",
			    link_subject(issuer).text);
	if (!(flags & EXFLAG_KUSAGE) || !(X509_get_key_usage(issuer) & KU_KEY_CERT_SIGN))
		return FAIL(e, FAIL_FORGED, "%s: its key usage lacks keyCertSign",
			    link_subject(issuer).text);
	/* RFC 5280 would not count self-issued certificates; the makers have none in between. */
	if (path_len != -1 && below > (size_t)path_len)
		return FAIL(e, FAIL_FORGED, "%s: %zu CAs below it, its path length is %ld",
			    link_subject(issuer).text, below, path_len);
	return 0;
}

int link_check_issuer(const struct chain_rules *rules, X509 *issuer, size_t below, struct err *e)
{
	int failed = check_common(issuer, e);

	if (!failed)
		failed = check_ca(issuer, below, e);
	if (!failed)
		failed = check_key(issuer, rules->issuer_key, e);
	if (!failed && rules->strict)
		failed = check_strict(issuer, e);
	return failed;
}

int link_check_leaf(const struct chain_rules *rules, X509 *leaf, struct err *e)
{
	uint32_t flags = X509_get_extension_flags(leaf);
	int failed = check_common(leaf, e);

	if (failed)
		return failed;
	if (flags & EXFLAG_CA ||
	    (flags & EXFLAG_KUSAGE && X509_get_key_usage(leaf) & KU_KEY_CERT_SIGN))
		return FAIL(e, FAIL_FORGED, "%s: a CA in a leaf's place", link_subject(leaf).text);
	if (flags & EXFLAG_KUSAGE && !(X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE))
		return FAIL(e, FAIL_FORGED, "%s: its key usage lacks digitalSignature",
			    link_subject(leaf).text);
	failed = check_key(leaf, rules->leaf_key, e);
	if (!failed && rules->strict)
		failed = check_strict(leaf, e);
	return failed;
}

int link_check_signature(X509 *cert, X509 *issuer, enum chain_key kind, struct err *e)
{
	const X509_ALGOR *alg = NULL;
	int failed;

	X509_get0_signature(NULL, &alg, cert);
	if (X509_ALGOR_cmp(alg, X509_get0_tbs_sigalg(cert)) != 0)
		return FAIL(e, FAIL_FORGED, "%s: names two signature algorithms",
			    link_subject(cert).text);
	failed = algorithm_check(alg, kind, e);
	if (failed)
		return FAIL_IN(failed, e, "%s", link_subject(cert).text);
	if (X509_check_issued(issuer, cert) != X509_V_OK)
		return FAIL(e, FAIL_FORGED, "%s: its names or key identifiers are not those of %s",
			    link_subject(cert).text, link_subject(issuer).text);
	if (X509_verify(cert, X509_get0_pubkey(issuer)) != 1)
		return openssl_fail(e, FAIL_FORGED, "%s: not signed by the key of %s",
				    link_subject(cert).text, link_subject(issuer).text);
	return 0;
}
