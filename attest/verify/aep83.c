/*
 * The answer of AEP-83's sidecar: {"report","cert_chain","tee_platform","auxblob","gpu_reports",
 * "tls_bound"}. Its text leaves open how a chain is encoded, and calls a TDREPORT evidence of TDX.
 */
#include <string.h>

#include "attest/verify/bundle.h"
#include "attest/verify/snp/snp.h"
#include "base/json.h"

static bool is_given(const cJSON *node)
{
	return node && !cJSON_IsNull(node) && !(json_text(node) && !*json_text(node));
}

/* PEM text, or base64 of PEM or DER; one, or a list. */
static int add_chain(struct bundle *b, struct part *p, const cJSON *node, struct err *e)
{
	const char *text = json_text(node);
	struct span bytes;
	int failed = 0;

	if (cJSON_IsArray(node)) {
		for (const cJSON *i = node->child; i && !failed; i = i->next)
			failed = json_text(i) ? add_chain(b, p, i, e)
					      : FAIL(e, FAIL_INPUT, "cert_chain: not text");
		return failed;
	}
	if (!text)
		return FAIL(e, FAIL_INPUT, "cert_chain: not text");
	if (!*text)
		return 0;
	if (!strncmp(text, "-----BEGIN", 10))
		return certs_add_pem(&p->certs, span_text(text), e);
	failed = bundle_decode(b, text, "cert_chain", &bytes, e);
	return failed ? failed : certs_add(&p->certs, bytes, e);
}

static int add_auxblob(struct bundle *b, struct part *p, const cJSON *node, struct err *e)
{
	struct span bytes;
	int failed;

	if (!json_text(node))
		return FAIL(e, FAIL_INPUT, "auxblob: not text");
	failed = bundle_decode(b, json_text(node), "auxblob", &bytes, e);
	return failed ? failed : snp_table_certs(bytes, &p->certs, e);
}

static int add_cpu(struct bundle *b, bool is_snp, const cJSON *report, const cJSON *chain,
		   const cJSON *auxblob, struct err *e)
{
	struct span bytes;
	struct part *p;
	int failed = bundle_decode(b, json_text(report), "report", &bytes, e);

	if (!failed)
		failed = bundle_part(b, is_snp ? PART_SNP : PART_QUOTE, bytes, &p, e);
	if (!failed && is_given(chain))
		failed = add_chain(b, p, chain, e);
	if (!failed && is_snp && is_given(auxblob))
		failed = add_auxblob(b, p, auxblob, e);
	return failed;
}

static int add_gpu(struct bundle *b, const cJSON *node, struct err *e)
{
	const cJSON *index = NULL, *report = NULL, *chain = NULL;
	const struct json_field fields[] = {
		{ "device_index", JSON_U64, false, &index },
		{ "report", JSON_TEXT, true, &report },
		{ "cert_chain", JSON_ANY, false, &chain },
		{ 0 },
	};
	struct span bytes;
	struct part *p;
	int failed = json_object(node, "gpu_reports", fields, e);

	if (!failed)
		failed = bundle_decode(b, json_text(report), "gpu_reports", &bytes, e);
	if (!failed)
		failed = bundle_part(b, PART_GPU, bytes, &p, e);
	return failed || !is_given(chain) ? failed : add_chain(b, p, chain, e);
}

int bundle_aep83(struct bundle *b, const cJSON *tree, struct err *e)
{
	const cJSON *report = NULL, *chain = NULL, *platform = NULL, *auxblob = NULL, *gpus = NULL,
		    *tls = NULL;
	const struct json_field fields[] = {
		{ "report", JSON_TEXT, true, &report },
		{ "cert_chain", JSON_ANY, false, &chain },
		{ "tee_platform", JSON_TEXT, true, &platform },
		{ "auxblob", JSON_ANY, false, &auxblob },
		{ "gpu_reports", JSON_ANY, false, &gpus },
		{ "tls_bound", JSON_BOOL, false, &tls },
		{ 0 },
	};
	int failed;

	if (!cJSON_IsObject(tree) || !cJSON_GetObjectItemCaseSensitive(tree, "tee_platform"))
		return FAIL(e, FAIL_AGAIN, "not recognised");
	failed = json_object(tree, "quote", fields, e);
	if (failed)
		return failed;
	if (b->count)
		return FAIL(e, FAIL_INPUT,
			    "a whole answer stands alone: no other evidence with it");
	b->origin = BUNDLE_AEP83;
	b->is_tls_bound = cJSON_IsTrue(tls);
	failed = add_cpu(b, !strncmp(json_text(platform), "snp", 3), report, chain, auxblob, e);
	if (failed || !is_given(gpus))
		return failed;
	if (!cJSON_IsArray(gpus))
		return FAIL(e, FAIL_INPUT, "gpu_reports: not a list");
	for (const cJSON *i = gpus->child; i && !failed; i = i->next)
		failed = add_gpu(b, i, e);
	return failed;
}
