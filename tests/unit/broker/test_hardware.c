/* The broker's judgement of hardware evidence: a whole message of a guest, made under test roots.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "attest/verify/runtime.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/broker/hardware.h"
#include "tests/broker/token.h"
#include "tests/support/evidence/pki.h"
#include "tests/support/evidence/snp.h"
#include "tests/support/evidence/tpm.h"
#include "tests/support/scratch.h"
#include "tests/unit/broker/guest.h"

#define NONCE "JbkMsFWujL6+YMCMRNCWOFZnDivp8/mrHy+m2N3hlZo="
#define AT    1790000000

/* What goes wrong on the way. */
enum twist {
	GOOD,
	OTHER_NONCE,
	OTHER_KEY,
	OTHER_MEASUREMENT,
	OTHER_INITDATA,
	INITDATA_UNSENT,
	DEBUG,
	WRONG_ROOT,
	NO_TEST_ROOT,
	NO_REFERENCE,
	DEVICE_ADDED,
	OTHER_TEE,
};

static void put(const char *name, struct span bytes)
{
	AUTO_FD int dir = open(scratch_path(), O_PATH | O_DIRECTORY);
	AUTO_FD int fd = fd_open_in(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600, NULL);

	cr_assert_geq(fd, 0);
	cr_assert_eq(fd_write_all(fd, bytes, NULL), 0);
}

static const char *path_of(const char *name, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s/%s", scratch_path(), name);
	return ret;
}

/* Report data of a guest with that key, over that challenge. */
static void bind_data(const char *nonce, enum twist twist, uint8_t ret[static 64])
{
	AUTO_JSON cJSON *sent = NULL, *key = NULL, *runtime = NULL;
	struct digest d;

	cr_assert_eq(json_parse(span_text(GUEST_JWK), 4096, &sent, NULL), 0);
	cr_assert_eq(runtime_key(sent, &key, NULL), 0);
	if (twist == OTHER_KEY)
		(void)cJSON_SetValuestring(cJSON_GetObjectItem(key, "x"), "AAAA");
	cr_assert_eq(
		runtime_data(key, twist == OTHER_NONCE ? "QUFBQQ==" : nonce, "", &runtime, NULL),
		0);
	cr_assert_eq(runtime_digest(DIGEST_SHA384, runtime, &d, NULL), 0);
	memset(ret, 0, 64);
	memcpy(ret, d.at, d.len);
}

static void put_reference(struct span measurement, enum twist twist)
{
	char hex[97], text[400];

	digest_hex(measurement, hex);
	if (twist == OTHER_MEASUREMENT)
		hex[0] = hex[0] == '0' ? '1' : '0';
	(void)snprintf(text, sizeof(text),
		       "{\"version\":1,\"snp\":{\"measurement\":[\"%s\"]},"
		       "\"allow\":[\"snp.no-floor\"]}",
		       hex);
	put("reference.json", span_text(text));
}

static struct buf body_of(const char *nonce, const struct buf *evidence, enum twist twist)
{
	struct buf ret = BUF_EMPTY;

	cr_assert_eq(buf_printf(&ret, SIZE_MAX, NULL,
				"{\"init-data\":null,\"runtime-data\":{\"nonce\":\"%s\","
				"\"tee-pubkey\":%s},\"tee-evidence\":{\"primary_evidence\":%s,"
				"\"additional_evidence\":\"%s\"}}",
				nonce, GUEST_JWK, (const char *)evidence->at,
				twist == DEVICE_ADDED
					? "{\\\"nvidia\\\":{\\\"device_evidence_list\\\":"
					  "[]}}"
					: ""),
		     0);
	return ret;
}

static int judge(const char *tee, const struct buf *evidence, const struct digest *initdata,
		 enum twist twist, struct broker_evidence *ret, struct err *e)
{
	char reference[256], cache[256], roots[256];
	AUTO_BUF struct buf body = body_of(NONCE, evidence, twist);
	const struct broker_judge judge = {
		.reference = twist == NO_REFERENCE
				     ? NULL
				     : path_of("reference.json", reference, sizeof(reference)),
		.cache = path_of(".", cache, sizeof(cache)),
		.test_roots =
			twist == NO_TEST_ROOT ? NULL : path_of("root.pem", roots, sizeof(roots)),
	};

	return broker_hardware_verify(&judge, twist == OTHER_TEE ? "tdx" : tee, buf_view(&body),
				      NONCE, initdata, AT, ret, e);
}

static void start(void)
{
	AUTO_FD int dir = -1;

	json_init();
	dir = scratch_dir();
	cr_assert_geq(dir, 0);
}

static int run_snp(enum twist twist, struct broker_evidence *ret, struct err *e)
{
	struct snp_spec s = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK);
	AUTO_BUF struct buf evidence = BUF_EMPTY, pem = BUF_EMPTY, chain = BUF_EMPTY;
	struct digest initdata = { .len = 32, .at = { 1, 2, 3 } };
	struct snp_made m;
	int failed;

	start();
	bind_data(NONCE, twist, s.report_data);
	memcpy(s.host_data, initdata.at, sizeof(s.host_data));
	if (twist == OTHER_INITDATA)
		initdata.at[31] = 1;
	if (twist == DEBUG)
		s.policy |= 1u << 19;
	if (twist == WRONG_ROOT)
		s.chain = SNP_CHAIN_SELF_MADE;
	m = snp_make(&s);
	evidence = snp_coco(&s, &m);
	pem = pki_pem(&m.ark, 1);
	chain = pki_pem((X509 *const[]){ m.ask, m.sent_ark }, 2);
	put("root.pem", buf_view(&pem));
	put("amd-Genoa-vcek-chain.pem", buf_view(&chain));
	put("amd-Genoa-vcek.crl", buf_view(&m.crl));
	put_reference(span(s.measurement, sizeof(s.measurement)), twist);
	failed =
		judge("snp", &evidence, twist == INITDATA_UNSENT ? NULL : &initdata, twist, ret, e);
	snp_made_done(&m);
	return failed;
}

Test(hardware, accepts_a_guest_whose_measurement_has_a_reference)
{
	struct broker_evidence got = { 0 };
	struct err e = { 0 };

	cr_assert_eq(run_snp(GOOD, &got, &e), 0, "%s", e.text);
	cr_expect_str_eq(got.tee, "snp");
	cr_expect_eq(strlen(got.measurement_hex), 96u);
	cr_expect(got.is_test, "the token's log line must tell a test root");
	cr_expect_not_null(cJSON_GetObjectItemCaseSensitive(got.claims, "report_data"));
	broker_evidence_done(&got);
}

/* --- A TPM alone ------------------------------------------------------------------------------ */

static void put_tpm_reference(const struct tpm_made *m, const uint8_t *initdata, enum twist twist)
{
	char ak[65], config[65], text[400];
	struct digest d;

	cr_assert_eq(digest_of(DIGEST_SHA256, buf_view(&m->spki), &d, NULL), 0);
	digest_hex(span(d.at, d.len), ak);
	digest_hex(span(initdata, 32), config);
	if (twist == OTHER_MEASUREMENT)
		config[0] = config[0] == '0' ? '1' : '0';
	if (twist == WRONG_ROOT)
		ak[0] = ak[0] == '0' ? '1' : '0';
	(void)snprintf(text, sizeof(text),
		       "{\"version\":1,\"tpm\":{\"ak\":[\"%s\"],\"initdata\":[\"%s\"]}}", ak,
		       config);
	put("reference.json", span_text(text));
	put("root.pem", SPAN_EMPTY);
}

static struct buf tpm_evidence(const struct tpm_spec *s, const struct tpm_made *m)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	cJSON *quote = cJSON_AddObjectToObject(o, "tpm_quote"), *pcrs = NULL;
	struct buf ret = BUF_EMPTY;
	char hex[65];

	cr_assert_eq(json_add_b64(quote, "signature", buf_view(&m->signature), NULL), 0);
	cr_assert_eq(json_add_b64(quote, "message", buf_view(&m->attest), NULL), 0);
	pcrs = cJSON_AddArrayToObject(quote, "pcrs");
	for (size_t i = 0; i < COUNT_OF(s->pcrs); i++) {
		digest_hex(span(s->pcrs[i], 32), hex);
		cr_assert(cJSON_AddItemToArray(pcrs, cJSON_CreateString(hex)));
	}
	cr_assert_eq(json_add_b64(o, "ak_public", buf_view(&m->spki), NULL), 0);
	cr_assert_eq(json_print(o, 65536, &ret, NULL), 0);
	return ret;
}

/* The guest extended PCR 8 by its initdata, and firmware PCR 4 by the kernel. */
static int run_tpm(enum twist twist, struct broker_evidence *ret, struct err *e)
{
	EVP_PKEY *key = tpm_rsa2048();
	struct tpm_spec s = tpm_spec(key, TPM_MAKE_RSASSA);
	AUTO_BUF struct buf evidence = BUF_EMPTY;
	struct digest initdata;
	uint8_t data[64];
	struct tpm_made m;
	int failed;

	start();
	bind_data(NONCE, twist, data);
	memcpy(s.extra, data, s.extra_len);
	cr_assert_eq(digest_of(DIGEST_SHA256, span_text("initdata"), &initdata, NULL), 0);
	tpm_extend(&s, 8, span_text("initdata"));
	tpm_extend(&s, 4, span_text("kernel"));
	m = tpm_make(&s);
	put_tpm_reference(&m, initdata.at, twist);
	if (twist == OTHER_INITDATA)
		initdata.at[31] = 1;
	evidence = tpm_evidence(&s, &m);
	failed =
		judge("tpm", &evidence, twist == INITDATA_UNSENT ? NULL : &initdata, twist, ret, e);
	tpm_made_done(&m);
	EVP_PKEY_free(key);
	return failed;
}

/* --- What it says of them --------------------------------------------------------------------- */

struct refusal {
	bool is_tpm;
	enum twist twist;
	int want;
	char why[32];
};

ParameterizedTestParameters(hardware, refuses)
{
	static struct refusal rows[] = {
		{ false, OTHER_NONCE, -FAIL_DENIED, "fresh.other" },
		{ false, OTHER_KEY, -FAIL_DENIED, "fresh.other" },
		{ false, DEVICE_ADDED, -FAIL_DENIED, "fresh.other" },
		{ false, OTHER_MEASUREMENT, -FAIL_DENIED, "snp.mismatch" },
		{ false, OTHER_INITDATA, -FAIL_FORGED, "host_data" },
		{ false, INITDATA_UNSENT, -FAIL_FORGED, "host_data" },
		{ false, DEBUG, -FAIL_DENIED, "snp.debug" },
		{ false, WRONG_ROOT, -FAIL_DENIED, "refused" },
		{ false, NO_TEST_ROOT, -FAIL_DENIED, "refused" },
		{ false, NO_REFERENCE, -FAIL_DENIED, "unproven" },
		{ false, OTHER_TEE, -FAIL_DENIED, "TEE" },
		{ true, OTHER_NONCE, -FAIL_DENIED, "fresh.other" },
		{ true, OTHER_KEY, -FAIL_DENIED, "fresh.other" },
		{ true, OTHER_MEASUREMENT, -FAIL_DENIED, "tpm.initdata" },
		{ true, OTHER_INITDATA, -FAIL_FORGED, "pcrs.8" },
		{ true, INITDATA_UNSENT, -FAIL_FORGED, "pcrs.8" },
		{ true, WRONG_ROOT, -FAIL_DENIED, "tpm.ak-unknown" },
		{ true, NO_REFERENCE, -FAIL_DENIED, "unproven" },
		{ true, OTHER_TEE, -FAIL_DENIED, "TEE" },
	};
	return cr_make_param_array(struct refusal, rows, COUNT_OF(rows));
}

static int run_one(bool is_tpm, enum twist twist, struct broker_evidence *ret, struct err *e)
{
	return is_tpm ? run_tpm(twist, ret, e) : run_snp(twist, ret, e);
}

ParameterizedTest(struct refusal *row, hardware, refuses)
{
	struct broker_evidence got = { 0 };
	struct err e = { 0 };

	cr_expect_eq(run_one(row->is_tpm, row->twist, &got, &e), row->want, "%d: %s", row->twist,
		     e.text);
	cr_expect_not_null(strstr(e.text, row->why), "%d: %s", row->twist, e.text);
	cr_expect_null(got.claims);
	broker_evidence_done(&got);
}

/* What the verifier accepted ends in a token that the policy of resources can be asked about. */
static void expect_token(bool is_tpm, const char *tee, size_t measurement_len)
{
	AUTO_JSON cJSON *claims = NULL, *runtime = cJSON_Parse("{\"tee-pubkey\":{}}");
	struct broker_facts facts = { .runtime = runtime };
	struct broker_identity id;
	struct buf token = BUF_EMPTY;
	EVP_PKEY *signer = pki_p256(0);
	struct err e = { 0 };

	cr_assert_eq(run_one(is_tpm, GOOD, &facts.evidence, &e), 0, "%s", e.text);
	cr_assert_eq(broker_token_make(signer, &facts, AT, 60, &token, &e), 0, "%s", e.text);
	cr_assert_eq(broker_token_verify(signer, buf_view(&token), AT, &claims, &e), 0);
	cr_assert_eq(broker_token_identity(claims, &id, &e), 0, "%s", e.text);
	cr_expect_str_eq(id.tee, tee);
	cr_expect_eq(strlen(id.measurement), measurement_len);
	cr_expect_str_eq(id.measurement, facts.evidence.measurement_hex);
	broker_evidence_done(&facts.evidence);
	buf_done(&token);
	EVP_PKEY_free(signer);
}

Test(hardware, puts_the_measurement_into_the_token)
{
	expect_token(false, "snp", 96);
}

Test(hardware, takes_pcr_4_of_a_tpm_as_its_measurement)
{
	expect_token(true, "tpm", 64);
}

/* --- The whole protocol ----------------------------------------------------------------------- */

static void put_policy(const char *measurement)
{
	char text[400];

	(void)snprintf(text, sizeof(text),
		       "{\"version\":1,\"rules\":[{\"tee\":\"snp\",\"measurement\":[\"%s\"],"
		       "\"initdata\":[\"none\"],\"resources\":[\"default/\"]}]}",
		       measurement);
	guest_write("policy.json", text);
}

static void open_session(struct broker *b, struct guest_session *s)
{
	AUTO_ANSWER struct broker_answer a =
		guest_ask(b, "POST /kbs/v0/auth",
			  "{\"version\":\"0.4.0\",\"tee\":\"snp\",\"extra-params\":\"\"}");

	cr_assert_eq(a.status, 200);
	cr_assert_eq(sscanf(a.cookie, "%63[^;]", s->cookie), 1);
	cr_assert_eq(sscanf((const char *)a.body.at, "{\"nonce\":\"%63[^\"]", s->nonce), 1);
}

static unsigned attest(struct broker *b, const struct guest_session *s, const struct snp_spec *spec,
		       const struct snp_made *m)
{
	AUTO_BUF struct buf evidence = snp_coco(spec, m);
	AUTO_BUF struct buf body = body_of(s->nonce, &evidence, GOOD);
	AUTO_ANSWER struct broker_answer a = { 0 };
	char head[256];

	(void)snprintf(head, sizeof(head), "POST /kbs/v0/attest HTTP/1.1\r\nCookie: %s", s->cookie);
	a = guest_ask(b, head, (const char *)body.at);
	return a.status;
}

static void put_files(const struct snp_spec *spec, const struct snp_made *m)
{
	AUTO_BUF struct buf pem = pki_pem((X509 *const[]){ m->ark }, 1);
	AUTO_BUF struct buf chain = pki_pem((X509 *const[]){ m->ask, m->sent_ark }, 2);

	put("root.pem", buf_view(&pem));
	put("amd-Genoa-vcek-chain.pem", buf_view(&chain));
	put("amd-Genoa-vcek.crl", buf_view(&m->crl));
	put_reference(span(spec->measurement, sizeof(spec->measurement)), GOOD);
}

/* Two policies must agree: the reference values make the evidence acceptable, and the rule for the
 * resource names the measurement. */
Test(hardware, gets_the_key_by_its_measurement_over_the_whole_protocol)
{
	struct broker *b = guest_broker();
	struct snp_spec spec = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK);
	char reference[256], cache[256], roots[256], hex[97];
	struct guest_session s = { "", "" };
	struct snp_made m;

	guest_time.wall = AT;
	memset(spec.host_data, 0, sizeof(spec.host_data));
	b->judge = (struct broker_judge){
		path_of("reference.json", reference, sizeof(reference)),
		path_of(".", cache, sizeof(cache)),
		path_of("root.pem", roots, sizeof(roots)),
	};
	open_session(b, &s);
	bind_data(s.nonce, GOOD, spec.report_data);
	m = snp_make(&spec);
	put_files(&spec, &m);
	cr_assert_eq(attest(b, &s, &spec, &m), 200u);

	digest_hex(span(spec.measurement, sizeof(spec.measurement)), hex);
	{
		AUTO_ANSWER struct broker_answer a = guest_ask(b, GUEST_GET(&s), "");

		cr_expect_eq(a.status, 401u, "the rule is for another measurement");
	}
	put_policy(hex);
	{
		AUTO_ANSWER struct broker_answer a = guest_ask(b, GUEST_GET(&s), "");

		cr_expect_eq(a.status, 200u, "%s", (const char *)a.body.at);
	}
	cr_expect_eq(b->counts.attestations, 1u);
	cr_expect_eq(b->counts.released, 1u);

	/* The same evidence once more, on another session: its nonce is not that one's. */
	open_session(b, &s);
	cr_expect_eq(attest(b, &s, &spec, &m), 401u);
	cr_expect_eq(b->counts.attestations, 1u);
	snp_made_done(&m);
}
