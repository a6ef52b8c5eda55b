/* rim_show(), and what happens when memory runs out. */
#include <criterion/criterion.h>

#include "attest/verify/rim/signer.h"
#include "base/json.h"
#include "tests/support/fault.h"
#include "tests/unit/verify/rim/rims.h"

static const char *text_of(const cJSON *o, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));

	return text ? text : "(none)";
}

Test(rim_show, decodes_what_nobody_could_verify)
{
	struct rim_spec s = rim_spec_driver();
	struct rim_signer by = rims_signer();
	AUTO_BUF struct buf xml = BUF_EMPTY;
	AUTO_JSON cJSON *shown = cJSON_CreateObject();
	const cJSON *values;
	struct err e = { 0 };

	s.bad_signature = s.bad_digest = true;
	xml = rim_make(&s, &by);
	cr_assert_eq(rim_show(buf_view(&xml), shown, &e), 0, "%s", e.text);
	cr_expect_str_eq(text_of(shown, "colloquial_version"), "550.90.07");
	cr_expect_str_eq(text_of(shown, "product"), "GH100");
	values = cJSON_GetObjectItemCaseSensitive(shown, "measurements");
	cr_expect_eq(cJSON_GetArraySize(values), 21);
	cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(values, "35")), 4);
	cr_expect_not_null(cJSON_GetObjectItemCaseSensitive(shown, "signer"));
	rim_signer_done(&by);
}

Test(rim_show, refuses_what_is_no_manifest)
{
	AUTO_JSON cJSON *shown = cJSON_CreateObject();

	cr_expect_eq(rim_show(span_text("<a/>"), shown, NULL), -FAIL_INPUT);
	cr_expect_eq(rim_show(span_text("{}"), shown, NULL), -FAIL_INPUT);
	cr_expect_eq(rim_show(SPAN_EMPTY, shown, NULL), -FAIL_INPUT);
}

Test(rim_show, survives_every_allocation_that_fails)
{
	const struct rim_spec s = rim_spec_vbios();
	struct rim_signer by = rims_signer();
	AUTO_BUF struct buf xml = rim_make(&s, &by);

	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_JSON cJSON *shown = cJSON_CreateObject();
		struct err e = { 0 };
		int failed = rim_show(buf_view(&xml), shown, &e);

		cr_expect(failed == 0 || failed == -FAIL_SYS, "allocation %u: %s", n, e.text);
	}
	rim_signer_done(&by);
}

/* The error, or the verdict itself, which keeps what failed; never a manifest that is half there.
 */
Test(rim_load, survives_every_allocation_that_fails)
{
	const struct rim_spec s = rim_spec_vbios();
	struct rim_signer by = rims_signer();
	AUTO_BUF struct buf xml = rim_make(&s, &by);
	struct rig r;

	rims_init(&r, &by);
	rims_ask(RIM_VBIOS, &s);
	cr_assert_eq(
		verify_store_add(r.store, "nvidia-rim-" RIMS_VBIOS_ID ".xml", buf_view(&xml), NULL),
		0);
	FAULT_EACH(n, FAULT_MEMORY)
	{
		const struct verdict_options o = { .at = RIMS_NOW };
		AUTO_VERDICT struct verify_verdict *v = NULL;
		struct err e = { 0 };
		bool found = false;
		size_t part;
		int failed;

		r.context.verdict = NULL;
		failed = verdict_new(&o, &v, &e);
		if (!failed)
			failed = verdict_part(v, "gpu0", "gpu", 0, &part, &e);
		r.context.verdict = v;
		if (!failed)
			failed = rim_load(&r.context, part, RIM_VBIOS, RIMS_VBIOS_ID, "GH100",
					  RIMS_VBIOS_VERSION, &rims.loaded[1], &found, &e);
		if (!failed)
			failed = verdict_finish(v, &e);
		fault_disarm_keep();
		cr_expect(failed == -FAIL_SYS || (!failed && found), "allocation %u: %d %s", n,
			  failed, e.text);
		r.context.verdict = NULL;
	}
	rig_done(&r);
	rim_signer_done(&by);
}

/* --- Names of chips --------------------------------------------------------------------------- */

Test(rim_signer, matches_chips_with_x_for_digits)
{
	static const struct {
		const char *pattern, *chip;
		bool want;
	} rows[] = {
		{ "GH100", "GH100", true },
		{ "GB1XX", "GB100", true },
		{ "GB1XX", "GB102", true },
		{ "GB1XX", "GB202", false },
		{ "GH100", "GH1000", false },
		{ "GH10", "GH100", false },
		{ "", "", false },
		{ "XXXXX", "GH100", false },
		{ "LS10", "LS10", true },
		{ "gh100", "GH100", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		cr_expect_eq(signer_is_chip(span_text(rows[i].pattern), rows[i].chip), rows[i].want,
			     "%s %s", rows[i].pattern, rows[i].chip);
}

Test(rim_signer, takes_blackwells_ca_for_its_chips)
{
	struct rim_signer by = rim_signer_make(&(struct rim_signer_spec){
		.chip = "GB100", .cn = { [RIM_CERT_CA] = "NVIDIA Reference Value GB1XX CA 001" } });
	struct rim_spec s = rim_spec_vbios();
	struct rig r;

	s.chip = "GB100";
	rims_init(&r, &by);
	rims_ask(RIM_VBIOS, &s);
	cr_expect_eq(rims_run(&r, &s, &by), VERIFY_ACCEPTED);
	rig_done(&r);
	rim_signer_done(&by);
}
