#include "attest/verify/tpm/akchain.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

#define DEPTH_MAX  8
#define AUTH_LEVEL 2 /* OpenSSL: 112 bits, which leaves out SHA-1 and RSA-1024 */
#define AIK_USAGE  "2.23.133.8.3"

static void store_done(X509_STORE **store)
{
	X509_STORE_free(*store);
}

static void ctx_done(X509_STORE_CTX **ctx)
{
	X509_STORE_CTX_free(*ctx);
}

static void stack_done(STACK_OF(X509) * *list)
{
	sk_X509_free(*list);
}

static void usage_done(EXTENDED_KEY_USAGE **usage)
{
	EXTENDED_KEY_USAGE_free(*usage);
}

static int check_usage(X509 *leaf, struct err *e)
{
	int critical = 0;
	__attribute__((cleanup(usage_done))) EXTENDED_KEY_USAGE *usage =
		X509_get_ext_d2i(leaf, NID_ext_key_usage, &critical, NULL);
	char oid[64];

	if (!usage && critical != -1)
		return FAIL(e, FAIL_FORGED, "AK certificate: extended key usage is damaged");
	for (int i = 0; usage && i < sk_ASN1_OBJECT_num(usage); i++) {
		int len = OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(usage, i), 1);

		if (len > 0 && span_is_equal(span(oid, (size_t)len), span_text(AIK_USAGE)))
			return 0;
	}
	if (usage)
		return FAIL(e, FAIL_FORGED, "AK certificate: for another use than attestation");
	return 0;
}

static int check_leaf(X509 *leaf, struct err *e)
{
	if (X509_check_ca(leaf))
		return FAIL(e, FAIL_FORGED, "AK certificate: is a CA's");
	/* All bits are set when there is no such extension. */
	if (!(X509_get_key_usage(leaf) & X509v3_KU_DIGITAL_SIGNATURE))
		return FAIL(e, FAIL_FORGED, "AK certificate: its key may not sign");
	return check_usage(leaf, e);
}

static int fill(X509_STORE *store, STACK_OF(X509) * untrusted, const struct certs *pool,
		const struct certs *roots, struct err *e)
{
	for (size_t i = 0; i < roots->count; i++)
		if (X509_STORE_add_cert(store, roots->at[i]) != 1)
			return FAIL(e, FAIL_SYS, "AK chain: no memory");
	for (size_t i = 0; i < pool->count; i++)
		if (!sk_X509_push(untrusted, pool->at[i]))
			return FAIL(e, FAIL_SYS, "AK chain: no memory");
	return 0;
}

static bool is_missing(int error)
{
	return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
	       error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
	       error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
	       error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
	       error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

static int read_times(STACK_OF(X509) * chain, struct akchain *ret, struct err *e)
{
	struct akchain r = { .not_before = INT64_MIN, .not_after = INT64_MAX };
	int count = sk_X509_num(chain), failed = 0;

	for (int i = 0; i < count && !failed; i++) {
		int64_t from = 0, to = 0;

		failed = cert_not_before(sk_X509_value(chain, i), &from, e);
		if (!failed)
			failed = cert_not_after(sk_X509_value(chain, i), &to, e);
		if (from > r.not_before)
			r.not_before = from;
		if (to < r.not_after)
			r.not_after = to;
	}
	if (failed)
		return FAIL(e, FAIL_FORGED, "AK chain: a date that can't be read");
	(void)X509_NAME_oneline(X509_get_subject_name(sk_X509_value(chain, count - 1)), r.root,
				sizeof(r.root));
	*ret = r;
	return 0;
}

static int walk(X509_STORE_CTX *ctx, struct akchain *ret, struct err *e)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
	int verified, error;

	X509_VERIFY_PARAM_set_depth(param, DEPTH_MAX);
	X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
	/* An operator may pin the CA that he knows and not the one above it. */
	if (X509_VERIFY_PARAM_set_flags(param,
					X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN) != 1)
		return FAIL(e, FAIL_SYS, "AK chain: OpenSSL refuses its flags");
	verified = X509_verify_cert(ctx);
	error = X509_STORE_CTX_get_error(ctx);
	ERR_clear_error();
	if (verified == 1)
		return read_times(X509_STORE_CTX_get0_chain(ctx), ret, e);
	if (error == X509_V_ERR_OUT_OF_MEM)
		return FAIL(e, FAIL_SYS, "AK chain: no memory");
	return FAIL(e, is_missing(error) ? FAIL_AGAIN : FAIL_FORGED, "AK chain: %s",
		    X509_verify_cert_error_string(error));
}

int akchain_verify(X509 *leaf, const struct certs *pool, const struct certs *roots,
		   struct akchain *ret, struct err *e)
{
	__attribute__((cleanup(store_done))) X509_STORE *store = X509_STORE_new();
	__attribute__((cleanup(stack_done))) STACK_OF(X509) *untrusted = sk_X509_new_null();
	__attribute__((cleanup(ctx_done))) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int failed;

	if (!store || !untrusted || !ctx)
		return FAIL(e, FAIL_SYS, "AK chain: no memory");
	failed = check_leaf(leaf, e);
	if (!failed)
		failed = fill(store, untrusted, pool, roots, e);
	if (failed)
		return failed;
	if (X509_STORE_CTX_init(ctx, store, leaf, untrusted) != 1)
		return FAIL(e, FAIL_SYS, "AK chain: no memory");
	return walk(ctx, ret, e);
}
