/* The event log as tenants have it: what the boot wrote, what they add, and evidence with it. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "base/b64.h"
#include "base/binding.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/messages.h"
#include "tests/unit/attest/program.h"

static struct buf log_of(struct program *p)
{
	struct buf text = BUF_EMPTY;
	AUTO_FD int fd = -1;
	struct ipc_msg m = program_ask_until_ready(p->api, MSG_EVENTLOG, NULL, 0, &fd);

	cr_assert_eq(m.status, 0, "%s", (char *)m.body);
	cr_assert_eq(fd_unseal_bytes(fd, 1024 * 1024, &text, NULL), 0);
	return text;
}

static uint64_t count_in(const struct buf *text)
{
	AUTO_JSON cJSON *o = NULL;
	uint64_t n = 0;

	cr_assert_eq(json_parse(buf_view(text), 1024 * 1024, &o, NULL), 0);
	cr_assert_eq(json_u64(cJSON_GetObjectItem(o, "count"), &n, NULL), 0);
	return n;
}

Test(service_log, the_boot_is_in_the_log_and_tenants_add_to_it, .timeout = 20)
{
	struct msg_event q = { "guest", "app", "start", "web" };
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_FD int fd = -1;
	struct program p;
	struct ipc_msg m;

	program_start(&p, WITH_BROKER, NULL);
	program_wait_for_ready(&p);
	AUTO_BUF struct buf before = log_of(&p);
	cr_expect_eq(count_in(&before), 4, "config, policy, secret, ready: %s", (char *)before.at);
	m = program_ask(p.api, MSG_EVENT, &q, sizeof(q), &fd);
	cr_assert_eq(m.status, 0, "%s", (char *)m.body);
	cr_assert_eq(fd_unseal_bytes(fd, 4096, &text, NULL), 0);
	cr_expect(strstr((char *)text.at,
			 "{\"index\":4,\"strength\":\"chain\",\"register\":\"\",\"digest\":\""),
		  "%s", (char *)text.at);
	AUTO_BUF struct buf after = log_of(&p);
	cr_expect_eq(count_in(&after), 5);
	program_stop(&p);
}

Test(service_log, the_policy_is_what_the_log_has_the_digest_of, .timeout = 20)
{
	AUTO_BUF struct buf text = BUF_EMPTY, events = BUF_EMPTY;
	AUTO_JSON cJSON *log_json = NULL;
	AUTO_FD int fd = -1;
	char want[128] = "sealinit policy {\"digest\":\"sha256:";
	struct digest d;
	struct program p;

	program_start(&p, WITH_BROKER, NULL);
	program_wait_for_ready(&p);
	cr_assert_eq(program_ask_until_ready(p.api, MSG_POLICY, NULL, 0, &fd).status, 0);
	cr_assert_eq(fd_unseal_bytes(fd, LIMIT_POLICY_BYTES, &text, NULL), 0);
	cr_expect_str_eq(
		(char *)text.at,
		"{\"version\":1,\"seal\":[\"life\",\"container\",\"pod\"],\"secrets\":true}");
	cr_assert_eq(digest_of(DIGEST_SHA256, buf_view(&text), &d, NULL), 0);
	digest_hex(span(d.at, d.len), want + strlen(want));
	AUTO_BUF struct buf log = log_of(&p);
	cr_assert_eq(json_parse(buf_view(&log), 1024 * 1024, &log_json, NULL), 0);
	cr_assert_eq(b64_decode(B64_STANDARD,
				span_text(json_text(cJSON_GetObjectItem(log_json, "events"))),
				1024 * 1024, &events, NULL),
		     0);
	cr_expect(memmem(events.at, events.len, want, strlen(want)), "%s", want);
	cr_expect_eq(program_ask(p.api, MSG_POLICY, "x", 1, NULL).status, FAIL_INPUT);
	program_stop(&p);
}

Test(service_log, a_secret_is_in_the_log_once, .timeout = 20)
{
	struct msg_secret q = { .path = "default/app/token" };
	struct program p;

	program_start(&p, WITH_BROKER, NULL);
	program_wait_for_ready(&p);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(program_ask_until_ready(p.api, MSG_SECRET, &q, sizeof(q), NULL).status,
			     0);
	AUTO_BUF struct buf log = log_of(&p);
	cr_expect_eq(count_in(&log), 5, "config, policy, root secret, ready, secret");
	program_stop(&p);
}

struct event_row {
	struct msg_event q;
	size_t len;
	int want;
};

ParameterizedTestParameters(service_log, refuses_events)
{
	static struct event_row rows[] = {
		{ { "guest", "sealinit", "ready", "{}" }, sizeof(struct msg_event), FAIL_DENIED },
		{ { "guest", "SealInit", "ready", "{}" }, sizeof(struct msg_event), FAIL_DENIED },
		{ { "guest", "", "ready", "" }, sizeof(struct msg_event), FAIL_INPUT },
		{ { "guest", "a", "b", "two\nlines" }, sizeof(struct msg_event), FAIL_INPUT },
		{ { "guest", "a", "b", "" }, sizeof(struct msg_event) - 1, FAIL_INPUT },
	};

	return cr_make_param_array(struct event_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct event_row *row, service_log, refuses_events, .timeout = 20)
{
	struct program p;
	struct ipc_msg m;

	program_start(&p, WITH_BROKER, NULL);
	program_wait_for_ready(&p);
	do
		m = program_ask(p.api, MSG_EVENT, &row->q, row->len, NULL);
	while (m.status == FAIL_AGAIN);
	cr_expect_eq((int)m.status, row->want, "%s", (char *)m.body);
	AUTO_BUF struct buf log = log_of(&p);
	cr_expect_eq(count_in(&log), 4);
	program_stop(&p);
}

Test(service_log, a_text_that_does_not_end_is_no_event, .timeout = 20)
{
	struct msg_event q;
	struct program p;
	struct ipc_msg m;

	memset(&q, 'x', sizeof(q));
	program_start(&p, WITH_BROKER, NULL);
	program_wait_for_ready(&p);
	do
		m = program_ask(p.api, MSG_EVENT, &q, sizeof(q), NULL);
	while (m.status == FAIL_AGAIN);
	cr_expect_eq(m.status, FAIL_INPUT);
	program_stop(&p);
}

Test(service_log, evidence_has_the_log_where_it_was_asked_for, .timeout = 20)
{
	struct msg_evidence q = {
		.caller = "guest", .parts = PART_CPU | PART_LOG, .nonce_len = 5, .nonce = "nonce"
	};
	AUTO_BUF struct buf text = BUF_EMPTY, head = BUF_EMPTY, data = BUF_EMPTY;
	uint8_t want[REPORT_DATA_BYTES];
	AUTO_JSON cJSON *o = NULL;
	const cJSON *log;
	AUTO_FD int fd = -1;
	struct program p;
	struct ipc_msg m;

	program_start(&p, WITH_BROKER, NULL);
	program_wait_for_ready(&p);
	m = program_ask_until_ready(p.api, MSG_EVIDENCE, &q, sizeof(q), &fd);
	cr_assert_eq(m.status, 0, "%s", (char *)m.body);
	cr_assert_eq(fd_unseal_bytes(fd, 65536, &text, NULL), 0);
	cr_assert_eq(json_parse(buf_view(&text), 65536, &o, NULL), 0);
	log = cJSON_GetObjectItem(o, "log");
	cr_assert_str_eq(json_text(cJSON_GetObjectItem(log, "strength")), "chain");
	cr_assert_eq(b64_decode(B64_STANDARD,
				span_text(json_text(cJSON_GetObjectItem(log, "head"))), 64, &head,
				NULL),
		     0);
	cr_assert_eq(b64_decode(B64_STANDARD,
				span_text(json_text(cJSON_GetObjectItem(o, "report_data"))), 64,
				&data, NULL),
		     0);
	cr_assert_eq(head.len, 48);
	cr_assert_eq(binding_report_data(&(struct binding){ .caller = "guest",
							    .nonce = span_text("nonce"),
							    .log_head = buf_view(&head) },
					 want, NULL),
		     0);
	cr_expect(span_is_equal(buf_view(&data), span(want, sizeof(want))));
	program_stop(&p);
}
