/* The simulated TEE, and when it may be used. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/evidence/probe.h"
#include "base/clock.h"
#include "base/json.h"
#include "tests/support/fault.h"

static const struct evidence_devices no_devices = EVIDENCE_NO_DEVICES;

static struct evidence nothing_found(void)
{
	struct evidence ev;

	cr_assert_eq(evidence_probe(&no_devices, &ev, &(struct err){ 0 }), 0);
	cr_assert_null(ev.driver);
	return ev;
}

Test(sample, carries_the_digest_unpadded)
{
	struct evidence ev = nothing_found();
	AUTO_JSON cJSON *json = NULL;
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(evidence_choose(&ev, TEE_SAMPLE, &e), 0, "%s", e.text);
	cr_assert_str_eq(ev.driver->tee, "sample");
	cr_assert_eq(evidence_report(&ev, span_text("digest"), deadline_in(0), &json, &e), 0);
	cr_assert_eq(json_print(json, 1000, &text, &e), 0);
	cr_assert_str_eq((char *)text.at, "{\"svn\":\"1\",\"report_data\":\"ZGlnZXN0\"}");
}

Test(sample, has_no_register_and_can_be_debugged)
{
	struct evidence ev = nothing_found();
	struct evidence_platform p;
	struct err e = { 0 };

	cr_assert_eq(evidence_platform(&ev, deadline_in(0), &p, &e), 0, "before it is chosen");
	cr_assert_not(p.has_init_data);
	cr_assert_eq(evidence_choose(&ev, TEE_SAMPLE, &e), 0);
	cr_assert_eq(evidence_platform(&ev, deadline_in(0), &p, &e), 0);
	cr_assert_not(p.has_init_data);
	cr_assert_str_eq(p.name, "none (sample)");
	cr_assert(p.debug);
}

struct choice {
	int found; /* 0 nothing, 1 snp, 2 tdx */
	int want;  /* enum config_tee         */
	int got;
	char says[40];
};

ParameterizedTestParameters(sample, is_never_a_fallback)
{
	static struct choice rows[] = {
		{ 0, TEE_AUTO, -FAIL_INPUT, "no TEE here" },
		{ 0, TEE_SNP, -FAIL_INPUT, "no TEE here" },
		{ 0, TEE_TDX, -FAIL_INPUT, "no TEE here" },
		{ 0, TEE_SAMPLE, 0, "" },
		{ 1, TEE_AUTO, 0, "" },
		{ 1, TEE_SNP, 0, "" },
		{ 1, TEE_TDX, -FAIL_INPUT, "tee is \"tdx\", but this is snp" },
		{ 1, TEE_SAMPLE, -FAIL_INPUT, "real hardware: snp" },
		{ 2, TEE_SNP, -FAIL_INPUT, "tee is \"snp\", but this is tdx" },
		{ 2, TEE_SAMPLE, -FAIL_INPUT, "real hardware: tdx" },
	};
	return cr_make_param_array(struct choice, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct choice *row, sample, is_never_a_fallback)
{
	struct evidence ev = nothing_found();
	struct err e = { 0 };

	ev.driver = row->found == 1 ? &evidence_snp : row->found == 2 ? &evidence_tdx : NULL;
	cr_expect_eq(evidence_choose(&ev, (enum config_tee)row->want, &e), row->got);
	cr_expect(strstr(e.text, row->says), "%s", e.text);
}

Test(sample, evidence_is_made_one_at_a_time)
{
	struct evidence ev = nothing_found();
	cJSON *json = NULL;
	struct err e = { 0 };

	cr_assert_eq(evidence_report(&ev, span_text("x"), 0, &json, &e), -FAIL_BUG, "no driver");
	cr_assert_eq(evidence_choose(&ev, TEE_SAMPLE, &e), 0);
	cr_assert_eq(pthread_mutex_lock(&ev.lock), 0);
	cr_assert_eq(evidence_report(&ev, span_text("x"), deadline_in(50), &json, &e), -FAIL_AGAIN);
	cr_assert_eq(pthread_mutex_unlock(&ev.lock), 0);
	cr_assert_eq(evidence_report(&ev, span_text("x"), deadline_in(50), &json, &e), 0);
	cJSON_Delete(json);
}

Test(sample, data_over_64_bytes_is_a_bug)
{
	static const uint8_t data[65];
	struct evidence ev = nothing_found();
	cJSON *json = NULL;
	struct err e = { 0 };

	cr_assert_eq(evidence_choose(&ev, TEE_SAMPLE, &e), 0);
	cr_assert_eq(evidence_report(&ev, span(data, 65), 0, &json, &e), -FAIL_BUG);
	cr_assert_eq(evidence_report(&ev, span(data, 0), 0, &json, &e), -FAIL_BUG);
}

Test(sample, survives_every_failing_allocation)
{
	struct evidence ev = nothing_found();

	cr_assert_eq(evidence_choose(&ev, TEE_SAMPLE, &(struct err){ 0 }), 0);
	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_JSON cJSON *json = NULL;
		struct err e = { 0 };
		int got = evidence_report(&ev, span_text("digest"), 0, &json, &e);

		cr_assert(got == 0 ? json != NULL : got == -FAIL_SYS && !json, "%d", got);
		cr_assert_eq(pthread_mutex_trylock(&ev.lock), 0, "nobody has it any more");
		cr_assert_eq(pthread_mutex_unlock(&ev.lock), 0);
	}
}
