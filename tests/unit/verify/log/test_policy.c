/* What a policy may say of a log, and what comes of it. */
#include "tests/unit/verify/log/bench.h"

#include <criterion/parameterized.h>

struct refusal {
	char json[160];
};

#define D32 "0000000000000000000000000000000000000000000000000000000000000000"

ParameterizedTestParameters(log_policy, refuses)
{
	static struct refusal rows[] = {
		{ "[]" },
		{ "{\"event\": []}" },
		{ "{\"secure_boot\": 1}" },
		{ "{\"registers\": []}" },
		{ "{\"registers\": [24]}" },
		{ "{\"registers\": [-1]}" },
		{ "{\"registers\": [1, 1]}" },
		{ "{\"registers\": [\"1\"]}" },
		{ "{\"registers\": [16]}" },
		{ "{\"registers\": [23]}" },
		{ "{\"events\": []}" },
		{ "{\"events\": [1]}" },
		{ "{\"events\": [{\"register\": 1, \"type\": 4}]}" },
		{ "{\"events\": [{\"register\": 1, \"type\": 4, \"digest\": \"00\"}]}" },
		{ "{\"events\": [{\"register\": 1, \"type\": 3, \"digest\": \"" D32 "\"}]}" },
		{ "{\"events\": [{\"register\": 1, \"type\": \"EV_X\", \"digest\": \"" D32
		  "\"}]}" },
		{ "{\"events\": [{\"register\": 1, \"type\": 4294967296, \"digest\": \"" D32
		  "\"}]}" },
		{ "{\"events\": [{\"register\": 1, \"type\": 4, \"digest\": \"x" D32 "\"}]}" },
		{ "{\"registers\": [2], \"events\": [{\"register\": 1, \"type\": 4, "
		  "\"digest\": \"" D32 "\"}]}" },
		{ "{\"aael\": [1]}" },
		{ "{\"aael\": [\"\"]}" },
		{ "{\"aael\": \"a b c\"}" },
	};

	return cr_make_param_array(struct refusal, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refusal *row, log_policy, refuses)
{
	struct bench b;

	bench_init(&b);
	cr_expect(bench_policy(&b, row->json) == -(int)FAIL_INPUT, "%s", row->json);
	cr_expect(!b.rig.policy.log.events && !b.rig.policy.log.aael);
	bench_done(&b);
}

static void agent(const char *policy, uint32_t reg, const char *text, enum verify_decision want,
		  const char *code)
{
	struct eventlog l = eventlog_cc();
	struct bench b;

	bench_init(&b);
	eventlog_boot(&l, true);
	if (text)
		eventlog_aael(&l, reg, text);
	eventlog_end(&l, 0xff, 8);
	bench_sign(&b, &l, EVENTLOG_SHA384);
	cr_assert(bench_policy(&b, policy) == 0);
	cr_expect(bench_run(&b, buf_view(&l.bytes)) == want, "%s", text);
	cr_expect(rig_said(&b.rig, code), "%s: %s", text, code);
	eventlog_done(&l);
	bench_done(&b);
}

Test(log_policies, agent_events_are_those_that_are_listed)
{
	agent("{\"aael\": [\"a b c\", \"a b\"]}", 4, "a b c", VERIFY_ACCEPTED, "log.expected");
	agent("{\"aael\": [\"a b c\"]}", 4, NULL, VERIFY_ACCEPTED, "log.expected");
	agent("{\"aael\": []}", 4, NULL, VERIFY_ACCEPTED, "log.expected");
	agent("{\"aael\": []}", 4, "a b c", VERIFY_REFUSED, "log.aael");
	agent("{\"aael\": [\"a b d\"]}", 4, "a b c", VERIFY_REFUSED, "log.aael");
	agent("{\"aael\": [\"a b c\"], \"registers\": [1, 2, 3]}", 4, "a b c", VERIFY_REFUSED,
	      "log.not-judged");
}

Test(log_policies, what_is_not_the_agent_s_stays_out_of_its_register)
{
	struct eventlog l = eventlog_cc();
	struct bench b;

	bench_init(&b);
	eventlog_tag(&l, 4, 1, "a b c", SPAN_EMPTY);
	bench_sign(&b, &l, EVENTLOG_SHA384);
	cr_assert(bench_policy(&b, "{\"aael\": [\"a b c\"]}") == 0);
	cr_expect(bench_run(&b, buf_view(&l.bytes)) == VERIFY_REFUSED);
	cr_expect(rig_said(&b.rig, "log.aael"));
	eventlog_done(&l);

	/* The digest of another text. */
	l = eventlog_cc();
	eventlog_aael(&l, 4, "a b d");
	bench_sign(&b, &l, EVENTLOG_SHA384);
	l.bytes.at[l.bytes.len - 1] = 'c';
	cr_expect(bench_run(&b, buf_view(&l.bytes)) == VERIFY_REFUSED);
	cr_expect(rig_said(&b.rig, "log.aael"));
	eventlog_done(&l);
	bench_done(&b);
}

/* All of RTMR3's events by type and digest; `extra` adds one more expectation. */
static void events(bool required, bool other, enum verify_decision want, const char *code)
{
	static const char form[] = "{\"events\": [%s{\"register\": 4, \"type\": 5, \"digest\": "
				   "\"%s\"}]}";
	static const char absent[] =
		"{\"register\": 4, \"type\": 5, \"digest\": \"" D32 "\", \"required\": true},";
	struct eventlog l = eventlog_cc();
	char json[1024], digest[97];
	struct bench b;

	bench_init(&b);
	eventlog_text(&l, 4, 5, "x");
	digest_hex(span(l.bytes.at + l.last + 14, 48), digest);
	if (other)
		eventlog_text(&l, 4, 5, "y");
	bench_sign(&b, &l, EVENTLOG_SHA384);
	(void)snprintf(json, sizeof(json), form, required ? absent : "", digest);
	cr_assert(bench_policy(&b, json) == 0);
	cr_expect(bench_run(&b, buf_view(&l.bytes)) == want, "%s", code);
	cr_expect(rig_said(&b.rig, code), "%s", code);
	eventlog_done(&l);
	bench_done(&b);
}

Test(log_policies, events_are_those_that_are_listed)
{
	events(false, false, VERIFY_ACCEPTED, "log.expected");
	events(false, true, VERIFY_REFUSED, "log.event-other");
	events(true, false, VERIFY_REFUSED, "log.event-absent");
}

Test(log_policies, secure_boot_of_a_tpm_is_pcr_7)
{
	struct eventlog l = eventlog_tpm();
	struct bench b;

	bench_init(&b);
	eventlog_boot(&l, true);
	bench_sign(&b, &l, EVENTLOG_SHA256);
	cr_assert(bench_policy(&b, "{\"secure_boot\": true}") == 0);
	cr_expect(bench_run(&b, buf_view(&l.bytes)) == VERIFY_ACCEPTED);
	cr_expect(rig_said(&b.rig, "log.expected"));
	eventlog_done(&l);
	l = eventlog_tpm();
	eventlog_boot(&l, false);
	bench_sign(&b, &l, EVENTLOG_SHA256);
	cr_expect(bench_run(&b, buf_view(&l.bytes)) == VERIFY_REFUSED);
	cr_expect(rig_said(&b.rig, "log.secure-boot"));
	eventlog_done(&l);
	bench_done(&b);
}

Test(log_policies, at_most_eight_findings_of_a_kind)
{
	struct eventlog l = eventlog_cc();
	struct bench b;
	int said = 0;

	bench_init(&b);
	for (int i = 0; i < 100; i++)
		eventlog_text(&l, 4, 5, "x");
	bench_sign(&b, &l, EVENTLOG_SHA384);
	cr_assert(bench_policy(&b, "{\"aael\": []}") == 0);
	cr_expect(bench_run(&b, buf_view(&l.bytes)) == VERIFY_REFUSED);
	for (size_t i = 0; i < verify_finding_count(b.rig.context.verdict); i++)
		said += !strcmp(verify_finding(b.rig.context.verdict, i).code, "log.aael");
	cr_expect(said == 8, "%d", said);
	eventlog_done(&l);
	bench_done(&b);
}
