#include "attest/verify/tdx/trust.h"

#include <string.h>

#include "attest/verify/pcs/root.h"
#include "attest/verify/bytes.h"
#include "attest/verify/x509/signature.h"
#include "base/digest.h"
#include "base/mem.h"

#define CHAIN_CERTS 3
#define CN_BYTES    64

/* The quoting enclaves that Intel signs. The PCE certifies reports of other enclaves too, so that
 * without this anybody's enclave could make quotes. Spec: cpu-evidence reference 4.3. */
static const struct quoting_enclave {
	bool is_tdx;
	uint8_t mrsigner[32];
	uint16_t isvprodid;
} quoting_enclaves[] = {
	{ false,
	  { 0x8c, 0x4f, 0x57, 0x75, 0xd7, 0x96, 0x50, 0x3e, 0x96, 0x13, 0x7f,
	    0x77, 0xc6, 0x8a, 0x82, 0x9a, 0x00, 0x56, 0xac, 0x8d, 0xed, 0x70,
	    0x14, 0x0b, 0x08, 0x1b, 0x09, 0x44, 0x90, 0xc5, 0x7b, 0xff },
	  1 },
	{ true,
	  { 0xdc, 0x9e, 0x2a, 0x7c, 0x6f, 0x94, 0x8f, 0x17, 0x47, 0x4e, 0x34,
	    0xa7, 0xfc, 0x43, 0xed, 0x03, 0x0f, 0x7c, 0x15, 0x63, 0xf1, 0xba,
	    0xbd, 0xdf, 0x63, 0x40, 0xc8, 0x2e, 0x0e, 0x54, 0xa8, 0xc5 },
	  2 },
};

/* One check on the way; what it finds goes into `t`. */
struct check {
	const struct context *c;
	const struct quote *q;
	struct trust *t;
};

void trust_done(struct trust *t)
{
	certs_done(&t->certs);
	*t = (struct trust){ 0 };
}

static int read_certs(const struct check *k, struct err *e)
{
	struct certs *certs = &k->t->certs;
	int failed = certs_add_pem(certs, k->q->auth.certs, e);

	if (failed)
		return err_add(e, "PCK chain");
	if (certs->count != CHAIN_CERTS)
		return FAIL(e, FAIL_INPUT, "PCK chain of %zu certificates, must be 3",
			    certs->count);
	return 0;
}

static int expect_cn(const X509 *cert, const char *want, struct err *e)
{
	char cn[CN_BYTES];
	int failed = cert_subject_cn(cert, cn, sizeof(cn), e);

	if (failed)
		return failed;
	if (strcmp(cn, want) != 0)
		return FAIL(e, FAIL_FORGED, "\"%s\", must be \"%s\"", cn, want);
	return 0;
}

static int check_names(struct trust *t, struct err *e)
{
	char cn[CN_BYTES];
	int failed = cert_subject_cn(t->certs.at[1], cn, sizeof(cn), e);

	if (!failed)
		failed = expect_cn(t->certs.at[0], "Intel SGX PCK Certificate", e);
	if (failed)
		return failed;
	t->is_processor_ca = !strcmp(cn, "Intel SGX PCK Processor CA");
	if (!t->is_processor_ca)
		return expect_cn(t->certs.at[1], "Intel SGX PCK Platform CA", e);
	return 0;
}

static int check_chain(const struct check *k, struct err *e)
{
	const struct chain_rules rules = {
		.pins = INTEL_ROOT,
		.pin_count = COUNT_OF(INTEL_ROOT),
		.test_roots = k->c->test_roots,
		.issuer_key = CHAIN_P256_SHA256,
		.leaf_key = CHAIN_P256_SHA256,
		.strict = true,
	};
	struct trust *t = k->t;
	int failed = chain_verify(&rules, t->certs.at[0], &t->certs, &t->chain, e);

	if (failed)
		return failed;
	/* The chain that verified is the one that was sent, all of it and in its order: a root
	 * that only rides along might be taken for the one that counts. */
	if (t->chain.depth != CHAIN_CERTS)
		return FAIL(e, FAIL_FORGED, "PCK chain: %zu of its certificates lead to the root",
			    t->chain.depth);
	for (size_t i = 0; i < CHAIN_CERTS; i++)
		if (X509_cmp(t->chain.at[i], t->certs.at[i]) != 0)
			return FAIL(e, FAIL_FORGED, "PCK chain: certificate %zu is out of place",
				    i);
	return check_names(t, e);
}

static int read_pck(const struct check *k, struct err *e)
{
	struct trust *t = k->t;
	struct span extension;
	bool found = false;
	int failed = cert_extension(t->certs.at[0], PCK_EXTENSION_OID, &found, &extension, e);

	if (failed)
		return failed;
	if (!found)
		return FAIL(e, FAIL_INPUT, "the PCK certificate has no SGX extension");
	failed = pck_parse(extension, &t->pck, e);
	t->has_pck = !failed;
	return failed;
}

static int check_p256(EVP_PKEY *key, struct span signature, struct span message, struct err *e)
{
	return signature_ecdsa(key, DIGEST_SHA256, span(signature.at, 32),
			       span(signature.at + 32, 32), message, e);
}

static int check_qe_signature(const struct check *k, struct err *e)
{
	const struct quote_auth *a = &k->q->auth;
	int failed = check_p256(chain_key_of(&k->t->chain), a->qe_signature, a->qe_report, e);

	return failed ? err_add(e, "QE report") : 0;
}

static int check_qe(const struct check *k, struct err *e)
{
	bool is_tdx = quote_is_tdx(k->q);
	const struct quoting_enclave *want = &quoting_enclaves[is_tdx ? 1 : 0];
	struct enclave *qe = &k->t->qe;

	*qe = enclave_view(k->q->auth.qe_report);
	if (!span_is_equal(qe->mrsigner, span(want->mrsigner, sizeof(want->mrsigner))))
		return FAIL(e, FAIL_FORGED, "signer %02x%02x%02x%02x... is not that of Intel's %s",
			    qe->mrsigner.at[0], qe->mrsigner.at[1], qe->mrsigner.at[2],
			    qe->mrsigner.at[3], is_tdx ? "TD quoting enclave" : "quoting enclave");
	if (qe->isvprodid != want->isvprodid)
		return FAIL(e, FAIL_FORGED, "product %u of Intel's enclaves, must be %u",
			    qe->isvprodid, want->isvprodid);
	if (le64(qe->attributes.at) & ENCLAVE_DEBUG)
		return FAIL(e, FAIL_FORGED, "the quoting enclave runs in debug mode");
	return 0;
}

/* The report data has room for 64 bytes and the digest has 32: the rest must be zero, or there
 * would be reports that say two things. */
static int check_key_hash(const struct check *k, struct err *e)
{
	const struct quote_auth *a = &k->q->auth;
	struct span named = k->t->qe.report_data;
	AUTO_BUF struct buf message = BUF_EMPTY;
	struct digest digest;

	if (buf_append(&message, a->key, SIZE_MAX, e) ||
	    buf_append(&message, a->qe_data, SIZE_MAX, e) ||
	    digest_of(DIGEST_SHA256, buf_view(&message), &digest, e))
		return err_add(e, "attestation key");
	if (!digest_is_equal(span(digest.at, digest.len), span(named.at, 32)))
		return FAIL(e, FAIL_FORGED, "the QE's report names another attestation key");
	if (!bytes_are_zero(span(named.at + 32, 32)))
		return FAIL(e, FAIL_FORGED, "bytes 32 to 63 of the QE's report data are not zero");
	return 0;
}

static int check_signature(const struct check *k, struct err *e)
{
	const struct quote_auth *a = &k->q->auth;
	AUTO_PKEY EVP_PKEY *key = NULL;

	if (signature_p256_key(a->key.at, &key, e) ||
	    check_p256(key, a->signature, k->q->signed_bytes, e))
		return err_add(e, "quote");
	return 0;
}

int trust_read(const struct quote *q, struct trust *ret, struct err *e)
{
	const struct check k = { NULL, q, ret };
	int failed = read_certs(&k, e);

	return failed ? failed : read_pck(&k, e);
}

static const struct {
	int (*holds)(const struct check *k, struct err *e);
	enum reason reason;
} checks[] = {
	{ read_certs, TDX_CERTIFICATES },
	{ check_chain, TDX_CHAIN },
	{ read_pck, TDX_PCK },
	{ check_qe_signature, TDX_QE_SIGNATURE },
	{ check_qe, TDX_QE },
	{ check_key_hash, TDX_KEY },
	{ check_signature, TDX_SIGNATURE },
};

int trust_judge(const struct context *c, size_t part, const struct quote *q, struct trust *ret,
		bool *ret_holds, struct err *e)
{
	const struct check k = { c, q, ret };
	struct err why = { 0 };

	*ret_holds = false;
	for (size_t i = 0; i < COUNT_OF(checks); i++) {
		int failed = checks[i].holds(&k, &why);

		if (failed == -FAIL_SYS)
			return err_set(e, FAIL_SYS, why.sys, why.where, "%s", why.text);
		if (failed) {
			verdict_err(c->verdict, part, checks[i].reason, &why);
			return 0;
		}
	}
	*ret_holds = true;
	return 0;
}
