#include "attest/verify/snp/proof.h"

#include <string.h>

#include "attest/verify/snp/kds.h"
#include "attest/verify/x509/signature.h"
#include "base/limits.h"

#define CHAIN_DEPTH 3 /* leaf, ASK or ASVK, ARK */

/* LIMIT_VERIFY_CERT_BYTES of DER, thrice, as PEM. */
#define CHAIN_FILE_BYTES (4 * LIMIT_VERIFY_CERT_BYTES)

/* What speaks against a report. The first candidate's is told, if no other does better. */
struct objection {
	bool is_set;
	enum reason reason;
	enum snp_product product;
	struct err why;
};

struct attempt {
	const struct context *c;
	const struct part *p;
	const struct snp_report *r;
	bool is_proven;
	struct objection first;
};

void snp_proof_done(struct snp_proof *p)
{
	certs_done(&p->pool);
	certs_done(&p->roots);
	*p = (struct snp_proof){ 0 };
}

static int object(struct attempt *a, enum reason reason, enum snp_product product,
		  const struct err *why)
{
	if (!a->first.is_set)
		a->first = (struct objection){ true, reason, product, *why };
	return -(int)why->kind;
}

/* --- What the chain may be built from --------------------------------------------------------- */

static bool has_cn(const X509 *cert, const char *cn)
{
	char text[SNP_NAME_BYTES];

	return cert_subject_cn(cert, text, sizeof(text), NULL) == 0 && !strcmp(text, cn);
}

/* Adds those of one name. What doesn't fit any more is left: whoever sent so many gains nothing. */
static int add_named(struct certs *to, const struct certs *from, const char *cn, struct err *e)
{
	int failed = 0;

	for (size_t i = 0; i < from->count && to->count < CERTS_MAX && !failed; i++)
		if (has_cn(from->at[i], cn))
			failed = certs_add_ref(to, from->at[i], e);
	return failed;
}

/* The store's file of certificates under that name, if there is one. */
static int stored_certs(const struct verify_store *s, const char *name, struct certs *ret,
			struct err *e)
{
	AUTO_BUF struct buf file = BUF_EMPTY;
	struct err why = { 0 };
	int failed = store_find(s, name, CHAIN_FILE_BYTES, &file, &why);

	if (failed == -FAIL_AGAIN)
		return 0;
	if (!failed)
		failed = certs_add(ret, buf_view(&file), &why);
	return failed ? err_set(e, why.kind, why.sys, why.where, "%s: %s", name, why.text) : 0;
}

/* The store's certificates come first, so that what the host sent can't crowd them out. */
static int fill_pool(const struct attempt *a, struct snp_proof *proof, struct err *e)
{
	AUTO_CERTS struct certs stored = { 0 };
	char root[SNP_NAME_BYTES], issuer[SNP_NAME_BYTES];
	struct kds_file chain;
	int failed;

	snp_root_cn(proof->product, root);
	snp_issuer_cn(proof->product, a->r->key, issuer);
	kds_chain(proof->product, a->r->key, &chain);
	failed = stored_certs(a->c->store, chain.name, &stored, e);
	if (!failed)
		failed = add_named(&proof->pool, &stored, root, e);
	if (!failed)
		failed = add_named(&proof->pool, &stored, issuer, e);
	if (!failed)
		failed = add_named(&proof->pool, &a->p->certs, root, e);
	if (!failed)
		failed = add_named(&proof->pool, &a->p->certs, issuer, e);
	/* A test's root vouches for the generation that it names, as AMD's do. */
	return failed ? failed : add_named(&proof->roots, a->c->test_roots, root, e);
}

/* --- Chain ------------------------------------------------------------------------------------ */

/* Every level bears the name that generation and kind of key demand: an ASVK may not stand in for
 * an ASK, nor one generation's for another's. */
static int check_names(const struct snp_proof *proof, enum snp_key key, struct err *e)
{
	char root[SNP_NAME_BYTES], issuer[SNP_NAME_BYTES];

	snp_root_cn(proof->product, root);
	snp_issuer_cn(proof->product, key, issuer);
	if (proof->chain.depth != CHAIN_DEPTH)
		return FAIL(e, FAIL_FORGED, "a chain of %zu certificates, must be %d",
			    proof->chain.depth, CHAIN_DEPTH);
	if (!has_cn(proof->chain.at[1], issuer) || !has_cn(proof->chain.at[2], root))
		return FAIL(e, FAIL_FORGED, "the chain is not %s, %s", issuer, root);
	return 0;
}

static int check_issuer(const X509 *leaf, const struct snp_proof *proof, enum snp_key key,
			struct err *e)
{
	char cn[SNP_NAME_BYTES] = "", want[SNP_NAME_BYTES];

	snp_issuer_cn(proof->product, key, want);
	if (cert_issuer_cn(leaf, cn, sizeof(cn), e) < 0)
		return -(int)FAIL_FORGED;
	if (strcmp(cn, want) != 0)
		return FAIL(e, FAIL_FORGED, "the certificate is from %s, the report needs %s", cn,
			    want);
	return 0;
}

static int check_chain(const struct attempt *a, X509 *leaf, struct snp_proof *proof, struct err *e)
{
	const struct chain_rules rules = {
		.pins = snp_root(proof->product),
		.pin_count = 1,
		.test_roots = &proof->roots,
		.issuer_key = CHAIN_RSA4096_PSS_SHA384,
		.leaf_key = CHAIN_P384_SHA384,
		.strict = false, /* VCEKs have no authority key identifier */
	};
	int failed = check_issuer(leaf, proof, a->r->key, e);

	if (!failed)
		failed = chain_verify(&rules, leaf, &proof->pool, &proof->chain, e);
	return failed ? failed : check_names(proof, a->r->key, e);
}

/* --- Signature and binding -------------------------------------------------------------------- */

static void reverse(struct span from, uint8_t ret[static SNP_SIGNATURE_BYTES])
{
	for (size_t i = 0; i < SNP_SIGNATURE_BYTES; i++)
		ret[i] = from.at[SNP_SIGNATURE_BYTES - 1 - i];
}

static int check_signature(const struct snp_report *r, const struct chain_result *chain,
			   struct err *e)
{
	uint8_t r_be[SNP_SIGNATURE_BYTES], s_be[SNP_SIGNATURE_BYTES];

	reverse(r->r, r_be);
	reverse(r->s, s_be);
	return signature_ecdsa(chain_key_of(chain), DIGEST_SHA384, span(r_be, sizeof(r_be)),
			       span(s_be, sizeof(s_be)), span(r->bytes.at, SNP_SIGNED_BYTES), e);
}

static int check_tcb(const struct snp_proof *proof, struct err *e)
{
	char leaf[SNP_TCB_TEXT_BYTES], report[SNP_TCB_TEXT_BYTES];

	if (snp_tcb_is_equal(&proof->leaf.tcb, &proof->tcbs.reported))
		return 0;
	snp_tcb_text(proof->product, &proof->leaf.tcb, leaf);
	snp_tcb_text(proof->product, &proof->tcbs.reported, report);
	return FAIL(e, FAIL_FORGED, "certificate: %s; report: %s", leaf, report);
}

/* A chip id that the host masked is all zero; whether that may pass is the policy's to say. */
static int check_chip(const struct snp_report *r, struct snp_proof *proof, struct err *e)
{
	if (r->key == SNP_VLEK || snp_is_filled(r->chip_id, 0))
		return 0;
	if (memcmp(proof->leaf.hwid, r->chip_id.at, SNP_CHIP_ID_BYTES) != 0)
		return FAIL(e, FAIL_FORGED,
			    "certificate of chip %02x%02x%02x%02x..., report of "
			    "%02x%02x%02x%02x...",
			    proof->leaf.hwid[0], proof->leaf.hwid[1], proof->leaf.hwid[2],
			    proof->leaf.hwid[3], r->chip_id.at[0], r->chip_id.at[1],
			    r->chip_id.at[2], r->chip_id.at[3]);
	proof->is_chip_bound = true;
	return 0;
}

static enum reason chain_reason(int failed)
{
	return failed == -FAIL_AGAIN ? SNP_CHAIN_MISSING : SNP_CHAIN;
}

/* In this order: nothing of the report is compared before its signature holds. */
static int check_leaf(struct attempt *a, X509 *leaf, struct snp_proof *proof, struct err *e)
{
	enum snp_product product = proof->product;
	int failed = snp_tcbs_parse(product, a->r, &proof->tcbs, e);

	if (failed)
		return object(a, SNP_FORMAT, product, e);
	failed = fill_pool(a, proof, e);
	if (failed)
		return object(a, SNP_COLLATERAL, product, e);
	failed = check_chain(a, leaf, proof, e);
	if (failed)
		return object(a, chain_reason(failed), product, e);
	failed = snp_leaf_parse(leaf, product, a->r->key, &proof->leaf, e);
	if (failed)
		return object(a, SNP_CERTIFICATE, product, e);
	failed = check_signature(a->r, &proof->chain, e);
	if (failed)
		return object(a, SNP_SIGNATURE, product, e);
	failed = check_tcb(proof, e);
	if (failed)
		return object(a, SNP_CERTIFICATE_TCB, product, e);
	failed = check_chip(a->r, proof, e);
	return failed ? object(a, SNP_CERTIFICATE_CHIP, product, e) : 0;
}

/* --- Candidates ------------------------------------------------------------------------------- */

/* The report's CPUID; without one (version 2) the leaf's issuer, which the chain then confirms. */
static bool product_for(const struct snp_report *r, const X509 *leaf, enum snp_product *ret)
{
	char cn[SNP_NAME_BYTES];

	if (r->has_cpuid)
		return snp_product_of_cpuid(r->family, r->model, ret);
	return cert_issuer_cn(leaf, cn, sizeof(cn), NULL) == 0 &&
	       snp_product_of_issuer(cn, r->key, ret);
}

static int try_leaf(struct attempt *a, X509 *leaf, struct snp_proof *ret, struct err *e)
{
	AUTO_PROOF struct snp_proof proof = { 0 };
	struct err why = { 0 };
	int failed;

	if (!product_for(a->r, leaf, &proof.product)) {
		(void)FAIL(&why, FAIL_FORGED, "the certificate's issuer is none of AMD's");
		(void)object(a, SNP_CHAIN, SNP_PRODUCTS, &why);
		return 0;
	}
	failed = check_leaf(a, leaf, &proof, &why);
	if (failed == -FAIL_SYS) {
		*e = why;
		return failed;
	}
	if (!failed) {
		a->is_proven = true;
		*ret = proof;
		proof = (struct snp_proof){ 0 };
	}
	return 0;
}

/* Which certificate is the leaf follows from KEY_INFO and names; of several, the one that holds. */
static int try_leaves(struct attempt *a, const struct certs *from, struct snp_proof *ret,
		      struct err *e)
{
	int failed = 0;

	for (size_t i = 0; i < from->count && !a->is_proven && !failed; i++)
		if (has_cn(from->at[i], snp_leaf_cn(a->r->key)))
			failed = try_leaf(a, from->at[i], ret, e);
	return failed;
}

/* The certificate that the store keeps for this chip and TCB. */
static int try_stored(struct attempt *a, enum snp_product product, struct snp_proof *ret,
		      struct err *e)
{
	AUTO_CERTS struct certs stored = { 0 };
	struct kds_file file;
	struct snp_tcbs tcbs;
	struct err why = { 0 };
	int failed = snp_tcbs_parse(product, a->r, &tcbs, &why);

	if (failed) {
		(void)object(a, SNP_FORMAT, product, &why);
		return 0;
	}
	kds_leaf(a->r, product, &tcbs.reported, &file);
	failed = stored_certs(a->c->store, file.name, &stored, &why);
	if (failed == -FAIL_SYS) {
		*e = why;
		return failed;
	}
	if (failed)
		(void)object(a, SNP_COLLATERAL, product, &why);
	else if (stored.count)
		failed = try_leaves(a, &stored, ret, e);
	if (!a->first.is_set && !a->is_proven)
		verdict_miss(a->c->verdict, a->p->index, file.name, file.url,
			     a->r->key == SNP_VLEK ? "VLEK: the host hands it out"
						   : "VCEK of this chip and TCB");
	return failed == -FAIL_SYS ? failed : 0;
}

/* Where a report that says nothing of its CPU may come from: Turin's chip ids are short. */
static bool may_be(const struct snp_report *r, enum snp_product p)
{
	size_t len = snp_hwid_len(p);
	bool is_short = snp_is_filled(span(r->chip_id.at + 8, SNP_CHIP_ID_BYTES - 8), 0);

	if (r->key == SNP_VLEK || snp_is_filled(r->chip_id, 0))
		return true;
	return is_short == (len == 8);
}

static int try_store(struct attempt *a, struct snp_proof *ret, struct err *e)
{
	enum snp_product product;
	int failed = 0;

	if (a->r->has_cpuid)
		return snp_product_of_cpuid(a->r->family, a->r->model, &product)
			       ? try_stored(a, product, ret, e)
			       : 0;
	for (int p = 0; p < SNP_PRODUCTS && !a->is_proven && !failed; p++)
		if (may_be(a->r, (enum snp_product)p))
			failed = try_stored(a, (enum snp_product)p, ret, e);
	return failed;
}

/* --- The outcome ------------------------------------------------------------------------------ */

static void tell(const struct attempt *a)
{
	const struct objection *o = &a->first;
	struct kds_file chain;

	if (!o->is_set) {
		verdict_say(a->c->verdict, a->p->index, SNP_LEAF_MISSING,
			    a->r->key == SNP_VLEK ? "no SEV-VLEK certificate: only the host has it"
						  : "no SEV-VCEK certificate");
		return;
	}
	verdict_err(a->c->verdict, a->p->index, o->reason, &o->why);
	if (o->reason != SNP_CHAIN_MISSING)
		return;
	kds_chain(o->product, a->r->key, &chain);
	verdict_miss(a->c->verdict, a->p->index, chain.name, chain.url,
		     a->r->key == SNP_VLEK ? "ASVK and ARK" : "ASK and ARK");
}

int snp_prove(const struct context *c, const struct part *p, const struct snp_report *r,
	      bool *ret_proven, struct snp_proof *ret, struct err *e)
{
	struct attempt a = { .c = c, .p = p, .r = r };
	enum snp_product unused;
	int failed;

	*ret_proven = false;
	if (r->has_cpuid && !snp_product_of_cpuid(r->family, r->model, &unused)) {
		verdict_say(c->verdict, p->index, SNP_GENERATION, "CPU family 0x%02x model 0x%02x",
			    r->family, r->model);
		return 0;
	}
	failed = try_leaves(&a, &p->certs, ret, e);
	if (!failed && !a.is_proven)
		failed = try_store(&a, ret, e);
	if (failed)
		return failed;
	if (!a.is_proven)
		tell(&a);
	*ret_proven = a.is_proven;
	return 0;
}
