/* rim_compare(): the reference's tests 18 to 20, and what a manifest that is missing leaves. */
#include <criterion/criterion.h>

#include "base/mem.h"
#include "tests/unit/verify/rim/rims.h"

/* One device, judged against these manifests under one signer. */
struct device {
	struct rig rig;
	struct rim_signer by;
	struct rim_spec driver, vbios;
};

static void device_init(struct device *d)
{
	d->by = rims_signer();
	d->driver = rim_spec_driver();
	d->vbios = rim_spec_vbios();
	rims_init(&d->rig, &d->by);
	d->rig.policy.gpu.driver_rim_if_present = false;
	rims_measure(&d->driver);
	rims_measure(&d->vbios);
}

static enum verify_decision device_run(struct device *d)
{
	AUTO_BUF struct buf driver = rim_make(&d->driver, &d->by),
			    vbios = rim_make(&d->vbios, &d->by);
	struct rim_measurement measured[RIM_INDICES];

	memcpy(measured, rims.measured, sizeof(measured));
	rims_ask(RIM_DRIVER, &d->driver);
	rims_ask(RIM_VBIOS, &d->vbios);
	memcpy(rims.measured, measured, sizeof(measured));
	rims.files[1].bytes = buf_view(&vbios);
	return rig_run(&d->rig, rims_judge, buf_view(&driver));
}

static void device_done(struct device *d)
{
	rig_done(&d->rig);
	rim_signer_done(&d->by);
}

static void expect(struct device *d, const char *id, const char *what, enum verify_decision want,
		   const char *code)
{
	cr_expect_eq(device_run(d), want, "%s", what);
	cr_expect(rig_said(&d->rig, code), "%s: %s", what, code);
	row_print(id, what, d->rig.context.verdict);
}

static const cJSON *claims(const struct device *d, const char *name)
{
	const cJSON *all = verdict_claims(d->rig.context.verdict, 0);

	return cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(all, "measurements"), name);
}

/* --- 18 --------------------------------------------------------------------------------------- */

Test(rim_compare, number_18_conflicts_and_empty_sets_fail)
{
	struct device d;

	device_init(&d);
	d.vbios.values[7] = d.driver.values[7];
	expect(&d, "18", "both RIMs active at index 7, with the same value", VERIFY_REFUSED,
	       "rim.conflict");
	device_done(&d);

	device_init(&d);
	for (size_t i = 0; i < RIM_INDICES; i++)
		d.driver.values[i].active = false;
	expect(&d, "18", "driver RIM without active entry", VERIFY_REFUSED, "rim.empty");
	for (size_t i = 0; i < RIM_INDICES; i++)
		d.vbios.values[i].active = false;
	expect(&d, "18", "neither with an active entry", VERIFY_REFUSED, "rim.empty");
	device_done(&d);
}

/* --- 19 --------------------------------------------------------------------------------------- */

Test(rim_compare, number_19_the_decoder_is_compared_while_it_is_on)
{
	static const struct {
		const char *what;
		uint8_t nvdec;
		bool is_wrong;
		enum verify_decision want;
		const char *code;
	} rows[] = {
		{ "NVDEC0 0xaa with right 35", 0xaa, false, VERIFY_ACCEPTED, "rim.match" },
		{ "NVDEC0 0xaa with wrong 35", 0xaa, true, VERIFY_REFUSED, "rim.mismatch" },
		{ "NVDEC0 0x55 with right 35", 0x55, false, VERIFY_ACCEPTED, "rim.match" },
		{ "NVDEC0 0x55 with wrong 35", 0x55, true, VERIFY_ACCEPTED, "rim.match" },
		{ "NVDEC0 0x01", 0x01, false, VERIFY_REFUSED, "rim.nvdec" },
		{ "NVDEC0 0x00, or absent", 0x00, false, VERIFY_REFUSED, "rim.nvdec" },
	};
	struct device d;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		device_init(&d);
		rims.nvdec = rows[i].nvdec;
		rims.measured[35].at[47] ^= rows[i].is_wrong;
		expect(&d, "19", rows[i].what, rows[i].want, rows[i].code);
		device_done(&d);
	}
}

Test(rim_compare, needs_no_decoders_state_where_nobody_names_it)
{
	struct device d;

	device_init(&d);
	d.driver.values[35].active = false;
	rims.nvdec = 0;
	cr_expect_eq(device_run(&d), VERIFY_ACCEPTED);
	device_done(&d);
}

/* A switch has no decoder, and its index 35 would be like any other. */
Test(rim_compare, compares_all_of_a_switch)
{
	struct rim_signer by = rim_signer_make(&(struct rim_signer_spec){ .chip = "LS10" });
	struct rim_spec s = rim_spec_switch();
	struct rig r;

	s.values[35] = s.values[30];
	rims_init(&r, &by);
	rims_ask(RIM_SWITCH, &s);
	rims.nvdec = 0;
	cr_expect_eq(rims_run(&r, &s, &by), VERIFY_ACCEPTED);
	rims.measured[35].at[0] ^= 1;
	cr_expect_eq(rims_run(&r, &s, &by), VERIFY_REFUSED);
	cr_expect(rig_said(&r, "rim.mismatch"));
	rig_done(&r);
	rim_signer_done(&by);
}

/* --- 20, and every other index ---------------------------------------------------------------- */

Test(rim_compare, number_20_zero_is_a_value_like_any_other)
{
	struct device d;

	device_init(&d);
	rims.measured[28].at[0] = 1;
	expect(&d, "20", "golden zero, report non-zero", VERIFY_REFUSED, "rim.mismatch");
	device_done(&d);

	device_init(&d);
	memset(rims.measured[7].at, 0, RIM_HASH_BYTES);
	expect(&d, "20", "golden non-zero, report zero", VERIFY_REFUSED, "rim.mismatch");
	device_done(&d);

	device_init(&d);
	rims.measured[7].present = false;
	expect(&d, "20", "block absent", VERIFY_REFUSED, "rim.mismatch");
	device_done(&d);
}

Test(rim_compare, takes_each_alternative_and_no_other_indexs)
{
	struct device d;

	device_init(&d);
	for (size_t i = 0; i < 4; i++) {
		memcpy(rims.measured[12].at, d.vbios.values[12].at[i], RIM_HASH_BYTES);
		cr_expect_eq(device_run(&d), VERIFY_ACCEPTED);
	}
	memset(rims.measured[12].at, 0, RIM_HASH_BYTES);
	cr_expect_eq(device_run(&d), VERIFY_REFUSED, "the fifth, which is no alternative");
	memcpy(rims.measured[12].at, d.vbios.values[11].at[0], RIM_HASH_BYTES);
	cr_expect_eq(device_run(&d), VERIFY_REFUSED);
	device_done(&d);
}

Test(rim_compare, names_every_index_that_differs_and_its_source)
{
	const cJSON *rows, *row;
	struct device d;
	size_t said = 0;

	device_init(&d);
	for (size_t i = 0; i < RIM_INDICES; i++)
		rims.measured[i].at[20] ^= 0x80;
	cr_expect_eq(device_run(&d), VERIFY_REFUSED);
	for (size_t i = 0; i < verify_finding_count(d.rig.context.verdict); i++)
		said += !strcmp(verify_finding(d.rig.context.verdict, i).code, "rim.mismatch");
	cr_expect_eq(said, 1 + 20 - 1 + 12, "driver's without 35, and the VBIOS's");
	rows = claims(&d, "mismatches");
	cr_expect_eq(cJSON_GetArraySize(rows), 32);
	row = cJSON_GetObjectItemCaseSensitive(rows, "7");
	cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(row, "source")), "driver");
	row = cJSON_GetObjectItemCaseSensitive(rows, "12");
	cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(row, "source")), "vbios");
	cr_expect_eq(cJSON_GetArraySize(claims(&d, "uncovered_nonzero")), RIM_INDICES - 33);
	cr_expect(cJSON_IsFalse(claims(&d, "match")));
	device_done(&d);
}

Test(rim_compare, tells_what_no_manifest_covers_and_goes_on)
{
	struct device d;

	device_init(&d);
	rims.measured[52].at[0] = 1;
	cr_expect_eq(device_run(&d), VERIFY_ACCEPTED);
	cr_expect_eq(cJSON_GetArraySize(claims(&d, "uncovered_nonzero")), 1);
	cr_expect_not_null(cJSON_GetObjectItem(claims(&d, "uncovered_nonzero"), "52"));
	device_done(&d);
}

/* --- Half of it ------------------------------------------------------------------------------- */

/* As a caller has it whose other rim_load() found nothing. */
static int compare_loaded(const struct context *c, struct part *p, struct err *e)
{
	(void)e;
	verdict_say(c->verdict, p->index, GPU_GENUINE, "as the test says");
	verdict_say(c->verdict, p->index, GPU_CURRENT, "as the test says");
	verdict_say(c->verdict, p->index, FRESH_ANSWERS, "as the test says");
	rim_compare(c, p->index, rims.found[0] ? &rims.loaded[0] : NULL,
		    rims.found[1] ? &rims.loaded[1] : NULL, rims.measured, rims.nvdec);
	return 0;
}

Test(rim_compare, does_not_match_by_half)
{
	struct device d;

	device_init(&d);
	cr_assert_eq(device_run(&d), VERIFY_ACCEPTED);
	rims.found[1] = false;
	cr_expect_eq(rig_run(&d.rig, compare_loaded, SPAN_EMPTY), VERIFY_UNKNOWN_WORKLOAD);
	cr_expect(rig_said(&d.rig, "rim.missing"));
	rims.measured[7].at[0] ^= 1;
	cr_expect_eq(rig_run(&d.rig, compare_loaded, SPAN_EMPTY), VERIFY_REFUSED, "still compared");
	rims.measured[7].at[0] ^= 1;

	rims.found[0] = false;
	rims.found[1] = true;
	cr_expect_eq(rig_run(&d.rig, compare_loaded, SPAN_EMPTY), VERIFY_UNKNOWN_WORKLOAD);
	d.rig.policy.gpu.driver_rim_if_present = true;
	cr_expect_eq(rig_run(&d.rig, compare_loaded, SPAN_EMPTY), VERIFY_ACCEPTED);

	rims.found[1] = false;
	cr_expect_eq(rig_run(&d.rig, compare_loaded, SPAN_EMPTY), VERIFY_UNKNOWN_WORKLOAD);
	cr_expect(rig_said(&d.rig, "rim.uncompared"));
	device_done(&d);
}
