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

/* What the TEE's own member holds. */
static int make_claims(const struct broker_evidence *v, cJSON **ret, struct err *e)
{
	if (!v->claims)
		return make_sample(v->svn, v->measurement, &v->report_data, ret, e);
	*ret = cJSON_Duplicate(v->claims, true);
	return *ret ? 0 : FAIL_ERRNO(e, "claims");
}

static int add_report_data(cJSON *annotated, const struct broker_evidence *v, struct err *e)
{
	const char *signed_data =
		json_text(cJSON_GetObjectItemCaseSensitive(v->claims, "report_data"));
	char hex[2 * DIGEST_MAX_BYTES + 1];

	if (signed_data)
		return json_add_text(annotated, "report_data", signed_data, e);
	digest_hex(span(v->report_data.at, v->report_data.len), hex);
	return json_add_text(annotated, "report_data", hex, e);
}

static int make_annotated(const struct broker_facts *f, cJSON **ret, struct err *e)
{
	AUTO_JSON cJSON *annotated = cJSON_CreateObject();
	cJSON *claims = NULL;
	int failed;

	if ((f->initdata && (failed = json_add_b64(annotated, "init_data",
						   span(f->initdata->at, f->initdata->len), e))) ||
	    (failed = add_report_data(annotated, &f->evidence, e)) ||
	    (failed = json_add(annotated, "runtime_data_claims", cJSON_Duplicate(f->runtime, 1),
			       e)) ||
	    (failed = make_claims(&f->evidence, &claims, e)) ||
	    (failed = json_add(annotated, f->evidence.tee, claims, e)))
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

/* Numbers: AR4SI, section 2.3.4. */
struct appraisal {
	const char *status;
	uint64_t hardware, executables, configuration;
};

/* What Trustee's default policy says of sample evidence: no reference value knows it. */
static const struct appraisal SAMPLE = { "contraindicated", 97, 33, 36 };

/* Of evidence that the verifier accepted under a policy of reference values. */
static const struct appraisal ACCEPTED = { "affirming", 2, 3, 2 };

/* Takes `annotated` over. */
static int add_submod(cJSON *submods, const char *name, const struct appraisal *appraisal,
		      cJSON *annotated, struct err *e)
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
	if ((failed = json_add_u64(vector, "hardware", appraisal->hardware, e)) ||
	    (failed = json_add_u64(vector, "executables", appraisal->executables, e)) ||
	    (failed = json_add_u64(vector, "configuration", appraisal->configuration, e)) ||
	    (failed = json_add_text(submod, "ear.status", appraisal->status, e)))
		return failed;
	return json_add_text(submod, "ear.appraisal-policy-id", "default", e);
}

static int add_submods(cJSON *claims, const struct broker_facts *f, struct err *e)
{
	cJSON *submods = cJSON_CreateObject(), *annotated = NULL;
	int failed;

	if ((failed = json_add(claims, "submods", submods, e)) ||
	    (failed = make_annotated(f, &annotated, e)) ||
	    (failed = add_submod(submods, "cpu0", f->evidence.claims ? &ACCEPTED : &SAMPLE,
				 annotated, e)) ||
	    !*f->evidence.device_svn)
		return failed;
	failed = make_device(f, &annotated, e);
	return failed ? failed : add_submod(submods, "gpu0", &SAMPLE, annotated, e);
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

/* Where each TEE's claims have what was launched. */
static bool find_measurement(const cJSON *annotated, struct broker_identity *ret)
{
	static const char *const paths[][4] = {
		{ "sample", "launch_digest" },
		{ "snp", "measurement" },
		{ "tdx", "quote", "body", "mr_td" },
		{ "tpm", "pcrs", "4" },
	};

	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		size_t depth = 0;

		while (depth < COUNT_OF(paths[i]) && paths[i][depth])
			depth++;
		ret->measurement = json_text(walk(annotated, paths[i], depth));
		ret->tee = paths[i][0];
		if (ret->measurement)
			return true;
	}
	return false;
}

int broker_token_identity(const cJSON *claims, struct broker_identity *ret, struct err *e)
{
	static const char *const to_annotated[] = { "submods", "cpu0", ANNOTATED };
	static const char *const to_key[] = { "runtime_data_claims", "tee-pubkey" };
	const cJSON *annotated = walk(claims, to_annotated, COUNT_OF(to_annotated));
	struct broker_identity id = { 0 };
	int failed;

	if (!find_measurement(annotated, &id))
		return FAIL(e, FAIL_INPUT, "token: no claims of a TEE that this broker knows");
	id.tee_key = walk(annotated, to_key, COUNT_OF(to_key));
	failed = name_initdata(annotated, &id, e);
	if (!failed)
		*ret = id;
	return failed;
}
