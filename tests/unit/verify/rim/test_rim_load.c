/* rim_load(): what is taken, what is missing, what the policy decides. */
#include <criterion/criterion.h>

#include "base/digest.h"
#include "base/json.h"
#include "tests/support/evidence/pki.h"
#include "tests/unit/verify/rim/rims.h"

static void expect(const struct rig *r, enum verify_word workload, const char *code)
{
	cr_expect_str_eq(verify_word_name(rig_word(r, VERIFY_WORKLOAD)),
			 verify_word_name(workload));
	cr_expect(rig_said(r, code), "%s", code);
}

static const char *claim(const struct rig *r, const char *name)
{
	const char *text = verify_claim(r->context.verdict, "part0", name);

	return text ? text : "(none)";
}

Test(rim_load, takes_a_manifest_of_each_kind_and_tells_its_digest)
{
	static const enum rim_kind kinds[] = { RIM_DRIVER, RIM_VBIOS, RIM_SWITCH };
	static const char *const names[] = { "driver", "vbios", "switch_bios" };
	const struct rim_spec specs[] = { rim_spec_driver(), rim_spec_vbios(), rim_spec_switch() };

	for (size_t i = 0; i < 3; i++) {
		struct rim_signer by =
			rim_signer_make(&(struct rim_signer_spec){ .chip = specs[i].chip });
		AUTO_BUF struct buf xml = rim_make(&specs[i], &by);
		struct digest sha256;
		char hex[65], name[64];
		struct rig r;

		rims_init(&r, &by);
		rims_ask(kinds[i], &specs[i]);
		(void)rig_run(&r, rims_judge, buf_view(&xml));
		cr_assert(!digest_of(DIGEST_SHA256, buf_view(&xml), &sha256, NULL));
		digest_hex(span(sha256.at, sha256.len), hex);
		(void)snprintf(name, sizeof(name), "%s_rim_sha256", names[i]);
		cr_expect_str_eq(claim(&r, name), hex);
		cr_expect(rims.found[kinds[i] == RIM_VBIOS], "%s", names[i]);
		cr_expect(rig_said(&r, "rim.test-root"), "a test root is shown");
		cr_expect(rig_said(&r, "rim.match") == (kinds[i] != RIM_DRIVER), "%s", names[i]);
		rig_done(&r);
		rim_signer_done(&by);
	}
}

Test(rim_load, accepts_driver_and_firmware_together)
{
	const struct rim_spec driver = rim_spec_driver(), vbios = rim_spec_vbios();
	struct rim_signer by = rims_signer();
	AUTO_BUF struct buf first = rim_make(&driver, &by), second = rim_make(&vbios, &by);
	struct rig r;

	rims_init(&r, &by);
	r.policy.gpu.driver_rim_if_present = false;
	rims_ask(RIM_DRIVER, &driver);
	rims_ask(RIM_VBIOS, &vbios);
	rims.files[1].bytes = buf_view(&second);
	cr_expect_eq(rig_run(&r, rims_judge, buf_view(&first)), VERIFY_ACCEPTED);
	expect(&r, VERIFY_WORKLOAD_MATCHES, "rim.match");
	cr_expect_eq(rig_word(&r, VERIFY_GENUINE), VERIFY_GENUINE_TEST);
	rig_done(&r);
	rim_signer_done(&by);
}

/* --- Missing ---------------------------------------------------------------------------------- */

Test(rim_load, names_what_is_missing_and_where_its_publisher_keeps_it)
{
	const struct rim_spec vbios = rim_spec_vbios();
	struct verify_missing m;
	struct rig r;

	rims_init(&r, NULL);
	rims_ask(RIM_VBIOS, &vbios);
	rims.files[1].suffix = NULL;
	cr_expect_eq(rig_run(&r, rims_judge, SPAN_EMPTY), VERIFY_UNKNOWN_WORKLOAD);
	expect(&r, VERIFY_WORKLOAD_UNKNOWN, "rim.missing");
	cr_assert_eq(verify_missing_count(r.context.verdict), 1);
	m = verify_missing(r.context.verdict, 0);
	cr_expect_str_eq(m.file, "nvidia-rim-" RIMS_VBIOS_ID ".json");
	cr_expect_str_eq(m.url, "https://rim.attestation.nvidia.com/v1/rim/" RIMS_VBIOS_ID);
	rig_done(&r);
}

Test(rim_load, does_not_ask_for_a_drivers_manifest_that_the_policy_lets_go)
{
	const struct rim_spec driver = rim_spec_driver(), vbios = rim_spec_vbios();
	struct rim_signer by = rims_signer();
	AUTO_BUF struct buf second = rim_make(&vbios, &by);
	struct rig r;

	rims_init(&r, &by);
	rims_ask(RIM_DRIVER, &driver);
	rims_ask(RIM_VBIOS, &vbios);
	rims.files[0].suffix = NULL;
	rims.files[1].bytes = buf_view(&second);
	cr_expect_eq(rig_run(&r, rims_judge, SPAN_EMPTY), VERIFY_ACCEPTED);
	cr_expect_eq(verify_missing_count(r.context.verdict), 1, "told all the same");

	r.policy.gpu.driver_rim_if_present = false;
	cr_expect_eq(rig_run(&r, rims_judge, SPAN_EMPTY), VERIFY_UNKNOWN_WORKLOAD);
	expect(&r, VERIFY_WORKLOAD_UNKNOWN, "rim.missing");
	rig_done(&r);
	rim_signer_done(&by);
}

Test(rim_load, asks_for_no_file_of_a_name_that_is_a_path)
{
	static const char *const ids[] = { "",
					   "../x",
					   "NV_GPU/VBIOS",
					   "NV_GPU_vbios",
					   "NV GPU",
					   "A1234567890123456789012345678901234567890123456789"
					   "012345678901234" };
	const struct rim_spec vbios = rim_spec_vbios();
	struct rig r;

	rims_init(&r, NULL);
	rims_ask(RIM_VBIOS, &vbios);
	rims.files[1].suffix = NULL;
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		rims.files[1].id = ids[i];
		(void)rig_run(&r, rims_judge, SPAN_EMPTY);
		expect(&r, VERIFY_WORKLOAD_UNKNOWN, "rim.name");
		cr_expect_eq(verify_missing_count(r.context.verdict), 0);
	}
	rig_done(&r);
}

/* --- The service's answer --------------------------------------------------------------------- */

static void run_answer(struct rig *r, const char *text, const char *code)
{
	(void)rig_run(r, rims_judge, span_text(text));
	cr_expect(rig_said(r, code), "%s: %.120s", code, text);
}

Test(rim_load, takes_the_services_answer_and_holds_it_to_its_own_words)
{
	const struct rim_spec vbios = rim_spec_vbios();
	struct rim_signer by = rims_signer();
	AUTO_BUF struct buf xml = rim_make(&vbios, &by),
			    good = rim_make_answer(buf_view(&xml), RIMS_VBIOS_ID),
			    other = rim_make_answer(buf_view(&xml), RIMS_DRIVER_ID);
	struct rig r;
	char *digest;

	rims_init(&r, &by);
	rims_ask(RIM_VBIOS, &vbios);
	rims.files[1].suffix = "json";
	cr_expect_eq(rig_run(&r, rims_judge, buf_view(&good)), VERIFY_ACCEPTED);
	cr_expect_eq(rig_run(&r, rims_judge, buf_view(&other)), VERIFY_REFUSED);
	expect(&r, VERIFY_WORKLOAD_MISMATCH, "rim.answer");

	digest = strstr((char *)good.at, "\"sha256\":\"") + strlen("\"sha256\":\"");
	*digest = *digest == '0' ? '1' : '0';
	cr_expect_eq(rig_run(&r, rims_judge, buf_view(&good)), VERIFY_REFUSED);
	expect(&r, VERIFY_WORKLOAD_MISMATCH, "rim.answer");

	run_answer(&r, "", "rim.answer");
	run_answer(&r, "[]", "rim.answer");
	run_answer(&r, "{\"id\":\"" RIMS_VBIOS_ID "\"}", "rim.answer");
	run_answer(&r, "{\"id\":1,\"rim\":\"\",\"sha256\":\"\"}", "rim.answer");
	run_answer(&r,
		   "{\"id\":\"" RIMS_VBIOS_ID "\",\"rim\":\"YQ=\",\"sha256\":\"ca978112ca1bbdcafac2"
		   "31b39a23dc4da786eff8147c4e72b9807785afee48bb\"}",
		   "rim.answer");
	/* "a": of its digest, and not XML. */
	run_answer(&r,
		   "{\"id\":\"" RIMS_VBIOS_ID "\",\"rim\":\"YQ==\",\"sha256\":\"ca978112ca1bbdcafac"
		   "231b39a23dc4da786eff8147c4e72b9807785afee48bb\"}",
		   "rim.format");
	run_answer(&r,
		   "{\"id\":\"" RIMS_VBIOS_ID "\",\"rim_format\":\"CORIM\",\"rim\":\"YQ==\","
		   "\"sha256\":"
		   "\"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb\"}",
		   "rim.answer");
	rig_done(&r);
	rim_signer_done(&by);
}

/* --- Time, pins, revocation ------------------------------------------------------------------- */

Test(rim_load, compares_with_an_expired_signers_manifest_and_says_unknown)
{
	const struct rim_signer_spec old = { .chip = "GH100",
					     .leaf_from = RIMS_NOW - 1000,
					     .leaf_to = RIMS_NOW - 1 };
	const struct rim_spec vbios = rim_spec_vbios();
	struct rim_signer by = rim_signer_make(&old);
	struct rig r;

	rims_init(&r, &by);
	rims_ask(RIM_VBIOS, &vbios);
	cr_expect_eq(rims_run(&r, &vbios, &by), VERIFY_UNKNOWN_WORKLOAD);
	expect(&r, VERIFY_WORKLOAD_UNKNOWN, "rim.signer-expired");
	cr_expect(rig_said(&r, "rim.match"));

	r.policy.gpu.rim_expired_signer = true;
	cr_expect_eq(rims_run(&r, &vbios, &by), VERIFY_ACCEPTED);
	r.policy.gpu.rim_expired_signer = false;

	rims.measured[9].at[0] ^= 1;
	cr_expect_eq(rims_run(&r, &vbios, &by), VERIFY_REFUSED);
	expect(&r, VERIFY_WORKLOAD_MISMATCH, "rim.mismatch");
	rims.measured[9].at[0] ^= 1;

	r.context.at = RIMS_NOW - 2000;
	cr_expect_eq(rims_run(&r, &vbios, &by), VERIFY_UNKNOWN_WORKLOAD);
	expect(&r, VERIFY_WORKLOAD_UNKNOWN, "rim.signer-not-yet-valid");
	r.context.at = RIMS_NOW - 500;
	cr_expect_eq(rims_run(&r, &vbios, &by), VERIFY_ACCEPTED);
	r.context.at = VERIFY_NO_CLOCK;
	cr_expect_eq(rims_run(&r, &vbios, &by), VERIFY_ACCEPTED);
	rig_done(&r);
	rim_signer_done(&by);
}

Test(rim_load, lets_a_policy_allow_what_expired_and_nothing_that_mismatches)
{
	const struct rim_signer_spec old = { .chip = "GH100",
					     .leaf_from = RIMS_NOW - 1000,
					     .leaf_to = RIMS_NOW - 1 };
	const struct rim_spec vbios = rim_spec_vbios();
	struct rim_signer by = rim_signer_make(&old);
	AUTO_JSON cJSON *allow = cJSON_Parse("[\"rim.signer-expired\",\"rim.mismatch\"]");
	struct rig r;

	rims_init(&r, &by);
	rims_ask(RIM_VBIOS, &vbios);
	cr_assert(!refs_words(allow, "allow", &r.policy.allow, NULL));
	cr_expect_eq(rims_run(&r, &vbios, &by), VERIFY_ACCEPTED);
	rims.measured[9].at[0] ^= 1;
	cr_expect_eq(rims_run(&r, &vbios, &by), VERIFY_REFUSED);
	refs_done(&r.policy.allow);
	rig_done(&r);
	rim_signer_done(&by);
}

Test(rim_load, takes_only_the_files_that_the_policy_pins)
{
	const struct rim_spec vbios = rim_spec_vbios();
	struct rim_signer by = rims_signer();
	AUTO_BUF struct buf xml = rim_make(&vbios, &by);
	struct ref pin = { .len = 32 };
	struct digest sha256;
	struct rig r;

	rims_init(&r, &by);
	rims_ask(RIM_VBIOS, &vbios);
	cr_assert(!digest_of(DIGEST_SHA256, buf_view(&xml), &sha256, NULL));
	memcpy(pin.at, sha256.at, sizeof(pin.at) / 2);
	r.policy.gpu.rim_sha256 = (struct refs){ &pin, 1, true };
	cr_expect_eq(rig_run(&r, rims_judge, buf_view(&xml)), VERIFY_ACCEPTED);
	pin.at[31] ^= 1;
	cr_expect_eq(rig_run(&r, rims_judge, buf_view(&xml)), VERIFY_REFUSED);
	expect(&r, VERIFY_WORKLOAD_MISMATCH, "rim.not-pinned");
	cr_expect(!rims.found[1]);
	rig_done(&r);
	rim_signer_done(&by);
}

/* The leaf is asked about too, unlike a device's. */
Test(rim_load, refuses_a_signer_that_was_revoked)
{
	const struct rim_spec vbios = rim_spec_vbios();
	struct rim_signer by = rims_signer();
	EVP_PKEY *key = pki_p384(RIM_KEY_LEAF + RIM_CERT_L3);
	AUTO_BUF struct buf answer =
		pki_ocsp(by.certs[RIM_CERT_L3], key, by.certs[RIM_CERT_LEAF], NULL, NULL,
			 PKI_REVOKED, RIMS_NOW - 10, RIMS_NOW + 10);
	char name[100], hex[65];
	uint8_t sha256[32];
	struct rig r;

	rims_init(&r, &by);
	rims_ask(RIM_VBIOS, &vbios);
	cr_assert(!cert_sha256(by.certs[RIM_CERT_LEAF], sha256, NULL));
	digest_hex(span(sha256, sizeof(sha256)), hex);
	(void)snprintf(name, sizeof(name), "nvidia-ocsp-%s.der", hex);
	rims.extra_name = name;
	rims.extra = buf_view(&answer);
	cr_expect_eq(rims_run(&r, &vbios, &by), VERIFY_REFUSED);
	cr_expect_eq(rig_word(&r, VERIFY_PLATFORM), VERIFY_PLATFORM_REVOKED);
	rims.extra_name = NULL;
	r.policy.gpu.revocation_if_present = false;
	cr_expect_eq(rims_run(&r, &vbios, &by), VERIFY_UNPROVEN, "asked for by default");
	EVP_PKEY_free(key);
	rig_done(&r);
	rim_signer_done(&by);
}

Test(rim_load, trusts_no_root_but_the_one_that_was_given)
{
	const struct rim_spec vbios = rim_spec_vbios();
	struct rim_signer by = rims_signer();
	struct rig r;

	rims_init(&r, NULL);
	rims_ask(RIM_VBIOS, &vbios);
	cr_expect_eq(rims_run(&r, &vbios, &by), VERIFY_REFUSED);
	expect(&r, VERIFY_WORKLOAD_MISMATCH, "rim.chain");
	rig_done(&r);
	rim_signer_done(&by);
}
