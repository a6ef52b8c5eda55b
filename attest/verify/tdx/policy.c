#include "attest/verify/tdx/policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "attest/verify/pcs/level.h"
#include "attest/verify/x509/certs.h"
#include "base/json.h"
#include "base/mem.h"

#define MEMBERS_MAX 32
#define WHERE_BYTES 48
#define MR_BYTES    48

/* A list of reference values by its place; `len` 0 stands for words. */
struct list {
	const char *name;
	size_t at;
	size_t len;
};

static const struct list tcb_lists[] = {
	{ "tcb_status", offsetof(struct tcb_policy, status), 0 },
	{ "advisories", offsetof(struct tcb_policy, advisories), 0 },
	{ "fmspc", offsetof(struct tcb_policy, fmspc), 6 },
};

static const struct list tdx_lists[] = {
	{ "mrtd", offsetof(struct tdx_policy, mrtd), MR_BYTES },
	{ "rtmr0", offsetof(struct tdx_policy, rtmr[0]), MR_BYTES },
	{ "rtmr1", offsetof(struct tdx_policy, rtmr[1]), MR_BYTES },
	{ "rtmr2", offsetof(struct tdx_policy, rtmr[2]), MR_BYTES },
	{ "rtmr3", offsetof(struct tdx_policy, rtmr[3]), MR_BYTES },
	{ "mrconfigid", offsetof(struct tdx_policy, mrconfigid), MR_BYTES },
	{ "mrowner", offsetof(struct tdx_policy, mrowner), MR_BYTES },
	{ "mrownerconfig", offsetof(struct tdx_policy, mrownerconfig), MR_BYTES },
	{ "mrseam", offsetof(struct tdx_policy, mrseam), MR_BYTES },
	{ "mr_service_td", offsetof(struct tdx_policy, mr_service_td), MR_BYTES },
	{ "attributes", offsetof(struct tdx_policy, attributes), 8 },
	{ "xfam", offsetof(struct tdx_policy, xfam), 8 },
};

static const struct list sgx_lists[] = {
	{ "mrenclave", offsetof(struct sgx_policy, mrenclave), 32 },
	{ "mrsigner", offsetof(struct sgx_policy, mrsigner), 32 },
	{ "configid", offsetof(struct sgx_policy, configid), 64 },
};

static struct refs *list_of(void *policy, const struct list *l)
{
	return (struct refs *)(void *)((uint8_t *)policy + l->at);
}

static void lists_done(void *policy, const struct list *lists, size_t count)
{
	for (size_t i = 0; i < count; i++)
		refs_done(list_of(policy, &lists[i]));
}

/* --- An object whose members are told one by one ---------------------------------------------- */

struct reading {
	const char *name; /* of the object */
	struct json_field fields[MEMBERS_MAX + 1];
	const cJSON *at[MEMBERS_MAX];
	size_t count;
};

static void expect(struct reading *r, const char *name, enum json_type type)
{
	r->fields[r->count] = (struct json_field){ name, type, false, &r->at[r->count] };
	r->count++;
}

static void expect_lists(struct reading *r, const struct list *lists, size_t count)
{
	for (size_t i = 0; i < count; i++)
		expect(r, lists[i].name, JSON_ANY);
}

static void expect_tcb(struct reading *r)
{
	expect_lists(r, tcb_lists, COUNT_OF(tcb_lists));
	expect(r, "min_tcb_date", JSON_TEXT);
	expect(r, "min_tcb_evaluation_number", JSON_U64);
	expect(r, "revocation", JSON_TEXT);
	expect(r, "smt", JSON_BOOL);
	expect(r, "debug", JSON_BOOL);
}

static const cJSON *member(const struct reading *r, const char *name)
{
	for (size_t i = 0; i < r->count; i++)
		if (!strcmp(r->fields[i].name, name))
			return r->at[i];
	return NULL;
}

static bool is_true(const struct reading *r, const char *name)
{
	const cJSON *node = member(r, name);

	return node && cJSON_IsTrue(node);
}

static int read_u16(const struct reading *r, const char *name, uint16_t *ret, struct err *e)
{
	const cJSON *node = member(r, name);
	uint64_t value = 0;

	if (!node)
		return 0;
	if (json_u64(node, &value, e))
		return err_add(e, "%s.%s", r->name, name);
	if (value > UINT16_MAX)
		return FAIL(e, FAIL_INPUT, "%s.%s: %" PRIu64 ", at most %d", r->name, name, value,
			    UINT16_MAX);
	*ret = (uint16_t)value;
	return 0;
}

static int read_lists(const struct reading *r, void *policy, const struct list *lists, size_t count,
		      struct err *e)
{
	char where[WHERE_BYTES];
	int failed = 0;

	for (size_t i = 0; i < count && !failed; i++) {
		const cJSON *node = member(r, lists[i].name);
		struct refs *refs = list_of(policy, &lists[i]);

		(void)snprintf(where, sizeof(where), "%s.%s", r->name, lists[i].name);
		failed = lists[i].len ? refs_hex(node, where, lists[i].len, refs, e)
				      : refs_words(node, where, refs, e);
	}
	return failed;
}

/* --- What both have in common ----------------------------------------------------------------- */

/* A word that no TCB has would be a policy that says something else than its author meant; what
 * Intel has revoked or does not support passes by no list. */
static int check_statuses(const struct reading *r, const struct refs *words, struct err *e)
{
	for (size_t i = 0; i < words->count; i++) {
		struct span word = span(words->at[i].at, words->at[i].len);
		bool known = false;

		for (int s = TCB_UP_TO_DATE; s < TCB_NOT_SUPPORTED; s++)
			if (span_is_equal(word, span_text(tcb_status_name((enum tcb_status)s))))
				known = true;
		if (!known)
			return FAIL(e, FAIL_INPUT, "%s.tcb_status: \"%.*s\" can't be allowed",
				    r->name, (int)word.len, (const char *)word.at);
	}
	return 0;
}

static int read_revocation(const struct reading *r, struct tcb_policy *ret, struct err *e)
{
	const char *text = json_text(member(r, "revocation"));

	ret->revocation_if_present = text && !strcmp(text, "if-present");
	if (text && !ret->revocation_if_present && strcmp(text, "require") != 0)
		return FAIL(e, FAIL_INPUT, "%s.revocation: must be \"require\" or \"if-present\"",
			    r->name);
	return 0;
}

static int read_tcb(const struct reading *r, struct tcb_policy *ret, struct err *e)
{
	const char *date = json_text(member(r, "min_tcb_date"));
	const cJSON *evaluation = member(r, "min_tcb_evaluation_number");
	const cJSON *smt = member(r, "smt");
	int failed = read_lists(r, ret, tcb_lists, COUNT_OF(tcb_lists), e);

	ret->smt_off = smt && cJSON_IsFalse(smt);
	if (!failed)
		failed = check_statuses(r, &ret->status, e);
	if (!failed)
		failed = read_revocation(r, ret, e);
	if (failed)
		return failed;
	if (date && time_parse(date, &ret->min_date, e))
		return err_add(e, "%s.min_tcb_date", r->name);
	if (evaluation && json_u64(evaluation, &ret->min_evaluation, e))
		return err_add(e, "%s.min_tcb_evaluation_number", r->name);
	return 0;
}

/* --- TDX -------------------------------------------------------------------------------------- */

void tdx_policy_done(struct tdx_policy *p)
{
	lists_done(&p->tcb, tcb_lists, COUNT_OF(tcb_lists));
	lists_done(p, tdx_lists, COUNT_OF(tdx_lists));
	*p = (struct tdx_policy){ 0 };
}

static int read_tdx(const cJSON *node, struct tdx_policy *p, struct err *e)
{
	struct reading r = { .name = "tdx" };
	const char *floor;
	int failed;

	expect_tcb(&r);
	expect_lists(&r, tdx_lists, COUNT_OF(tdx_lists));
	expect(&r, "mrtd_is_enough", JSON_BOOL);
	expect(&r, "min_tee_tcb_svn", JSON_TEXT);
	failed = json_object(node, r.name, r.fields, e);
	if (!failed)
		failed = read_tcb(&r, &p->tcb, e);
	if (!failed)
		failed = read_lists(&r, p, tdx_lists, COUNT_OF(tdx_lists), e);
	if (failed)
		return failed;
	p->debug = is_true(&r, "debug");
	p->mrtd_is_enough = is_true(&r, "mrtd_is_enough");
	floor = json_text(member(&r, "min_tee_tcb_svn"));
	if (floor)
		return hex_bytes(floor, "tdx.min_tee_tcb_svn", p->min_tee_tcb_svn,
				 sizeof(p->min_tee_tcb_svn), e);
	return 0;
}

int tdx_policy_parse(const cJSON *node, struct tdx_policy *ret, struct err *e)
{
	int failed;

	tdx_policy_done(ret);
	failed = read_tdx(node, ret, e);
	if (failed)
		tdx_policy_done(ret);
	return failed;
}

/* --- SGX -------------------------------------------------------------------------------------- */

void sgx_policy_done(struct sgx_policy *p)
{
	lists_done(&p->tcb, tcb_lists, COUNT_OF(tcb_lists));
	lists_done(p, sgx_lists, COUNT_OF(sgx_lists));
	*p = (struct sgx_policy){ 0 };
}

static int read_sgx(const cJSON *node, struct sgx_policy *p, struct err *e)
{
	struct reading r = { .name = "sgx" };
	int failed;

	expect_tcb(&r);
	expect_lists(&r, sgx_lists, COUNT_OF(sgx_lists));
	expect(&r, "isvprodid", JSON_U64);
	expect(&r, "min_isvsvn", JSON_U64);
	failed = json_object(node, r.name, r.fields, e);
	if (!failed)
		failed = read_tcb(&r, &p->tcb, e);
	if (!failed)
		failed = read_lists(&r, p, sgx_lists, COUNT_OF(sgx_lists), e);
	if (!failed)
		failed = read_u16(&r, "isvprodid", &p->isvprodid, e);
	if (!failed)
		failed = read_u16(&r, "min_isvsvn", &p->min_isvsvn, e);
	p->has_isvprodid = member(&r, "isvprodid") != NULL;
	p->debug = is_true(&r, "debug");
	return failed;
}

int sgx_policy_parse(const cJSON *node, struct sgx_policy *ret, struct err *e)
{
	int failed;

	sgx_policy_done(ret);
	failed = read_sgx(node, ret, e);
	if (failed)
		sgx_policy_done(ret);
	return failed;
}
