/* CoCo's JSON: evidence of one TEE, and the request that carries it. Spec: coco-protocol reference
 * 1.3, 4.4 to 4.8. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "attest/verify/bundle.h"
#include "attest/verify/refs.h"
#include "attest/verify/snp/snp.h"
#include "base/json.h"
#include "base/mem.h"

#define SNP_REPORT_BYTES 1184
#define TCG_SHA256	 0x000b
#define PCRS		 24

static const cJSON *get(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static int not_told(struct err *e)
{
	return FAIL(e, FAIL_AGAIN, "not recognised");
}

/* Bytes as JSON numbers, or as base64. */
static int read_bytes(struct bundle *b, const cJSON *node, const char *where, struct span *ret,
		      struct err *e)
{
	struct buf bytes = BUF_EMPTY;
	uint64_t value;
	int failed = 0;

	if (json_text(node))
		return bundle_decode(b, json_text(node), where, ret, e);
	if (!cJSON_IsArray(node))
		return FAIL(e, FAIL_INPUT, "%s: neither numbers nor base64", where);
	for (const cJSON *i = node->child; i && !failed; i = i->next) {
		failed = json_u64(i, &value, e);
		if (!failed && value > 255)
			failed = FAIL(e, FAIL_INPUT, "%s: %" PRIu64 " is not a byte", where, value);
		if (!failed)
			failed = buf_append(&bytes, span(&(uint8_t){ (uint8_t)value }, 1),
					    LIMIT_VERIFY_FILE_BYTES, e);
	}
	if (failed) {
		buf_done(&bytes);
		return failed;
	}
	return bundle_keep(b, &bytes, ret, e);
}

/* --- SNP -------------------------------------------------------------------------------------- */

static int snp_cert(struct bundle *b, struct part *p, const cJSON *node, struct err *e)
{
	const cJSON *type = NULL, *data = NULL;
	const struct json_field fields[] = {
		{ "cert_type", JSON_ANY, true, &type },
		{ "data", JSON_ANY, true, &data },
		{ 0 },
	};
	struct span bytes;
	int failed = json_object(node, "cert_chain", fields, e);

	if (failed || !json_text(type) || !strcmp(json_text(type), "CRL") ||
	    !strcmp(json_text(type), "Empty"))
		return failed;
	failed = read_bytes(b, data, "cert_chain", &bytes, e);
	return failed ? failed : certs_add(&p->certs, bytes, e);
}

static int read_snp(struct bundle *b, const cJSON *tree, struct err *e)
{
	const cJSON *report = NULL, *chain = NULL;
	const struct json_field fields[] = {
		{ "attestation_report", JSON_OBJECT, true, &report },
		{ "cert_chain", JSON_ANY, false, &chain },
		{ 0 },
	};
	uint8_t bytes[SNP_REPORT_BYTES];
	struct buf copy = BUF_EMPTY;
	struct span kept;
	struct part *p;
	int failed = json_object(tree, "snp", fields, e);

	if (!failed)
		failed = snp_report_from_json(report, bytes, e);
	if (!failed)
		failed = buf_append(&copy, span(bytes, sizeof(bytes)), sizeof(bytes), e);
	if (!failed)
		failed = bundle_keep(b, &copy, &kept, e);
	if (!failed)
		failed = bundle_part(b, PART_SNP, kept, &p, e);
	if (failed || !chain || cJSON_IsNull(chain))
		return failed;
	if (!cJSON_IsArray(chain))
		return FAIL(e, FAIL_INPUT, "cert_chain: not a list");
	for (const cJSON *i = chain->child; i && !failed; i = i->next)
		failed = snp_cert(b, p, i, e);
	return failed;
}

/* --- TDX, SGX --------------------------------------------------------------------------------- */

static int read_quote(struct bundle *b, const cJSON *tree, struct err *e)
{
	const cJSON *quote = NULL, *log = NULL;
	const struct json_field fields[] = {
		{ "quote", JSON_TEXT, true, &quote },
		{ "cc_eventlog", JSON_ANY, false, &log },
		{ 0 },
	};
	struct span bytes;
	int failed = json_object(tree, "quote", fields, e);

	if (!failed)
		failed = bundle_decode(b, json_text(quote), "quote", &bytes, e);
	if (!failed)
		failed = bundle_part(b, PART_QUOTE, bytes, NULL, e);
	if (failed || !log || cJSON_IsNull(log))
		return failed;
	if (!json_text(log))
		return FAIL(e, FAIL_INPUT, "cc_eventlog: not text");
	failed = bundle_decode(b, json_text(log), "cc_eventlog", &bytes, e);
	return failed ? failed : bundle_part(b, PART_LOG, bytes, NULL, e);
}

/* --- TPM -------------------------------------------------------------------------------------- */

static int read_pcrs(const cJSON *list, struct registers *ret, struct err *e)
{
	size_t i = 0;
	int failed = 0;

	if (cJSON_GetArraySize(list) != PCRS)
		return FAIL(e, FAIL_INPUT, "pcrs: must be %d", PCRS);
	for (const cJSON *n = list->child; n && !failed; n = n->next, i++) {
		if (!json_text(n))
			return FAIL(e, FAIL_INPUT, "pcrs: not text");
		failed = hex_bytes(json_text(n), "pcrs", ret->at[i], 32, e);
	}
	ret->alg = TCG_SHA256;
	ret->present = (1u << PCRS) - 1;
	return failed;
}

static int read_tpm(struct bundle *b, const cJSON *tree, struct err *e)
{
	const cJSON *quote = NULL, *ak = NULL, *signature = NULL, *message = NULL, *pcrs = NULL;
	const struct json_field outer[] = {
		{ "tpm_quote", JSON_OBJECT, true, &quote },
		{ "ak_public", JSON_TEXT, true, &ak },
		{ 0 },
	};
	const struct json_field inner[] = {
		{ "signature", JSON_TEXT, true, &signature },
		{ "message", JSON_TEXT, true, &message },
		{ "pcrs", JSON_ARRAY, true, &pcrs },
		{ 0 },
	};
	struct span bytes;
	struct part *p = NULL;
	int failed = json_object(tree, "tpm", outer, e);

	if (!failed)
		failed = json_object(quote, "tpm_quote", inner, e);
	if (!failed)
		failed = bundle_decode(b, json_text(message), "message", &bytes, e);
	if (!failed)
		failed = bundle_part(b, PART_TPM, bytes, &p, e);
	if (!failed)
		failed = bundle_decode(b, json_text(signature), "signature", &p->signature, e);
	if (!failed)
		failed = bundle_decode(b, json_text(ak), "ak_public", &p->ak, e);
	return failed ? failed : read_pcrs(pcrs, &p->claimed, e);
}

/* --- NVIDIA ----------------------------------------------------------------------------------- */

static int read_device(struct bundle *b, const cJSON *node, struct err *e)
{
	const cJSON *arch = NULL, *evidence = NULL, *certificate = NULL;
	const struct json_field fields[] = {
		{ "arch", JSON_TEXT, false, &arch },
		{ "evidence", JSON_TEXT, true, &evidence },
		{ "certificate", JSON_TEXT, true, &certificate },
		{ 0 },
	};
	const char *name;
	struct span report, chain;
	struct part *p;
	int failed = json_object_open(node, "device", fields, e);

	if (!failed)
		failed = bundle_decode(b, json_text(evidence), "evidence", &report, e);
	if (!failed)
		failed = bundle_decode(b, json_text(certificate), "certificate", &chain, e);
	if (failed)
		return failed;
	name = arch ? json_text(arch) : "";
	failed = bundle_part(b, strcmp(name, "LS10") ? PART_GPU : PART_SWITCH, report, &p, e);
	if (failed)
		return failed;
	if (strlen(name) >= sizeof(p->arch))
		return FAIL(e, FAIL_INPUT, "arch: over %zu characters", sizeof(p->arch) - 1);
	(void)snprintf(p->arch, sizeof(p->arch), "%s", name);
	return certs_add(&p->certs, chain, e);
}

int bundle_devices(struct bundle *b, const cJSON *list, struct err *e)
{
	int failed = 0;

	for (const cJSON *i = list->child; i && !failed; i = i->next)
		failed = read_device(b, i, e);
	return failed;
}

static bool is_device_list(const cJSON *tree)
{
	return cJSON_IsArray(tree) && tree->child && get(tree->child, "evidence") &&
	       get(tree->child, "certificate");
}

int bundle_coco(struct bundle *b, const cJSON *tree, struct err *e)
{
	const cJSON *list = get(tree, "device_evidence_list");

	if (is_device_list(tree))
		return bundle_devices(b, tree, e);
	if (!cJSON_IsObject(tree))
		return not_told(e);
	if (get(tree, "attestation_report"))
		return read_snp(b, tree, e);
	if (get(tree, "quote"))
		return read_quote(b, tree, e);
	if (get(tree, "tpm_quote"))
		return read_tpm(b, tree, e);
	if (cJSON_IsArray(list))
		return bundle_devices(b, list, e);
	if (get(tree, "svn") && get(tree, "report_data"))
		return bundle_part(b, PART_SAMPLE, SPAN_EMPTY, NULL, e);
	return not_told(e);
}

/* --- The request around it -------------------------------------------------------------------- */

/* {"nvidia": {...}, "sampledevice": {...}}: whatever stands there is a part, known or refused. */
static int read_additional(struct bundle *b, const char *text, struct err *e)
{
	cJSON *tree = NULL;
	int failed;

	b->additional = text;
	if (!*text)
		return 0;
	failed = json_parse(span_text(text), LIMIT_VERIFY_FILE_BYTES, &tree, e);
	if (failed)
		return err_add(e, "additional_evidence");
	b->trees[b->tree_count++] = tree;
	if (!cJSON_IsObject(tree))
		return FAIL(e, FAIL_INPUT, "additional_evidence: not an object");
	for (const cJSON *i = tree->child; i && !failed; i = i->next) {
		failed = bundle_coco(b, i, e);
		if (failed == -FAIL_AGAIN)
			failed = FAIL(e, FAIL_INPUT, "additional_evidence: unknown \"%.20s\"",
				      i->string);
	}
	return failed;
}

static int read_tee_evidence(struct bundle *b, const cJSON *node, struct err *e)
{
	const cJSON *primary = NULL, *additional = NULL;
	const struct json_field fields[] = {
		{ "primary_evidence", JSON_OBJECT, true, &primary },
		{ "additional_evidence", JSON_TEXT, false, &additional },
		{ 0 },
	};
	int failed = json_object(node, "tee-evidence", fields, e);

	if (failed)
		return failed;
	failed = bundle_coco(b, primary, e);
	if (failed == -FAIL_AGAIN)
		return FAIL(e, FAIL_INPUT, "primary_evidence: of no TEE that is known here");
	if (failed)
		return failed;
	return read_additional(b, additional ? json_text(additional) : "", e);
}

static int read_runtime(struct bundle *b, const cJSON *node, struct err *e)
{
	const cJSON *nonce = NULL, *key = NULL;
	const struct json_field fields[] = {
		{ "nonce", JSON_TEXT, true, &nonce },
		{ "tee-pubkey", JSON_OBJECT, true, &key },
		{ 0 },
	};
	int failed = json_object(node, "runtime-data", fields, e);

	if (failed)
		return failed;
	b->nonce_text = json_text(nonce);
	b->tee_key = key;
	b->has_request = true;
	return 0;
}

int bundle_request(struct bundle *b, const cJSON *tree, struct err *e)
{
	const cJSON *evidence = get(tree, "tee-evidence"), *runtime = get(tree, "runtime-data");
	int failed;

	if (!cJSON_IsObject(tree) || (!evidence && !get(tree, "primary_evidence")))
		return not_told(e);
	b->origin = BUNDLE_COCO;
	failed = read_tee_evidence(b, evidence ? evidence : tree, e);
	return failed || !runtime ? failed : read_runtime(b, runtime, e);
}
