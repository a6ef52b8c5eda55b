/* What a policy says: reading it, and what each member makes of a good quote. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "base/json.h"
#include "base/mem.h"
#include "tests/unit/verify/tdx/scene.h"

#define LIMIT 4096

/* --- Reading ---------------------------------------------------------------------------------- */

struct text_row {
	bool is_sgx;
	char text[200];
	int want;
};

static int parse(const struct text_row *r, struct tdx_policy *tdx, struct sgx_policy *sgx)
{
	AUTO_JSON cJSON *node = NULL;
	struct err e = { 0 };

	cr_assert_eq(json_parse(span_text(r->text), LIMIT, &node, &e), 0, "%s: %s", r->text,
		     e.text);
	return r->is_sgx ? sgx_policy_parse(node, sgx, &e) : tdx_policy_parse(node, tdx, &e);
}

ParameterizedTestParameters(tdx_policy, reads_strictly)
{
	static struct text_row rows[] = {
		{ false, "{}", 0 },
		{ true, "{}", 0 },
		{ false, "[]", -FAIL_INPUT },
		{ false, "{\"mrtdd\":[]}", -FAIL_INPUT },
		{ false, "{\"mrtd\":\"00\"}", -FAIL_INPUT },
		{ false, "{\"mrtd\":[1]}", -FAIL_INPUT },
		{ false, "{\"mrtd\":[]}", 0 },
		{ false, "{\"attributes\":\"0000001000000000\"}", 0 },
		{ false, "{\"attributes\":\"00000010000000\"}", -FAIL_INPUT },
		{ false, "{\"xfam\":[\"e702060000000000\"]}", 0 },
		{ false, "{\"debug\":true}", 0 },
		{ false, "{\"debug\":1}", -FAIL_INPUT },
		{ false, "{\"mrtd_is_enough\":\"yes\"}", -FAIL_INPUT },
		{ false, "{\"min_tee_tcb_svn\":\"05000600000000000000000000000000\"}", 0 },
		{ false, "{\"min_tee_tcb_svn\":\"050006\"}", -FAIL_INPUT },
		{ false, "{\"tcb_status\":[\"UpToDate\",\"SWHardeningNeeded\"]}", 0 },
		{ false, "{\"tcb_status\":[\"OutOfDateConfigurationNeeded\"]}", 0 },
		{ false, "{\"tcb_status\":[\"TDRelaunchAdvised\"]}", 0 },
		{ false, "{\"tcb_status\":[\"uptodate\"]}", -FAIL_INPUT },
		{ false, "{\"tcb_status\":[\"Revoked\"]}", -FAIL_INPUT },
		{ false, "{\"tcb_status\":[\"NotSupported\"]}", -FAIL_INPUT },
		{ false, "{\"advisories\":[\"INTEL-SA-00615\"]}", 0 },
		{ false, "{\"min_tcb_date\":\"2025-05-14T00:00:00Z\"}", 0 },
		{ false, "{\"min_tcb_date\":\"yesterday\"}", -FAIL_INPUT },
		{ false, "{\"min_tcb_evaluation_number\":18}", 0 },
		{ false, "{\"min_tcb_evaluation_number\":-1}", -FAIL_INPUT },
		{ false, "{\"min_tcb_evaluation_number\":1.5}", -FAIL_INPUT },
		{ false, "{\"fmspc\":[\"90C06F000000\"]}", 0 },
		{ false, "{\"fmspc\":[\"90C06F0000\"]}", -FAIL_INPUT },
		{ false, "{\"smt\":false}", 0 },
		{ false, "{\"revocation\":\"if-present\"}", 0 },
		{ false, "{\"revocation\":\"require\"}", 0 },
		{ false, "{\"revocation\":\"never\"}", -FAIL_INPUT },
		{ false, "{\"isvprodid\":1}", -FAIL_INPUT },
		{ true, "{\"isvprodid\":65535,\"min_isvsvn\":3}", 0 },
		{ true, "{\"isvprodid\":65536}", -FAIL_INPUT },
		{ true, "{\"min_isvsvn\":65536}", -FAIL_INPUT },
		{ true, "{\"mrtd\":[]}", -FAIL_INPUT },
		{ true, "{\"mrenclave\":\"00\"}", -FAIL_INPUT },
		{ true, "{\"tcb_status\":[\"Revoked\"]}", -FAIL_INPUT },
	};

	return cr_make_param_array(struct text_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct text_row *r, tdx_policy, reads_strictly)
{
	static const struct tdx_policy no_tdx;
	static const struct sgx_policy no_sgx;
	struct tdx_policy tdx = { 0 };
	struct sgx_policy sgx = { 0 };

	cr_expect_eq(parse(r, &tdx, &sgx), r->want, "%s", r->text);
	if (r->want) {
		cr_expect_eq(memcmp(&tdx, &no_tdx, sizeof(tdx)), 0, "%s", r->text);
		cr_expect_eq(memcmp(&sgx, &no_sgx, sizeof(sgx)), 0, "%s", r->text);
	}
	tdx_policy_done(&tdx);
	sgx_policy_done(&sgx);
}

Test(tdx_policy, keeps_what_it_read)
{
	struct text_row r = { false,
			      "{\"debug\":true,\"smt\":false,\"revocation\":\"if-present\","
			      "\"min_tcb_date\":\"2025-05-14T00:00:00Z\","
			      "\"min_tcb_evaluation_number\":18,\"mrtd_is_enough\":true,"
			      "\"fmspc\":\"90C06F000000\"}",
			      0 };
	struct tdx_policy p = { 0 };

	cr_assert_eq(parse(&r, &p, NULL), 0);
	cr_expect(p.debug && p.mrtd_is_enough && p.tcb.smt_off && p.tcb.revocation_if_present);
	cr_expect_eq(p.tcb.min_date, 1747180800);
	cr_expect_eq(p.tcb.min_evaluation, 18);
	cr_assert_eq(p.tcb.fmspc.count, 1);
	cr_expect_eq(p.tcb.fmspc.at[0].at[0], 0x90);
	cr_expect_not(p.mrtd.is_set);
	tdx_policy_done(&p);
}

/* Read again into the same place, a policy lets go of what it held. */
Test(tdx_policy, reads_twice_without_a_leak)
{
	struct text_row r = { false, "{\"fmspc\":\"90C06F000000\",\"mrtd\":[]}", 0 };
	struct tdx_policy p = { 0 };

	cr_assert_eq(parse(&r, &p, NULL), 0);
	cr_assert_eq(parse(&r, &p, NULL), 0);
	tdx_policy_done(&p);
}

/* --- Judging: what runs ----------------------------------------------------------------------- */

/* One letter a list: M mrtd, 0..3 rtmr, C mrconfigid, O mrowner, W mrownerconfig. Lower case or
 * the letters a..d for 0..3: a value that is not the quote's. */
struct workload_row {
	char what[56];
	char lists[12];
	bool is_enough;
	enum verify_word want;
};

static void add_list(struct scene *s, char letter)
{
	static const uint8_t other[48] = { 0xee };
	struct tdx_policy *p = &s->rig.policy.tdx;
	struct quote_td *t = &s->spec.td;
	struct {
		char right, wrong;
		struct refs *refs;
		const uint8_t *value;
	} rows[] = {
		{ 'M', 'm', &p->mrtd, t->mrtd },
		{ '0', 'a', &p->rtmr[0], t->rtmr[0] },
		{ '1', 'b', &p->rtmr[1], t->rtmr[1] },
		{ '2', 'c', &p->rtmr[2], t->rtmr[2] },
		{ '3', 'd', &p->rtmr[3], t->rtmr[3] },
		{ 'C', 'x', &p->mrconfigid, t->mrconfigid },
		{ 'O', 'o', &p->mrowner, t->mrowner },
		{ 'W', 'w', &p->mrownerconfig, t->mrownerconfig },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (letter == rows[i].right)
			refs_add(rows[i].refs, rows[i].value, 48);
		if (letter == rows[i].wrong)
			refs_add(rows[i].refs, other, 48);
	}
}

ParameterizedTestParameters(tdx_policy, a_td_is_what_the_lists_say)
{
	static struct workload_row rows[] = {
		{ "no list", "", false, VERIFY_WORKLOAD_UNKNOWN },
		{ "MRTD alone", "M", false, VERIFY_WORKLOAD_UNKNOWN },
		{ "MRTD alone, and it is enough", "M", true, VERIFY_WORKLOAD_MATCHES },
		{ "MRTD and RTMR1", "M1", false, VERIFY_WORKLOAD_UNKNOWN },
		{ "MRTD and RTMR2", "M2", false, VERIFY_WORKLOAD_UNKNOWN },
		{ "MRTD, RTMR1, RTMR2", "M12", false, VERIFY_WORKLOAD_MATCHES },
		{ "RTMR1 and RTMR2", "12", false, VERIFY_WORKLOAD_UNKNOWN },
		{ "RTMR1 and RTMR2, MRTD enough", "12", true, VERIFY_WORKLOAD_UNKNOWN },
		{ "all of it", "M0123COW", false, VERIFY_WORKLOAD_MATCHES },
		{ "another MRTD", "m12", false, VERIFY_WORKLOAD_MISMATCH },
		{ "another MRTD, enough", "m", true, VERIFY_WORKLOAD_MISMATCH },
		{ "another RTMR0", "M12a", false, VERIFY_WORKLOAD_MISMATCH },
		{ "another RTMR1", "Mb2", false, VERIFY_WORKLOAD_MISMATCH },
		{ "another RTMR1, MRTD enough", "Mb", true, VERIFY_WORKLOAD_MISMATCH },
		{ "another RTMR2", "M1c", false, VERIFY_WORKLOAD_MISMATCH },
		{ "another RTMR3", "M12d", false, VERIFY_WORKLOAD_MISMATCH },
		{ "another MRCONFIGID", "M12x", false, VERIFY_WORKLOAD_MISMATCH },
		{ "another MROWNER", "M12o", false, VERIFY_WORKLOAD_MISMATCH },
		{ "another MROWNERCONFIG", "M12w", false, VERIFY_WORKLOAD_MISMATCH },
		{ "the right one among others", "mM12", false, VERIFY_WORKLOAD_MATCHES },
	};

	return cr_make_param_array(struct workload_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct workload_row *r, tdx_policy, a_td_is_what_the_lists_say)
{
	struct scene s;

	scene_init(&s, quote_spec_td10());
	s.expects_nothing = true;
	s.rig.policy.tdx.mrtd_is_enough = r->is_enough;
	for (const char *letter = r->lists; *letter; letter++)
		add_list(&s, *letter);
	(void)scene_judge(&s);
	cr_expect_eq(rig_word(&s.rig, VERIFY_WORKLOAD), r->want, "%s", r->what);
	row_print("load", r->what, s.rig.context.verdict);
	scene_done(&s);
}

static bool has_text(const cJSON *list, const char *text)
{
	for (const cJSON *i = list ? list->child : NULL; i; i = i->next)
		if (json_text(i) && !strcmp(json_text(i), text))
			return true;
	return false;
}

Test(tdx_policy, names_what_has_no_reference)
{
	struct scene s;

	scene_init(&s, quote_spec_td10());
	s.expects_nothing = true;
	add_list(&s, 'M');
	(void)scene_judge(&s);
	cr_expect_not(has_text(scene_claim(&s, "unjudged"), "mrtd"));
	cr_expect(has_text(scene_claim(&s, "unjudged"), "rtmr1"));
	cr_expect(has_text(scene_claim(&s, "unjudged"), "mrconfigid"));
	for (size_t i = 0; i < verify_finding_count(s.rig.context.verdict); i++) {
		struct verify_finding f = verify_finding(s.rig.context.verdict, i);

		if (!strcmp(f.code, "tdx.unknown"))
			cr_expect_str_eq(f.text, "no reference value for rtmr1 rtmr2");
	}
	scene_done(&s);
}

/* S signer, P product, E enclave, C configid; lower case: others. */
ParameterizedTestParameters(tdx_policy, an_enclave_is_what_the_lists_say)
{
	static struct workload_row rows[] = {
		{ "no list", "", false, VERIFY_WORKLOAD_UNKNOWN },
		{ "MRENCLAVE", "E", false, VERIFY_WORKLOAD_MATCHES },
		{ "another MRENCLAVE", "e", false, VERIFY_WORKLOAD_MISMATCH },
		{ "MRSIGNER alone", "S", false, VERIFY_WORKLOAD_UNKNOWN },
		{ "product alone", "P", false, VERIFY_WORKLOAD_UNKNOWN },
		{ "MRSIGNER and product", "SP", false, VERIFY_WORKLOAD_MATCHES },
		{ "MRSIGNER and another product", "Sp", false, VERIFY_WORKLOAD_MISMATCH },
		{ "another MRSIGNER", "sP", false, VERIFY_WORKLOAD_MISMATCH },
		{ "MRENCLAVE and another MRSIGNER", "Es", false, VERIFY_WORKLOAD_MISMATCH },
		{ "MRENCLAVE and CONFIGID", "EC", false, VERIFY_WORKLOAD_MATCHES },
		{ "MRENCLAVE and another CONFIGID", "Ec", false, VERIFY_WORKLOAD_MISMATCH },
		{ "the version is the least", "EV", false, VERIFY_WORKLOAD_MATCHES },
		{ "the version is below the least", "Ev", false, VERIFY_WORKLOAD_MISMATCH },
	};

	return cr_make_param_array(struct workload_row, rows, sizeof(rows) / sizeof(*rows));
}

static void add_identity(struct scene *s, char letter)
{
	static const uint8_t other[64] = { 0xee };
	struct sgx_policy *p = &s->rig.policy.sgx;
	const struct quote_enclave *q = &s->spec.enclave;

	if (letter == 'E' || letter == 'e')
		refs_add(&p->mrenclave, letter == 'E' ? q->mrenclave : other, 32);
	if (letter == 'S' || letter == 's')
		refs_add(&p->mrsigner, letter == 'S' ? q->mrsigner : other, 32);
	if (letter == 'C' || letter == 'c')
		refs_add(&p->configid, letter == 'C' ? q->configid : other, 64);
	if (letter == 'P' || letter == 'p') {
		p->has_isvprodid = true;
		p->isvprodid = (uint16_t)(q->isvprodid + (letter == 'p'));
	}
	if (letter == 'V' || letter == 'v')
		p->min_isvsvn = (uint16_t)(q->isvsvn + (letter == 'v'));
}

ParameterizedTest(struct workload_row *r, tdx_policy, an_enclave_is_what_the_lists_say)
{
	struct scene s;

	scene_init(&s, quote_spec_sgx());
	s.expects_nothing = true;
	for (const char *letter = r->lists; *letter; letter++)
		add_identity(&s, *letter);
	(void)scene_judge(&s);
	cr_expect_eq(rig_word(&s.rig, VERIFY_WORKLOAD), r->want, "%s", r->what);
	row_print("load", r->what, s.rig.context.verdict);
	scene_done(&s);
}

/* --- Judging: the mode ------------------------------------------------------------------------ */

Test(tdx_policy, debug_passes_where_it_says_so)
{
	struct scene s;

	scene_init(&s, quote_spec_td10());
	s.spec.td.attributes[0] = 1;
	s.rig.policy.tdx.debug = true;
	cr_expect_eq(scene_judge(&s), VERIFY_ACCEPTED);
	cr_expect(rig_said(&s.rig, "tdx.debug-allowed"));
	scene_done(&s);
}

Test(tdx_policy, debug_does_not_pass_by_a_list_of_attributes)
{
	struct scene s;

	scene_init(&s, quote_spec_td10());
	s.spec.td.attributes[0] = 1;
	refs_add(&s.rig.policy.tdx.attributes, s.spec.td.attributes, 8);
	cr_expect_eq(scene_judge(&s), VERIFY_REFUSED);
	cr_expect(rig_said(&s.rig, "tdx.debug"));
	scene_done(&s);
}

/* "allow" is a list of reason codes for what references call policy. */
Test(tdx_policy, no_code_of_this_folder_can_be_allowed)
{
	static const char *const codes[] = { "tdx.debug", "tdx.under-debug", "tdx.attributes",
					     "tdx.signature", "tdx.chain" };
	struct scene s;

	scene_init(&s, quote_spec_td10());
	for (size_t i = 0; i < COUNT_OF(codes); i++)
		refs_add(&s.rig.policy.allow, codes[i], strlen(codes[i]));
	s.spec.td.attributes[0] = 3;
	cr_expect_eq(scene_judge(&s), VERIFY_REFUSED);
	s.spec.td.attributes[0] = 0;
	s.spec.break_signature = true;
	cr_expect_eq(scene_judge(&s), VERIFY_REFUSED);
	scene_done(&s);
}

Test(tdx_policy, an_enclave_in_debug_mode_passes_where_it_says_so)
{
	struct scene s;

	scene_init(&s, quote_spec_sgx());
	s.spec.enclave.attributes[0] |= 2;
	s.rig.policy.sgx.debug = true;
	cr_expect_eq(scene_judge(&s), VERIFY_ACCEPTED);
	s.rig.policy.sgx.debug = false;
	s.rig.policy.tdx.debug = true;
	cr_expect_eq(scene_judge(&s), VERIFY_REFUSED, "the policy of TDX is not SGX's");
	scene_done(&s);
}

Test(tdx_policy, an_enclave_that_was_not_initialised_is_refused)
{
	struct scene s;

	scene_init(&s, quote_spec_sgx());
	s.spec.enclave.attributes[0] &= (uint8_t)~1;
	cr_expect_eq(scene_judge(&s), VERIFY_REFUSED);
	cr_expect(rig_said(&s.rig, "sgx.not-started"));
	scene_done(&s);
}

struct bit_row {
	unsigned bit;
	enum verify_decision want;
};

/* What an exact value in the policy's list lets pass, and what nothing does. */
ParameterizedTestParameters(tdx_policy, a_listed_attributes_value_passes)
{
	static struct bit_row rows[] = {
		{ 29, VERIFY_ACCEPTED }, /* MIGRATABLE          */
		{ 62, VERIFY_ACCEPTED }, /* unknown             */
		{ 30, VERIFY_ACCEPTED }, /* PKS                 */
		{ 1, VERIFY_REFUSED },	 /* TUD                 */
		{ 28, VERIFY_REFUSED },	 /* SEPT_VE_DISABLE off */
	};

	return cr_make_param_array(struct bit_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct bit_row *r, tdx_policy, a_listed_attributes_value_passes)
{
	struct scene s;

	scene_init(&s, quote_spec_td10());
	s.spec.td.attributes[r->bit / 8] ^= (uint8_t)(1 << r->bit % 8);
	refs_add(&s.rig.policy.tdx.attributes, s.spec.td.attributes, 8);
	cr_expect_eq(scene_judge(&s), r->want, "bit %u", r->bit);
	scene_done(&s);
}

ParameterizedTestParameters(tdx_policy, known_attributes_pass_without_a_list)
{
	static struct bit_row rows[] = {
		{ 30, VERIFY_ACCEPTED },
		{ 31, VERIFY_ACCEPTED },
		{ 63, VERIFY_ACCEPTED },
	};

	return cr_make_param_array(struct bit_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct bit_row *r, tdx_policy, known_attributes_pass_without_a_list)
{
	struct scene s;

	scene_init(&s, quote_spec_td10());
	s.spec.td.attributes[r->bit / 8] ^= (uint8_t)(1 << r->bit % 8);
	cr_expect_eq(scene_judge(&s), r->want, "bit %u", r->bit);
	scene_done(&s);
}

/* Each sets one list of the policy: to another value (refused), to the quote's (accepted). */
static void judge_list(struct refs *refs, struct scene *s, const uint8_t *value, size_t len,
		       const char *code)
{
	uint8_t other[48] = { 0 };

	memcpy(other, value, len);
	other[len - 1] ^= 0x80;
	refs_add(refs, other, len);
	cr_expect_eq(scene_judge(s), VERIFY_REFUSED, "%s", code);
	cr_expect(rig_said(&s->rig, code), "%s", code);
	refs_add(refs, value, len);
	cr_expect_eq(scene_judge(s), VERIFY_ACCEPTED, "%s", code);
}

Test(tdx_policy, lists_of_the_mode_are_exact)
{
	struct scene s;

	scene_init(&s, quote_spec_td15());
	s.spec.td.xfam[2] |= 0x10;
	s.spec.td.mr_service_td[0] = 7;
	refs_add(&s.rig.policy.tdx.xfam, s.spec.td.xfam, 8);
	judge_list(&s.rig.policy.tdx.mr_service_td, &s, s.spec.td.mr_service_td, 48,
		   "tdx.service-td");
	refs_done(&s.rig.policy.tdx.xfam);
	judge_list(&s.rig.policy.tdx.xfam, &s, s.spec.td.xfam, 8, "tdx.xfam");
	judge_list(&s.rig.policy.tdx.attributes, &s, s.spec.td.attributes, 8, "tdx.attributes");
	judge_list(&s.rig.policy.tdx.mrseam, &s, s.spec.td.mrseam, 48, "tdx.module");
	scene_done(&s);
}

/* No service TD is always fine: the list says which may be bound, not that one must be. */
Test(tdx_policy, a_list_of_service_tds_demands_none)
{
	static const uint8_t one[48] = { 7 };
	struct scene s;

	scene_init(&s, quote_spec_td15());
	refs_add(&s.rig.policy.tdx.mr_service_td, one, sizeof(one));
	cr_expect_eq(scene_judge(&s), VERIFY_ACCEPTED);
	scene_done(&s);
}

Test(tdx_policy, the_floor_holds_for_each_byte_of_both_modules)
{
	struct scene s;

	scene_init(&s, quote_spec_td15());
	memcpy(s.rig.policy.tdx.min_tee_tcb_svn, s.spec.td.tee_tcb_svn, 16);
	cr_expect_eq(scene_judge(&s), VERIFY_ACCEPTED);
	s.rig.policy.tdx.min_tee_tcb_svn[15] = 1;
	cr_expect_eq(scene_judge(&s), VERIFY_REFUSED);
	cr_expect(rig_said(&s.rig, "tdx.tcb-floor"));
	s.spec.td.tee_tcb_svn[15] = 1;
	cr_expect_eq(scene_judge(&s), VERIFY_REFUSED, "the module of now");
	s.spec.td.tee_tcb_svn2[15] = 1;
	cr_expect_eq(scene_judge(&s), VERIFY_ACCEPTED);
	scene_done(&s);
}

Test(tdx_policy, smt_must_be_certified_as_off_where_it_has_to_be)
{
	struct scene s;

	scene_init(&s, quote_spec_td10());
	s.rig.policy.tdx.tcb.smt_off = true;
	cr_expect_eq(scene_judge(&s), VERIFY_REFUSED);
	cr_expect(rig_said(&s.rig, "tdx.smt"));
	s.spec.pck.smt = false;
	cr_expect_eq(scene_judge(&s), VERIFY_ACCEPTED);
	s.spec.pck.has_config = false;
	cr_expect_eq(scene_judge(&s), VERIFY_REFUSED, "nothing is said of it");
	scene_done(&s);
}

Test(tdx_policy, fmspcs_are_limited_where_they_are_listed)
{
	static const uint8_t other[6] = { 0x50, 0x80, 0x6f };
	struct scene s;

	scene_init(&s, quote_spec_td10());
	refs_add(&s.rig.policy.tdx.tcb.fmspc, other, sizeof(other));
	cr_expect_eq(scene_judge(&s), VERIFY_REFUSED);
	refs_add(&s.rig.policy.tdx.tcb.fmspc, s.spec.pck.fmspc, sizeof(s.spec.pck.fmspc));
	cr_expect_eq(scene_judge(&s), VERIFY_ACCEPTED);
	scene_done(&s);
}
