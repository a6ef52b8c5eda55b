#include "attest/verify/tpm/policy.h"

#include <stdio.h>
#include <string.h>

#include "attest/verify/tpm/alg.h"
#include "base/json.h"
#include "base/mem.h"

#define AUTO_POLICY __attribute__((cleanup(tpm_policy_done)))

void tpm_policy_done(struct tpm_policy *p)
{
	if (!p)
		return;
	refs_done(&p->ak);
	refs_done(&p->ak_names);
	refs_done(&p->scheme);
	refs_done(&p->hash);
	refs_done(&p->initdata);
	for (size_t i = 0; i < TPM_PCRS; i++)
		refs_done(&p->pcrs[i]);
	certs_done(&p->ak_roots);
	*p = (struct tpm_policy){ 0 };
}

/* A list of words, each of `allowed` (ends with NULL). */
static int read_words(const cJSON *node, const char *where, const char *const *allowed,
		      struct refs *ret, struct err *e)
{
	int failed = refs_words(node, where, ret, e);

	for (size_t i = 0; i < ret->count && !failed; i++) {
		const char *const *word = allowed;

		while (*word &&
		       !span_is_equal(span_text(*word), span(ret->at[i].at, ret->at[i].len)))
			word++;
		if (!*word)
			failed = FAIL(e, FAIL_INPUT, "%s: \"%.*s\" is none that is accepted", where,
				      ret->at[i].len, (const char *)ret->at[i].at);
	}
	return failed;
}

static int read_bank(const cJSON *node, uint16_t *ret, struct err *e)
{
	enum digest_alg ignored;

	if (!node)
		return 0;
	*ret = tpm_alg_find(json_text(node));
	if (!tpm_hash(*ret, &ignored))
		return FAIL(e, FAIL_INPUT, "tpm.bank: must be sha256, sha384 or sha512");
	return 0;
}

static int read_selection(const cJSON *node, struct tpm_policy *p, struct err *e)
{
	if (!node)
		return 0;
	for (const cJSON *i = node->child; i; i = i->next) {
		uint64_t pcr;

		if (json_u64(i, &pcr, NULL) || pcr >= TPM_PCRS)
			return FAIL(e, FAIL_INPUT, "tpm.selection: PCRs are 0 to %d", TPM_PCRS - 1);
		if (p->selection & 1u << pcr)
			return FAIL(e, FAIL_INPUT, "tpm.selection: %d twice", (int)pcr);
		p->selection |= 1u << pcr;
	}
	if (!p->selection)
		return FAIL(e, FAIL_INPUT, "tpm.selection: is empty");
	p->has_selection = true;
	return 0;
}

/* -1 for a text that is not the plain number of a PCR. */
static int pcr_of(const char *text)
{
	char plain[4];

	for (int pcr = 0; pcr < TPM_PCRS; pcr++) {
		(void)snprintf(plain, sizeof(plain), "%d", pcr);
		if (!strcmp(text, plain))
			return pcr;
	}
	return -1;
}

static int read_pcrs(const cJSON *node, struct tpm_policy *p, struct err *e)
{
	if (!node)
		return 0;
	for (const cJSON *i = node->child; i; i = i->next) {
		char where[32];
		int pcr = pcr_of(i->string), failed;

		if (pcr < 0)
			return FAIL(e, FAIL_INPUT, "tpm.pcrs: \"%.8s\" is no PCR", i->string);
		if (pcr == 16 || pcr == 23)
			return FAIL(e, FAIL_INPUT, "tpm.pcrs: anyone in the guest resets PCR %d",
				    pcr);
		(void)snprintf(where, sizeof(where), "tpm.pcrs.%d", pcr);
		failed = refs_hex(i, where, 0, &p->pcrs[pcr], e);
		if (failed)
			return failed;
	}
	return 0;
}

/* Lengths that no bank has would never match, and so hide a slip of the pen. */
static int check_lengths(const struct refs *r, const char *where, size_t prefix, struct err *e)
{
	for (size_t i = 0; i < r->count; i++) {
		size_t len = r->at[i].len - prefix;

		if (len != 32 && len != 48 && len != 64)
			return FAIL(e, FAIL_INPUT, "%s: a value of %u bytes", where, r->at[i].len);
	}
	return 0;
}

static int check_pcrs(const struct tpm_policy *p, struct err *e)
{
	for (size_t i = 0; i < TPM_PCRS; i++) {
		const struct refs *r = &p->pcrs[i];

		if (p->has_selection && r->is_set && !(p->selection & 1u << i))
			return FAIL(e, FAIL_INPUT, "tpm.pcrs: %zu is not in the selection", i);
		if (check_lengths(r, "tpm.pcrs", 0, e) < 0)
			return -(int)FAIL_INPUT;
	}
	if (p->has_selection && p->initdata.is_set && !(p->selection & 1u << 8))
		return FAIL(e, FAIL_INPUT, "tpm.initdata: needs PCR 8 in the selection");
	return 0;
}

static int read_roots(const cJSON *node, struct certs *ret, struct err *e)
{
	int failed = node ? certs_add_pem(ret, span_text(json_text(node)), e) : 0;

	if (failed)
		(void)err_add(e, "tpm.ak_roots");
	return failed;
}

static int read_keys(const cJSON *ak, const cJSON *names, const cJSON *roots, struct tpm_policy *p,
		     struct err *e)
{
	int failed = refs_hex(ak, "tpm.ak", 32, &p->ak, e);

	if (!failed)
		failed = refs_hex(names, "tpm.ak_names", 0, &p->ak_names, e);
	if (!failed)
		failed = check_lengths(&p->ak_names, "tpm.ak_names", 2, e);
	return failed ? failed : read_roots(roots, &p->ak_roots, e);
}

int tpm_policy_parse(const cJSON *node, struct tpm_policy *ret, struct err *e)
{
	static const char *const schemes[] = { "rsassa", "rsapss", "ecdsa", NULL };
	static const char *const hashes[] = { "sha256", "sha384", "sha512", NULL };
	AUTO_POLICY struct tpm_policy p = { 0 };
	const cJSON *ak, *names, *roots, *restricted, *emulated, *scheme, *hash, *bank, *selection,
		*pcrs, *initdata;
	const struct json_field fields[] = {
		{ "ak", JSON_ANY, false, &ak },
		{ "ak_names", JSON_ANY, false, &names },
		{ "ak_roots", JSON_TEXT, false, &roots },
		{ "require_restricted", JSON_BOOL, false, &restricted },
		{ "host_emulated", JSON_BOOL, false, &emulated },
		{ "scheme", JSON_ANY, false, &scheme },
		{ "hash", JSON_ANY, false, &hash },
		{ "bank", JSON_TEXT, false, &bank },
		{ "selection", JSON_ARRAY, false, &selection },
		{ "pcrs", JSON_OBJECT, false, &pcrs },
		{ "initdata", JSON_ANY, false, &initdata },
		{ 0 },
	};
	int failed;

	tpm_policy_done(ret);
	failed = json_object(node, "tpm", fields, e);
	if (failed)
		return failed;
	p.require_restricted = cJSON_IsTrue(restricted);
	p.host_emulated = cJSON_IsTrue(emulated);
	failed = read_keys(ak, names, roots, &p, e);
	if (!failed)
		failed = read_words(scheme, "tpm.scheme", schemes, &p.scheme, e);
	if (!failed)
		failed = read_words(hash, "tpm.hash", hashes, &p.hash, e);
	if (!failed)
		failed = read_bank(bank, &p.bank, e);
	if (!failed)
		failed = read_selection(selection, &p, e);
	if (!failed)
		failed = read_pcrs(pcrs, &p, e);
	if (!failed)
		failed = refs_hex(initdata, "tpm.initdata", 32, &p.initdata, e);
	if (!failed)
		failed = check_pcrs(&p, e);
	if (failed)
		return failed;
	*ret = p;
	p = (struct tpm_policy){ 0 };
	return 0;
}
