#include "tests/unit/verify/snp/snp_rig.h"

#include <criterion/criterion.h>

#include "base/json.h"
#include "base/mem.h"

static void must(int failed, const struct err *e)
{
	if (!failed)
		return;
	fprintf(stderr, "snp case: %s\n", e->text);
	abort();
}

void snp_case_policy(struct snp_case *k, const char *json)
{
	AUTO_JSON cJSON *tree = NULL;
	struct err e = { 0 };

	must(json_parse(span_text(json), 4096, &tree, &e), &e);
	must(snp_policy_parse(tree, &k->rig.policy.snp, &e), &e);
}

void snp_case_certs(struct snp_case *k, X509 *const certs[], size_t count)
{
	struct err e = { 0 };

	certs_done(&k->rig.part.certs);
	for (size_t i = 0; i < count; i++)
		must(certs_add_ref(&k->rig.part.certs, certs[i], &e), &e);
}

void snp_case_forget(struct snp_case *k)
{
	struct err e = { 0 };

	verify_store_free(k->rig.store);
	must(verify_store_new(&k->rig.store, &e), &e);
	k->rig.context.store = k->rig.store;
}

void snp_case_keep(struct snp_case *k, const char *name, struct span bytes)
{
	struct err e = { 0 };

	must(verify_store_add(k->rig.store, name, bytes, &e), &e);
}

void snp_case_crl(struct snp_case *k)
{
	static const char *const products[] = { "Milan", "Genoa", "Turin" };
	char name[64];

	(void)snprintf(name, sizeof(name), "amd-%s-%s.crl", products[k->spec.product],
		       k->spec.leaf_key == SNP_GEN_VLEK ? "vlek" : "vcek");
	snp_case_keep(k, name, buf_view(&k->made.crl));
}

void snp_case_make(struct snp_case *k)
{
	struct err e = { 0 };

	rig_init(&k->rig, PART_SNP);
	k->rig.context.policy = &k->rig.policy;
	k->rig.context.test_roots = &k->rig.test_roots;
	k->made = snp_make(&k->spec);
	must(certs_add_ref(&k->rig.test_roots, k->made.ark, &e), &e);
	snp_case_certs(k, (X509 *const[]){ k->made.leaf, k->made.ask, k->made.sent_ark }, 3);
	snp_case_crl(k);
	snp_case_policy(k, SNP_POLICY "}");
	k->rig.part.expect.asked = true;
	k->rig.part.expect.len = sizeof(k->spec.report_data);
	memcpy(k->rig.part.expect.at, k->spec.report_data, sizeof(k->spec.report_data));
}

void snp_case_done(struct snp_case *k)
{
	snp_policy_done(&k->rig.policy.snp);
	snp_made_done(&k->made);
	rig_done(&k->rig);
}

enum verify_decision snp_case_run(struct snp_case *k)
{
	return rig_run(&k->rig, snp_verify, span(k->made.report, sizeof(k->made.report)));
}

const struct verify_missing *snp_case_missing(struct snp_case *k, const char *file)
{
	static struct verify_missing found;

	for (size_t i = 0; i < verify_missing_count(k->rig.context.verdict); i++) {
		found = verify_missing(k->rig.context.verdict, i);
		if (!strcmp(found.file, file))
			return &found;
	}
	return NULL;
}

/* A word of GENUINE that says what the outcome does, whatever the decision was. */
static bool is_consistent(const struct snp_case *k)
{
	enum verify_word w = rig_word(&k->rig, VERIFY_GENUINE);

	return k->rig.part.outcome.genuine == (w == VERIFY_GENUINE_YES || w == VERIFY_GENUINE_TEST);
}

void snp_row_run(const struct snp_row *r)
{
	struct snp_case k = { .spec = snp_spec(r->product, r->key) };
	enum verify_decision got;

	if (r->before)
		r->before(&k);
	snp_case_make(&k);
	if (r->after)
		r->after(&k);
	got = snp_case_run(&k);
	printf("row %-5s %-56s %s %s\n", r->id, r->what,
	       verify_decision_name(verify_decision(k.rig.context.verdict)), r->code);
	cr_expect_eq(got, r->want, "%s %s", r->id, r->what);
	cr_expect(rig_said(&k.rig, r->code), "%s %s: no %s", r->id, r->what, r->code);
	cr_expect(is_consistent(&k), "%s %s", r->id, r->what);
	snp_case_done(&k);
}
