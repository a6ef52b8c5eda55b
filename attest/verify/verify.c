#include "attest/verify/verify.h"

#include <stdlib.h>
#include <string.h>

#include "attest/verify/bind.h"
#include "attest/verify/bundle.h"
#include "attest/verify/context.h"
#include "base/json.h"
#include "base/limits.h"

#define BIT(d) (1u << VERIFY_##d)

static void free_bundle(struct bundle **b)
{
	if (!*b)
		return;
	bundle_done(*b);
	free(*b);
}

#define AUTO_HEAP_BUNDLE __attribute__((cleanup(free_bundle)))

static const char *kind_name(enum part_kind kind)
{
	static const char *const names[] = {
		[PART_SNP] = "snp",	  [PART_QUOTE] = "quote", [PART_GPU] = "gpu",
		[PART_SWITCH] = "switch", [PART_TPM] = "tpm",	  [PART_LOG] = "log",
		[PART_SAMPLE] = "sample",
	};

	return names[kind];
}

/* What does not apply: only a log has a bond of its own, and it has nothing else. */
static unsigned no_words(enum part_kind kind)
{
	if (kind == PART_LOG)
		return BIT(GENUINE) | BIT(FRESH) | BIT(PLATFORM) | BIT(WORKLOAD);
	return BIT(BOUND);
}

static int start(const struct context *c, struct bundle *b, struct err *e)
{
	int failed = 0;

	for (size_t i = 0; i < b->count && !failed; i++)
		failed = verdict_part(c->verdict, b->parts[i].name, kind_name(b->parts[i].kind),
				      no_words(b->parts[i].kind), &b->parts[i].index, e);
	return failed;
}

static int judge_kind(const struct context *c, struct part *p, struct err *e)
{
	switch (p->kind) {
	case PART_SNP:
		return snp_verify(c, p, e);
	case PART_QUOTE:
		return tdx_verify(c, p, e);
	case PART_TPM:
		return tpm_verify(c, p, e);
	case PART_GPU:
	case PART_SWITCH:
		return gpu_verify(c, p, e);
	case PART_SAMPLE:
		verdict_say(c->verdict, p->index, SAMPLE_PROVES_NOTHING, "evidence of \"sample\"");
		return 0;
	case PART_LOG:
		return 0;
	}
	return FAIL(e, FAIL_BUG, "part of kind %d", p->kind);
}

/* What a part says counts for others only if nothing that was found on the way took it back. */
static int judge_part(const struct context *c, struct part *p, struct err *e)
{
	int failed = judge_kind(c, p, e);

	if (p->kind != PART_LOG && !verdict_is_genuine(c->verdict, p->index))
		p->outcome.genuine = false;
	return failed;
}

static int judge_devices(const struct context *c, const struct verify_request *r, struct bundle *b,
			 struct err *e)
{
	int failed = bind_expect_devices(r, b, e);

	for (size_t i = 0; i < b->count && !failed; i++)
		if (b->parts[i].kind == PART_GPU || b->parts[i].kind == PART_SWITCH)
			failed = judge_part(c, &b->parts[i], e);
	return failed ? failed : gpu_verify_group(c, b->parts, b->count, e);
}

static int judge_others(const struct context *c, const struct verify_request *r, struct bundle *b,
			struct err *e)
{
	int failed = bind_expect_cpu(r, b, e);

	for (size_t i = 0; i < b->count && !failed; i++)
		if (b->parts[i].kind != PART_GPU && b->parts[i].kind != PART_SWITCH)
			failed = judge_part(c, &b->parts[i], e);
	return failed;
}

/* The part whose registers a log replays to: the one before it, as it was sent. */
static const struct part *signer_of(const struct bundle *b, size_t log)
{
	for (size_t i = log; i-- > 0;)
		if (b->parts[i].kind == PART_QUOTE || b->parts[i].kind == PART_TPM)
			return &b->parts[i];
	for (size_t i = log + 1; i < b->count; i++)
		if (b->parts[i].kind == PART_QUOTE || b->parts[i].kind == PART_TPM)
			return &b->parts[i];
	return NULL;
}

static int judge_logs(const struct context *c, struct bundle *b, struct err *e)
{
	int failed = 0;

	if (b->log.is_given)
		failed = bind_log(c, b, e);
	for (size_t i = 0; i < b->count && !failed; i++)
		if (b->parts[i].kind == PART_LOG && !(b->log.is_given && b->log.part == i))
			failed = log_verify(c, &b->parts[i], signer_of(b, i), e);
	return failed;
}

static int judge(const struct context *c, const struct verify_request *r, struct bundle *b,
		 struct err *e)
{
	int failed = start(c, b, e);

	if (!failed)
		failed = judge_devices(c, r, b, e);
	if (!failed)
		failed = judge_others(c, r, b, e);
	if (!failed)
		failed = judge_logs(c, b, e);
	if (!failed)
		failed = bind_judge(c, r, b, e);
	return failed ? failed : verdict_finish(c->verdict, e);
}

static int check_request(const struct verify_request *r, struct err *e)
{
	if (r->nonce.len > LIMIT_BROKER_NONCE_BYTES)
		return FAIL(e, FAIL_LIMIT, "nonce: over %d bytes", LIMIT_BROKER_NONCE_BYTES);
	if (r->report_data.len > 64)
		return FAIL(e, FAIL_INPUT, "report data: over 64 bytes");
	return 0;
}

static int read_bundle(const struct verify_request *r, struct bundle **ret, struct err *e)
{
	struct bundle *b = calloc(1, sizeof(*b));
	int failed;

	if (!b)
		return FAIL_ERRNO(e, "evidence");
	failed = bundle_read(r, b, e);
	if (failed) {
		free(b);
		return failed;
	}
	*ret = b;
	return 0;
}

static int verify_with(const struct verify_request *r, struct verify_verdict **ret, struct err *e)
{
	const struct verify_policy *policy = r->policy ? r->policy : policy_default();
	const struct verdict_options options = { &policy->allow, policy->fresh_optional, r->at };
	AUTO_HEAP_BUNDLE struct bundle *b = NULL;
	AUTO_CERTS struct certs roots = { 0 };
	AUTO_VERDICT struct verify_verdict *v = NULL;
	struct context c = { policy, NULL, &roots, r->at, NULL };
	int failed = check_request(r, e);

	if (!failed && r->test_roots.len)
		failed = certs_add_pem(&roots, r->test_roots, e);
	if (!failed)
		failed = read_bundle(r, &b, e);
	if (failed)
		return failed;
	if (!b->count)
		return FAIL(e, FAIL_INPUT, "nothing here is evidence");
	store_under(b->store, r->store);
	failed = verdict_new(&options, &v, e);
	if (failed)
		return failed;
	c.store = b->store;
	c.verdict = v;
	failed = judge(&c, r, b, e);
	if (failed)
		return failed;
	*ret = v;
	v = NULL;
	return 0;
}

/* Below these calls somebody always listens: a judge reads the error that it turns into a finding.
 */
int verify_evidence(const struct verify_request *r, struct verify_verdict **ret, struct err *e)
{
	struct err own = { 0 };

	return verify_with(r, ret, e ? e : &own);
}

/* --- Showing ---------------------------------------------------------------------------------- */

static int show_part(const struct part *p, cJSON *claims, struct err *e)
{
	switch (p->kind) {
	case PART_SNP:
		return snp_show(p->bytes, claims, e);
	case PART_QUOTE:
		return p->bytes.len == 1024 ? tdreport_show(p->bytes, claims, e)
					    : tdx_show(p->bytes, claims, e);
	case PART_TPM:
		return tpm_show(p->bytes, claims, e);
	case PART_GPU:
	case PART_SWITCH:
		return gpu_show(p->bytes, claims, e);
	case PART_LOG:
		return log_show(p->bytes, claims, e);
	case PART_SAMPLE:
		return json_add_text(claims, "note", "evidence of \"sample\" proves nothing", e);
	}
	return FAIL(e, FAIL_BUG, "part of kind %d", p->kind);
}

/* Appends {"name","kind","claims"} to a list; `claims` is what the caller fills. */
static int add_shown(cJSON *list, const char *name, const char *kind, cJSON **ret_claims,
		     struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	cJSON *claims = cJSON_CreateObject();
	int failed = json_add_text(o, "name", name, e);

	if (!failed)
		failed = json_add_text(o, "kind", kind, e);
	if (failed) {
		cJSON_Delete(claims);
		return failed;
	}
	failed = json_add(o, "claims", claims, e);
	if (failed)
		return failed;
	(void)cJSON_AddItemToArray(list, o);
	o = NULL;
	*ret_claims = claims;
	return 0;
}

static int show_certs(const char *name, const struct certs *certs, cJSON *list, struct err *e)
{
	cJSON *claims;
	int failed;

	if (!certs->count)
		return 0;
	failed = add_shown(list, name, "certificates", &claims, e);
	return failed ? failed : certs_show(certs, claims, e);
}

static int show_parts(const struct bundle *b, cJSON *list, struct err *e)
{
	cJSON *claims;
	int failed = 0;

	for (size_t i = 0; i < b->count && !failed; i++) {
		const struct part *p = &b->parts[i];

		failed = add_shown(list, p->name, kind_name(p->kind), &claims, e);
		if (!failed)
			failed = show_part(p, claims, e);
		if (!failed)
			failed = show_certs(p->name, &p->certs, list, e);
	}
	for (size_t i = 0; i < b->loose_count && !failed && !b->count; i++)
		failed = show_certs("certificates", &b->loose[i], list, e);
	return failed;
}

/* RIMs are decoded, Intel's documents and CRLs are shown by name and size. */
static int show_store(const struct bundle *b, cJSON *list, struct err *e)
{
	int failed = 0;

	for (size_t i = 0; i < store_count(b->store) && !failed; i++) {
		const char *name;
		struct span bytes;
		cJSON *claims;

		store_at(b->store, i, &name, &bytes);
		failed = add_shown(list, name, "collateral", &claims, e);
		if (!failed)
			failed = json_add_u64(claims, "bytes", bytes.len, e);
		if (!failed && bytes.len && bytes.at[0] == '<')
			failed = rim_show(bytes, claims, e);
	}
	return failed;
}

static int show_with(const struct verify_request *r, struct buf *ret, struct err *e)
{
	AUTO_HEAP_BUNDLE struct bundle *b = NULL;
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	cJSON *list = cJSON_CreateArray();
	int failed = json_add_bool(o, "verified", false, e);

	if (failed) {
		cJSON_Delete(list);
		return failed;
	}
	failed = json_add(o, "parts", list, e);
	if (!failed)
		failed = read_bundle(r, &b, e);
	if (!failed)
		failed = show_parts(b, list, e);
	if (!failed)
		failed = show_store(b, list, e);
	return failed ? failed : json_print(o, LIMIT_VERIFY_JSON_BYTES, ret, e);
}

int verify_show(const struct verify_request *r, struct buf *ret, struct err *e)
{
	struct err own = { 0 };

	return show_with(r, ret, e ? e : &own);
}
