/*
 * A quote with what comes beside it. Input: u16 lengths (big-endian) of quote, signature, key and
 * policy, then those; the rest is PCR values of 32 bytes, or a certificate's DER when it begins
 * with 0x30. Whatever key came is registered, so that judging goes as deep as the signature lets
 * it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "attest/verify/context.h"
#include "attest/verify/tpm/public.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct span take(struct span *from)
{
	size_t len = from->len < 2 ? 0 : (size_t)from->at[0] << 8 | from->at[1];
	struct span taken;

	if (from->len < 2)
		return SPAN_EMPTY;
	*from = span(from->at + 2, from->len - 2);
	len = len < from->len ? len : from->len;
	taken = span(from->at, len);
	*from = span(from->at + len, from->len - len);
	return taken;
}

static void trust(struct verify_policy *policy, struct span ak)
{
	AUTO_TPM_PUBLIC struct tpm_public p = { 0 };
	static struct ref ref;

	if (policy->tpm.ak.is_set || tpm_public_parse(ak, &p, NULL) < 0)
		return;
	ref.len = sizeof(p.spki_sha256);
	memcpy(ref.at, p.spki_sha256, sizeof(p.spki_sha256));
	policy->tpm.ak.at = malloc(sizeof(ref));
	if (!policy->tpm.ak.at)
		abort();
	*policy->tpm.ak.at = ref;
	policy->tpm.ak.count = 1;
	policy->tpm.ak.is_set = true;
}

static void read_policy(struct verify_policy *policy, struct span json)
{
	AUTO_JSON cJSON *tree = NULL;

	if (json_parse(json, 65536, &tree, NULL) == 0)
		(void)tpm_policy_parse(tree, &policy->tpm, NULL);
}

static void read_values(struct part *p, struct span rest)
{
	if (rest.len && rest.at[0] == 0x30) {
		(void)certs_add_der(&p->certs, rest, NULL);
		return;
	}
	p->claimed.alg = 0x000b;
	for (unsigned i = 0; i < 24 && rest.len >= 32; i++) {
		memcpy(p->claimed.at[i], rest.at, 32);
		p->claimed.present |= 1u << i;
		rest = span(rest.at + 32, rest.len - 32);
	}
}

/* The one thing that must never be: a good word without a signature that holds. */
static void judge(struct context *c, struct part *p)
{
	const struct verdict_options o = { .at = c->at };
	struct err e = { 0 };

	if (verdict_new(&o, &c->verdict, &e) ||
	    verdict_part(c->verdict, "tpm0", "tpm", 1u << VERIFY_BOUND, &p->index, &e) ||
	    tpm_verify(c, p, &e) || verdict_finish(c->verdict, &e))
		abort();
	if (p->outcome.genuine != verdict_is_genuine(c->verdict, p->index) ||
	    (!p->outcome.genuine && verify_decision(c->verdict) < VERIFY_UNPROVEN))
		abort();
	verify_free(c->verdict);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span(data, size), policy_json;
	struct verify_policy policy = { 0 };
	struct verify_store *store = NULL;
	AUTO_JSON cJSON *shown = cJSON_CreateObject();
	struct certs roots = { 0 };
	struct context c = { &policy, NULL, &roots, 1790000000, NULL };
	struct part p = { .kind = PART_TPM };
	struct err e = { 0 };

	if (verify_store_new(&store, &e))
		abort();
	c.store = store;
	p.bytes = take(&rest);
	p.signature = take(&rest);
	p.ak = take(&rest);
	policy_json = take(&rest);
	read_policy(&policy, policy_json);
	read_values(&p, rest);
	trust(&policy, p.ak);
	judge(&c, &p);
	(void)tpm_show(p.bytes, shown, &e);
	certs_done(&p.certs);
	tpm_policy_done(&policy.tpm);
	verify_store_free(store);
	return 0;
}
