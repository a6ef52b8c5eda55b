/* Good quotes of each form, and what a verdict takes out of them. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "base/json.h"
#include "base/limits.h"
#include "tests/unit/verify/tdx/scene.h"

struct form {
	char what[40];
	uint16_t version;
	enum quote_kind kind;
	bool is_processor_ca;
};

static struct quote_spec spec_of(const struct form *f)
{
	struct quote_spec s = f->kind == QUOTE_GEN_SGX ? quote_spec_sgx() : quote_spec_td10();

	s.version = f->version;
	s.kind = f->kind;
	s.body_type = (uint16_t)f->kind;
	s.is_processor_ca = f->is_processor_ca;
	s.pck.has_instance = s.pck.has_config = !f->is_processor_ca;
	return s;
}

ParameterizedTestParameters(tdx_quotes, a_good_one_is_accepted)
{
	static struct form rows[] = {
		{ "SGX, version 3", 3, QUOTE_GEN_SGX, false },
		{ "SGX, version 3, Processor CA", 3, QUOTE_GEN_SGX, true },
		{ "SGX, version 4", 4, QUOTE_GEN_SGX, false },
		{ "SGX, version 5", 5, QUOTE_GEN_SGX, false },
		{ "TD 1.0, version 4", 4, QUOTE_GEN_TD10, false },
		{ "TD 1.0, version 5", 5, QUOTE_GEN_TD10, false },
		{ "TD 1.5, version 5", 5, QUOTE_GEN_TD15, false },
	};

	return cr_make_param_array(struct form, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct form *f, tdx_quotes, a_good_one_is_accepted)
{
	struct scene s;

	scene_init(&s, spec_of(f));
	cr_expect_eq(scene_judge(&s), VERIFY_ACCEPTED, "%s", f->what);
	row_print("-", f->what, s.rig.context.verdict);
	cr_expect_eq(rig_word(&s.rig, VERIFY_GENUINE), VERIFY_GENUINE_TEST);
	cr_expect_eq(rig_word(&s.rig, VERIFY_FRESH), VERIFY_FRESH_YES);
	cr_expect_eq(rig_word(&s.rig, VERIFY_PLATFORM), VERIFY_PLATFORM_CURRENT);
	cr_expect_eq(rig_word(&s.rig, VERIFY_WORKLOAD), VERIFY_WORKLOAD_MATCHES);
	cr_expect(s.rig.part.outcome.genuine);
	scene_done(&s);
}

Test(tdx_quotes, a_td_hands_on_report_data_initdata_and_rtmrs)
{
	struct scene s;
	const struct outcome *o = &s.rig.part.outcome;

	scene_init(&s, quote_spec_td15());
	cr_assert_eq(scene_judge(&s), VERIFY_ACCEPTED);
	cr_expect_eq(o->data_len, 64);
	cr_expect_arr_eq(o->data, s.spec.td.report_data, 64);
	cr_expect_eq(o->config_len, 48);
	cr_expect_arr_eq(o->config, s.spec.td.mrconfigid, 48);
	cr_expect_eq(o->registers.alg, 0x000c);
	cr_expect_eq(o->registers.present, 0xf);
	cr_expect(o->registers.is_rtmr);
	for (size_t i = 0; i < 4; i++)
		cr_expect_arr_eq(o->registers.at[i], s.spec.td.rtmr[i], 48);
	scene_done(&s);
}

Test(tdx_quotes, an_enclave_hands_on_report_data_and_configid)
{
	struct scene s;
	const struct outcome *o = &s.rig.part.outcome;

	scene_init(&s, quote_spec_sgx());
	cr_assert_eq(scene_judge(&s), VERIFY_ACCEPTED);
	cr_expect_arr_eq(o->data, s.spec.enclave.report_data, 64);
	cr_expect_eq(o->config_len, 64);
	cr_expect_arr_eq(o->config, s.spec.enclave.configid, 64);
	cr_expect_eq(o->registers.alg, 0);
	scene_done(&s);
}

Test(tdx_quotes, a_forged_one_hands_on_nothing_and_judges_nothing_else)
{
	static const struct outcome none;
	struct scene s;

	scene_init(&s, quote_spec_td10());
	s.spec.break_signature = true;
	s.spec.td.attributes[0] = 1;
	cr_expect_eq(scene_judge(&s), VERIFY_REFUSED);
	cr_expect_eq(memcmp(&s.rig.part.outcome, &none, sizeof(none)), 0);
	cr_expect_eq(rig_word(&s.rig, VERIFY_FRESH), VERIFY_FRESH_UNCHECKED);
	cr_expect_eq(rig_word(&s.rig, VERIFY_PLATFORM), VERIFY_PLATFORM_UNCHECKED);
	cr_expect_eq(rig_word(&s.rig, VERIFY_WORKLOAD), VERIFY_WORKLOAD_UNCHECKED);
	cr_expect_eq(verify_finding_count(s.rig.context.verdict), 1);
	cr_expect_not_null(scene_claim(&s, "quote.body.mr_td"));
	cr_expect_null(verify_claim(s.rig.context.verdict, "part0", "measurement"));
	scene_done(&s);
}

Test(tdx_quotes, an_answer_to_another_question_is_stale)
{
	struct scene s;

	scene_init(&s, quote_spec_td10());
	scene_make(&s);
	(void)scene_judge_bytes(&s, buf_view(&s.made.quote));
	s.expects_nothing = true;
	s.rig.part.expect.at[63] ^= 1;
	cr_expect_eq(scene_judge_bytes(&s, buf_view(&s.made.quote)), VERIFY_REFUSED);
	cr_expect_eq(rig_word(&s.rig, VERIFY_FRESH), VERIFY_FRESH_NO);
	scene_done(&s);
}

Test(tdx_quotes, without_collateral_a_platform_is_unproven_and_the_files_are_named)
{
	struct scene s;

	scene_init(&s, quote_spec_td10());
	s.no_collateral = true;
	cr_expect_eq(scene_judge(&s), VERIFY_UNPROVEN);
	cr_expect_eq(rig_word(&s.rig, VERIFY_GENUINE), VERIFY_GENUINE_TEST);
	cr_expect_gt(verify_missing_count(s.rig.context.verdict), 0);
	scene_done(&s);
}

Test(tdx_quotes, without_a_clock_no_date_is_judged_and_that_is_said_once)
{
	struct scene s;
	size_t said = 0;

	scene_init(&s, quote_spec_td10());
	s.spec.leaf_not_before = 1000000000;
	s.spec.leaf_not_after = 1100000000;
	s.rig.context.at = VERIFY_NO_CLOCK;
	cr_expect_eq(scene_judge(&s), VERIFY_UNPROVEN);
	for (size_t i = 0; i < verify_finding_count(s.rig.context.verdict); i++)
		said += !strcmp(verify_finding(s.rig.context.verdict, i).code, "time.unchecked");
	cr_expect_eq(said, 1);
	cr_expect_not(rig_said(&s.rig, "tdx.expired"));
	scene_done(&s);
}

Test(tdx_quotes, without_a_test_root_the_same_quote_is_forged)
{
	struct scene s;

	scene_init(&s, quote_spec_td10());
	scene_make(&s);
	certs_done(&s.rig.test_roots);
	cr_expect_eq(scene_judge_bytes(&s, buf_view(&s.made.quote)), VERIFY_REFUSED);
	cr_expect(rig_said(&s.rig, "tdx.chain"));
	scene_done(&s);
}

Test(tdx_quotes, claims_tell_of_the_qe_the_pck_and_the_padding)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct scene s;

	scene_init(&s, quote_spec_td15());
	s.spec.padding = 5;
	cr_assert_eq(scene_judge(&s), VERIFY_ACCEPTED);
	cr_expect_str_eq(json_text(scene_claim(&s, "tee")), "tdx");
	cr_expect_str_eq(json_text(scene_claim(&s, "pck.fmspc")), "90c06f000000");
	cr_expect_str_eq(json_text(scene_claim(&s, "pck.tcb_components")),
			 "05050202040100050000000000000000");
	cr_expect_str_eq(json_text(scene_claim(&s, "pck.ca")), "platform");
	cr_expect(cJSON_IsTrue(scene_claim(&s, "pck.smt_enabled")));
	cr_expect_str_eq(scene_claim(&s, "pck.pce_svn")->valuestring, "13");
	cr_expect_str_eq(scene_claim(&s, "qe.isv_svn")->valuestring, "8");
	cr_expect_str_eq(scene_claim(&s, "padding")->valuestring, "5");
	cr_expect_str_eq(json_text(scene_claim(&s, "quote.type")), "0300");
	cr_expect_str_eq(json_text(scene_claim(&s, "quote.size")), "88020000");
	cr_expect_not_null(scene_claim(&s, "quote.body.mr_servicetd"));
	cr_expect_not_null(scene_claim(&s, "quote.body.tee_tcb_svn2"));
	cr_assert_eq(json_print(verdict_claims(s.rig.context.verdict, 0), LIMIT_VERIFY_JSON_BYTES,
				&text, NULL),
		     0);
	cr_expect_null(strstr((const char *)text.at, "e0e1e2e3e4e5"), "the PPID");
	scene_done(&s);
}

Test(tdx_quotes, claims_of_an_enclave_stand_where_coco_has_them)
{
	struct scene s;

	scene_init(&s, quote_spec_sgx());
	s.spec.reserved[0] = 8;
	s.spec.reserved[2] = 13;
	cr_assert_eq(scene_judge(&s), VERIFY_ACCEPTED);
	cr_expect_str_eq(json_text(scene_claim(&s, "tee")), "sgx");
	cr_expect_str_eq(json_text(scene_claim(&s, "header.version")), "0300");
	cr_expect_str_eq(json_text(scene_claim(&s, "header.qe_svn")), "0800");
	cr_expect_str_eq(json_text(scene_claim(&s, "header.pce_svn")), "0d00");
	cr_expect_str_eq(json_text(scene_claim(&s, "body.isv_prod_id")), "0700");
	cr_expect_str_eq(json_text(scene_claim(&s, "body.isv_svn")), "0300");
	cr_expect_eq(strncmp(json_text(scene_claim(&s, "body.mr_enclave")), "21222324", 8), 0);
	cr_expect_eq(strncmp(json_text(scene_claim(&s, "init_data")), "61626364", 8), 0);
	scene_done(&s);
}

/* --- TDREPORTs -------------------------------------------------------------------------------- */

static enum verify_decision judge_tdreport(struct scene *s, size_t at, uint8_t flip)
{
	const struct quote_spec good = quote_spec_td15();
	AUTO_BUF struct buf report = tdreport_make(&good.td);

	scene_init(s, good);
	report.at[at] ^= flip;
	return scene_judge_bytes(s, buf_view(&report));
}

Test(tdx_quotes, a_tdreport_is_recognised_and_unproven)
{
	struct scene s;

	cr_expect_eq(judge_tdreport(&s, 0, 0), VERIFY_UNPROVEN);
	cr_expect(rig_said(&s.rig, "tdx.tdreport"));
	cr_expect_not(scene_is_genuine(&s));
	cr_expect_not_null(scene_claim(&s, "tdreport.mr_td"));
	cr_expect_not(s.rig.part.outcome.genuine);
	scene_done(&s);
}

/* Whatever is changed, no bit of it makes it more than that. */
Test(tdx_quotes, no_bit_of_a_tdreport_makes_it_genuine)
{
	const struct quote_spec good = quote_spec_td15();
	AUTO_BUF struct buf report = tdreport_make(&good.td);
	struct scene s;

	scene_init(&s, good);
	for (size_t bit = 0; bit < 8 * report.len; bit++) {
		report.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_assert_neq(scene_judge_bytes(&s, buf_view(&report)), VERIFY_ACCEPTED);
		cr_assert_not(scene_is_genuine(&s));
		report.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	scene_done(&s);
}

struct damage {
	char what[32];
	size_t at;
};

ParameterizedTestParameters(tdx_quotes, a_damaged_tdreport_is_no_tdreport)
{
	static struct damage rows[] = {
		{ "version", 2 },   { "reserved in front", 9 }, { "TEE_TCB_INFO", 264 },
		{ "TDINFO", 530 },  { "a hash", 40 },		{ "reserved before MAC", 200 },
		{ "between", 500 },
	};

	return cr_make_param_array(struct damage, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct damage *d, tdx_quotes, a_damaged_tdreport_is_no_tdreport)
{
	AUTO_JSON cJSON *shown = cJSON_CreateObject();
	struct err e = { 0 };
	struct scene s;

	cr_expect_eq(judge_tdreport(&s, d->at, 0x40), VERIFY_REFUSED, "%s", d->what);
	cr_expect(rig_said(&s.rig, "tdx.format"));
	cr_expect_eq(tdreport_show(s.rig.part.bytes, shown, &e), -FAIL_INPUT);
	scene_done(&s);
}

Test(tdx_quotes, show_decodes_and_refuses_what_breaks_its_spec)
{
	AUTO_JSON cJSON *shown = cJSON_CreateObject();
	struct err e = { 0 };
	struct scene s;

	scene_init(&s, quote_spec_td15());
	s.spec.break_signature = true;
	scene_make(&s);
	cr_expect_eq(tdx_show(buf_view(&s.made.quote), shown, &e), 0, "%s", e.text);
	cr_expect_not_null(cJSON_GetObjectItemCaseSensitive(shown, "measurement"));
	cr_expect_not_null(cJSON_GetObjectItemCaseSensitive(shown, "pck"));
	cr_expect_eq(tdx_show(span(s.made.quote.at, s.made.quote.len - 1), shown, &e), -FAIL_INPUT);
	cr_expect_eq(tdx_show(SPAN_EMPTY, shown, &e), -FAIL_INPUT);
	scene_done(&s);
}
