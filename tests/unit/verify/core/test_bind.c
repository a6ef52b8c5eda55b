/* Whole answers, from their JSON to the verdict: what ties the parts, and what only looks so. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/verify/verify.h"
#include "base/b64.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/support/evidence/gpu.h"
#include "tests/support/evidence/pki.h"
#include "tests/support/evidence/snp.h"

#define AT 1790000000

struct scene {
	struct snp_spec spec;
	uint8_t nonce[64];
	const char *key;    /* of a TLS session; NULL: none was given */
	const char *policy; /* NULL: none */
	const char *gpu;    /* JSON of gpu_reports */
	bool is_tls_bound;
	bool has_nonce;
	X509 *gpu_root;
	struct verify_verdict *verdict;
};

static void scene_init(struct scene *s)
{
	*s = (struct scene){ .spec = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK), .has_nonce = true };
	for (size_t i = 0; i < sizeof(s->nonce); i++)
		s->nonce[i] = (uint8_t)(i + 1);
	memcpy(s->spec.report_data, s->nonce, sizeof(s->nonce));
}

static void append_b64(struct buf *to, struct span bytes)
{
	AUTO_BUF struct buf text = BUF_EMPTY;

	cr_assert_eq(b64_encode(B64_STANDARD, bytes, SIZE_MAX, &text, NULL), 0);
	cr_assert_eq(buf_append(to, buf_view(&text), SIZE_MAX, NULL), 0);
}

static void append(struct buf *to, const char *text)
{
	cr_assert_eq(buf_append(to, span_text(text), SIZE_MAX, NULL), 0);
}

/* The answer of AEP-83's sidecar. */
static struct buf answer(const struct scene *s, const struct snp_made *m)
{
	struct buf pem = pki_pem((X509 *const[]){ m->leaf, m->ask, m->sent_ark }, 3);
	struct buf json = BUF_EMPTY;

	append(&json, "{\"report\":\"");
	append_b64(&json, span(m->report, sizeof(m->report)));
	append(&json, "\",\"cert_chain\":\"");
	append_b64(&json, buf_view(&pem));
	append(&json, "\",\"tee_platform\":\"snp\",\"auxblob\":null,\"gpu_reports\":[");
	append(&json, s->gpu ? s->gpu : "");
	append(&json, s->is_tls_bound ? "],\"tls_bound\":true}" : "],\"tls_bound\":false}");
	buf_done(&pem);
	return json;
}

static enum verify_decision run(struct scene *s)
{
	struct snp_made m = snp_make(&s->spec);
	AUTO_BUF struct buf json = answer(s, &m);
	X509 *roots[] = { m.ark, s->gpu_root };
	AUTO_BUF struct buf pem = pki_pem(roots, s->gpu_root ? 2 : 1);
	const struct verify_file files[] = { { "quote.json", buf_view(&json) },
					     { "amd-Genoa-vcek.crl", buf_view(&m.crl) } };
	struct verify_request r = { .files = files, .file_count = 2, .at = AT };
	struct verify_policy *policy = NULL;
	struct err e = { 0 };

	if (s->policy)
		cr_assert_eq(verify_policy_parse(span_text(s->policy), &policy, &e), 0, "%s",
			     e.text);
	r.policy = policy;
	r.test_roots = buf_view(&pem);
	if (s->has_nonce)
		r.nonce = span(s->nonce, sizeof(s->nonce));
	r.tee_key = span_text(s->key);
	verify_free(s->verdict);
	s->verdict = NULL;
	cr_assert_eq(verify_evidence(&r, &s->verdict, &e), 0, "%s", e.text);
	verify_policy_free(policy);
	snp_made_done(&m);
	return verify_decision(s->verdict);
}

static bool said(const struct scene *s, const char *code)
{
	for (size_t i = 0; i < verify_finding_count(s->verdict); i++)
		if (!strcmp(verify_finding(s->verdict, i).code, code))
			return true;
	return false;
}

static void bind_key(struct scene *s, const char *key)
{
	AUTO_BUF struct buf both = BUF_EMPTY;
	struct digest d;

	append(&both, key);
	cr_assert_eq(buf_append(&both, span(s->nonce, sizeof(s->nonce)), SIZE_MAX, NULL), 0);
	cr_assert_eq(digest_of(DIGEST_SHA512, buf_view(&both), &d, NULL), 0);
	memcpy(s->spec.report_data, d.at, d.len);
	s->is_tls_bound = true;
}

Test(aep83, takes_the_nonce_as_report_data)
{
	struct scene s;

	scene_init(&s);
	s.policy = "{\"version\":1,\"allow\":[\"snp.no-floor\"]}";
	cr_expect_eq(run(&s), VERIFY_UNKNOWN_WORKLOAD);
	cr_expect_eq(verify_word(s.verdict, VERIFY_FRESH), VERIFY_FRESH_YES);
	cr_expect(said(&s, "bound.alone"));
	cr_expect_not_null(verify_claim(s.verdict, "cpu0", "measurement"));

	s.nonce[0] ^= 1;
	cr_expect_eq(run(&s), VERIFY_REFUSED);
	cr_expect(said(&s, "fresh.other"));

	s.has_nonce = false;
	cr_expect_eq(run(&s), VERIFY_UNKNOWN_WORKLOAD, "age is a question of its own");
	cr_expect(said(&s, "fresh.not-asked"));
	verify_free(s.verdict);
}

Test(aep83, binds_a_key_only_when_the_key_was_given_and_is_the_one)
{
	struct scene s;

	scene_init(&s);
	s.policy = "{\"version\":1,\"allow\":[\"snp.no-floor\"]}";
	bind_key(&s, "the key's DER");
	s.key = "the key's DER";
	cr_expect_eq(run(&s), VERIFY_UNKNOWN_WORKLOAD);
	cr_expect(said(&s, "bound.key"));

	s.key = "another key's DER";
	cr_expect_eq(run(&s), VERIFY_REFUSED);
	cr_expect(said(&s, "bound.other"));

	s.key = NULL;
	cr_expect_eq(run(&s), VERIFY_UNPROVEN);
	cr_expect(said(&s, "bound.key-missing"));

	s.key = "the key's DER";
	s.is_tls_bound = false;
	cr_expect_eq(run(&s), VERIFY_REFUSED, "the sender denies what was signed");
	verify_free(s.verdict);
}

/* A GPU that answered the same nonce, with its chain beside its report. */
static struct buf gpu_json(const struct gpu_made *g)
{
	struct buf pem = pki_pem(g->certs, g->cert_count), json = BUF_EMPTY;

	append(&json, "{\"device_index\":0,\"report\":\"");
	append_b64(&json, buf_view(&g->report));
	append(&json, "\",\"cert_chain\":\"");
	append_b64(&json, buf_view(&pem));
	append(&json, "\"}");
	buf_done(&pem);
	return json;
}

Test(aep83, calls_gpus_that_only_share_the_nonce_weakly_bound)
{
	struct gpu_spec g = gpu_spec(GPU_GH100);
	struct gpu_made made;
	struct scene s;
	AUTO_BUF struct buf gpu = BUF_EMPTY;

	scene_init(&s);
	memcpy(g.nonce, s.nonce, sizeof(g.nonce));
	made = gpu_make(&g);
	gpu = gpu_json(&made);
	s.gpu = (const char *)gpu.at;
	s.gpu_root = made.root;
	cr_expect_eq(run(&s), VERIFY_REFUSED);
	cr_expect(said(&s, "bound.nonce-only"));
	cr_expect_eq(verify_word(s.verdict, VERIFY_BOUND), VERIFY_BOUND_WEAK);
	cr_expect_eq(verify_word(s.verdict, VERIFY_FRESH), VERIFY_FRESH_YES);

	s.policy = "{\"version\":1,\"allow\":[\"bound.nonce-only\"]}";
	cr_expect_neq(run(&s), VERIFY_REFUSED, "a policy may take the risk");
	cr_expect_eq(verify_word(s.verdict, VERIFY_BOUND), VERIFY_BOUND_WEAK, "and is told of it");
	gpu_made_done(&made);
	verify_free(s.verdict);
}

Test(aep83, refuses_a_gpu_that_answered_another_nonce)
{
	struct gpu_spec g = gpu_spec(GPU_GH100);
	struct gpu_made made;
	struct scene s;
	AUTO_BUF struct buf gpu = BUF_EMPTY;

	scene_init(&s);
	made = gpu_make(&g);
	gpu = gpu_json(&made);
	s.gpu = (const char *)gpu.at;
	s.gpu_root = made.root;
	s.policy = "{\"version\":1,\"allow\":[\"bound.nonce-only\"]}";
	cr_expect_eq(run(&s), VERIFY_REFUSED);
	cr_expect(said(&s, "fresh.other"));
	gpu_made_done(&made);
	verify_free(s.verdict);
}

Test(verdict, of_a_policy_with_the_measurement_is_accepted)
{
	struct scene s;

	scene_init(&s);
	s.policy = "{\"version\":1,\"allow\":[\"snp.no-floor\"],\"snp\":{\"measurement\":["
		   "\"808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
		   "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf\"]}}";
	cr_expect_eq(run(&s), VERIFY_ACCEPTED);
	cr_expect_eq(verify_word(s.verdict, VERIFY_GENUINE), VERIFY_GENUINE_TEST);
	cr_expect_eq(verify_word(s.verdict, VERIFY_WORKLOAD), VERIFY_WORKLOAD_MATCHES);
	s.has_nonce = false;
	cr_expect_eq(run(&s), VERIFY_NOT_FRESH);
	verify_free(s.verdict);
}
