/* A question without a service around it. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/evidence/probe.h"
#include "attest/questions.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/messages.h"

struct evidence_row {
	char caller[LIMIT_NAME_BYTES];
	uint32_t len;
	int want;
	uint32_t parts;
};

ParameterizedTestParameters(questions, evidence_needs_a_nonce_and_a_caller)
{
	static struct evidence_row rows[] = {
		{ "guest", 1, 0, 0 },
		{ "guest", 64, 0, PART_CPU },
		{ "guest", 0, -FAIL_INPUT, 0 },
		{ "guest", 65, -FAIL_INPUT, 0 },
		{ "", 5, -FAIL_INPUT, 0 },
		{ "a\nb", 5, -FAIL_INPUT, 0 },
		{ "guest", UINT32_MAX, -FAIL_INPUT, 0 },
		{ "guest", 5, -FAIL_INPUT, 8 },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 5,
		  -FAIL_INPUT, 0 },
	};
	return cr_make_param_array(struct evidence_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct evidence_row *row, questions, evidence_needs_a_nonce_and_a_caller)
{
	struct boot boot = { .evidence = { .driver = &evidence_sample,
					   .dev = EVIDENCE_NO_DEVICES } };
	struct msg_evidence q = { .nonce_len = row->len, .parts = row->parts };
	struct err e = { 0 };
	AUTO_FD int fd = -1;

	memcpy(q.caller, row->caller, sizeof(q.caller));
	fd = question_evidence(&boot, NULL, &q, deadline_in(1000), &e);
	cr_expect_eq(fd >= 0 ? 0 : fd, row->want, "%s", e.text);
}
