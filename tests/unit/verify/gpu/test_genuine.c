/* Chain, signature, firmware id, names: whether a device signed this. Rows: gpu-evidence 8.4. */
#include <criterion/criterion.h>

#include "base/digest.h"
#include "tests/support/evidence/pki.h"
#include "tests/unit/verify/gpu/device_rig.h"

/* One row: judged, printed, and refused for this reason as no evidence of anything. */
static void refuse(const char *id, const char *what, struct device_rig *r, const char *code)
{
	(void)device_run(r);
	row_print(id, what, r->rig.context.verdict);
	cr_expect(rig_said(&r->rig, code), "%s: not %s but %s", what, code,
		  verify_finding(r->rig.context.verdict, 0).code);
	cr_expect(rig_word(&r->rig, VERIFY_GENUINE) == VERIFY_GENUINE_FORGED, "%s", what);
	cr_expect(verify_decision(r->rig.context.verdict) == VERIFY_REFUSED, "%s", what);
	cr_expect(verify_finding_count(r->rig.context.verdict) == 1,
		  "%s: judged after it was refused", what);
	cr_expect(!r->rig.part.outcome.genuine, "%s", what);
}

static void refuse_spec(const char *id, const char *what, const struct gpu_spec *s,
			const char *code)
{
	struct device_rig r;

	device_rig_init(&r, s);
	refuse(id, what, &r, code);
	device_rig_done(&r);
}

Test(genuine, takes_reports_of_every_generation)
{
	for (enum gpu_chip chip = GPU_GH100; chip <= GPU_LS10; chip++) {
		struct gpu_spec s = gpu_spec(chip);
		const char *code = "";

		cr_expect(device_genuine(&s, &code) == VERIFY_GENUINE_TEST, "%d: %s", chip, code);
	}
}

Test(genuine, takes_the_old_format_and_says_so)
{
	struct gpu_spec s = gpu_spec_old();
	struct device_rig r;

	device_rig_init(&r, &s);
	(void)device_run(&r);
	cr_expect(rig_word(&r.rig, VERIFY_GENUINE) == VERIFY_GENUINE_TEST);
	cr_expect(rig_said(&r.rig, "gpu.old-format"));
	r.rig.policy.gpu.allow_old_format = true;
	(void)device_run(&r);
	cr_expect(!rig_said(&r.rig, "gpu.old-format"));
	device_rig_done(&r);
}

Test(genuine, is_unproven_without_certificates)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct device_rig r;

	s.chain = GPU_CHAIN_NONE;
	device_rig_init(&r, &s);
	cr_expect(device_run(&r) == VERIFY_UNPROVEN);
	cr_expect(rig_word(&r.rig, VERIFY_GENUINE) == VERIFY_GENUINE_UNPROVEN);
	cr_expect(rig_said(&r.rig, "gpu.chain-missing"));
	cr_assert(verify_missing_count(r.rig.context.verdict) == 1);
	cr_expect_str_eq(verify_missing(r.rig.context.verdict, 0).file, "gpu0-chain.pem");
	cr_expect(verify_finding_count(r.rig.context.verdict) == 1);
	device_rig_done(&r);
}

Test(genuine, shows_a_test_root_and_refuses_it_unasked)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct device_rig r;

	device_rig_init(&r, &s);
	certs_done(&r.rig.test_roots);
	refuse("10", "the test root, which nobody named", &r, "gpu.chain");
	device_rig_done(&r);
}

/* --- Rows 7 and 8: the signature -------------------------------------------------------------- */

Test(genuine, refuses_signatures_that_are_not_the_devices)
{
	static const char *const what[] = {
		[GPU_SIGN_R_ZERO] = "r zero",
		[GPU_SIGN_S_ZERO] = "s zero",
		[GPU_SIGN_R_ORDER] = "r is the group's order",
		[GPU_SIGN_S_ORDER] = "s is the group's order",
		[GPU_SIGN_DER] = "DER instead of raw",
		[GPU_SIGN_SHA256] = "SHA-256",
		[GPU_SIGN_OTHER_KEY] = "another key",
		[GPU_SIGN_SWAPPED] = "s before r",
	};

	for (enum gpu_sign sign = GPU_SIGN_GOOD + 1; sign < GPU_SIGNS; sign++) {
		struct gpu_spec s = gpu_spec(GPU_GH100);

		s.sign = sign;
		refuse_spec("7", what[sign], &s, "gpu.signature");
	}
}

Test(genuine, refuses_one_devices_report_under_anothers_leaf)
{
	struct gpu_spec a = gpu_spec(GPU_GH100), b = gpu_spec(GPU_GH100);
	struct gpu_made other;
	struct device_rig r;

	b.leaf_key = GPU_KEY_LEAF + 1;
	other = gpu_make(&b);
	device_rig_init(&r, &a);
	buf_done(&r.made.report);
	r.made.report = buf_take(&other.report);
	refuse("8", "report of device B, leaf of device A", &r, "gpu.signature");
	device_rig_done(&r);
	gpu_made_done(&other);
}

/* --- Row 9: firmware id ----------------------------------------------------------------------- */

Test(genuine, refuses_other_firmware_than_certified)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);

	gpu_field(&s, 20)->at[47] ^= 1;
	refuse_spec("9", "firmware id of other firmware", &s, "gpu.fwid");
	s = gpu_spec(GPU_GB100);
	gpu_field(&s, 20)->at[0] ^= 0x80;
	refuse_spec("9", "the same, Blackwell", &s, "gpu.fwid");
	s = gpu_spec(GPU_GB100);
	memset(gpu_field(&s, 20)->at, 0, 48);
	refuse_spec("9", "the second firmware id of TcbInfo (zeros)", &s, "gpu.fwid");
	s = gpu_spec(GPU_GH100);
	gpu_drop(&s, 20);
	refuse_spec("9", "no firmware id in a format that has it", &s, "gpu.fwid");
	s = gpu_spec(GPU_GB100);
	gpu_drop(&s, 20);
	gpu_drop(&s, 34);
	refuse_spec("9", "no firmware id, Blackwell in the old format", &s, "gpu.fwid");
}

/* --- Rows 10 and 11: the chain ---------------------------------------------------------------- */

Test(genuine, refuses_chains_that_are_not_a_devices)
{
	static const struct {
		enum gpu_chain chain;
		const char *id, *what;
	} rows[] = {
		{ GPU_CHAIN_SWAPPED, "10", "certificates 1 and 2 exchanged" },
		{ GPU_CHAIN_BACKWARDS, "10", "root first" },
		{ GPU_CHAIN_OTHER_ROOT, "10", "a root of the same name" },
		{ GPU_CHAIN_FOUR, "10", "certificate 3 missing" },
		{ GPU_CHAIN_ROOTLESS, "10", "four, without the root" },
		{ GPU_CHAIN_SIX, "10", "six certificates" },
		{ GPU_CHAIN_SHIFTED, "10", "the device's CA as leaf, five in all" },
		{ GPU_CHAIN_LEAF_CA, "10", "leaf with CA:TRUE" },
		{ GPU_CHAIN_NO_FWID, "10", "leaf without firmware id" },
		{ GPU_CHAIN_OTHER_SPKI, "11", "embedded key is not certificate 1's" },
		{ GPU_CHAIN_FWID_SHA256, "10", "firmware id is a SHA-256" },
		{ GPU_CHAIN_FWID_LONG, "10", "firmware id with a byte after it" },
		{ GPU_CHAIN_FWID_VERSION, "10", "firmware id of version 2" },
		{ GPU_CHAIN_OTHER_FORM, "10", "firmware id in Blackwell's form" },
		{ GPU_CHAIN_NO_INFO, "10", "leaf without device info" },
		{ GPU_CHAIN_PREFIX, "10", "a GPU's identity of a switch's kind" },
		{ GPU_CHAIN_TWO_NAMES, "10", "certificate 1 has two identities" },
		{ GPU_CHAIN_NO_NAME, "10", "certificate 1 has no identity" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct gpu_spec s = gpu_spec(GPU_GH100);

		s.chain = rows[i].chain;
		refuse_spec(rows[i].id, rows[i].what, &s, "gpu.chain");
	}
}

Test(genuine, refuses_broken_tcbinfo)
{
	static const struct {
		enum gpu_chain chain;
		const char *what;
	} rows[] = {
		{ GPU_CHAIN_FWID_SHA256, "TcbInfo: first firmware id is a SHA-256" },
		{ GPU_CHAIN_FWID_LONG, "TcbInfo: a byte after it" },
		{ GPU_CHAIN_FWID_VERSION, "TcbInfo: members out of order" },
		{ GPU_CHAIN_OTHER_FORM, "TcbInfo: Hopper's form in its place" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct gpu_spec s = gpu_spec(GPU_GB100);

		s.chain = rows[i].chain;
		refuse_spec("10", rows[i].what, &s, "gpu.chain");
	}
}

/* Every name that tells the chip, one at a time of another. */
Test(genuine, refuses_names_of_two_chips)
{
	static const struct {
		const char *leaf, *device, *maker, *info, *what;
	} rows[] = {
		{ "GB100 A01 GSP FMC LF", NULL, NULL, NULL, "leaf of a GB100" },
		{ "GH100 A01 GSP FMC", NULL, NULL, NULL, "leaf not called FMC LF" },
		{ "GH100", NULL, NULL, NULL, "leaf called GH100 alone" },
		{ NULL, "GB100 A01 GSP BROM", NULL, NULL, "device of a GB100" },
		{ NULL, "GH100X A01 GSP BROM", NULL, NULL, "device of a GH100X" },
		{ NULL, NULL, "NVIDIA GB100 Provisioner ICA 1", NULL, "maker of GB100s" },
		{ NULL, NULL, NULL, "NVIDIA:GB100:0123456789ABCDEF", "info of a GB100" },
		{ NULL, NULL, NULL, "NVIDIA:GH100:0123456789ABCDE", "info of 15 digits" },
		{ NULL, NULL, NULL, "NVIDIA:GH100:0123456789ABCDEG", "info that is no hex" },
		{ "AD102 A01 GSP FMC LF", "AD102 A01 GSP BROM", "NVIDIA AD102 Provisioner ICA 1",
		  "NVIDIA:AD102:0123456789ABCDEF", "a chip that is not known" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct gpu_spec s = gpu_spec(GPU_GH100);

		if (rows[i].leaf)
			(void)snprintf(s.leaf_cn, sizeof(s.leaf_cn), "%s", rows[i].leaf);
		if (rows[i].device)
			(void)snprintf(s.device_cn, sizeof(s.device_cn), "%s", rows[i].device);
		if (rows[i].maker)
			(void)snprintf(s.maker_cn, sizeof(s.maker_cn), "%s", rows[i].maker);
		if (rows[i].info)
			(void)snprintf(s.info, sizeof(s.info), "%s", rows[i].info);
		refuse_spec("10", rows[i].what, &s, "gpu.chain");
	}
}

/* --- Row 12: architecture --------------------------------------------------------------------- */

static void claim_arch(const struct gpu_spec *s, enum part_kind kind, const char *arch,
		       const char *what)
{
	struct device_rig r;

	device_rig_init(&r, s);
	r.rig.part.kind = kind;
	(void)snprintf(r.rig.part.arch, sizeof(r.rig.part.arch), "%s", arch);
	refuse("12", what, &r, "gpu.arch");
	device_rig_done(&r);
}

Test(genuine, refuses_an_architecture_that_is_only_claimed)
{
	struct gpu_spec hopper = gpu_spec(GPU_GH100), ls10 = gpu_spec(GPU_LS10), mixed;

	claim_arch(&hopper, PART_GPU, "BLACKWELL", "GH100 claimed to be BLACKWELL");
	claim_arch(&hopper, PART_GPU, "hopper", "GH100 claimed to be hopper, in small letters");
	claim_arch(&hopper, PART_SWITCH, "", "GPU's report as a switch's");
	claim_arch(&ls10, PART_GPU, "", "LS10 report as a GPU's");
	claim_arch(&ls10, PART_SWITCH, "HOPPER", "LS10 claimed to be HOPPER");

	/* The switch's certificates with a report of a GPU's form, all signed. */
	mixed = gpu_spec(GPU_LS10);
	memcpy(mixed.blocks, hopper.blocks, sizeof(mixed.blocks));
	memcpy(mixed.fields, hopper.fields, sizeof(mixed.fields));
	mixed.block_count = hopper.block_count;
	mixed.field_count = hopper.field_count;
	claim_arch(&mixed, PART_SWITCH, "LS10", "64 measurements of a switch");
}

Test(genuine, takes_the_right_architecture)
{
	struct gpu_spec s = gpu_spec(GPU_GB100);
	struct device_rig r;

	device_rig_init(&r, &s);
	(void)snprintf(r.rig.part.arch, sizeof(r.rig.part.arch), "BLACKWELL");
	(void)device_run(&r);
	cr_expect(rig_word(&r.rig, VERIFY_GENUINE) == VERIFY_GENUINE_TEST);
	device_rig_done(&r);
}

Test(genuine, refuses_a_switch_that_calls_itself_another)
{
	struct gpu_spec s = gpu_spec(GPU_LS10);

	gpu_field(&s, 22)->at[7] ^= 1;
	refuse_spec("24", "switch's own PDI is not the certified one", &s, "gpu.identity");
}

/* --- What a genuine one leaves behind --------------------------------------------------------- */

Test(genuine, fills_the_outcome)
{
	struct gpu_spec set[GPU_SET];
	struct device_rig r;
	const struct gpu_facts *f = &r.rig.part.outcome.gpu;
	struct digest report, chain;
	AUTO_BUF struct buf der = BUF_EMPTY;

	gpu_spec_set(set);
	set[0].trailing = 3;
	device_rig_init(&r, &set[0]);
	(void)device_run(&r);
	cr_assert(r.rig.part.outcome.genuine);
	cr_expect(r.rig.part.outcome.data_len == 32);
	cr_expect(!memcmp(r.rig.part.outcome.data, set[0].nonce, 32));
	cr_expect_str_eq(f->arch, "HOPPER");
	cr_expect_str_eq(f->driver, "550.90.07");
	cr_expect_str_eq(f->vbios, "96.00.9F.00.01");
	cr_expect(!memcmp(f->pdi, set[0].pdi, 8));
	cr_expect(f->leaf_serial_len == 20 && !memcmp(f->leaf_serial, set[0].leaf_serial, 20));
	cr_expect(f->has_ppcie && f->ppcie && f->has_feature && f->feature == 2);
	cr_expect(f->has_links && !memcmp(f->links[0], set[GPU_SET_GPUS].pdi, 8));
	cr_expect(!memcmp(f->links[17], set[GPU_SET_GPUS + 1].pdi, 8));

	cr_assert_eq(
		digest_of(DIGEST_SHA384, span(r.made.report.at, r.made.report_len), &report, NULL),
		0);
	for (size_t i = 0; i < 5; i++) {
		AUTO_BUF struct buf one = pki_der(r.made.certs[i]);

		cr_assert_eq(buf_append(&der, buf_view(&one), SIZE_MAX, NULL), 0);
	}
	cr_assert_eq(digest_of(DIGEST_SHA384, buf_view(&der), &chain, NULL), 0);
	cr_expect(!memcmp(f->report_sha384, report.at, 48), "trailing bytes are not part of it");
	cr_expect(!memcmp(f->chain_sha384, chain.at, 48));
	device_rig_done(&r);
}

Test(genuine, fills_the_outcome_of_a_switch)
{
	struct gpu_spec set[GPU_SET];
	struct device_rig r;
	const struct gpu_facts *f = &r.rig.part.outcome.gpu;

	gpu_spec_set(set);
	device_rig_init(&r, &set[GPU_SET_GPUS + 3]);
	(void)device_run(&r);
	cr_assert(r.rig.part.outcome.genuine);
	cr_expect(f->is_switch);
	cr_expect_str_eq(f->arch, "LS10");
	cr_expect_str_eq(f->vbios, "96.10.55.00.01");
	cr_expect_str_eq(f->driver, "");
	cr_expect(f->has_own_pdi && !memcmp(f->own_pdi, f->pdi, 8));
	cr_expect(f->has_gpus && !memcmp(f->gpus[7], set[7].pdi, 8));
	cr_expect(f->has_position && f->position == 3 && f->has_lock && f->lock == 1);
	device_rig_done(&r);
}

Test(genuine, claims_every_field)
{
	static const char *const text[][2] = {
		{ "device_type", "gpu" },
		{ "driver_version", "550.90.07" },
		{ "vbios_version", "96.00.9F.00.01" },
		{ "nvdec0_status", "55" },
		{ "chip_sku", "882" },
		{ "project", "1010" },
		{ "project_sku", "0200" },
		{ "arch", "HOPPER" },
		{ "hwmodel", "GH100 A01 GSP BROM" },
		{ "pdi", "1010101010101010" },
		{ "driver_floor", "none given" },
		{ "vbios_floor", "none given" },
	};
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct device_rig r;
	cJSON *claims;

	device_rig_init(&r, &s);
	(void)device_run(&r);
	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++)
		cr_expect_str_eq(verify_claim(r.rig.context.verdict, "part0", text[i][0]),
				 text[i][1], "%s", text[i][0]);
	claims = verdict_claims(r.rig.context.verdict, 0);
	cr_expect(cJSON_GetArraySize(cJSON_GetObjectItem(claims, "measured")) == 64);
	cr_expect(cJSON_GetArraySize(cJSON_GetObjectItem(claims, "measurement_extends")) == 64);
	cr_expect(cJSON_IsFalse(cJSON_GetObjectItem(claims, "protected_pcie")));
	cr_expect(cJSON_GetArraySize(cJSON_GetObjectItem(claims, "revocation")) == 3);
	cr_expect(cJSON_GetArraySize(cJSON_GetObjectItem(claims, "unjudged")) == 4);
	device_rig_done(&r);
}

Test(genuine, shows_what_it_decodes)
{
	for (enum gpu_chip chip = GPU_GH100; chip <= GPU_LS10; chip++) {
		struct gpu_spec s = gpu_spec(chip);
		struct gpu_made m = gpu_make(&s);
		cJSON *shown = cJSON_CreateObject();
		struct err e = { 0 };

		cr_expect(gpu_show(buf_view(&m.report), shown, &e) == 0, "%s", e.text);
		cr_expect_str_eq(cJSON_GetObjectItem(shown, "device_type")->valuestring,
				 chip == GPU_LS10 ? "nvswitch" : "gpu");
		cr_expect(gpu_show(span(m.report.at, m.report.len - 1), shown, &e) == -FAIL_INPUT);
		cJSON_Delete(shown);
		gpu_made_done(&m);
	}
}
