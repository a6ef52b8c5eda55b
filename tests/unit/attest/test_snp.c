/* SEV-SNP by either way: configfs-tsm, and /dev/sev-guest with none of it. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>
#include <unistd.h>

#include "attest/evidence/probe.h"
#include "attest/evidence/snp.h"
#include "attest/evidence/snp_json.h"
#include "attest/key/derive.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "tests/unit/attest/fake_sev.h"
#include "tests/unit/attest/fake_tsm.h"

static const uint8_t data[REPORT_DATA_BYTES] = "sixty-four bytes, of which most are zero";

/* A guest with the device, and perhaps with configfs. */
static struct evidence_devices devices(int tsm)
{
	struct evidence_devices dev = EVIDENCE_NO_DEVICES;

	dev.tsm = tsm;
	dev.sev_guest = FAKE_SEV_FD;
	snp_device.ioctl = fake_sev_ioctl;
	fake_sev.report[0] = 3;
	fake_sev.report[0x188] = 0x19;
	memset(fake_sev.report + SNP_OFF_HOST_DATA, 0x77, SNP_HOST_DATA_BYTES);
	for (size_t i = 0; i < sizeof(fake_sev.key); i++)
		fake_sev.key[i] = (uint8_t)(i + 1);
	return dev;
}

static struct fake_tsm tsm_fake(void)
{
	return (struct fake_tsm){ .provider = "sev_guest\n",
				  .generation_before = "0\n",
				  .out = { 3, [0x188] = 0x19 },
				  .out_len = SNP_REPORT_BYTES,
				  .data_at = SNP_OFF_REPORT_DATA,
				  .reports = 2,
				  .is_counting = true };
}

Test(snp, the_device_alone_is_enough)
{
	struct evidence_devices dev = devices(-1);
	AUTO_JSON cJSON *json = NULL;
	struct evidence_platform p;
	struct evidence ev;
	struct err e = { 0 };

	cr_assert_eq(evidence_probe(&dev, &ev, &e), 0, "%s", e.text);
	cr_assert_not_null(ev.driver);
	cr_assert_str_eq(ev.driver->tee, "snp");
	cr_assert_eq(evidence_choose(&ev, TEE_SNP, &e), 0, "%s", e.text);
	cr_assert_eq(evidence_platform(&ev, deadline_in(100), &p, &e), 0, "%s", e.text);
	cr_expect_eq(p.at[31], 0x77);
	cr_assert_eq(evidence_report(&ev, span(data, 48), deadline_in(100), &json, &e), 0, "%s",
		     e.text);
	cr_expect_eq(fake_sev.calls, 2);
}

Test(snp, configfs_comes_first, .timeout = 10)
{
	struct fake_tsm fake = tsm_fake();
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	struct err e = { 0 };
	AUTO_FD int dir = fake_tsm_dir(&fake);
	struct evidence_devices dev = devices(dir);

	cr_assert_eq(snp_report(&dev, data, deadline_in(5000), &b, &e), 0, "%s", e.text);
	cr_expect_eq(fake_sev.calls, 0);
}

Test(snp, an_answer_to_another_question_is_asked_once_again_by_configfs, .timeout = 10)
{
	struct fake_tsm fake = tsm_fake();
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	struct err e = { 0 };

	fake.foreign = 1;
	AUTO_FD int dir = fake_tsm_dir(&fake);
	struct evidence_devices dev = devices(dir);

	cr_assert_eq(snp_report(&dev, data, deadline_in(5000), &b, &e), 0, "%s", e.text);
	cr_expect_arr_eq(b.out.at + SNP_OFF_REPORT_DATA, data, sizeof(data));
}

struct foreign_row {
	int times;
	int want;
	int calls;
};

ParameterizedTestParameters(snp, answers_to_other_questions_by_the_device)
{
	static struct foreign_row rows[] = {
		{ 0, 0, 1 },
		{ 1, 0, 2 },
		{ 2, -FAIL_FORGED, 2 },
		{ 9, -FAIL_FORGED, 2 },
	};
	return cr_make_param_array(struct foreign_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct foreign_row *row, snp, answers_to_other_questions_by_the_device)
{
	struct evidence_devices dev = devices(-1);
	struct tsm_blobs b = TSM_BLOBS_EMPTY;
	struct err e = { 0 };

	fake_sev.odd_calls = row->times;
	fake_sev.foreign = 1;
	cr_expect_eq(snp_report(&dev, data, deadline_in(100), &b, &e), row->want, "%s", e.text);
	cr_expect_eq(fake_sev.calls, row->calls);
	cr_expect_eq(!b.out.at, row->want != 0);
	tsm_blobs_done(&b);
}

/* configfs is not asked either, once the device is known to be dead; nor the other way round. */
Test(snp, death_is_remembered_for_both_ways, .timeout = 10)
{
	struct fake_tsm fake = tsm_fake();
	struct tsm_blobs b = TSM_BLOBS_EMPTY;
	struct err e = { 0 };
	AUTO_FD int dir = fake_tsm_dir(&fake);
	struct evidence_devices both = devices(dir), device = devices(-1);

	fake_sev.odd_calls = 1;
	fake_sev.sys = ENOTTY;
	cr_expect_eq(snp_report(&device, data, deadline_in(100), &b, &e), -FAIL_SYS);
	cr_expect(!strncmp(e.text, "tee-dead", 8), "%s", e.text);
	cr_expect_eq(snp_report(&both, data, deadline_in(100), &b, &e), -FAIL_SYS);
	cr_expect(!strncmp(e.text, "tee-dead", 8), "%s", e.text);
	cr_expect_eq(fake_sev.calls, 1);
	cr_expect_null(b.out.at);
}

/* --- The derived root --- */

static struct secret derived(int want)
{
	struct evidence_devices dev = devices(-1);
	struct secret root = SECRET_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(snp_derived_root(&dev, deadline_in(100), &root, &e), want, "%s", e.text);
	return root;
}

Test(snp, derives_a_root_for_policy_measurement_and_host_data)
{
	AUTO_SECRET struct secret root = derived(0), again = derived(0), other = SECRET_EMPTY,
				  expected = SECRET_EMPTY;
	struct evidence_devices dev = devices(-1);
	struct err e = { 0 };

	cr_expect_eq(fake_sev.fields, 9, "bits 0 and 3");
	cr_assert_eq(root.len, DERIVE_KEY_BYTES);
	cr_expect_arr_eq(root.at, again.at, root.len);
	cr_expect_arr_neq(root.at, fake_sev.key, root.len, "not the firmware's key as it is");
	cr_assert_eq(derive_root(span(fake_sev.key, 32), "snp:derived",
				 span(fake_sev.report + SNP_OFF_HOST_DATA, 32), &expected, &e),
		     0);
	cr_expect_arr_eq(root.at, expected.at, root.len);

	fake_sev.report[SNP_OFF_HOST_DATA + 31] ^= 1;
	cr_assert_eq(snp_derived_root(&dev, deadline_in(100), &other, &e), 0);
	cr_expect_arr_neq(root.at, other.at, root.len, "another configuration");
}

Test(snp, derives_nothing_of_a_masked_chip_key)
{
	AUTO_SECRET struct secret root = SECRET_EMPTY;

	fake_sev.report[SNP_OFF_KEY_INFO] = 2;
	root = derived(-FAIL_DENIED);
	cr_expect_null(root.at);
	cr_expect_eq(fake_sev.keys, 0);
}

Test(snp, configfs_alone_derives_nothing, .timeout = 10)
{
	struct fake_tsm fake = tsm_fake();
	AUTO_FD int dir = fake_tsm_dir(&fake);
	struct evidence_devices dev = devices(dir);
	struct secret root = SECRET_EMPTY;
	struct err e = { 0 };

	dev.sev_guest = -1;
	cr_expect_eq(snp_derived_root(&dev, deadline_in(5000), &root, &e), -FAIL_SYS);
	cr_expect(strstr(e.text, "no device"), "%s", e.text);
	cr_expect_null(root.at);
}
