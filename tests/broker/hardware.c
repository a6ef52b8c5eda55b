#include "tests/broker/hardware.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "attest/verify/verify.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

/* The registers that measure a workload and its initdata, by their claims. Of a TPM's, firmware
 * extends PCR 4 by the kernel that it starts, and the guest PCR 8 by its initdata. */
static const struct platform {
	const char *tee, *part, *measurement, *config;
	size_t config_len;
	bool is_extended;
} platforms[] = {
	{ "snp", "cpu0", "measurement", "host_data", 32, false },
	{ "tdx", "cpu0", "quote.body.mr_td", "quote.body.mr_config_id", 48, false },
	{ "tpm", "tpm0", "pcrs.4", "pcrs.8", 32, true },
};

static const struct platform *find_platform(const char *tee)
{
	for (size_t i = 0; i < COUNT_OF(platforms); i++)
		if (!strcmp(platforms[i].tee, tee))
			return &platforms[i];
	return NULL;
}

static int read_path(const char *path, size_t limit, struct buf *ret, struct err *e)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return FAIL_ERRNO(e, "%.60s: %s", path, strerror(errno));
	return fd_read_all(fd, limit, ret, e);
}

struct material {
	struct verify_policy *policy;
	struct verify_store *store;
	struct buf roots;
	int cache;
	struct verify_verdict *verdict;
};

static void material_done(struct material *m)
{
	verify_free(m->verdict);
	verify_policy_free(m->policy);
	verify_store_free(m->store);
	buf_done(&m->roots);
	fd_done(&m->cache);
}

#define AUTO_MATERIAL __attribute__((cleanup(material_done)))

static int load_policy(const char *path, struct material *m, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	int failed = read_path(path, LIMIT_VERIFY_POLICY_BYTES, &text, e);

	return failed ? failed : verify_policy_parse(buf_view(&text), &m->policy, e);
}

static int load(const struct broker_judge *judge, struct material *m, struct err *e)
{
	int failed = verify_store_new(&m->store, e);

	if (!failed && judge->reference)
		failed = load_policy(judge->reference, m, e);
	if (!failed && judge->test_roots)
		failed = read_path(judge->test_roots, LIMIT_ROOTS_BYTES, &m->roots, e);
	if (failed || !judge->cache)
		return failed;
	m->cache = open(judge->cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->cache < 0)
		return FAIL_ERRNO(e, "%.60s: %s", judge->cache, strerror(errno));
	verify_store_directory(m->store, m->cache);
	return 0;
}

/* A line for each reason that kept the verdict from "accepted"; the first is the error. */
static int refuse(const struct verify_verdict *v, struct err *e)
{
	const char *first = "no reason was given";
	bool is_first = true;

	for (size_t i = 0; i < verify_finding_count(v); i++) {
		struct verify_finding f = verify_finding(v, i);

		if (f.allowed || !verify_word_is_bad(f.word))
			continue;
		log_info("attest: %s %s: %s", f.part, f.code, f.text);
		if (is_first)
			first = f.code;
		is_first = false;
	}
	for (size_t i = 0; i < verify_missing_count(v); i++) {
		struct verify_missing m = verify_missing(v, i);

		log_info("attest: missing in the cache: %s, from %s", m.file, m.url);
	}
	return FAIL(e, FAIL_DENIED, "%s: %s", verify_decision_name(verify_decision(v)), first);
}

static bool is_zero(const char *hex)
{
	return strspn(hex, "0") == strlen(hex);
}

/* The digest fits the register by zeros behind it, or is cut (reference, initdata); or the register
 * is zero, extended by it. */
static int expect_config(const struct platform *p, const struct digest *initdata,
			 uint8_t ret[static 2 * DIGEST_MAX_BYTES], struct err *e)
{
	struct digest d;
	int failed;

	memset(ret, 0, 2 * DIGEST_MAX_BYTES);
	if (!p->is_extended) {
		memcpy(ret, initdata->at, initdata->len);
		return 0;
	}
	memcpy(ret + p->config_len, initdata->at, initdata->len);
	failed = digest_of(DIGEST_SHA256, span(ret, p->config_len + initdata->len), &d, e);
	if (!failed)
		memcpy(ret, d.at, d.len);
	return failed;
}

static int check_initdata(const struct platform *p, const struct verify_verdict *v,
			  const struct digest *initdata, struct err *e)
{
	const char *config = verify_claim(v, p->part, p->config);
	char hex[2 * DIGEST_MAX_BYTES + 1] = "";
	uint8_t fitted[2 * DIGEST_MAX_BYTES];
	int failed;

	if (!config)
		return FAIL(e, FAIL_DENIED, "the evidence is not of the session's TEE");
	if (!initdata)
		return is_zero(config) ? 0
				       : FAIL(e, FAIL_FORGED, "%s is set, and no initdata was sent",
					      p->config);
	failed = expect_config(p, initdata, fitted, e);
	if (failed)
		return failed;
	digest_hex(span(fitted, p->config_len), hex);
	if (strcmp(hex, config) != 0)
		return FAIL(e, FAIL_FORGED, "initdata is not what %s says: %.16s..., not %.16s...",
			    p->config, hex, config);
	return 0;
}

/* The platform's claims, out of the verdict. */
static int take_claims(const struct platform *p, const struct verify_verdict *v, cJSON **ret,
		       struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_JSON cJSON *tree = NULL;
	const cJSON *part;
	int failed = verify_json(v, &text, e);

	if (!failed)
		failed = json_parse(buf_view(&text), LIMIT_VERIFY_JSON_BYTES, &tree, e);
	if (failed)
		return failed;
	cJSON_ArrayForEach(part, cJSON_GetObjectItemCaseSensitive(tree, "parts"))
	{
		if (strcmp(json_text(cJSON_GetObjectItemCaseSensitive(part, "name")), p->part) != 0)
			continue;
		*ret = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(part, "claims"), true);
		return *ret ? 0 : FAIL_ERRNO(e, "claims");
	}
	return FAIL(e, FAIL_BUG, "a verdict without %s", p->part);
}

static int fill(const struct platform *p, const struct material *m, struct broker_evidence *ret,
		struct err *e)
{
	const char *measurement = verify_claim(m->verdict, p->part, p->measurement);
	struct broker_evidence found = { .tee = p->tee };
	int failed;

	if (!measurement || strlen(measurement) >= sizeof(found.measurement_hex))
		return FAIL(e, FAIL_BUG, "no claim %s", p->measurement);
	failed = take_claims(p, m->verdict, &found.claims, e);
	if (failed)
		return failed;
	(void)snprintf(found.measurement_hex, sizeof(found.measurement_hex), "%s", measurement);
	found.is_test = verify_word(m->verdict, VERIFY_GENUINE) == VERIFY_GENUINE_TEST;
	*ret = found;
	return 0;
}

int broker_hardware_verify(const struct broker_judge *judge, const char *tee, struct span body,
			   const char *nonce, const struct digest *initdata, int64_t now,
			   struct broker_evidence *ret, struct err *e)
{
	AUTO_MATERIAL struct material m = { .cache = -1 };
	const struct platform *p = find_platform(tee);
	const struct verify_file file = { "attestation.json", body };
	struct verify_request r = { .files = &file, .file_count = 1, .at = now };
	int failed;

	if (!p)
		return FAIL(e, FAIL_DENIED, "no verifier for \"%s\"", tee);
	failed = load(judge, &m, e);
	if (failed)
		return failed;
	r.nonce = span_text(nonce);
	r.policy = m.policy;
	r.store = m.store;
	r.test_roots = buf_view(&m.roots);
	failed = verify_evidence(&r, &m.verdict, e);
	if (failed)
		return failed;
	if (verify_decision(m.verdict) != VERIFY_ACCEPTED)
		return refuse(m.verdict, e);
	failed = check_initdata(p, m.verdict, initdata, e);
	return failed ? failed : fill(p, &m, ret, e);
}
