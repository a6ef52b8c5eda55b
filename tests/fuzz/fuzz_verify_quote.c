/*
 * A quote of TDX or SGX, or a TDREPORT. The root that the input itself brings is trusted as a test
 * root, so that the corpus gets past the chain and a mutation is stopped by what it breaks.
 */
#include <stdint.h>
#include <stdlib.h>

#include "attest/verify/context.h"
#include "attest/verify/tdx/quote.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct verify_store *store;

static void must(bool is_true)
{
	if (!is_true)
		abort();
}

static void trust_own_root(struct span bytes, struct certs *ret)
{
	AUTO_CERTS struct certs own = { 0 };
	struct quote q;

	if (quote_parse(bytes, &q, NULL) || certs_add_pem(&own, q.auth.certs, NULL) || !own.count)
		return;
	must(!certs_add_ref(ret, own.at[own.count - 1], NULL));
}

static void judge(struct span bytes, int64_t at, const struct verify_policy *policy)
{
	AUTO_CERTS struct certs roots = { 0 };
	AUTO_VERDICT struct verify_verdict *verdict = NULL;
	const struct verdict_options options = { &policy->allow, false, at };
	struct part part = { .kind = PART_QUOTE, .bytes = bytes };
	struct err e = { 0 };

	must(!verdict_new(&options, &verdict, &e));
	must(!verdict_part(verdict, "cpu0", "quote", 0, &part.index, &e));
	trust_own_root(bytes, &roots);
	const struct context context = { policy, store, &roots, at, verdict };

	must(!tdx_verify(&context, &part, &e));
	must(!verdict_finish(verdict, &e));
	must(part.outcome.genuine == verdict_is_genuine(verdict, part.index));
	must(verify_decision(verdict) != VERIFY_ACCEPTED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct verify_policy open = { .tdx = { .debug = true, .tcb.smt_off = true },
						   .sgx = { .debug = true } };
	AUTO_JSON cJSON *quote = cJSON_CreateObject(), *report = cJSON_CreateObject();
	struct span bytes = span(data, size);

	if (!store)
		must(!verify_store_new(&store, NULL));
	judge(bytes, 1790000000, policy_default());
	judge(bytes, VERIFY_NO_CLOCK, &open);
	(void)tdx_show(bytes, quote, NULL);
	(void)tdreport_show(bytes, report, NULL);
	return 0;
}
