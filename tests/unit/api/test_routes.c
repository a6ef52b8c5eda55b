/* Each route, over the real server, with a fake attest. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "api/ctl/exits.h"
#include "api/problem.h"
#include "api/seal/record.h"
#include "base/b64.h"
#include "base/json.h"
#include "tests/unit/api/rig.h"
#include "tests/unit/api/said.h"

#define JSON "application/json"
#define RAW  "application/octet-stream"
#define HOST " HTTP/1.1\r\nHost: x\r\n"

static struct rig rig;

static void set_up(void)
{
	struct server_limits limits = SERVER_LIMITS;

	rig_init(&rig, &limits);
}

static void tear_down(void)
{
	rig_done(&rig);
}

TestSuite(routes, .init = set_up, .fini = tear_down, .timeout = 30);

static void expect_problem(const struct reply_seen *s, enum problem problem)
{
	char json[64];

	(void)snprintf(json, sizeof(json), "\"code\":\"%s\"", problem_rows[problem].code);
	cr_expect_eq(s->status, problem_rows[problem].http, "%d: %s", s->status,
		     s->body.at ? (char *)s->body.at : "");
	cr_expect_str_eq(seen_header(s, "Sealinit-Problem"), problem_rows[problem].code);
	cr_expect_str_eq(seen_header(s, "Content-Type"), "application/problem+json");
	cr_expect(s->body.at && strstr((char *)s->body.at, json), "%s", (char *)s->body.at);
	cr_expect_str_eq(seen_header(s, "Cache-Control"), "no-store");
}

/* A member of an answer, as text; the result is the caller's to free. */
static struct buf member(const struct reply_seen *s, const char *name)
{
	struct buf text = BUF_EMPTY;
	AUTO_JSON cJSON *root = NULL;
	const cJSON *node;
	const struct json_field fields[] = { { name, JSON_TEXT, true, &node }, { 0 } };
	struct err e = { 0 };

	cr_assert_eq(s->status, 200, "%d: %s", s->status, s->body.at ? (char *)s->body.at : "");
	cr_assert_str_eq(seen_header(s, "Content-Type"), JSON);
	cr_assert_eq(json_parse(buf_view(&s->body), SIZE_MAX / 2, &root, &e), 0, "%s", e.text);
	cr_assert_eq(json_object(root, "answer", fields, &e), 0, "%s", e.text);
	cr_assert_eq(buf_append(&text, span_text(json_text(node)), SIZE_MAX, &e), 0);
	return text;
}

/* ---- the table ---- */

Test(routes, have_one_exit_status_a_code_and_sealctl_has_the_same)
{
	for (int i = PROBLEM_NONE + 1; i < PROBLEM_COUNT; i++) {
		const struct problem_row *row = &problem_rows[i];
		const struct exits_row *theirs = exits_row(row->code);

		cr_assert_not_null(row->code);
		cr_expect_str_eq(theirs->code, row->code, "sealctl knows %s", row->code);
		cr_expect_eq(theirs->exit, row->sealctl, "%s", row->code);
	}
}

Test(routes, map_every_kind_of_error)
{
	cr_expect_eq(problem_of(FAIL_AGAIN), PROBLEM_BUSY);
	cr_expect_eq(problem_of(FAIL_INPUT), PROBLEM_BAD_REQUEST);
	cr_expect_eq(problem_of(FAIL_LIMIT), PROBLEM_TOO_LARGE);
	cr_expect_eq(problem_of(FAIL_DENIED), PROBLEM_DENIED);
	cr_expect_eq(problem_of(FAIL_FORGED), PROBLEM_UNSEAL_REFUSED);
	cr_expect_eq(problem_of(FAIL_SYS), PROBLEM_INTERNAL);
	cr_expect_eq(problem_of(FAIL_BUG), PROBLEM_INTERNAL);
	cr_expect_eq(problem_of((enum err_kind)77), PROBLEM_INTERNAL);
}

struct wrong {
	char head[96];
	enum problem problem;
	char allow[8];
};

ParameterizedTestParameters(routes, refuse_by_the_head)
{
	static struct wrong rows[] = {
		{ "GET /", PROBLEM_NOT_FOUND, "" },
		{ "GET /v1", PROBLEM_NOT_FOUND, "" },
		{ "GET /v1/", PROBLEM_NOT_FOUND, "" },
		{ "GET /v1/status/", PROBLEM_NOT_FOUND, "" },
		{ "GET //v1/status", PROBLEM_NOT_FOUND, "" },
		{ "GET /v1/./status", PROBLEM_NOT_FOUND, "" },
		{ "GET /v1/%73tatus", PROBLEM_NOT_FOUND, "" },
		{ "GET /V1/STATUS", PROBLEM_NOT_FOUND, "" },
		{ "GET /v1/secrets", PROBLEM_NOT_FOUND, "" },
		{ "GET /v1/secrets/", PROBLEM_NOT_FOUND, "" },
		{ "POST /v1/nothing", PROBLEM_NOT_FOUND, "" },
		{ "POST /v1/status", PROBLEM_METHOD_NOT_ALLOWED, "GET" },
		{ "DELETE /v1/volumes", PROBLEM_METHOD_NOT_ALLOWED, "GET" },
		{ "OPTIONS /v1/status", PROBLEM_METHOD_NOT_ALLOWED, "GET" },
		{ "get /v1/status", PROBLEM_METHOD_NOT_ALLOWED, "GET" },
		{ "GET /v1/seal", PROBLEM_METHOD_NOT_ALLOWED, "POST" },
		{ "GET /v1/unseal", PROBLEM_METHOD_NOT_ALLOWED, "POST" },
		{ "PUT /v1/seal", PROBLEM_METHOD_NOT_ALLOWED, "POST" },
		{ "GET /v1/attestation/evidence", PROBLEM_METHOD_NOT_ALLOWED, "POST" },
		{ "PUT /v1/secrets/a/b/c", PROBLEM_METHOD_NOT_ALLOWED, "GET" },
		{ "GET /v1/status?x=1", PROBLEM_BAD_REQUEST, "" },
		{ "GET /v1/volumes?", PROBLEM_BAD_REQUEST, "" },
		{ "GET /v1/secrets/a/b/c?x", PROBLEM_BAD_REQUEST, "" },
		{ "POST /v1/attestation/evidence?nonce=x", PROBLEM_BAD_REQUEST, "" },
		{ "POST /v1/seal", PROBLEM_UNSUPPORTED_MEDIA, "" },
		{ "POST /v1/attestation/evidence", PROBLEM_UNSUPPORTED_MEDIA, "" },
	};
	return cr_make_param_array(struct wrong, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct wrong *row, routes, refuse_by_the_head)
{
	char text[256];
	AUTO_SEEN struct reply_seen s = { 0 };

	(void)snprintf(text, sizeof(text), "%s" HOST "\r\n", row->head);
	s = rig_ask(&rig, text);
	expect_problem(&s, row->problem);
	cr_expect_str_eq(seen_header(&s, "Allow"), row->allow);
	cr_expect_str_eq(seen_header(&s, "Connection"), "", "nothing is left unread");
	cr_expect_eq(rig.asked, 0);
}

Test(routes, answer_head_without_a_body)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen s = { 0 };
	AUTO_SEEN struct reply_seen next = { 0 };

	client_send(&c, span_text("HEAD /v1/status" HOST "\r\n"));
	s = client_read(&c, true);
	cr_assert_eq(s.status, 405);
	cr_assert_str_eq(seen_header(&s, "Allow"), "GET");
	next = client_ask(&c, "GET /v1/status" HOST "\r\n");
	cr_assert_eq(next.status, 200, "the next answer begins where it should");
}

/* ---- status and volumes ---- */

Test(routes, tell_readiness_by_the_status_code)
{
	AUTO_SEEN struct reply_seen ready = rig_ask(&rig, "GET /v1/status" HOST "\r\n");
	AUTO_SEEN struct reply_seen before = { 0 };
	AUTO_SEEN struct reply_seen text = { 0 };

	cr_assert_eq(ready.status, 200);
	cr_assert_str_eq(seen_header(&ready, "Content-Type"), JSON);
	cr_assert(strstr((char *)ready.body.at, "\"state\":\"ready\""));
	rig.status.is_told_ready = false;
	before = rig_ask(&rig, "GET /v1/status" HOST "\r\n");
	cr_assert_eq(before.status, 503);
	cr_assert_str_eq(seen_header(&before, "Sealinit-Problem"), "", "it is no problem");
	cr_assert(strstr((char *)before.body.at, "\"state\":\"attesting\""));
	text = rig_ask(&rig, "GET /v1/status" HOST "Accept: text/plain\r\n\r\n");
	cr_assert_eq(text.status, 503);
	cr_assert_str_eq(seen_header(&text, "Content-Type"), "text/plain; charset=utf-8");
	cr_assert(strstr((char *)text.body.at, ": attesting\n"));
}

Test(routes, list_volumes_at_any_time)
{
	AUTO_SEEN struct reply_seen s = { 0 };
	AUTO_SEEN struct reply_seen text = { 0 };

	rig.status.is_told_ready = false;
	said_volume(&rig.status, "data", "x", "none", VOLUME_OPEN);
	s = rig_ask(&rig, "GET /v1/volumes" HOST "\r\n");
	cr_assert_eq(s.status, 200);
	cr_assert(strstr((char *)s.body.at, "{\"volumes\":[{\"name\":\"data\","));
	text = rig_ask(&rig, "GET /v1/volumes" HOST "Accept: text/plain\r\n\r\n");
	cr_assert(strstr((char *)text.body.at, "volume data       open    /run/sealinit"));
}

Test(routes, refuse_a_body_where_none_belongs)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen s = { 0 };

	s = client_ask(&c, "GET /v1/status" HOST "Content-Length: 2\r\n\r\nhi");
	expect_problem(&s, PROBLEM_BAD_REQUEST);
	cr_assert_str_eq(seen_header(&s, "Connection"), "close");
	cr_assert(client_is_closed(&c));
}

/* ---- problems ---- */

Test(routes, tell_a_problem_as_text_to_who_reads_text)
{
	AUTO_SEEN struct reply_seen s = { 0 };
	AUTO_SEEN struct reply_seen retry = { 0 };

	s = rig_ask(&rig,
		    "GET /nowhere" HOST "Accept: application/octet-stream, text/plain\r\n\r\n");
	cr_assert_eq(s.status, 404);
	cr_assert_str_eq(seen_header(&s, "Content-Type"), "text/plain; charset=utf-8");
	cr_assert_str_eq(seen_header(&s, "Sealinit-Problem"), "not-found");
	cr_assert_str_eq((char *)s.body.at, "not-found: no such path\n");
	rig.status.is_told_ready = false;
	retry = rig_ask(&rig, "GET /v1/secrets/a/b/c" HOST "\r\n");
	expect_problem(&retry, PROBLEM_NOT_READY);
	cr_assert(strstr((char *)retry.body.at, "\"retry_after_ms\":500}"));
	cr_assert_str_eq(seen_header(&retry, "Sealinit-Retry-After-Ms"), "500");
	cr_assert_str_eq(seen_header(&retry, "Retry-After"), "1");
}

Test(routes, are_problems_of_rfc_9457)
{
	AUTO_SEEN struct reply_seen s = rig_ask(&rig, "GET /nowhere" HOST "\r\n");

	cr_assert_str_eq((char *)s.body.at,
			 "{\"type\":\"urn:sealinit:problem:not-found\",\"title\":\"No such path\","
			 "\"status\":404,\"code\":\"not-found\",\"detail\":\"no such path\"}");
}

/* ---- seal and unseal ---- */

Test(routes, seal_and_unseal_json)
{
	AUTO_SEEN struct reply_seen sealed = rig_post(
		&rig, "/v1/seal", JSON,
		"{\"plaintext\":\"c2VjcmV0\",\"scope\":\"pod\",\"context\":\"db \\u00e4\"}");
	AUTO_BUF struct buf blob = member(&sealed, "blob");
	AUTO_BUF struct buf request = BUF_EMPTY;
	AUTO_SEEN struct reply_seen opened = { 0 };
	AUTO_BUF struct buf plain = BUF_EMPTY;
	struct err e;

	cr_assert_eq(buf_printf(&request, 4096, &e, "{\"blob\":\"%s\",\"context\":\"db \xc3\xa4\"}",
				(char *)blob.at),
		     0);
	opened = rig_post(&rig, "/v1/unseal", JSON, (char *)request.at);
	plain = member(&opened, "plaintext");
	cr_assert_str_eq((char *)plain.at, "c2VjcmV0");
}

Test(routes, seal_and_unseal_raw_bytes_and_both_forms_agree)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen sealed =
		client_post(&c, "/v1/seal?scope=life&context=a%20b", RAW, NULL, span("\0\1\2", 3));
	AUTO_SEEN struct reply_seen opened = { 0 };
	AUTO_SEEN struct reply_seen json = { 0 };
	AUTO_BUF struct buf plain = BUF_EMPTY;

	cr_assert_eq(sealed.status, 200);
	cr_assert_str_eq(seen_header(&sealed, "Content-Type"), RAW);
	cr_assert_eq(sealed.body.len, record_sealed_bytes(3));
	cr_assert_eq(sealed.body.at[10], SCOPE_LIFE);
	opened = client_post(&c, "/v1/unseal?context=a%20b", RAW, NULL, buf_view(&sealed.body));
	cr_assert_eq(opened.status, 200);
	cr_assert_eq(opened.body.len, 3);
	cr_assert_arr_eq(opened.body.at, "\0\1\2", 3);
	json = client_post(&c, "/v1/unseal?context=a%20b", RAW, JSON, buf_view(&sealed.body));
	plain = member(&json, "plaintext");
	cr_assert_str_eq((char *)plain.at, "AAEC");
}

Test(routes, answer_a_json_request_raw_if_asked_to)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen s =
		client_post(&c, "/v1/seal", JSON, RAW, span_text("{\"plaintext\":\"\"}"));

	cr_assert_eq(s.status, 200);
	cr_assert_eq(s.body.len, record_sealed_bytes(0));
	cr_assert_arr_eq(s.body.at, "sealblob", 8);
	cr_assert_eq(s.body.at[10], SCOPE_CONTAINER, "the default scope");
}

struct request {
	char target[64];
	char type[40];
	char body[96];
	enum problem problem;
};

ParameterizedTestParameters(routes, refuse_bodies)
{
	static struct request rows[] = {
		{ "/v1/seal", JSON, "", PROBLEM_BAD_REQUEST },
		{ "/v1/seal", JSON, "{}", PROBLEM_BAD_REQUEST },
		{ "/v1/seal", JSON, "[]", PROBLEM_BAD_REQUEST },
		{ "/v1/seal", JSON, "{\"plaintext\":1}", PROBLEM_BAD_REQUEST },
		{ "/v1/seal", JSON, "{\"plaintext\":null}", PROBLEM_BAD_REQUEST },
		{ "/v1/seal", JSON, "{\"plaintext\":\"YQ\"}", PROBLEM_BAD_REQUEST },
		{ "/v1/seal", JSON, "{\"plaintext\":\"YQ==\\n\"}", PROBLEM_BAD_REQUEST },
		{ "/v1/seal", JSON, "{\"plaintext\":\"YR==\"}", PROBLEM_BAD_REQUEST },
		{ "/v1/seal", JSON, "{\"plaintext\":\"_-==\"}", PROBLEM_BAD_REQUEST },
		{ "/v1/seal", JSON, "{\"plaintext\":\"\"} x", PROBLEM_BAD_REQUEST },
		{ "/v1/seal", JSON, "{\"plaintext\":\"\",\"plaintext\":\"\"}",
		  PROBLEM_BAD_REQUEST },
		{ "/v1/seal", JSON, "{\"plaintext\":\"\",\"Scope\":\"pod\"}", PROBLEM_BAD_REQUEST },
		{ "/v1/seal", JSON, "{\"plaintext\":\"\",\"scope\":\"host\"}",
		  PROBLEM_BAD_REQUEST },
		{ "/v1/seal", JSON, "{\"plaintext\":\"\",\"scope\":\"\"}", PROBLEM_BAD_REQUEST },
		{ "/v1/seal", JSON, "{\"plaintext\":\"\",\"scope\":null}", PROBLEM_BAD_REQUEST },
		{ "/v1/seal", JSON, "{\"plaintext\":\"\",\"context\":\"\\u0000\"}",
		  PROBLEM_BAD_REQUEST },
		{ "/v1/seal", JSON, "{\"plaintext\":\"\",\"context\":\"\xff\"}",
		  PROBLEM_BAD_REQUEST },
		{ "/v1/seal", JSON, "{\"blob\":\"\"}", PROBLEM_BAD_REQUEST },
		{ "/v1/seal?scope=pod", JSON, "{\"plaintext\":\"\"}", PROBLEM_BAD_REQUEST },
		{ "/v1/seal?scope=host", RAW, "x", PROBLEM_BAD_REQUEST },
		{ "/v1/seal?scope=", RAW, "x", PROBLEM_BAD_REQUEST },
		{ "/v1/seal?scope=pod&scope=pod", RAW, "x", PROBLEM_BAD_REQUEST },
		{ "/v1/seal?context=a+b", RAW, "x", PROBLEM_BAD_REQUEST },
		{ "/v1/seal?contxt=a", RAW, "x", PROBLEM_BAD_REQUEST },
		{ "/v1/seal", "text/plain", "x", PROBLEM_UNSUPPORTED_MEDIA },
		{ "/v1/seal", "application/x-www-form-urlencoded", "x=1",
		  PROBLEM_UNSUPPORTED_MEDIA },
		{ "/v1/unseal", JSON, "{\"blob\":\"YQ==\",\"scope\":\"pod\"}",
		  PROBLEM_BAD_REQUEST },
		{ "/v1/unseal?scope=pod", RAW, "x", PROBLEM_BAD_REQUEST },
		{ "/v1/unseal", JSON, "{\"blob\":\"YQ==\"}", PROBLEM_UNSEAL_REFUSED },
		{ "/v1/unseal", JSON, "{\"blob\":\"\"}", PROBLEM_UNSEAL_REFUSED },
		{ "/v1/unseal", RAW, "no blob", PROBLEM_UNSEAL_REFUSED },
		{ "/v1/unseal", RAW, "", PROBLEM_UNSEAL_REFUSED },
		{ "/v1/attestation/evidence", JSON, "{\"nonce\":\"\"}", PROBLEM_BAD_REQUEST },
		{ "/v1/attestation/evidence", JSON, "{\"nonce\":\"a\"}", PROBLEM_BAD_REQUEST },
		{ "/v1/attestation/evidence", JSON, "{\"nonce\":\"YQ==\",\"raw\":true}",
		  PROBLEM_BAD_REQUEST },
		{ "/v1/attestation/evidence", JSON, "{\"nonce\":7}", PROBLEM_BAD_REQUEST },
		{ "/v1/attestation/evidence", RAW, "nonce", PROBLEM_UNSUPPORTED_MEDIA },
	};
	return cr_make_param_array(struct request, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct request *row, routes, refuse_bodies)
{
	AUTO_SEEN struct reply_seen s = rig_post(&rig, row->target, row->type, row->body);

	expect_problem(&s, row->problem);
	cr_expect_eq(rig.asked, 0, "nobody is bothered");
}

Test(routes, refuse_a_context_over_its_limit_in_both_forms)
{
	AUTO_BUF struct buf json = BUF_EMPTY;
	AUTO_BUF struct buf target = BUF_EMPTY;
	AUTO_SEEN struct reply_seen a = { 0 };
	AUTO_SEEN struct reply_seen b = { 0 };
	char context[LIMIT_CONTEXT_BYTES + 2];
	struct err e;

	memset(context, 'c', sizeof(context) - 1);
	context[sizeof(context) - 1] = 0;
	cr_assert_eq(
		buf_printf(&json, 4096, &e, "{\"plaintext\":\"\",\"context\":\"%s\"}", context), 0);
	a = rig_post(&rig, "/v1/seal", JSON, (char *)json.at);
	expect_problem(&a, PROBLEM_TOO_LARGE);
	cr_assert_eq(buf_printf(&target, 4096, &e, "/v1/seal?context=%s", context), 0);
	b = rig_post(&rig, (char *)target.at, RAW, "x");
	expect_problem(&b, PROBLEM_TOO_LARGE);
}

Test(routes, give_one_answer_for_every_way_not_to_unseal)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	struct span x = span("x", 1);
	AUTO_SEEN struct reply_seen sealed = client_post(&c, "/v1/seal?context=a", RAW, NULL, x);
	AUTO_SEEN struct reply_seen context = { 0 };
	AUTO_SEEN struct reply_seen damaged = { 0 };
	AUTO_SEEN struct reply_seen keyless = { 0 };

	context = client_post(&c, "/v1/unseal?context=b", RAW, NULL, buf_view(&sealed.body));
	expect_problem(&context, PROBLEM_UNSEAL_REFUSED);
	sealed.body.at[100] ^= 1;
	damaged = client_post(&c, "/v1/unseal?context=a", RAW, NULL, buf_view(&sealed.body));
	sealed.body.at[100] ^= 1;
	keyring_done(&rig.keyring);
	keyless = client_post(&c, "/v1/unseal?context=a", RAW, NULL, buf_view(&sealed.body));
	cr_assert(span_is_equal(buf_view(&context.body), buf_view(&damaged.body)));
	cr_assert(span_is_equal(buf_view(&context.body), buf_view(&keyless.body)));
	cr_assert_str_eq(context.head, damaged.head);
	cr_assert_str_eq(context.head, keyless.head);
}

Test(routes, refuse_a_scope_without_a_key)
{
	struct msg_seal_keys m = keys_message(SCOPE_LIFE, 1);
	AUTO_SEEN struct reply_seen s = { 0 };
	AUTO_SEEN struct reply_seen life = { 0 };

	keyring_done(&rig.keyring);
	rig.keyring = keys_ring(&m);
	s = rig_post(&rig, "/v1/seal", RAW, "x");
	expect_problem(&s, PROBLEM_DENIED);
	life = rig_post(&rig, "/v1/seal?scope=life", RAW, "x");
	cr_assert_eq(life.status, 200);
}

Test(routes, seal_large_bodies_that_can_be_unsealed_in_the_same_form)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_BUF struct buf plain = BUF_EMPTY;
	AUTO_BUF struct buf json = BUF_EMPTY;
	AUTO_SEEN struct reply_seen sealed = { 0 };
	AUTO_SEEN struct reply_seen opened = { 0 };
	AUTO_SEEN struct reply_seen sealed_json = { 0 };
	AUTO_SEEN struct reply_seen opened_json = { 0 };
	struct err e;

	cr_assert_eq(buf_reserve(&plain, RECORD_PLAIN_MAX_BYTES + 1, &e), 0);
	plain.len = RECORD_PLAIN_MAX_BYTES;
	memset(plain.at, 0x5a, plain.len);
	sealed = client_post(&c, "/v1/seal", RAW, NULL, buf_view(&plain));
	cr_assert_eq(sealed.status, 200);
	opened = client_post(&c, "/v1/unseal", RAW, NULL, buf_view(&sealed.body));
	cr_assert(span_is_equal(buf_view(&opened.body), buf_view(&plain)));

	plain.len = RECORD_JSON_PLAIN_MAX_BYTES;
	cr_assert_eq(buf_printf(&json, SIZE_MAX, &e, "{\"plaintext\":\""), 0);
	cr_assert_eq(b64_encode(B64_STANDARD, buf_view(&plain), SIZE_MAX, &json, &e), 0);
	cr_assert_eq(buf_printf(&json, SIZE_MAX, &e, "\"}"), 0);
	sealed_json = client_post(&c, "/v1/seal", JSON, NULL, buf_view(&json));
	cr_assert_eq(sealed_json.status, 200);
	cr_assert_leq(sealed_json.body.len + 6 * LIMIT_CONTEXT_BYTES + 64, LIMIT_API_BODY_BYTES);
	opened_json = client_post(&c, "/v1/unseal", JSON, NULL, buf_view(&sealed_json.body));
	cr_assert_eq(opened_json.status, 200);
	cr_assert(span_is_equal(buf_view(&opened_json.body), buf_view(&json)));
}

Test(routes, refuse_plaintext_over_the_limit_of_its_form)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_BUF struct buf body = BUF_EMPTY;
	AUTO_SEEN struct reply_seen raw = { 0 };
	AUTO_SEEN struct reply_seen json = { 0 };
	struct err e;

	cr_assert_eq(buf_reserve(&body, LIMIT_API_BODY_BYTES, &e), 0);
	body.len = RECORD_PLAIN_MAX_BYTES + 1;
	raw = client_post(&c, "/v1/seal", RAW, NULL, buf_view(&body));
	expect_problem(&raw, PROBLEM_TOO_LARGE);
	/* As many bytes as there may be, and three more, in base64. */
	memcpy(body.at, "{\"plaintext\":\"", 14);
	body.len = 14 + (RECORD_JSON_PLAIN_MAX_BYTES / 3 + 1) * 4;
	memset(body.at + 14, 'A', body.len - 14);
	cr_assert_eq(buf_append(&body, span_text("\"}"), SIZE_MAX, &e), 0);
	json = client_post(&c, "/v1/seal", JSON, NULL, buf_view(&body));
	expect_problem(&json, PROBLEM_TOO_LARGE);
}

/* ---- before and after ---- */

Test(routes, say_what_is_waited_for_before_the_guest_is_ready)
{
	AUTO_SEEN struct reply_seen seal = { 0 };
	AUTO_SEEN struct reply_seen evidence = { 0 };

	rig.status.is_told_ready = rig.status.has_keys = false;
	keyring_done(&rig.keyring);
	said_stage(&rig.status, STAGE_NET, STAGE_RUNNING, 1, 0, "");
	seal = rig_post(&rig, "/v1/seal", RAW, "x");
	expect_problem(&seal, PROBLEM_NOT_READY);
	cr_assert(strstr((char *)seal.body.at, "attesting, in stage net"));
	cr_assert_str_eq(seen_header(&seal, "Sealinit-Retry-After-Ms"), "500");
	evidence = rig_post(&rig, "/v1/attestation/evidence", JSON, "{\"nonce\":\"YQ==\"}");
	expect_problem(&evidence, PROBLEM_NOT_READY);
	cr_assert_eq(rig.asked, 0);
}

Test(routes, promise_nothing_when_waiting_does_not_help)
{
	AUTO_SEEN struct reply_seen s = { 0 };

	rig.status.has_keys = false;
	keyring_done(&rig.keyring);
	said_failed(&rig.status, STAGE_BROKER, FAIL_DENIED, "policy");
	s = rig_post(&rig, "/v1/unseal", RAW, "x");
	expect_problem(&s, PROBLEM_NOT_READY);
	cr_assert_str_eq(seen_header(&s, "Sealinit-Retry-After-Ms"), "");
	cr_assert(strstr((char *)s.body.at, "stage broker failed: policy"));
}

Test(routes, keep_sealing_while_attest_is_started_again)
{
	AUTO_SEEN struct reply_seen s = { 0 };
	AUTO_SEEN struct reply_seen secret = { 0 };

	rig.status.has_keys = false;
	s = rig_post(&rig, "/v1/seal", RAW, "x");
	cr_assert_eq(s.status, 200);
	secret = rig_ask(&rig, "GET /v1/secrets/a/b/c" HOST "\r\n");
	expect_problem(&secret, PROBLEM_NOT_READY);
}

/* ---- evidence ---- */

#define EVIDENCE                                                        \
	"{\"tee\":\"sample\",\"evidence\":{},\"report_data\":\"YQ==\"," \
	"\"nonce\":\"bm9uY2U=\",\"caller\":\"guest\"}"

Test(routes, ask_for_evidence_over_the_callers_nonce)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	struct msg_evidence asked;
	AUTO_SEEN struct reply_seen s = { 0 };

	client_send(&c, span_text("POST /v1/attestation/evidence" HOST "Content-Type: " JSON
				  "\r\nContent-Length: 20\r\n\r\n{\"nonce\":\"bm9uY2U=\"}"));
	rig_wait_asked(&rig, 1);
	cr_assert_eq(rig.questions[0].op, MSG_EVIDENCE);
	cr_assert_eq(rig.questions[0].len, sizeof(asked));
	cr_assert_eq(rig.questions[0].limit, LIMIT_EVIDENCE_BYTES);
	memcpy(&asked, rig.questions[0].body, sizeof(asked));
	cr_assert_str_eq(asked.caller, "guest");
	cr_assert_eq(asked.nonce_len, 5);
	cr_assert_arr_eq(asked.nonce, "nonce", 5);
	rig_answer(&rig, 1, span_text(EVIDENCE));
	s = client_read(&c, false);
	cr_assert_eq(s.status, 200);
	cr_assert_str_eq(seen_header(&s, "Content-Type"), JSON);
	cr_assert_str_eq((char *)s.body.at, EVIDENCE);
	cr_assert_eq(rig.cancelled, 0);
}

static struct reply_seen evidence_answered(const char *accept, const char *answer)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	char head[256];

	(void)snprintf(head, sizeof(head),
		       "POST /v1/attestation/evidence" HOST "Content-Type: " JSON
		       "\r\nAccept: %s\r\nContent-Length: 16\r\n\r\n{\"nonce\":\"YQ==\"}",
		       accept);
	client_send(&c, span_text(head));
	rig_wait_asked(&rig, rig.asked + 1);
	rig_answer(&rig, rig.asked, span_text(answer));
	return client_read(&c, false);
}

Test(routes, show_evidence_as_text)
{
	AUTO_SEEN struct reply_seen s = evidence_answered("text/plain", EVIDENCE);
	AUTO_SEEN struct reply_seen odd = evidence_answered("text/plain", "{}");

	cr_assert_eq(s.status, 200);
	cr_assert(strstr((char *)s.body.at, "tee: sample\ncaller: guest\nnonce: bm9uY2U=\n"));
	cr_assert(strstr((char *)odd.body.at, "internal: sealinit-attest: "));
	cr_assert_eq(odd.status, 500);
}

struct failure {
	bool is_secret;
	enum err_kind kind;
	int sys;
	char text[32];
	enum problem problem;
	char retry[8];
};

ParameterizedTestParameters(routes, map_failures_of_attest)
{
	static struct failure rows[] = {
		{ false, FAIL_AGAIN, 0, "throttled", PROBLEM_BUSY, "1000" },
		{ false, FAIL_AGAIN, ETIMEDOUT, "late", PROBLEM_BUSY, "1000" },
		{ false, FAIL_INPUT, 0, "odd report", PROBLEM_EVIDENCE_FAILED, "" },
		{ false, FAIL_LIMIT, 0, "long report", PROBLEM_EVIDENCE_FAILED, "" },
		{ false, FAIL_DENIED, 0, "no", PROBLEM_DENIED, "" },
		{ false, FAIL_FORGED, 0, "forged", PROBLEM_EVIDENCE_FAILED, "" },
		{ false, FAIL_SYS, 0, "no device", PROBLEM_EVIDENCE_FAILED, "" },
		{ false, FAIL_SYS, EIO, "tee-dead: wiped", PROBLEM_TEE_DEAD, "" },
		{ false, FAIL_DENIED, 0, "tee-dead: or so", PROBLEM_DENIED, "" },
		{ false, FAIL_SYS, ECONNRESET, "gone", PROBLEM_NOT_READY, "500" },
		{ false, FAIL_BUG, 0, "bug", PROBLEM_INTERNAL, "" },
		{ false, FAIL_INPUT, EPROTO, "no memfd", PROBLEM_INTERNAL, "" },
		{ true, FAIL_AGAIN, 0, "no route", PROBLEM_BROKER_UNAVAILABLE, "1000" },
		{ true, FAIL_AGAIN, ETIMEDOUT, "late", PROBLEM_BROKER_UNAVAILABLE, "1000" },
		{ true, FAIL_INPUT, 0, "odd answer", PROBLEM_BROKER_UNAVAILABLE, "" },
		{ true, FAIL_LIMIT, 0, "long answer", PROBLEM_BROKER_UNAVAILABLE, "" },
		{ true, FAIL_DENIED, 0, "policy", PROBLEM_DENIED, "" },
		{ true, FAIL_DENIED, 0, "missing: a/b/c", PROBLEM_SECRET_MISSING, "" },
		{ true, FAIL_FORGED, 0, "forged", PROBLEM_BROKER_UNAVAILABLE, "" },
		{ true, FAIL_SYS, EIO, "tee-dead: wiped", PROBLEM_TEE_DEAD, "" },
		{ true, FAIL_SYS, 0, "network", PROBLEM_BROKER_UNAVAILABLE, "1000" },
		{ true, FAIL_SYS, ECONNRESET, "gone", PROBLEM_NOT_READY, "500" },
		{ true, FAIL_BUG, 0, "bug", PROBLEM_INTERNAL, "" },
		{ true, FAIL_LIMIT, EPROTO, "huge memfd", PROBLEM_INTERNAL, "" },
	};
	return cr_make_param_array(struct failure, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct failure *row, routes, map_failures_of_attest)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen s = { 0 };

	client_send(&c, span_text(row->is_secret ? "GET /v1/secrets/a/b/c" HOST "\r\n"
						 : "POST /v1/attestation/evidence" HOST
						   "Content-Type: " JSON
						   "\r\nContent-Length: 16\r\n\r\n"
						   "{\"nonce\":\"YQ==\"}"));
	rig_wait_asked(&rig, 1);
	rig_fail(&rig, 1, row->kind, row->sys, row->text);
	s = client_read(&c, false);
	expect_problem(&s, row->problem);
	cr_expect_str_eq(seen_header(&s, "Sealinit-Retry-After-Ms"), row->retry);
}

Test(routes, say_so_when_nobody_can_be_asked)
{
	AUTO_SEEN struct reply_seen gone = { 0 };
	AUTO_SEEN struct reply_seen busy = { 0 };

	rig.refuse_asking = FAIL_SYS;
	gone = rig_ask(&rig, "GET /v1/secrets/a/b/c" HOST "\r\n");
	expect_problem(&gone, PROBLEM_NOT_READY);
	rig.refuse_asking = FAIL_AGAIN;
	busy = rig_ask(&rig, "GET /v1/secrets/a/b/c" HOST "\r\n");
	expect_problem(&busy, PROBLEM_BUSY);
	cr_assert_str_eq(seen_header(&busy, "Sealinit-Retry-After-Ms"), "200");
}

/* ---- secrets ---- */

Test(routes, give_a_secret_as_bytes_or_json)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen raw = { 0 };
	AUTO_SEEN struct reply_seen json = { 0 };
	AUTO_BUF struct buf secret = BUF_EMPTY;

	client_send(&c, span_text("GET /v1/secrets/default/db_1/-pass.word" HOST "\r\n"));
	rig_wait_asked(&rig, 1);
	cr_assert_eq(rig.questions[0].op, MSG_SECRET);
	cr_assert_eq(rig.questions[0].len, sizeof(struct msg_secret));
	cr_assert_eq(rig.questions[0].limit, LIMIT_RESOURCE_BYTES);
	cr_assert_str_eq((const char *)rig.questions[0].body, "default/db_1/-pass.word");
	rig_answer(&rig, 1, span("\0key", 4));
	raw = client_read(&c, false);
	cr_assert_eq(raw.status, 200);
	cr_assert_str_eq(seen_header(&raw, "Content-Type"), RAW);
	cr_assert_str_eq(seen_header(&raw, "Cache-Control"), "no-store");
	cr_assert_arr_eq(raw.body.at, "\0key", 4);
	client_send(&c, span_text("GET /v1/secrets/a/b/c" HOST "Accept: " JSON "\r\n\r\n"));
	rig_wait_asked(&rig, 2);
	rig_answer(&rig, 2, span("\0key", 4));
	json = client_read(&c, false);
	secret = member(&json, "secret");
	cr_assert_str_eq((char *)secret.at, "AGtleQ==");
}

struct path {
	char path[64];
};

ParameterizedTestParameters(routes, refuse_secret_paths)
{
	static struct path rows[] = {
		{ "a" },	  { "a/b" },	   { "a/b/" },	   { "/b/c" },	    { "a//c" },
		{ "a/b/c/" },	  { "a/b/c/d" },   { ".a/b/c" },   { "a/../c" },    { "a/./c" },
		{ "a/.b/c" },	  { "a/b/%63" },   { "a/b/c%00" }, { "a/b%2fc/d" }, { "a/b/c:1" },
		{ "a/b/c;x" },	  { "a/b/c~" },	   { "a/b/c@x" },  { "a/b/*" },	    { "a\\b/c/d" },
		{ "..//../../" }, { "a/b/c&d=e" },
	};
	return cr_make_param_array(struct path, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct path *row, routes, refuse_secret_paths)
{
	AUTO_SEEN struct reply_seen s = { 0 };
	char text[256];

	(void)snprintf(text, sizeof(text), "GET /v1/secrets/%s" HOST "\r\n", row->path);
	s = rig_ask(&rig, text);
	expect_problem(&s, PROBLEM_BAD_REQUEST);
	cr_assert_eq(rig.asked, 0);
}

Test(routes, refuse_secret_paths_that_do_not_fit_a_message)
{
	char text[512], name[256] = { 0 };
	AUTO_SEEN struct reply_seen s = { 0 };

	memset(name, 'n', 250);
	(void)snprintf(text, sizeof(text), "GET /v1/secrets/a/b/%s" HOST "\r\n", name);
	s = rig_ask(&rig, text);
	expect_problem(&s, PROBLEM_BAD_REQUEST);
}
