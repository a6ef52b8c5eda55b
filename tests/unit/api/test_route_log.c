/* Parts of evidence, events, the log: what is asked of attest, and what is refused before. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

#include "api/problem.h"
#include "base/limits.h"
#include "base/messages.h"
#include "tests/unit/api/rig.h"

#define HOST " HTTP/1.1\r\nHost: x\r\n"
#define JSON "application/json"

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

TestSuite(route_log, .init = set_up, .fini = tear_down, .timeout = 20);

static void post(struct client *c, const char *path, const char *body)
{
	char text[2048];

	(void)snprintf(text, sizeof(text),
		       "POST %s" HOST "Content-Type: " JSON "\r\nContent-Length: %zu\r\n\r\n%s",
		       path, strlen(body), body);
	client_send(c, span_text(text));
}

struct parts {
	char body[96];
	uint32_t want; /* 0: refused */
};

ParameterizedTestParameters(route_log, parts_of_evidence)
{
	static struct parts rows[] = {
		{ "{\"nonce\":\"YQ==\"}", PART_CPU },
		{ "{\"nonce\":\"YQ==\",\"parts\":[\"cpu\"]}", PART_CPU },
		{ "{\"nonce\":\"YQ==\",\"parts\":[\"log\",\"cpu\"]}", PART_CPU | PART_LOG },
		{ "{\"nonce\":\"YQ==\",\"parts\":[\"cpu\",\"gpu\",\"log\"]}", PARTS_ALL },
		{ "{\"nonce\":\"YQ==\",\"parts\":[]}", 0 },
		{ "{\"nonce\":\"YQ==\",\"parts\":[\"log\"]}", 0 },
		{ "{\"nonce\":\"YQ==\",\"parts\":[\"cpu\",\"cpu\"]}", 0 },
		{ "{\"nonce\":\"YQ==\",\"parts\":[\"cpu\",\"disk\"]}", 0 },
		{ "{\"nonce\":\"YQ==\",\"parts\":[\"cpu\",1]}", 0 },
		{ "{\"nonce\":\"YQ==\",\"parts\":\"cpu\"}", 0 },
		{ "{\"nonce\":\"YQ==\",\"parts\":null}", 0 },
	};

	return cr_make_param_array(struct parts, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct parts *row, route_log, parts_of_evidence)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen s = { 0 };
	struct msg_evidence asked;

	post(&c, "/v1/attestation/evidence", row->body);
	if (row->want) {
		rig_wait_asked(&rig, 1);
		memcpy(&asked, rig.questions[0].body, sizeof(asked));
		cr_expect_eq(asked.parts, row->want, "%s", row->body);
		return;
	}
	s = client_read(&c, false);
	cr_expect_eq(s.status, 400, "%s", row->body);
	cr_expect_eq(rig.asked, 0);
}

Test(route_log, an_event_is_asked_for_as_it_was_said)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen s = { 0 };
	struct msg_event asked;

	post(&c, "/v1/attestation/events",
	     "{\"domain\":\"app\",\"operation\":\"start\",\"content\":\"gr\\u00fc\\u00df "
	     "\\\"x\\\"\"}");
	rig_wait_asked(&rig, 1);
	cr_assert_eq(rig.questions[0].op, MSG_EVENT);
	cr_assert_eq(rig.questions[0].len, sizeof(asked));
	memcpy(&asked, rig.questions[0].body, sizeof(asked));
	cr_expect_str_eq(asked.caller, "guest");
	cr_expect_str_eq(asked.domain, "app");
	cr_expect_str_eq(asked.operation, "start");
	cr_expect_str_eq(asked.content, "gr\xc3\xbc\xc3\x9f \"x\"");
	rig_answer(&rig, 1, span_text("{\"index\":4}"));
	s = client_read(&c, false);
	cr_expect_eq(s.status, 200);
	cr_expect_str_eq((char *)s.body.at, "{\"index\":4}");
}

Test(route_log, the_log_is_passed_through)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen s = { 0 };

	client_send(&c, span_text("GET /v1/attestation/eventlog" HOST "\r\n"));
	rig_wait_asked(&rig, 1);
	cr_assert_eq(rig.questions[0].op, MSG_EVENTLOG);
	cr_assert_eq(rig.questions[0].len, 0);
	cr_assert_eq(rig.questions[0].limit, LIMIT_EVENTLOG_JSON_BYTES);
	rig_answer(&rig, 1, span_text("{\"count\":3}"));
	s = client_read(&c, false);
	cr_expect_eq(s.status, 200);
	cr_expect_str_eq((char *)s.body.at, "{\"count\":3}");
}

Test(route_log, the_policy_is_passed_through_byte_for_byte)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen s = { 0 };

	client_send(&c, span_text("GET /v1/policy" HOST "\r\n"));
	rig_wait_asked(&rig, 1);
	cr_assert_eq(rig.questions[0].op, MSG_POLICY);
	cr_assert_eq(rig.questions[0].len, 0);
	cr_assert_eq(rig.questions[0].limit, LIMIT_POLICY_BYTES);
	rig_answer(&rig, 1, span_text("{\"version\":1}"));
	s = client_read(&c, false);
	cr_expect_eq(s.status, 200);
	cr_expect_str_eq(seen_header(&s, "Content-Type"), "application/json");
	cr_expect_str_eq((char *)s.body.at, "{\"version\":1}");
}

struct bad {
	char body[128];
};

ParameterizedTestParameters(route_log, bad_events)
{
	static struct bad rows[] = {
		{ "" },
		{ "{}" },
		{ "{\"domain\":\"a\",\"operation\":\"b\"}" },
		{ "{\"domain\":\"a\",\"operation\":\"b\",\"content\":1}" },
		{ "{\"domain\":\"a\",\"operation\":\"b\",\"content\":\"\",\"register\":3}" },
		{ "{\"domain\":\"a\",\"domain\":\"b\",\"operation\":\"b\",\"content\":\"\"}" },
		{ "{\"domain\":\"a\",\"operation\":\"b\",\"content\":\"\\u0000\"}" },
		{ "{\"domain\":"
		  "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
		  "\"operation\":\"b\",\"content\":\"\"}" },
	};

	return cr_make_param_array(struct bad, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct bad *row, route_log, bad_events)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen s = { 0 };

	post(&c, "/v1/attestation/events", row->body);
	s = client_read(&c, false);
	cr_expect_eq(s.status, 400, "%s", row->body);
	cr_expect_eq(rig.asked, 0);
}

Test(route_log, content_is_bounded)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen s = { 0 };
	char content[LIMIT_EVENT_BYTES + 1], body[1024];

	memset(content, 'x', sizeof(content));
	content[LIMIT_EVENT_BYTES] = 0;
	(void)snprintf(body, sizeof(body),
		       "{\"domain\":\"a\",\"operation\":\"b\",\"content\":\"%s\"}", content);
	post(&c, "/v1/attestation/events", body);
	s = client_read(&c, false);
	cr_expect_eq(s.status, 400);
	cr_expect(strstr((char *)s.body.at, "over 511 bytes"));
}

struct failure {
	enum err_kind kind;
	enum problem problem;
};

ParameterizedTestParameters(route_log, failures)
{
	static struct failure rows[] = {
		{ FAIL_AGAIN, PROBLEM_BUSY },
		{ FAIL_INPUT, PROBLEM_BAD_REQUEST },
		{ FAIL_LIMIT, PROBLEM_TOO_LARGE },
		{ FAIL_DENIED, PROBLEM_DENIED },
		{ FAIL_FORGED, PROBLEM_EVIDENCE_FAILED },
		{ FAIL_SYS, PROBLEM_EVIDENCE_FAILED },
		{ FAIL_BUG, PROBLEM_INTERNAL },
	};

	return cr_make_param_array(struct failure, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct failure *row, route_log, failures)
{
	AUTO_CLIENT struct client c = client_open(&rig);
	AUTO_SEEN struct reply_seen s = { 0 };

	post(&c, "/v1/attestation/events",
	     "{\"domain\":\"a\",\"operation\":\"b\",\"content\":\"\"}");
	rig_wait_asked(&rig, 1);
	rig_fail(&rig, 1, row->kind, 0, "why");
	s = client_read(&c, false);
	cr_expect_eq(s.status, problem_rows[row->problem].http);
	cr_expect_str_eq(seen_header(&s, "Sealinit-Problem"), problem_rows[row->problem].code);
}

Test(route_log, reading_is_get_and_writing_is_post)
{
	AUTO_SEEN struct reply_seen post_log =
		rig_post(&rig, "/v1/attestation/eventlog", JSON, "{}");
	AUTO_SEEN struct reply_seen get_event =
		rig_ask(&rig, "GET /v1/attestation/events" HOST "\r\n");

	AUTO_SEEN struct reply_seen post_policy = rig_post(&rig, "/v1/policy", JSON, "{}");

	cr_expect_eq(post_log.status, 405);
	cr_expect_eq(post_policy.status, 405);
	cr_expect_eq(get_event.status, 405);
}
