/* Intel's collateral. The first byte: bit 0 picks QE identity over TCB info; with bit 1 the rest is
 * the value alone and gets signed here, since no fuzzer guesses a signature, and what is behind it
 * would never run. */
#include <stdint.h>
#include <stdlib.h>

#include "attest/verify/pcs/evaluate.h"
#include "attest/verify/pcs/pcs.h"
#include "base/json.h"
#include "tests/support/evidence/pcs.h"
#include "tests/support/evidence/pki.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct pcs_platform PLATFORM = {
	.is_tdx = true,
	.fmspc = { 0x90, 0xc0, 0x6f },
	.components = { 5, 5, 2, 2, 4, 1, 0, 5 },
	.pcesvn = 13,
	.tee_tcb_svn = { 7, 1, 5 },
	.has_svn2 = true,
	.tee_tcb_svn2 = { 7, 1, 6 },
};

/* What does not change from input to input, made once. */
static struct fixed {
	EVP_PKEY *signer_key;
	struct certs pool; /* root, CA, PCK */
	struct chain_result chain;
	struct buf signer;
	struct buf tcb, qe; /* good ones, to go beside the input */
	struct pcs_enclave enclave;
} fixed;

static X509 *certify(const char *cn, EVP_PKEY *key, const X509 *issuer, EVP_PKEY *issuer_key,
		     bool is_ca)
{
	return pki_cert(&(struct pki_spec){ .cn = cn,
					    .key = key,
					    .issuer = issuer,
					    .issuer_key = issuer_key,
					    .alg = PKI_ECDSA_SHA256,
					    .is_ca = is_ca,
					    .path_len = -1 });
}

static void fix(void)
{
	const struct pcs_tcb_spec tcb = pcs_tcb_spec_tdx();
	const struct pcs_qe_spec qe = pcs_qe_spec_tdx();
	EVP_PKEY *root_key = pki_p256(0), *ca_key = pki_p256(1), *pck_key = pki_p256(2);
	X509 *root = certify("Intel SGX Root CA", root_key, NULL, root_key, true);
	X509 *ca = certify("Intel SGX PCK Platform CA", ca_key, root, root_key, true);
	X509 *pck = certify("Intel SGX PCK Certificate", pck_key, ca, ca_key, false);
	X509 *signer;

	fixed.signer_key = pki_p256(5);
	signer = certify("Intel SGX TCB Signing", fixed.signer_key, root, root_key, false);
	fixed.pool = (struct certs){ { root, ca, pck }, 3 };
	fixed.chain = (struct chain_result){
		.root = CHAIN_TEST, .depth = 3, .not_after = INT64_MAX, .at = { pck, ca, root }
	};
	fixed.signer = pki_pem(&signer, 1);
	fixed.tcb = pcs_tcb_info(&tcb, fixed.signer_key);
	fixed.qe = pcs_qe_identity(&qe, fixed.signer_key);
	fixed.enclave = (struct pcs_enclave){ .attributes = { 0x15 }, .isvprodid = 2, .isvsvn = 8 };
	memcpy(fixed.enclave.mrsigner, qe.mrsigner, sizeof(qe.mrsigner));
	X509_free(signer);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(pck_key);
}

/* The parsers alone, whatever the signature is worth. */
static void parse(struct span body, bool is_qe)
{
	AUTO_JSON cJSON *tree = NULL;
	AUTO_TCB_INFO struct tcb_info t = { 0 };
	AUTO_QE_IDENTITY struct qe_identity q = { 0 };
	struct pcs_document d = { 0 };
	struct tcb_result r;

	if (pcs_document_find(body, is_qe ? "enclaveIdentity" : "tcbInfo", &d, NULL) < 0 ||
	    pcs_document_parse(&d, &tree, NULL) < 0)
		return;
	if (is_qe && qe_identity_parse(tree, &q, NULL) == 0)
		(void)qe_identity_check(&q, &fixed.enclave, NULL);
	if (is_qe || tcb_info_parse(tree, &t, NULL) < 0)
		return;
	(void)tcb_info_check(&t, &PLATFORM, NULL);
	(void)tcb_module_check(&t, &PLATFORM, NULL);
	tcb_evaluate(&t, &q, &PLATFORM, fixed.enclave.isvsvn, &r);
	if (r.status != TCB_NOT_SUPPORTED) /* there is no level of a QE */
		abort();
}

static void add(struct verify_store *s, const char *name, struct span bytes)
{
	if (verify_store_add(s, name, bytes, NULL) < 0)
		abort();
}

static void judge(struct span body, bool is_qe)
{
	static struct verify_policy policy;
	struct certs roots = { { fixed.pool.at[0] }, 1 };
	struct context c = { .policy = &policy, .test_roots = &roots, .at = 1790000000 };
	struct verify_store *store = NULL;
	size_t part = 0;

	if (verify_store_new(&store, NULL) < 0 ||
	    verdict_new(&(struct verdict_options){ .at = c.at }, &c.verdict, NULL) < 0 ||
	    verdict_part(c.verdict, "cpu0", "quote", 0, &part, NULL) < 0)
		abort();
	policy.tdx.tcb.revocation_if_present = true;
	c.store = store;
	add(store, "intel-tcb-signing.pem", buf_view(&fixed.signer));
	add(store, "intel-tdx-tcb-90c06f000000.json", is_qe ? buf_view(&fixed.tcb) : body);
	add(store, "intel-tdx-qe.json", is_qe ? body : buf_view(&fixed.qe));
	if (pcs_judge(&c, part, &fixed.chain, &PLATFORM, &fixed.enclave, NULL) < 0)
		abort();
	verify_free(c.verdict);
	verify_store_free(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF struct buf body = BUF_EMPTY;
	struct span rest;
	bool is_qe;

	if (!size || size > 64 * 1024)
		return 0;
	if (!fixed.signer_key)
		fix();
	is_qe = data[0] & 1;
	rest = span(data + 1, size - 1);
	if (data[0] & 2) {
		body = pcs_body(is_qe ? "enclaveIdentity" : "tcbInfo", rest, PCS_COMPACT,
				fixed.signer_key);
		rest = buf_view(&body);
	}
	parse(rest, is_qe);
	judge(rest, is_qe);
	return 0;
}
