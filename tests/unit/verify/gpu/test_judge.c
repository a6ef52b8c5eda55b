/* Platform and workload of genuine devices: revocation, floors, mode, lists, manifests. */
#include <criterion/criterion.h>

#include "tests/unit/verify/gpu/device_rig.h"

static void expect_said(struct device_rig *r, const char *id, const char *what, const char *code,
			enum verify_word word)
{
	enum verify_decision decision = device_run(r);
	bool found = false;

	row_print(id, what, r->rig.context.verdict);
	for (size_t i = 0; i < verify_finding_count(r->rig.context.verdict); i++) {
		struct verify_finding f = verify_finding(r->rig.context.verdict, i);

		found |= !strcmp(f.code, code) && f.word == word;
	}
	cr_expect(found, "%s: %s is not said", what, code);
	cr_expect(decision != VERIFY_ACCEPTED, "%s", what);
	cr_expect(rig_word(&r->rig, VERIFY_GENUINE) == VERIFY_GENUINE_TEST, "%s", what);
}

Test(judge, accepts_devices_with_everything_at_hand)
{
	static const enum gpu_chip chips[] = { GPU_GH100, GPU_LS10 };

	for (size_t i = 0; i < 2; i++) {
		struct gpu_spec s = gpu_spec(chips[i]);
		struct device_rig r;

		device_accepted(&r, &s);
		row_print("", "a device with everything at hand", r.rig.context.verdict);
		cr_expect(rig_word(&r.rig, VERIFY_GENUINE) == VERIFY_GENUINE_TEST);
		cr_expect(rig_word(&r.rig, VERIFY_FRESH) == VERIFY_FRESH_YES);
		cr_expect(rig_word(&r.rig, VERIFY_PLATFORM) == VERIFY_PLATFORM_CURRENT);
		cr_expect(rig_word(&r.rig, VERIFY_WORKLOAD) == VERIFY_WORKLOAD_MATCHES);
		cr_expect(verify_missing_count(r.rig.context.verdict) == 0);
		device_rig_done(&r);
	}
}

/* --- Row 13: revocation ----------------------------------------------------------------------- */

struct word_of {
	const char *what;
	int cert; /* about which, 1..3 */
	bool is_crl;
	int how;
	const char *code;
	enum verify_word word;
};

/* Everything good but for the one answer. */
static void judge_word(const struct word_of *w)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct device_rig r;

	device_spec_match(&s);
	device_rig_init(&r, &s);
	device_ask_nonce(&r, &s);
	for (int cert = 1; cert <= 3; cert++) {
		size_t place = (size_t)cert;

		if (cert == w->cert && w->how < 0)
			continue;
		if (cert == w->cert && w->is_crl)
			device_add_crl(&r, place, (enum device_crl)w->how);
		else if (cert == w->cert)
			device_add_ocsp(&r, place, (enum device_ocsp)w->how);
		else if (cert == 1)
			device_add_ocsp(&r, place, DEVICE_OCSP_GOOD);
		else
			device_add_crl(&r, place, DEVICE_CRL_GOOD);
	}
	device_add_rims(&r);
	expect_said(&r, "13", w->what, w->code, w->word);
	device_rig_done(&r);
}

Test(judge, revocation_is_good_only_when_each_is_good)
{
	static const struct word_of rows[] = {
		{ "device revoked by OCSP", 1, false, DEVICE_OCSP_REVOKED, "gpu.revoked",
		  VERIFY_PLATFORM_REVOKED },
		{ "device on hold by OCSP", 1, false, DEVICE_OCSP_HOLD, "gpu.revoked",
		  VERIFY_PLATFORM_REVOKED },
		{ "device unknown by OCSP", 1, false, DEVICE_OCSP_UNKNOWN, "gpu.revocation-unknown",
		  VERIFY_PLATFORM_NOT_ALLOWED },
		{ "OCSP answer of nine days ago", 1, false, DEVICE_OCSP_STALE,
		  "gpu.revocation-stale", VERIFY_PLATFORM_UNPROVEN },
		{ "OCSP answer signed by no responder", 1, false, DEVICE_OCSP_NO_RESPONDER,
		  "gpu.revocation-bad", VERIFY_PLATFORM_UNPROVEN },
		{ "OCSP answer of another issuer", 1, false, DEVICE_OCSP_OTHER_ISSUER,
		  "gpu.revocation-bad", VERIFY_PLATFORM_UNPROVEN },
		{ "OCSP answer with a broken signature", 1, false, DEVICE_OCSP_BROKEN,
		  "gpu.revocation-bad", VERIFY_PLATFORM_UNPROVEN },
		{ "OCSP answer about another certificate", 1, false, DEVICE_OCSP_OTHER_CERT,
		  "gpu.revocation-bad", VERIFY_PLATFORM_UNPROVEN },
		{ "OCSP answer cut", 1, false, DEVICE_OCSP_CUT, "gpu.revocation-bad",
		  VERIFY_PLATFORM_UNPROVEN },
		{ "no OCSP answer", 1, false, -1, "gpu.revocation-ocsp-missing",
		  VERIFY_PLATFORM_UNPROVEN },
		{ "maker revoked by CRL", 2, true, DEVICE_CRL_REVOKED, "gpu.revoked",
		  VERIFY_PLATFORM_REVOKED },
		{ "maker revoked by OCSP", 2, false, DEVICE_OCSP_REVOKED, "gpu.revoked",
		  VERIFY_PLATFORM_REVOKED },
		{ "CRL of last quarter", 2, true, DEVICE_CRL_STALE, "gpu.revocation-stale",
		  VERIFY_PLATFORM_UNPROVEN },
		{ "CRL signed by another", 2, true, DEVICE_CRL_OTHER_KEY, "gpu.revocation-bad",
		  VERIFY_PLATFORM_UNPROVEN },
		{ "no CRL", 2, true, -1, "gpu.revocation-missing", VERIFY_PLATFORM_UNPROVEN },
		{ "identity CA revoked by the root's CRL", 3, true, DEVICE_CRL_REVOKED,
		  "gpu.revoked", VERIFY_PLATFORM_REVOKED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		judge_word(&rows[i]);
}

Test(judge, one_good_answer_is_enough_and_one_bad_word_outranks_it)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct device_rig r;

	device_accepted(&r, &s);
	device_add_ocsp(&r, 2, DEVICE_OCSP_STALE);
	device_add_ocsp(&r, 3, DEVICE_OCSP_GOOD);
	cr_expect(device_run(&r) == VERIFY_ACCEPTED);
	device_rig_done(&r);

	s = gpu_spec(GPU_GH100);
	device_accepted(&r, &s);
	device_add_ocsp(&r, 2, DEVICE_OCSP_REVOKED);
	expect_said(&r, "13", "good by CRL, revoked by OCSP", "gpu.revoked",
		    VERIFY_PLATFORM_REVOKED);
	device_rig_done(&r);
}

Test(judge, revocation_may_be_left_out_by_policy_and_is_then_claimed_as_not_asked)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct device_rig r;
	const cJSON *first;

	device_spec_match(&s);
	device_rig_init(&r, &s);
	device_ask_nonce(&r, &s);
	device_add_rims(&r);
	cr_expect(device_run(&r) == VERIFY_UNPROVEN);
	cr_expect(verify_missing_count(r.rig.context.verdict) == 3);
	r.rig.policy.gpu.revocation_if_present = true;
	cr_expect(device_run(&r) == VERIFY_ACCEPTED);
	first = cJSON_GetObjectItem(verdict_claims(r.rig.context.verdict, 0), "revocation")->child;
	cr_expect_str_eq(cJSON_GetObjectItem(first, "answer")->valuestring, "not asked");
	device_add_ocsp(&r, 1, DEVICE_OCSP_REVOKED);
	cr_expect(device_run(&r) == VERIFY_REFUSED, "what is there is believed");
	device_rig_done(&r);
}

Test(judge, what_is_missing_is_named_with_its_place)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct device_rig r;
	struct verify_missing m;

	device_rig_init(&r, &s);
	(void)device_run(&r);
	m = verify_missing(r.rig.context.verdict, 0);
	cr_expect(!strncmp(m.file, "nvidia-ocsp-", 12) && strlen(m.file) == 12 + 64 + 4);
	cr_expect_str_eq(m.url, "http://ocsp.ndis.nvidia.com");
	m = verify_missing(r.rig.context.verdict, 1);
	cr_expect_str_eq(m.file, "nvidia-l2-gh100.crl");
	cr_expect_str_eq(m.url, "http://crl.ndis.nvidia.com/crl/l2-gh100.crl");
	cr_expect_str_eq(verify_missing(r.rig.context.verdict, 2).file, "nvidia-l1-root.crl");
	device_rig_done(&r);
}

/* --- Time ------------------------------------------------------------------------------------- */

Test(judge, says_when_the_chain_is_not_valid_or_nobody_knows_the_time)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct device_rig r;

	s.not_before = 1600000000;
	s.not_after = 1700000000;
	device_spec_match(&s);
	device_rig_init(&r, &s);
	expect_said(&r, "", "leaf expired", "gpu.chain-time", VERIFY_PLATFORM_OUT_OF_DATE);
	device_rig_done(&r);

	s.not_before = 1890000000;
	s.not_after = 1900000000;
	device_rig_init(&r, &s);
	expect_said(&r, "", "leaf not yet valid", "gpu.chain-time", VERIFY_PLATFORM_OUT_OF_DATE);
	device_rig_done(&r);

	s = gpu_spec(GPU_GH100);
	device_accepted(&r, &s);
	r.rig.context.at = VERIFY_NO_CLOCK;
	expect_said(&r, "", "no clock", "time.unchecked", VERIFY_PLATFORM_UNCHECKED);
	device_rig_done(&r);
}

/* --- Floors ----------------------------------------------------------------------------------- */

static void set(char *at, const char *text)
{
	(void)snprintf(at, GPU_VERSION_BYTES, "%s", text);
}

Test(judge, floors_hold)
{
	static const struct {
		const char *driver, *vbios;
		const char *code; /* NULL: passes */
	} rows[] = {
		{ "550.90.07", "96.00.9F.00.01", NULL },
		{ "550.90.7", "96.0.9f.0.1", NULL },
		{ "550", "", NULL },
		{ "550.90.08", "", "gpu.driver-old" },
		{ "1000", "", "gpu.driver-old" },
		{ "", "96.00.9F.00.02", "gpu.vbios-old" },
		{ "", "96.00.A0", "gpu.vbios-old" },
		{ "", "96.00.10.00.01", NULL },
	};
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct device_rig r;

	device_accepted(&r, &s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		set(r.rig.policy.gpu.min_driver, rows[i].driver);
		set(r.rig.policy.gpu.min_vbios, rows[i].vbios);
		set(r.rig.policy.gpu.min_switch_bios, "FF");
		if (rows[i].code)
			expect_said(&r, "", "below the floor", rows[i].code,
				    VERIFY_PLATFORM_OUT_OF_DATE);
		else
			cr_expect(device_run(&r) == VERIFY_ACCEPTED, "row %zu", i);
		cr_expect_str_eq(verify_claim(r.rig.context.verdict, "part0", "driver_floor"),
				 *rows[i].driver ? rows[i].driver : "none given");
	}
	device_rig_done(&r);
}

Test(judge, a_floor_of_its_own_for_switches)
{
	struct gpu_spec s = gpu_spec(GPU_LS10);
	struct device_rig r;

	device_accepted(&r, &s);
	set(r.rig.policy.gpu.min_driver, "999");
	set(r.rig.policy.gpu.min_vbios, "FF");
	set(r.rig.policy.gpu.min_switch_bios, "96.10.55.00.01");
	cr_expect(device_run(&r) == VERIFY_ACCEPTED);
	set(r.rig.policy.gpu.min_switch_bios, "96.10.55.00.02");
	expect_said(&r, "", "switch below the floor", "gpu.vbios-old", VERIFY_PLATFORM_OUT_OF_DATE);
	device_rig_done(&r);
}

Test(judge, a_driver_whose_version_is_no_number_is_below_any_floor)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct device_rig r;

	gpu_set(&s, 3, "550.90-beta", 12);
	device_rig_init(&r, &s);
	set(r.rig.policy.gpu.min_driver, "1");
	expect_said(&r, "", "driver version that is no number", "gpu.driver-old",
		    VERIFY_PLATFORM_OUT_OF_DATE);
	cr_expect(rig_said(&r.rig, "gpu.no-reference"), "nor the name of a file");
	device_rig_done(&r);
}

Test(judge, what_a_policy_allows_passes_and_keeps_its_word)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct ref code = { .len = 14 };
	struct device_rig r;

	device_accepted(&r, &s);
	set(r.rig.policy.gpu.min_driver, "551");
	memcpy(code.at, "gpu.driver-old", 14);
	r.rig.policy.allow = (struct refs){ .at = &code, .count = 1, .is_set = true };
	cr_expect(device_run(&r) == VERIFY_ACCEPTED);
	cr_expect(rig_word(&r.rig, VERIFY_PLATFORM) == VERIFY_PLATFORM_OUT_OF_DATE);
	device_rig_done(&r);
}

/* --- Mode and lists --------------------------------------------------------------------------- */

static void mode_row(const char *pcie, const char *feature, enum gpu_mode mode, const char *code,
		     const char *what)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct device_rig r;

	gpu_set(&s, 21, pcie, 1);
	gpu_set(&s, 36, feature, 2);
	device_rig_init(&r, &s);
	r.rig.policy.gpu.mode = mode;
	if (code)
		expect_said(&r, "", what, code, VERIFY_PLATFORM_NOT_ALLOWED);
	else
		(void)device_run(&r);
	cr_expect(rig_said(&r.rig, "gpu.current") == !code, "%s", what);
	device_rig_done(&r);
}

Test(judge, mode_is_what_the_policy_demands_and_does_not_contradict_itself)
{
	mode_row("\x55", "\0\0", GPU_MODE_ANY, NULL, "single, any");
	mode_row("\x55", "\0\0", GPU_MODE_SINGLE, NULL, "single, single");
	mode_row("\x55", "\1\0", GPU_MODE_SINGLE, NULL, "single by the other flag");
	mode_row("\xaa", "\2\0", GPU_MODE_PPCIE, NULL, "ppcie, ppcie");
	mode_row("\xaa", "\2\0", GPU_MODE_SINGLE, "gpu.mode-other", "ppcie, single demanded");
	mode_row("\x55", "\0\0", GPU_MODE_PPCIE, "gpu.mode-other", "single, ppcie demanded");
	mode_row("\xaa", "\0\0", GPU_MODE_ANY, "gpu.mode-conflict", "field 21 on, flag off");
	mode_row("\x55", "\2\0", GPU_MODE_ANY, "gpu.mode-conflict", "field 21 off, flag on");
}

Test(judge, a_switch_is_locked)
{
	struct gpu_spec s = gpu_spec(GPU_LS10);
	struct device_rig r;

	gpu_set(&s, 25, "\0\0", 2);
	device_rig_init(&r, &s);
	expect_said(&r, "24", "switch unlocked", "gpu.unlocked", VERIFY_PLATFORM_NOT_ALLOWED);
	device_rig_done(&r);
	gpu_drop(&s, 25);
	device_rig_init(&r, &s);
	expect_said(&r, "24", "switch without lock status", "gpu.unlocked",
		    VERIFY_PLATFORM_NOT_ALLOWED);
	device_rig_done(&r);
}

Test(judge, lists_of_devices_and_architectures)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct ref arch = { .len = 9 }, pdi = { .len = 8 };
	struct device_rig r;

	device_accepted(&r, &s);
	memcpy(arch.at, "BLACKWELL", 9);
	r.rig.policy.gpu.arch = (struct refs){ .at = &arch, .count = 1, .is_set = true };
	expect_said(&r, "", "architecture not listed", "gpu.arch-not-allowed",
		    VERIFY_PLATFORM_NOT_ALLOWED);
	memcpy(arch.at, "HOPPER", 6);
	arch.len = 6;
	cr_expect(device_run(&r) == VERIFY_ACCEPTED);
	r.rig.policy.gpu.pdi = (struct refs){ .at = &pdi, .count = 1, .is_set = true };
	expect_said(&r, "", "device not listed", "gpu.pdi-not-allowed",
		    VERIFY_PLATFORM_NOT_ALLOWED);
	memcpy(pdi.at, s.pdi, 8);
	cr_expect(device_run(&r) == VERIFY_ACCEPTED);
	r.rig.policy.gpu.pdi.count = 0;
	expect_said(&r, "", "an empty list of devices", "gpu.pdi-not-allowed",
		    VERIFY_PLATFORM_NOT_ALLOWED);
	device_rig_done(&r);
}

/* --- Rows 19 and 20: measurements ------------------------------------------------------------- */

static enum verify_word measured(struct gpu_spec *s, const char *id, const char *what)
{
	struct device_rig r;
	enum verify_word word;

	device_rig_init(&r, s);
	device_add_revocation(&r);
	device_add_rims(&r);
	device_ask_nonce(&r, s);
	(void)device_run(&r);
	row_print(id, what, r.rig.context.verdict);
	word = rig_word(&r.rig, VERIFY_WORKLOAD);
	device_rig_done(&r);
	return word;
}

static enum verify_word decoder(const char *status, bool is_wrong, const char *what)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);

	device_spec_match(&s);
	s.blocks[35].value[0] ^= is_wrong;
	if (status)
		gpu_set(&s, 11, status, 1);
	else
		gpu_drop(&s, 11);
	return measured(&s, "19", what);
}

Test(judge, index_35_is_compared_when_the_decoder_is_on)
{
	cr_expect(decoder("\xaa", false, "decoder on, 35 right") == VERIFY_WORKLOAD_MATCHES);
	cr_expect(decoder("\xaa", true, "decoder on, 35 wrong") == VERIFY_WORKLOAD_MISMATCH);
	cr_expect(decoder("\x55", true, "decoder off, 35 wrong") == VERIFY_WORKLOAD_MATCHES);
	cr_expect(decoder("\x00", false, "decoder 0x00") == VERIFY_WORKLOAD_MISMATCH);
	cr_expect(decoder(NULL, false, "decoder not told") == VERIFY_WORKLOAD_MISMATCH);
}

Test(judge, every_measurement_counts)
{
	for (size_t i = 0; i < 64; i++) {
		bool is_golden = i <= 12 || (i >= 21 && i <= 40);
		struct gpu_spec s = gpu_spec(GPU_GH100);

		device_spec_match(&s);
		s.blocks[i].value[47] ^= 0x40;
		cr_expect(measured(&s, "20", "one measurement changed") ==
				  (is_golden && i != 35 ? VERIFY_WORKLOAD_MISMATCH
							: VERIFY_WORKLOAD_MATCHES),
			  "index %zu", i);
	}
}

Test(judge, manifests_that_are_missing_leave_the_workload_unknown)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct device_rig r;

	device_spec_match(&s);
	device_rig_init(&r, &s);
	device_add_revocation(&r);
	device_ask_nonce(&r, &s);
	cr_expect(device_run(&r) == VERIFY_UNKNOWN_WORKLOAD);
	cr_expect(verify_missing_count(r.rig.context.verdict) == 2);
	cr_expect(strstr(verify_missing(r.rig.context.verdict, 0).file,
			 "nvidia-rim-NV_GPU_DRIVER_GH100_550.90.07."));
	r.rig.policy.gpu.driver_rim_if_present = true;
	cr_expect(device_run(&r) == VERIFY_UNKNOWN_WORKLOAD, "the VBIOS's is still missing");
	device_rig_done(&r);
}

Test(judge, a_report_without_board_numbers_names_no_manifest)
{
	static const uint16_t fields[] = { 15, 17, 18 };

	for (size_t i = 0; i < 3; i++) {
		struct gpu_spec s = gpu_spec(GPU_GH100);
		struct device_rig r;

		device_spec_match(&s);
		gpu_drop(&s, fields[i]);
		device_rig_init(&r, &s);
		device_add_rims(&r);
		expect_said(&r, "", "a field of the manifest's name missing", "gpu.no-reference",
			    VERIFY_WORKLOAD_UNKNOWN);
		device_rig_done(&r);
	}
}

Test(judge, names_of_files_never_leave_their_letters)
{
	static const char *const names[] = { "../../etc", "a/b", "10 10", "10%2f" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct gpu_spec s = gpu_spec(GPU_GH100);
		struct device_rig r;

		gpu_set(&s, 17, names[i], strlen(names[i]) + 1);
		device_rig_init(&r, &s);
		expect_said(&r, "", "a project that is no name", "gpu.no-reference",
			    VERIFY_WORKLOAD_UNKNOWN);
		device_rig_done(&r);
	}
}
