#include "attest/verify/policy.h"

#include <stdio.h>
#include <stdlib.h>

#include "attest/verify/reason.h"
#include "attest/verify/trustee.h"
#include "base/json.h"
#include "base/limits.h"

#define AUTO_POLICY __attribute__((cleanup(policy_done)))

const struct verify_policy *policy_default(void)
{
	static const struct verify_policy safe = { 0 };

	return &safe;
}

void verify_policy_free(struct verify_policy *p)
{
	if (!p)
		return;
	refs_done(&p->allow);
	snp_policy_done(&p->snp);
	tdx_policy_done(&p->tdx);
	sgx_policy_done(&p->sgx);
	gpu_policy_done(&p->gpu);
	tpm_policy_done(&p->tpm);
	log_policy_done(&p->log);
	free(p);
}

static void policy_done(struct verify_policy **p)
{
	verify_policy_free(*p);
}

/* Codes that a policy may let pass, and no others: one that has no effect would be a false hope. */
static int read_allow(const cJSON *node, struct refs *ret, struct err *e)
{
	int failed = refs_words(node, "policy.allow", ret, e);

	for (size_t i = 0; i < ret->count && !failed; i++) {
		char code[REF_BYTES + 1];
		enum reason r;

		(void)snprintf(code, sizeof(code), "%.*s", ret->at[i].len,
			       (const char *)ret->at[i].at);
		r = reason_find(code);
		if (r == REASONS)
			failed = FAIL(e, FAIL_INPUT, "policy.allow: there is no code \"%s\"", code);
		else if (!reason_row(r)->may_allow)
			failed = FAIL(e, FAIL_INPUT, "policy.allow: nobody may allow \"%s\"", code);
	}
	return failed;
}

static int read_version(const cJSON *node, struct err *e)
{
	uint64_t version;

	if (json_u64(node, &version, e) < 0 || version != 1)
		return FAIL(e, FAIL_INPUT, "policy: \"version\" must be 1");
	return 0;
}

static int read_ours(const cJSON *tree, struct verify_policy *p, struct err *e)
{
	const cJSON *version = NULL, *allow = NULL, *fresh = NULL, *snp = NULL, *tdx = NULL;
	const cJSON *sgx = NULL, *gpu = NULL, *tpm = NULL, *log = NULL;
	const struct json_field fields[] = {
		{ "version", JSON_U64, true, &version }, { "allow", JSON_ARRAY, false, &allow },
		{ "fresh", JSON_BOOL, false, &fresh },	 { "snp", JSON_OBJECT, false, &snp },
		{ "tdx", JSON_OBJECT, false, &tdx },	 { "sgx", JSON_OBJECT, false, &sgx },
		{ "gpu", JSON_OBJECT, false, &gpu },	 { "tpm", JSON_OBJECT, false, &tpm },
		{ "log", JSON_OBJECT, false, &log },	 { 0 },
	};
	int failed = json_object(tree, "policy", fields, e);

	if (!failed)
		failed = read_version(version, e);
	if (!failed)
		failed = read_allow(allow, &p->allow, e);
	p->fresh_optional = cJSON_IsFalse(fresh);
	if (!failed && snp)
		failed = snp_policy_parse(snp, &p->snp, e);
	if (!failed && tdx)
		failed = tdx_policy_parse(tdx, &p->tdx, e);
	if (!failed && sgx)
		failed = sgx_policy_parse(sgx, &p->sgx, e);
	if (!failed && gpu)
		failed = gpu_policy_parse(gpu, &p->gpu, e);
	if (!failed && tpm)
		failed = tpm_policy_parse(tpm, &p->tpm, e);
	if (!failed && log)
		failed = log_policy_parse(log, &p->log, e);
	return failed;
}

/* Trustee's names are told in our form first, so that one reader decides what a value means. */
static int read_tree(const cJSON *tree, struct verify_policy *p, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_JSON cJSON *ours = NULL;
	int failed;

	if (!trustee_is(tree))
		return read_ours(tree, p, e);
	failed = trustee_policy(tree, &text, e);
	if (!failed)
		failed = json_parse(buf_view(&text), LIMIT_VERIFY_POLICY_BYTES, &ours, e);
	return failed ? failed : read_ours(ours, p, e);
}

int verify_policy_parse(struct span json, struct verify_policy **ret, struct err *e)
{
	AUTO_POLICY struct verify_policy *p = calloc(1, sizeof(*p));
	AUTO_JSON cJSON *tree = NULL;
	int failed;

	if (!p)
		return FAIL_ERRNO(e, "policy");
	failed = json_parse(json, LIMIT_VERIFY_POLICY_BYTES, &tree, e);
	if (!failed)
		failed = read_tree(tree, p, e);
	if (failed)
		return failed;
	*ret = p;
	p = NULL;
	return 0;
}
