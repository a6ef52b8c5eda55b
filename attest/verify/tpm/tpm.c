/* Judges a quote: structure, key, signature, who vouches for the key, PCRs; then the rest. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "attest/verify/context.h"
#include "attest/verify/tpm/alg.h"
#include "attest/verify/tpm/attest.h"
#include "attest/verify/tpm/claims.h"
#include "attest/verify/tpm/pcrs.h"
#include "attest/verify/tpm/public.h"
#include "attest/verify/tpm/signature.h"
#include "attest/verify/tpm/trust.h"
#include "base/json.h"

struct quote {
	struct tpm_attest attest;
	struct tpm_signature signature;
	enum digest_alg hash; /* the signature's */
	struct tpm_public ak;
	struct tpm_trust trust;
	bool is_covered; /* the selection is the expected one, and the values are the signed ones */
};

static void quote_done(struct quote *q)
{
	tpm_public_done(&q->ak);
}

/* --- Structure -------------------------------------------------------------------------------- */

/* The stages below return 0 to go on, -FAIL_DENIED after saying why not, or -FAIL_SYS. */
static int refuse(const struct context *c, const struct part *p, enum reason r, int failed,
		  const struct err *e)
{
	if (failed == -(int)FAIL_SYS)
		return failed;
	verdict_err(c->verdict, p->index, r, e);
	return -(int)FAIL_DENIED;
}

static int read_attest(const struct context *c, const struct part *p, struct quote *q,
		       struct err *e)
{
	int failed = tpm_attest_parse(p->bytes, &q->attest, e);

	if (failed)
		return refuse(c, p, TPM_FORMAT, failed, e);
	failed = tpm_attest_claims(&q->attest, verdict_claims(c->verdict, p->index), e);
	if (failed)
		return failed;
	if (!tpm_attest_is_quote(&q->attest)) {
		verdict_say(c->verdict, p->index, TPM_NOT_QUOTE,
			    "magic %08" PRIx32 ", type %04x; a quote has %08x and %04x",
			    q->attest.magic, q->attest.type, TPM_MAGIC, TPM_ATTEST_QUOTE);
		return -(int)FAIL_DENIED;
	}
	return 0;
}

static int read_ak(const struct context *c, const struct part *p, struct quote *q, struct err *e)
{
	int failed;

	if (!p->ak.len && !p->certs.count) {
		verdict_say(c->verdict, p->index, TPM_NO_AK, "neither a key nor a certificate");
		return -(int)FAIL_DENIED;
	}
	/* Certificates come leaf first. */
	failed = p->ak.len ? tpm_public_parse(p->ak, &q->ak, e)
			   : tpm_public_of_key(X509_get0_pubkey(p->certs.at[0]), &q->ak, e);
	if (failed)
		return refuse(c, p, TPM_AK_KEY, failed, e);
	return tpm_public_claims(&q->ak, verdict_claims(c->verdict, p->index), e);
}

/* --- Signature -------------------------------------------------------------------------------- */

static bool is_allowed(const struct refs *list, uint16_t alg, bool by_default)
{
	return list->is_set ? refs_has(list, span_text(tpm_alg_name(alg))) : by_default;
}

/* The structure names what it was signed with; the policy and the key decide what is taken. */
static bool is_fit(const struct tpm_policy *policy, const struct quote *q)
{
	const struct tpm_signature *s = &q->signature;
	bool is_ec = q->ak.key_alg == TPM_ALG_ECC;
	uint16_t of_curve = EVP_PKEY_get_bits(q->ak.key) == 256 ? TPM_ALG_SHA256 : TPM_ALG_SHA384;

	return is_allowed(&policy->scheme, s->scheme, true) &&
	       is_allowed(&policy->hash, s->hash, s->hash != TPM_ALG_SHA512) &&
	       (s->scheme == TPM_ALG_ECDSA) == is_ec && (!is_ec || s->hash == of_curve) &&
	       (!q->ak.has_template || q->ak.scheme == TPM_ALG_NULL ||
		(q->ak.scheme == s->scheme && q->ak.hash == s->hash));
}

static int check_algorithms(const struct context *c, const struct part *p, struct quote *q)
{
	const struct tpm_signature *s = &q->signature;

	if (tpm_hash(s->hash, &q->hash) && is_fit(&c->policy->tpm, q))
		return 0;
	verdict_say(c->verdict, p->index, TPM_ALGORITHM, "%s with %s, by a key of kind %s%s%s",
		    tpm_alg_name(s->scheme), tpm_alg_name(s->hash), tpm_alg_name(q->ak.key_alg),
		    q->ak.has_template ? " tied to " : "",
		    q->ak.has_template ? tpm_alg_name(q->ak.scheme) : "");
	return -(int)FAIL_DENIED;
}

static int check_attributes(const struct context *c, const struct part *p, const struct quote *q)
{
	const char *wrong;

	if (!q->ak.has_template || tpm_public_is_ak(&q->ak, &wrong))
		return 0;
	verdict_say(c->verdict, p->index, TPM_AK_ATTRIBUTES, "\"%s\" is not as an AK must have it",
		    wrong);
	return -(int)FAIL_DENIED;
}

static int check_signature(const struct context *c, const struct part *p, struct quote *q,
			   struct err *e)
{
	cJSON *claims = verdict_claims(c->verdict, p->index);
	int failed;

	if (!p->signature.len) {
		verdict_say(c->verdict, p->index, TPM_UNSIGNED, "no signature beside the quote");
		return -(int)FAIL_DENIED;
	}
	failed = tpm_signature_parse(p->signature, &q->signature, e);
	if (failed)
		return refuse(c, p, TPM_FORMAT, failed, e);
	verdict_text(c->verdict, claims, "scheme", tpm_alg_name(q->signature.scheme));
	verdict_text(c->verdict, claims, "hash", tpm_alg_name(q->signature.hash));
	failed = read_ak(c, p, q, e);
	if (!failed)
		failed = check_algorithms(c, p, q);
	if (!failed)
		failed = check_attributes(c, p, q);
	if (failed)
		return failed;
	failed = tpm_signature_check(&q->signature, q->ak.key, p->bytes, e);
	return failed ? refuse(c, p, TPM_SIGNATURE, failed, e) : 0;
}

/* --- Trust ------------------------------------------------------------------------------------ */

static int check_trust(const struct context *c, const struct part *p, struct quote *q,
		       struct err *e)
{
	int failed = tpm_trust_find(c, p, &q->ak, &q->trust, e);

	if (failed)
		return refuse(c, p, failed == -(int)FAIL_AGAIN ? TPM_AK_UNKNOWN : TPM_AK_CHAIN,
			      failed, e);
	if (c->policy->tpm.require_restricted && q->trust.by == TPM_VOUCHED_KEY) {
		verdict_say(c->verdict, p->index, TPM_AK_UNRESTRICTED,
			    "the policy knows the key by its public half alone");
		return -(int)FAIL_DENIED;
	}
	return 0;
}

static int check_pcrs(const struct context *c, const struct part *p, struct quote *q, struct err *e)
{
	int failed = tpm_pcrs_check_selection(&q->attest, &c->policy->tpm, &p->claimed, e);

	if (failed || !p->claimed.present)
		return 0; /* said later, by judge_selection() and judge_workload() */
	failed = tpm_pcrs_check_digest(&q->attest, q->hash, &p->claimed, e);
	if (failed)
		return refuse(c, p, TPM_PCR_DIGEST, failed, e);
	q->is_covered = true;
	return 0;
}

/* --- What a genuine quote is worth ------------------------------------------------------------ */

static void say_genuine(const struct context *c, const struct part *p, const struct quote *q)
{
	static const char *const by[] = {
		[TPM_VOUCHED_NOT] = "nobody",
		[TPM_VOUCHED_KEY] = "the policy, by its public key",
		[TPM_VOUCHED_NAME] = "the policy, by its TPM name",
		[TPM_VOUCHED_CHAIN] = "a certificate under",
		[TPM_VOUCHED_TEST] = "a certificate under the test root",
	};

	verdict_say(c->verdict, p->index,
		    q->trust.by == TPM_VOUCHED_TEST ? TPM_TEST_ROOT : TPM_GENUINE,
		    "%s with %s; the AK is vouched for by %s%s%s",
		    tpm_alg_name(q->signature.scheme), tpm_alg_name(q->signature.hash),
		    by[q->trust.by], q->trust.chain.root[0] ? " " : "", q->trust.chain.root);
}

static void judge_dates(const struct context *c, const struct part *p, const struct akchain *chain)
{
	char from[TIME_TEXT_BYTES], to[TIME_TEXT_BYTES];

	if (c->at == VERIFY_NO_CLOCK) {
		verdict_say(c->verdict, p->index, TIME_UNCHECKED,
			    "the AK's certificates have dates, and there is no clock");
		return;
	}
	if (chain->not_before <= c->at && c->at <= chain->not_after)
		return;
	time_text(chain->not_before, from);
	time_text(chain->not_after, to);
	verdict_say(c->verdict, p->index, TPM_AK_DATES, "valid from %s to %s", from, to);
}

static void judge_platform(const struct context *c, const struct part *p, const struct quote *q)
{
	bool has_chain = q->trust.by == TPM_VOUCHED_CHAIN || q->trust.by == TPM_VOUCHED_TEST;

	if (has_chain)
		judge_dates(c, p, &q->trust.chain);
	if (c->policy->tpm.host_emulated)
		verdict_say(c->verdict, p->index, TPM_HOST_EMULATED,
			    "the host can sign and extend as it likes");
	else
		verdict_say(c->verdict, p->index, TPM_VOUCHED,
			    "firmware %016" PRIx64 ", as far as %s vouches; a TPM that the host "
			    "emulates would look the same",
			    q->attest.firmware_version,
			    has_chain ? "the AK's issuer" : "the AK's owner");
}

static void claim_pcrs(const struct context *c, const struct part *p)
{
	const struct registers *r = &p->outcome.registers;
	struct verify_verdict *v = c->verdict;
	cJSON *pcrs = verdict_object(v, verdict_claims(v, p->index), "pcrs");
	cJSON *unjudged = verdict_array(v, verdict_claims(v, p->index), "unjudged");
	char name[8];

	for (unsigned i = 0; i < TPM_PCRS; i++) {
		if (!(r->present & 1u << i))
			continue;
		(void)snprintf(name, sizeof(name), "%u", i);
		verdict_hex(v, pcrs, name, span(r->at[i], tpm_pcrs_len(r->alg)));
		if (!c->policy->tpm.pcrs[i].is_set && !(i == 8 && c->policy->tpm.initdata.is_set))
			verdict_u64(v, unjudged, NULL, i);
	}
}

static void compare_pcrs(const struct context *c, const struct part *p)
{
	const struct registers *r = &p->outcome.registers;

	for (unsigned i = 0; i < TPM_PCRS; i++) {
		const struct refs *refs = &c->policy->tpm.pcrs[i];

		if (!refs->is_set)
			continue;
		if (!(r->present & 1u << i))
			verdict_say(c->verdict, p->index, TPM_PCR_MISMATCH,
				    "PCR %u has reference values and is not in the quote", i);
		else if (refs_ask(refs, span(r->at[i], tpm_pcrs_len(r->alg))) == REFS_MISMATCH)
			verdict_say(c->verdict, p->index, TPM_PCR_MISMATCH,
				    "PCR %u is %02x%02x%02x%02x..., not a reference value", i,
				    r->at[i][0], r->at[i][1], r->at[i][2], r->at[i][3]);
	}
}

static int judge_initdata(const struct context *c, const struct part *p, struct err *e)
{
	int failed = tpm_pcrs_check_initdata(&p->outcome.registers, &c->policy->tpm.initdata, e);

	if (failed == -(int)FAIL_DENIED)
		verdict_err(c->verdict, p->index, TPM_INITDATA, e);
	return failed == -(int)FAIL_DENIED ? 0 : failed;
}

static bool has_references(const struct tpm_policy *policy)
{
	bool has = policy->initdata.is_set;

	for (size_t i = 0; i < TPM_PCRS; i++)
		has = has || policy->pcrs[i].is_set;
	return has;
}

static int judge_workload(const struct context *c, const struct part *p, const struct quote *q,
			  struct err *e)
{
	const struct tpm_policy *policy = &c->policy->tpm;
	struct err why = { 0 };
	int failed;

	if (tpm_pcrs_check_selection(&q->attest, policy, &p->claimed, &why) < 0) {
		verdict_err(c->verdict, p->index, TPM_SELECTION, &why);
		return 0;
	}
	if (!q->is_covered) {
		verdict_say(c->verdict, p->index, TPM_NO_VALUES, "no PCR value beside the quote");
		return 0;
	}
	claim_pcrs(c, p);
	if (!has_references(policy)) {
		verdict_say(c->verdict, p->index, TPM_NO_REFERENCE,
			    "the policy has no value for any PCR");
		return 0;
	}
	compare_pcrs(c, p);
	failed = policy->initdata.is_set ? judge_initdata(c, p, e) : 0;
	if (!failed &&
	    verdict_word(c->verdict, p->index, VERIFY_WORKLOAD) != VERIFY_WORKLOAD_MISMATCH)
		verdict_say(c->verdict, p->index, TPM_PCRS_MATCH,
			    "all PCRs that the policy has values for");
	return failed;
}

static void fill_outcome(struct part *p, const struct quote *q)
{
	struct outcome *o = &p->outcome;

	o->genuine = true;
	/* Longer ones (a TPM takes 66 bytes) are nobody's nonce here, and equal to none. */
	if (q->attest.extra_data.len <= sizeof(o->data)) {
		o->data_len = q->attest.extra_data.len;
		if (o->data_len)
			memcpy(o->data, q->attest.extra_data.at, o->data_len);
	}
	if (q->is_covered)
		o->registers = p->claimed;
}

static int judge_quote(const struct context *c, struct part *p, struct quote *q, struct err *e)
{
	int failed = read_attest(c, p, q, e);

	if (!failed)
		failed = check_signature(c, p, q, e);
	if (!failed)
		failed = check_trust(c, p, q, e);
	if (!failed)
		failed = check_pcrs(c, p, q, e);
	if (failed)
		return failed == -(int)FAIL_DENIED ? 0 : failed;
	say_genuine(c, p, q);
	fill_outcome(p, q);
	judge_platform(c, p, q);
	judge_fresh(c, p);
	return judge_workload(c, p, q, e);
}

int tpm_verify(const struct context *c, struct part *p, struct err *e)
{
	__attribute__((cleanup(quote_done))) struct quote q = { 0 };

	return judge_quote(c, p, &q, e);
}

int tpm_show(struct span attest, cJSON *ret, struct err *e)
{
	struct tpm_attest a;
	int failed = tpm_attest_parse(attest, &a, e);

	return failed ? failed : tpm_attest_claims(&a, ret, e);
}
