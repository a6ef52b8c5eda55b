/* attest/broker/kbs: whole fetches from a broker that may say anything. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "tests/support/fault.h"
#include "tests/unit/attest/test_kbs_broker.h"
#include "tests/unit/attest/test_tls_certs.h"

#define PATH "default/key/root"
#define KBS_ERROR(variant, detail)                                                         \
	"{\"type\":\"https://github.com/confidential-containers/kbs/errors/" variant "\"," \
	"\"detail\":\"" detail "\"}"

static int fetch(struct kbs *k, const char *path, uint64_t ms, struct err *e)
{
	AUTO_SECRET struct secret got = SECRET_EMPTY;
	int failed = kbs_fetch(k, path, deadline_in(ms), &got, e);

	if (!failed)
		cr_assert(span_is_equal(secret_view(&got), span_text(BROKER_SECRET)));
	else
		cr_assert_null(got.at, "output untouched");
	return failed;
}

Test(kbs, fetches_many_resources_with_one_attestation_on_one_connection, .timeout = 20)
{
	struct broker b = { 0 };
	struct err e = { 0 };
	struct kbs *k;

	broker_start(&b);
	k = broker_client(&b, SPAN_EMPTY);
	for (int i = 0; i < 3; i++)
		cr_expect_eq(fetch(k, PATH, 5000, &e), 0, "%s", e.text);
	cr_expect_str_eq(b.last_path, "/kbs/v0/resource/" PATH);
	cr_expect_eq(kbs_counts(k).round_trips, 5);
	cr_expect_eq(kbs_counts(k).evidence_requests, 1);
	cr_expect_gt(kbs_counts(k).waiting_us, 0);
	kbs_free(k);
	broker_stop(&b);
	cr_expect_str_eq(b.order, "atggg");
	cr_expect_eq(b.server.connections, 1);
	cr_expect_eq(b.report_data_len, 48, "SHA-384, not padded");
}

Test(kbs, sends_the_initdata_byte_for_byte, .timeout = 20)
{
	struct broker b = { .want_initdata = "a = '''\n\t\"x\" \\ \xc3\xa4\r\n'''\n" };
	struct err e = { 0 };
	struct kbs *k;

	broker_start(&b);
	k = broker_client(&b, span_text(b.want_initdata));
	cr_expect_eq(fetch(k, PATH, 5000, &e), 0, "%s", e.text);
	kbs_free(k);
	broker_stop(&b);
}

Test(kbs, binds_the_key_with_the_hash_that_the_broker_selects, .timeout = 20)
{
	struct broker b = { .challenge_params = "{\"selected-hash-algorithm\":\"sha256\"}" };
	struct err e = { 0 };
	struct kbs *k;

	broker_start(&b);
	k = broker_client(&b, SPAN_EMPTY);
	cr_expect_eq(fetch(k, PATH, 5000, &e), 0, "%s", e.text);
	kbs_free(k);
	broker_stop(&b);
	cr_expect_eq(b.report_data_len, 32);
}

/* The reference's table of errors (1.7), and what stands between guest and broker. */
struct refusal {
	unsigned int at; /* request 0 is auth, 1 attest, 2 the first get */
	unsigned int times;
	int status;
	char body[360];
	char order[16];
	int want;
	int sys;
	char says[130];
};

#define OFTEN 1000

ParameterizedTestParameters(kbs, minds_what_the_broker_says)
{
	static struct refusal rows[] = {
		/* The handshake. */
		{ 0, OFTEN, 401,
		  KBS_ERROR("AttestationError",
			    "Attestation error: KBS Client Protocol Version "
			    "Mismatch: expect =0.2.0 while the request is 0.4.0"),
		  "a", -FAIL_DENIED, 0,
		  "the broker wants attestation protocol version \"0.2.0\", this guest speaks "
		  "\"0.4.0\"" },
		{ 0, OFTEN, 401, KBS_ERROR("AttestationError", "Version Mismatch"), "a",
		  -FAIL_DENIED, 0, "version \"another\", this guest" },
		{ 0, OFTEN, 401, KBS_ERROR("AttestationError", "bad JSON"), "aaa", -FAIL_DENIED, 0,
		  "3 tries" },
		{ 1, 1, 401,
		  KBS_ERROR("AttestationError", "Attestation error: RCAR handshake Attest failed"),
		  "atatg", 0, 0, "" },
		{ 1, OFTEN, 413, "Payload Too Large", "at", -FAIL_LIMIT, 0,
		  "payload_request_size" },
		{ 0, OFTEN, 404, KBS_ERROR("PluginNotFound", "Plugin auth not found"), "a",
		  -FAIL_DENIED, 0, "check the URL's path" },
		/* The session. */
		{ 2, 1, 401, KBS_ERROR("TokenNotFound", "Attestation Token not found"), "atgatg", 0,
		  0, "" },
		{ 2, 1, 401, KBS_ERROR("TokenVerifierError", "Token Verifier error"), "atgatg", 0,
		  0, "" },
		{ 2, 1, 401, KBS_ERROR("AttestationError", "session is gone"), "atgatg", 0, 0, "" },
		/* The resource. */
		{ 2, OFTEN, 401, KBS_ERROR("PolicyDeny", "Access denied by policy"), "atg",
		  -FAIL_DENIED, EACCES,
		  "the broker's policy does not allow this guest (PolicyDeny): compare evidence "
		  "with "
		  "reference values; resource " PATH },
		{ 2, OFTEN, 401, KBS_ERROR("PolicyEngineError", "no allow"), "atg", -FAIL_DENIED, 0,
		  "policy can't be evaluated (PolicyEngineError)" },
		{ 2, OFTEN, 401, KBS_ERROR("PluginInternalError", "Plugin internal error"), "atg",
		  -FAIL_DENIED, ENOENT,
		  "has no such resource, or can't read it (PluginInternalError): upload it there; "
		  "resource " PATH },
		{ 2, OFTEN, 401, KBS_ERROR("JweError", "JWE failed"), "atg", -FAIL_DENIED, 0,
		  "can't encrypt to a P-256 key" },
		{ 2, OFTEN, 404, KBS_ERROR("PluginNotFound", "Plugin resource not found"), "atg",
		  -FAIL_DENIED, 0, "serves no resources under this URL (PluginNotFound)" },
		{ 2, OFTEN, 404, KBS_ERROR("InvalidRequestPath", "x"), "atg", -FAIL_DENIED, 0,
		  "(InvalidRequestPath)" },
		{ 2, OFTEN, 401, KBS_ERROR("AdminAuthAccess", "who are you"), "atg", -FAIL_DENIED,
		  0, "the broker refuses: AdminAuthAccess: who are you" },
		{ 2, OFTEN, 403, "{\"type\":\"NoSlashAtAll\"}", "atg", -FAIL_DENIED, 0,
		  "NoSlashAtAll" },
		{ 2, OFTEN, 302, "", "atg", -FAIL_DENIED, 0, "redirects (302)" },
		/* Not the broker's words, or not its best day: once more, on the session that is
		   there. */
		{ 0, 1, 503, "<html>starting</html>", "aatg", 0, 0, "" },
		{ 1, 1, 502, KBS_ERROR("PolicyDeny", "no"), "atatg", 0, 0, "" },
		{ 2, 1, 500, "", "atgg", 0, 0, "" },
		{ 2, 1, 429, "{\"type\":\"x/Y\"}", "atgg", 0, 0, "" },
		{ 2, 1, 401, "<html>log in, please</html>", "atgg", 0, 0, "" },
		{ 2, 1, 401, "{\"message\":\"no route\"}", "atgg", 0, 0, "" },
		{ 2, 1, 401, "{\"type\":7}", "atgg", 0, 0, "" },
		{ 2, 1, 401, "{\"type\":\"https://x/\"}", "atgg", 0, 0, "" },
		{ 2, 1, 400, "bad query", "atgg", 0, 0, "" },
		{ 2, 1, 404, "", "atgg", 0, 0, "" },
		{ 0, 1, 200, "<html>Welcome to the hotel</html>", "aatg", 0, 0, "" },
		{ 1, 1, 200, "<html>Welcome to the hotel</html>", "atatg", 0, 0, "" },
		{ 2, 1, 200, "<html>Welcome to the hotel</html>", "atgg", 0, 0, "" },
		{ 2, 1, 204, "", "atgg", 0, 0, "" },
		/* JSON, but not RCAR's. */
		{ 0, OFTEN, 200, "{\"nonce\":7}", "a", -FAIL_INPUT, 0,
		  "\"nonce\" must be a string" },
		{ 0, OFTEN, 200, "{\"nonce\":\"n\"}", "a", -FAIL_INPUT, 0,
		  "no kbs-session-id cookie" },
		{ 1, OFTEN, 200, "{\"tokens\":\"\"}", "at", -FAIL_INPUT, 0,
		  "\"token\" is missing" },
		{ 2, OFTEN, 200, "{\"secret\":\"\"}", "atg", -FAIL_INPUT, 0, "unknown member" },
		/* A JWE for somebody else (2.6). */
		{ 2, OFTEN, 200,
		  "{\"protected\":"
		  "\"eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkEyNTZHQ00iLCJlcGsiOnsiY3J2I"
		  "joiUC0yNTYiLCJrdHkiOiJFQyIsIngiOiJJTlBTb2ttaUo0a1RHb2M0eWUwU2g2bEJmc1FpS1B5X1ItU"
		  "ERk"
		  "VmJmYWpFIiwieSI6InExbW04RkFvN0MwWV85NjZhRXI4bDliV1pTM3pZckNaLWxGMXZXUHhwSDQifX0"
		  "\","
		  "\"encrypted_key\":\"AAAA\",\"iv\":\"AAAA\",\"ciphertext\":\"AAAA\",\"tag\":"
		  "\"\"}",
		  "atg", -FAIL_INPUT, 0, "jwe: \"encrypted_key\" must be 40 bytes" },
	};
	return cr_make_param_array(struct refusal, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refusal *row, kbs, minds_what_the_broker_says, .timeout = 20)
{
	struct broker b = { .plan = { row->at, row->times, row->status, "" } };
	struct err e = { 0 };
	struct kbs *k;

	memcpy(b.plan.body, row->body, sizeof(row->body));
	broker_start(&b);
	k = broker_client(&b, SPAN_EMPTY);
	cr_expect_eq(fetch(k, PATH, 10000, &e), row->want, "%d %s: %s", row->status, row->body,
		     e.text);
	cr_expect_eq(e.sys, row->sys, "%s", e.text);
	cr_expect(strstr(e.text, row->says), "%s: %s", row->body, e.text);
	kbs_free(k);
	broker_stop(&b);
	cr_expect_str_eq(b.order, row->order, "%d %s", row->status, row->body);
}

Test(kbs, attests_anew_with_a_fresh_key_when_the_session_is_lost, .timeout = 20)
{
	struct broker b = { .plan = { 2, 1, 401, KBS_ERROR("TokenVerifierError", "") } };
	struct err e = { 0 };
	struct kbs *k;

	broker_start(&b);
	k = broker_client(&b, SPAN_EMPTY);
	cr_expect_eq(fetch(k, PATH, 5000, &e), 0, "%s", e.text);
	b.plan = (struct plan){ b.requests, 1, 401, KBS_ERROR("TokenNotFound", "") };
	cr_expect_eq(fetch(k, PATH, 5000, &e), 0, "each fetch may: %s", e.text);
	kbs_free(k);
	broker_stop(&b);
	cr_expect_str_eq(b.order, "atgatggatg");
	cr_expect_str_neq(b.keys[0], b.keys[1], "a fresh key each time");
	cr_expect_str_neq(b.keys[1], b.keys[2]);
}

Test(kbs, ends_when_a_fresh_session_is_refused_as_well, .timeout = 20)
{
	struct broker b = { .refuse_gets =
				    KBS_ERROR("TokenVerifierError", "Token Verifier error") };
	struct err e = { 0 };
	struct kbs *k;

	broker_start(&b);
	k = broker_client(&b, SPAN_EMPTY);
	cr_expect_eq(fetch(k, PATH, 5000, &e), -FAIL_DENIED);
	cr_expect(strstr(e.text, "again after a new attestation: the broker refuses its own token"),
		  "%s", e.text);
	kbs_free(k);
	broker_stop(&b);
	cr_expect_str_eq(b.order, "atgatg");
}

Test(kbs, rejected_evidence_is_offered_three_times, .timeout = 20)
{
	struct broker b = { .refuse_attests = KBS_ERROR("AttestationError", "RCAR Attest failed") };
	struct err e = { 0 };
	uint64_t begin = clock_boot_ms();
	struct kbs *k;

	broker_start(&b);
	k = broker_client(&b, SPAN_EMPTY);
	cr_expect_eq(fetch(k, PATH, 10000, &e), -FAIL_DENIED);
	cr_expect(strstr(e.text, "broker: 3 tries in "), "%s", e.text);
	cr_expect(strstr(e.text, "the last: the broker rejects this guest's evidence "
				 "(AttestationError): its log says why"),
		  "%s", e.text);
	cr_expect_geq(clock_boot_ms() - begin, 600, "200 ms, then 400 ms");
	cr_expect_eq(kbs_counts(k).evidence_requests, 3);
	cr_expect_geq(kbs_counts(k).waiting_us, 600000);
	kbs_free(k);
	broker_stop(&b);
	cr_expect_str_eq(b.order, "atatat");
	cr_expect_str_neq(b.keys[0], b.keys[1]);
}

Test(kbs, says_at_the_deadline_what_went_wrong_and_for_how_long, .timeout = 20)
{
	struct broker b = { .plan = { 0, OFTEN, 503, "" } };
	struct err e = { 0 };
	uint64_t begin = clock_boot_ms();
	struct kbs *k;

	broker_start(&b);
	k = broker_client(&b, SPAN_EMPTY);
	cr_expect_eq(fetch(k, PATH, 1000, &e), -FAIL_AGAIN);
	cr_expect(strstr(e.text, " tries in 0."), "%s", e.text);
	cr_expect(strstr(e.text, ", the last: HTTP status 503"), "%s", e.text);
	cr_expect_leq(clock_boot_ms() - begin, 1500);
	kbs_free(k);
	broker_stop(&b);
	cr_expect_geq(b.requests, 3);
	cr_expect_leq(b.requests, 5);
}

Test(kbs, keeps_trying_a_broker_that_is_not_there_until_the_deadline, .timeout = 20)
{
	struct broker b = { 0 };
	struct err e = { 0 };
	struct kbs *k;

	broker_start(&b);
	k = broker_client(&b, SPAN_EMPTY);
	broker_stop(&b);
	cr_expect_eq(fetch(k, PATH, 500, &e), -FAIL_AGAIN);
	cr_expect(strstr(e.text, "Connection refused"), "%s", e.text);
	cr_expect(strstr(e.text, "tries in 0."), "%s", e.text);
	cr_expect_eq(kbs_counts(k).round_trips, 0);
	cr_expect_eq(fetch(k, PATH, 0, &e), -FAIL_AGAIN);
	cr_expect(strstr(e.text, "broker: 1 try in 0.0 s"), "%s", e.text);
	kbs_free(k);
}

Test(kbs, finds_its_way_back_when_the_broker_drops_connections, .timeout = 20)
{
	struct broker b = { .plan = { 1, 2, 0, "" } };
	struct err e = { 0 };
	struct kbs *k;

	broker_start(&b);
	k = broker_client(&b, SPAN_EMPTY);
	cr_expect_eq(fetch(k, PATH, 5000, &e), 0, "%s", e.text);
	cr_expect_eq(fetch(k, PATH, 5000, &e), 0, "%s", e.text);
	kbs_free(k);
	broker_stop(&b);
	cr_expect_str_eq(b.order, "attatgg");
}

struct life {
	char fields[200]; /* of the challenge */
	char claims[80];
	unsigned int attests; /* after two fetches, 700 ms apart */
};

#define COOKIE_FOR_A_SECOND                                                            \
	"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nSet-Cookie: kbs-session-id=session1; " \
	"Expires=Sun, 06 Nov 1994 08:49:38 GMT\r\n"
#define COOKIE_FOR_AN_HOUR                                                             \
	"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nSet-Cookie: kbs-session-id=session1; " \
	"Expires=Sun, 06 Nov 1994 09:49:37 GMT\r\n"

ParameterizedTestParameters(kbs, attests_anew_before_the_session_ends)
{
	static struct life rows[] = {
		{ "", "", 1 },
		{ "", "{\"iat\":1000,\"exp\":1001}", 2 },
		{ COOKIE_FOR_A_SECOND, "", 2 },
		{ COOKIE_FOR_AN_HOUR, "{\"iat\":1000,\"exp\":1001}", 2 },
		{ COOKIE_FOR_AN_HOUR, "{\"iat\":1000,\"exp\":1300}", 1 },
		{ COOKIE_FOR_AN_HOUR, "{\"no\":\"times\"}", 1 },
		{ "", "{\"no\":\"times\"}", 1 },
	};
	return cr_make_param_array(struct life, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct life *row, kbs, attests_anew_before_the_session_ends, .timeout = 20)
{
	struct broker b = { 0 };
	struct err e = { 0 };
	struct kbs *k;

	memcpy(b.fields, row->fields, sizeof(b.fields));
	memcpy(b.claims, row->claims, sizeof(b.claims));
	broker_start(&b);
	k = broker_client(&b, SPAN_EMPTY);
	cr_expect_eq(fetch(k, PATH, 5000, &e), 0, "%s", e.text);
	(void)poll(NULL, 0, 700);
	/* The second session's cookie has the broker's usual name. */
	b.fields[0] = 0;
	cr_expect_eq(fetch(k, PATH, 5000, &e), 0, "%s", e.text);
	kbs_free(k);
	broker_stop(&b);
	cr_expect_eq(b.attests, row->attests, "%s %s", row->fields, row->claims);
	cr_expect_eq(b.gets, 2);
}

struct device {
	int result;
	unsigned int failures;
	int want;
	char order[8];
};

ParameterizedTestParameters(kbs, minds_what_the_device_says)
{
	static struct device rows[] = {
		{ -FAIL_AGAIN, 2, 0, "aaatg" },
		{ -FAIL_SYS, 1, -FAIL_SYS, "a" },
		{ -FAIL_INPUT, 1, -FAIL_INPUT, "a" },
	};
	return cr_make_param_array(struct device, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct device *row, kbs, minds_what_the_device_says, .timeout = 20)
{
	struct broker b = { .evidence_result = row->result, .evidence_failures = row->failures };
	struct err e = { 0 };
	struct kbs *k;

	broker_start(&b);
	k = broker_client(&b, SPAN_EMPTY);
	cr_expect_eq(fetch(k, PATH, 5000, &e), row->want, "%s", e.text);
	if (row->want)
		cr_expect_str_eq(e.text, "the device is in a mood");
	kbs_free(k);
	broker_stop(&b);
	cr_expect_str_eq(b.order, row->order);
}

struct path {
	char path[64];
};

ParameterizedTestParameters(kbs, refuses_a_path)
{
	static struct path rows[] = {
		{ "" },
		{ "a" },
		{ "a/b" },
		{ "a/b/" },
		{ "a/b/c/d" },
		{ "/a/b/c" },
		{ "a//c" },
		{ "a/b/c/" },
		{ "../b/c" },
		{ "a/.b/c" },
		{ "a/b/." },
		{ "a/b/c d" },
		{ "a/b/c?x=1" },
		{ "a/b/c#x" },
		{ "a/b/%41" },
		{ "a/b/c\r\nX: y" },
		{ "kbs:///a/b/c" },
		{ "a/b/\xc3\xa4" },
		{ "a\\b/c/d" },
		{ "a/b/c\x7f" },
	};
	return cr_make_param_array(struct path, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct path *row, kbs, refuses_a_path, .timeout = 20)
{
	struct broker b = { 0 };
	struct err e = { 0 };
	struct kbs *k;

	broker_start(&b);
	k = broker_client(&b, SPAN_EMPTY);
	cr_expect_eq(fetch(k, row->path, 5000, &e), -FAIL_INPUT, "%s", row->path);
	cr_expect(strstr(e.text, "is not repository/type/tag"), "%s", e.text);
	kbs_free(k);
	broker_stop(&b);
	cr_expect_eq(b.requests, 0);
}

Test(kbs, refuses_a_path_that_is_too_long, .timeout = 20)
{
	struct broker b = { 0 };
	struct err e = { 0 };
	char path[LIMIT_PATH_BYTES + 1] = "a/b/";
	struct kbs *k;

	memset(path + 4, 'c', LIMIT_PATH_BYTES - 4);
	broker_start(&b);
	k = broker_client(&b, SPAN_EMPTY);
	cr_expect_eq(fetch(k, path, 5000, &e), -FAIL_INPUT);
	path[LIMIT_PATH_BYTES - 1] = 0;
	cr_expect_eq(fetch(k, path, 5000, &e), 0, "%s", e.text);
	cr_expect(strstr(b.last_path, path));
	kbs_free(k);
	broker_stop(&b);
}

struct config {
	char url[64];
	char roots[16];
	char tee[24];
	bool insecure;
	char says[48];
};

ParameterizedTestParameters(kbs, refuses_a_configuration)
{
	static struct config rows[] = {
		{ "http://kbs", "", "snp", false, "needs \"insecure\": true" },
		{ "https://kbs", "", "snp", false, "needs roots" },
		{ "https://kbs", "", "snp", true, "needs roots" },
		{ "https://kbs", "none", "snp", false, "hold no certificate" },
		{ "kbs", "", "snp", true, "url: " },
		{ "http://kbs?x", "", "snp", true, "url: " },
		{ "http://kbs", "", "a-tee-of-a-long-name", true, "no TEE has the name" },
	};
	return cr_make_param_array(struct config, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct config *row, kbs, refuses_a_configuration)
{
	const struct kbs_config config = { row->url, span_text(row->roots), NULL, row->insecure };
	const struct kbs_io io = { 0 };
	struct kbs *k = NULL;
	struct err e = { 0 };

	cr_assert_eq(kbs_new(&config, row->tee, SPAN_EMPTY, &io, &k, &e), -FAIL_INPUT);
	cr_assert(strstr(e.text, row->says), "%s", e.text);
	cr_assert_null(k);
}

Test(kbs, refuses_a_broker_that_its_roots_did_not_sign_at_once, .timeout = 20)
{
	struct cert ours = cert_make("root", NULL, true, NULL, -86400, 86400);
	struct cert theirs = cert_make("leaf", NULL, false, "IP:127.0.0.1", -86400, 86400);
	struct broker good = { .server.tls = cert_server(&theirs, NULL) };
	AUTO_BUF struct buf pem = cert_pem(&ours), right = cert_pem(&theirs);
	struct err e = { 0 };
	struct kbs *k;

	broker_start(&good);
	k = broker_tls_client(&good, buf_view(&pem));
	cr_expect_eq(fetch(k, PATH, 5000, &e), -FAIL_FORGED);
	cr_expect_str_eq(e.text, "the broker's certificate is not signed by the configured roots");
	kbs_free(k);
	k = broker_tls_client(&good, buf_view(&right));
	cr_expect_eq(fetch(k, PATH, 5000, &e), 0, "%s", e.text);
	kbs_free(k);
	broker_stop(&good);
	cr_expect_str_eq(good.order, "atg");
	SSL_CTX_free(good.server.tls);
	cert_done(&ours);
	cert_done(&theirs);
}

Test(kbs, fails_cleanly_when_memory_runs_out, .timeout = 120)
{
	struct broker b = { 0 };
	pid_t server = broker_fork(&b);

	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_KBS struct kbs *k = NULL;
		AUTO_SECRET struct secret got = SECRET_EMPTY;
		struct err e = { 0 };
		int failed = broker_try(&b, &k, &e);

		if (!failed)
			failed = kbs_fetch(k, PATH, deadline_in(5000), &got, &e);
		fault_disarm_keep();
		/* Nothing but the time in the token can be done without. */
		cr_assert(failed == -FAIL_SYS || (!failed && got.len), "call %u: %s", n, e.text);
		if (!fault_fired())
			cr_assert_eq(failed, 0, "%s", e.text);
	}
	(void)kill(server, SIGKILL);
}

Test(kbs, is_content_with_nothing)
{
	struct kbs *k = NULL;

	kbs_free(NULL);
	kbs_done(&k);
}
