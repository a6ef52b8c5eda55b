/* Recorded collateral, with the chain of the recorded quote that it is about. The certificate that
 * signed TCB info and QE identity was not recorded, so that nothing can be found current. */
#include <criterion/criterion.h>
#include <string.h>

#include "attest/verify/pcs/root.h"
#include "tests/unit/verify/pcs/world.h"

/* A day within the recorded collateral's time, and the platform of quote-v4-debug.dat as the
 * reference (4.4) lists it. */
#define JUNE_2023 1687219200 /* 2023-06-20 */

struct recorded {
	struct rig rig;
	struct certs certs;
	struct chain_result chain;
};

static const struct pcs_platform PLATFORM = { .is_tdx = true,
					      .fmspc = { 0x50, 0x80, 0x6f },
					      .components = { 5, 5, 13, 2, 3, 1, 0, 3 },
					      .pcesvn = 11,
					      .tee_tcb_svn = { 3, 0, 5 } };
static struct recorded *judged;

static int judge(const struct context *c, struct part *p, struct err *e)
{
	const struct pcs_enclave qe = { .attributes = { 0x15 }, .isvprodid = 2, .isvsvn = 4 };

	return pcs_judge(c, p->index, &judged->chain, &PLATFORM, &qe, e);
}

static void add(struct recorded *r, const char *name, const char *vector)
{
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert(world_vector(vector, &bytes), "%s", vector);
	cr_assert_eq(verify_store_add(r->rig.store, name, buf_view(&bytes), &e), 0, "%s", e.text);
}

/* The chain stands at the end of the quote, as PEM with a NUL behind it. */
static void take_chain(struct recorded *r, const struct buf *quote)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	const struct chain_rules rules = { .pins = INTEL_ROOT,
					   .pin_count = 1,
					   .issuer_key = CHAIN_P256_SHA256,
					   .leaf_key = CHAIN_P256_SHA256,
					   .strict = true };
	const uint8_t *at = memmem(quote->at, quote->len, begin, sizeof(begin) - 1);
	struct err e = { 0 };

	cr_assert_not_null(at);
	cr_assert_eq(certs_add_pem(&r->certs, span(at, (size_t)(quote->at + quote->len - at)), &e),
		     0, "%s", e.text);
	cr_assert_eq(chain_verify(&rules, r->certs.at[0], &r->certs, &r->chain, &e), 0, "%s",
		     e.text);
	cr_assert_eq(r->chain.root, CHAIN_BUILTIN);
}

static void record(struct recorded *r)
{
	AUTO_BUF struct buf quote = BUF_EMPTY;

	if (!world_vector("quote-v4-debug.dat", &quote))
		cr_skip_test("no vectors at " VECTORS_DIR);
	*r = (struct recorded){ 0 };
	rig_init(&r->rig, PART_QUOTE);
	r->rig.context.at = JUNE_2023;
	take_chain(r, &quote);
	add(r, "intel-tdx-tcb-50806f000000.json", "tcb-info.json");
	add(r, "intel-tdx-qe.json", "qe-identity.json");
	judged = r;
}

static void recorded_done(struct recorded *r)
{
	rig_done(&r->rig);
	certs_done(&r->certs);
}

Test(pcs_vectors, recorded_crls_hold_under_intels_root_and_the_signer_is_missing)
{
	struct recorded r;

	record(&r);
	add(&r, "intel-root.crl", "root-crl.der");
	add(&r, "intel-pck-platform.crl", "pck-crl.txt");
	cr_expect_eq(rig_run(&r.rig, judge, SPAN_EMPTY), VERIFY_UNPROVEN);
	cr_expect(rig_said(&r.rig, "pcs.collateral-missing"));
	cr_expect_eq(verify_finding_count(r.rig.context.verdict), 1);
	cr_assert_eq(verify_missing_count(r.rig.context.verdict), 1);
	cr_expect_str_eq(verify_missing(r.rig.context.verdict, 0).file, "intel-tcb-signing.pem");
	recorded_done(&r);
}

Test(pcs_vectors, recorded_crls_exchanged_are_forged_and_later_they_are_stale)
{
	struct recorded r;

	record(&r);
	add(&r, "intel-root.crl", "pck-crl.txt");
	add(&r, "intel-pck-platform.crl", "root-crl.der");
	cr_expect_eq(rig_run(&r.rig, judge, SPAN_EMPTY), VERIFY_REFUSED);
	cr_expect(rig_said(&r.rig, "pcs.forged"));
	recorded_done(&r);
	record(&r);
	add(&r, "intel-root.crl", "root-crl.der");
	add(&r, "intel-pck-platform.crl", "pck-crl.txt");
	r.rig.context.at = JUNE_2023 + 30 * 86400;
	cr_expect_neq(rig_run(&r.rig, judge, SPAN_EMPTY), VERIFY_ACCEPTED);
	cr_expect(rig_said(&r.rig, "pcs.crl-stale"));
	recorded_done(&r);
}
