#include "tests/broker/token.h"

#include <stdio.h>

#include "base/b64.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/broker/bounds.h"
#include "tests/broker/jws.h"

#define ANNOTATED "ear.veraison.annotated-evidence"

/* Claims that Trustee's verifier of sample evidence makes (reference 4.3). */
static int make_sample(const char *svn, const char *measurement, const struct digest *report_data,
		       cJSON **ret, struct err *e)
{
	AUTO_JSON cJSON *claims = cJSON_CreateObject();
	cJSON *version = cJSON_CreateObject();
	int failed;

	if ((failed = json_add(claims, "platform_version", version, e)) ||
	    (failed = json_add_u64(version, "major", 1, e)) ||
	    (failed = json_add_u64(version, "minor", 4, e)) ||
	    (failed = json_add_text(claims, "launch_digest", measurement, e)) ||
	    (failed = json_add_text(claims, "svn", svn, e)) ||
	    (failed = json_add_b64(claims, "report_data", span(report_data->at, report_data->len),
				   e)))
		return failed;
	*ret = claims;
	claims = NULL;
	return 0;
}

static int make_annotated(const struct broker_facts *f, cJSON **ret, struct err *e)
{
	AUTO_JSON cJSON *annotated = cJSON_CreateObject();
	const struct digest *rd = &f->evidence.report_data;
	char hex[2 * DIGEST_MAX_BYTES + 1];
	cJSON *sample = NULL;
	int failed;

	digest_hex(span(rd->at, rd->len), hex);
	if ((f->initdata && (failed = json_add_b64(annotated, "init_data",
						   span(f->initdata->at, f->initdata->len), e))) ||
	    (failed = json_add_text(annotated, "report_data", hex, e)) ||
	    (failed = json_add(annotated, "runtime_data_claims", cJSON_Duplicate(f->runtime, 1),
			       e)) ||
	    (failed = make_sample(f->evidence.svn, f->evidence.measurement, rd, &sample, e)) ||
	    (failed = json_add(annotated, f->evidence.tee, sample, e)))
		return failed;
	*ret = annotated;
	annotated = NULL;
	return 0;
}

static int make_device(const struct broker_facts *f, cJSON **ret, struct err *e)
{
	AUTO_JSON cJSON *annotated = cJSON_CreateObject();
	cJSON *device = cJSON_CreateObject();
	int failed;

	if ((failed = json_add(annotated, "sampledevice", device, e)) ||
	    (failed = json_add_text(device, "svn", f->evidence.device_svn, e)))
		return failed;
	*ret = annotated;
	annotated = NULL;
	return 0;
}

/* The verdict that Trustee's default policy gives to sample evidence: no reference value knows it.
 * Numbers: AR4SI, section 2.3.4. Takes `annotated` over. */
static int add_submod(cJSON *submods, const char *name, cJSON *annotated, struct err *e)
{
	cJSON *submod = cJSON_CreateObject(), *vector = cJSON_CreateObject();
	int failed;

	/* Each json_add frees what it can't place, so all three are tried. */
	failed = json_add(submods, name, submod, e);
	if (failed) {
		cJSON_Delete(vector);
		cJSON_Delete(annotated);
		return failed;
	}
	failed = json_add(submod, ANNOTATED, annotated, e);
	if (json_add(submod, "ear.trustworthiness-vector", vector, e) || failed)
		return -(int)FAIL_SYS;
	if ((failed = json_add_u64(vector, "hardware", 97, e)) ||
	    (failed = json_add_u64(vector, "executables", 33, e)) ||
	    (failed = json_add_u64(vector, "configuration", 36, e)) ||
	    (failed = json_add_text(submod, "ear.status", "contraindicated", e)))
		return failed;
	return json_add_text(submod, "ear.appraisal-policy-id", "default", e);
}

static int add_submods(cJSON *claims, const struct broker_facts *f, struct err *e)
{
	cJSON *submods = cJSON_CreateObject(), *annotated = NULL;
	int failed;

	if ((failed = json_add(claims, "submods", submods, e)) ||
	    (failed = make_annotated(f, &annotated, e)) ||
	    (failed = add_submod(submods, "cpu0", annotated, e)) || !f->evidence.device_svn)
		return failed;
	failed = make_device(f, &annotated, e);
	return failed ? failed : add_submod(submods, "gpu0", annotated, e);
}

int broker_token_make(EVP_PKEY *signer, const struct broker_facts *facts, int64_t now,
		      uint64_t seconds, struct buf *ret, struct err *e)
{
	AUTO_JSON cJSON *claims = cJSON_CreateObject();
	cJSON *verifier = cJSON_CreateObject();
	int failed;

	if ((failed = json_add(claims, "ear.verifier-id", verifier, e)) ||
	    (failed = json_add_text(verifier, "developer", "sealinit", e)) ||
	    (failed = json_add_text(verifier, "build", "sealinit-broker", e)) ||
	    (failed = json_add_text(claims, "eat_profile",
				    "tag:github.com,2024:confidential-containers/Trustee", e)) ||
	    (failed = json_add_u64(claims, "iat", (uint64_t)now, e)) ||
	    (failed = json_add_u64(claims, "exp", (uint64_t)now + seconds, e)) ||
	    (failed = json_add_text(claims, "iss", "CoCo-Attestation-Service", e)) ||
	    (failed = add_submods(claims, facts, e)))
		return failed;
	return broker_jws_sign(signer, claims, ret, e);
}

int broker_token_verify(EVP_PKEY *signer, struct span token, int64_t now, cJSON **ret_claims,
			struct err *e)
{
	AUTO_JSON cJSON *claims = NULL;
	const cJSON *exp = NULL;
	const struct json_field fields[] = { { "exp", JSON_U64, true, &exp }, { 0 } };
	uint64_t until = 0;
	int failed;

	if ((failed = broker_jws_verify(signer, token, &claims, e)) ||
	    (failed = json_object_open(claims, "token", fields, e)) ||
	    (failed = json_u64(exp, &until, e)))
		return failed;
	if (now < 0 || (uint64_t)now >= until)
		return FAIL(e, FAIL_DENIED, "the token has expired");
	*ret_claims = claims;
	claims = NULL;
	return 0;
}

/* The digest's length tells its algorithm: none of the three shares it with another. */
static int name_initdata(const cJSON *annotated, struct broker_identity *ret, struct err *e)
{
	const char *text = json_text(cJSON_GetObjectItemCaseSensitive(annotated, "init_data"));
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	char hex[2 * DIGEST_MAX_BYTES + 1];
	int failed;

	(void)snprintf(ret->initdata, sizeof(ret->initdata), "none");
	if (!text)
		return 0;
	failed = b64_decode(B64_STANDARD, span_text(text), DIGEST_MAX_BYTES, &bytes, e);
	if (failed)
		return failed;
	for (enum digest_alg a = DIGEST_SHA256; a <= DIGEST_SHA512; a++)
		if (bytes.len == digest_alg_len(a)) {
			digest_hex(buf_view(&bytes), hex);
			(void)snprintf(ret->initdata, sizeof(ret->initdata), "%s:%s",
				       digest_alg_name(a), hex);
			return 0;
		}
	return FAIL(e, FAIL_INPUT, "token: init_data of %zu bytes", bytes.len);
}

static const cJSON *walk(const cJSON *node, const char *const path[], size_t count)
{
	for (size_t i = 0; node && i < count; i++)
		node = cJSON_GetObjectItemCaseSensitive(node, path[i]);
	return node;
}

int broker_token_identity(const cJSON *claims, struct broker_identity *ret, struct err *e)
{
	static const char *const to_annotated[] = { "submods", "cpu0", ANNOTATED };
	static const char *const to_key[] = { "runtime_data_claims", "tee-pubkey" };
	static const char *const to_digest[] = { "sample", "launch_digest" };
	const cJSON *annotated = walk(claims, to_annotated, COUNT_OF(to_annotated));
	struct broker_identity id = { .tee = "sample" };
	int failed;

	id.measurement = json_text(walk(annotated, to_digest, COUNT_OF(to_digest)));
	if (!id.measurement)
		return FAIL(e, FAIL_INPUT, "token: no claims of a TEE that this broker knows");
	id.tee_key = walk(annotated, to_key, COUNT_OF(to_key));
	failed = name_initdata(annotated, &id, e);
	if (!failed)
		*ret = id;
	return failed;
}
