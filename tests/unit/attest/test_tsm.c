/* configfs-tsm, and the two drivers over it. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attest/evidence/probe.h"
#include "attest/evidence/snp_json.h"
#include "attest/evidence/tsm.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "tests/support/scratch.h"
#include "tests/unit/attest/fake_tsm.h"

static const uint8_t data[TSM_DATA_BYTES] = "sixty-four bytes, of which these are the first";
/* What PID 1 hands over in a guest that has configfs-tsm and nothing else. */
static struct evidence_devices only(int tsm)
{
	struct evidence_devices dev = EVIDENCE_NO_DEVICES;

	dev.tsm = tsm;
	return dev;
}

static int probe(int tsm, struct evidence *ret, struct err *e)
{
	struct evidence_devices dev = only(tsm);

	return evidence_probe(&dev, ret, e);
}

static struct fake_tsm snp_fake(void)
{
	return (struct fake_tsm){ .provider = "sev_guest\n",
				  .generation_before = "0\n",
				  .generation_after = "1\n",
				  .out = { 3 },
				  .out_len = SNP_REPORT_BYTES,
				  .data_at = SNP_OFF_REPORT_DATA,
				  .reports = 1 };
}

Test(tsm, gives_the_report_that_binds_our_data, .timeout = 10)
{
	struct fake_tsm fake = snp_fake();
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	AUTO_BUF struct buf inblob = BUF_EMPTY;
	struct err e = { 0 };

	fake.aux_len = 5;
	memcpy(fake.aux, "certs", 5);
	AUTO_FD int dir = fake_tsm_dir(&fake);
	cr_assert_eq(tsm_report(dir, data, true, deadline_in(5000), &b, &e), 0, "%s", e.text);
	cr_assert_eq(b.out.len, SNP_REPORT_BYTES);
	cr_assert_arr_eq(b.out.at + SNP_OFF_REPORT_DATA, data, sizeof(data));
	cr_assert(span_is_equal(buf_view(&b.aux), span_text("certs")));
	cr_assert_eq(file_read(dir, "inblob", 100, &inblob, &e), 0);
	cr_assert_eq(inblob.len, 64);
}

Test(tsm, leaves_auxblob_alone_unless_it_is_snp, .timeout = 10)
{
	struct fake_tsm fake = snp_fake();
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	struct err e = { 0 };

	fake.aux_len = 5;
	AUTO_FD int dir = fake_tsm_dir(&fake);
	cr_assert_eq(tsm_report(dir, data, false, deadline_in(5000), &b, &e), 0, "%s", e.text);
	cr_assert_eq(b.aux.len, 0);
}

struct level_row {
	char floor[8];
	char want[8];
};

ParameterizedTestParameters(tsm, writes_privlevel_only_where_the_kernel_demands_it)
{
	static struct level_row rows[] = { { "", "" }, { "0\n", "" }, { "2\n", "2" } };
	return cr_make_param_array(struct level_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct level_row *row, tsm, writes_privlevel_only_where_the_kernel_demands_it,
		  .timeout = 10)
{
	struct fake_tsm fake = snp_fake();
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	AUTO_BUF struct buf level = BUF_EMPTY;
	struct err e = { 0 };

	memcpy(fake.floor, row->floor, sizeof(fake.floor));
	AUTO_FD int dir = fake_tsm_dir(&fake);
	cr_assert_eq(tsm_report(dir, data, true, deadline_in(5000), &b, &e), 0, "%s", e.text);
	if (*row->floor) {
		cr_assert_eq(file_read(dir, "privlevel", 10, &level, &e), 0);
		cr_assert(span_is_equal(buf_view(&level), span_text(row->want)));
	}
}

struct refusal {
	char before[24];
	char after[24];
	size_t len; /* of the report */
	int want;
};

ParameterizedTestParameters(tsm, refuses)
{
	static struct refusal rows[] = {
		{ "0\n", "0\n", 64, -FAIL_AGAIN },     /* stands still         */
		{ "0\n", "2\n", 64, -FAIL_AGAIN },     /* somebody else wrote  */
		{ "5\n", "4\n", 64, -FAIL_AGAIN },     /* runs backwards       */
		{ "seven\n", "1\n", 64, -FAIL_INPUT }, /* not a number         */
		{ "", "1\n", 64, -FAIL_INPUT },	       /* cut short            */
		{ "0\n", "-1\n", 64, -FAIL_INPUT },
		{ "0\n", "18446744073709551616\n", 64, -FAIL_INPUT },
		{ "0\n", "1\n", 0, -FAIL_INPUT }, /* no quoting service   */
	};
	return cr_make_param_array(struct refusal, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refusal *row, tsm, refuses, .timeout = 10)
{
	struct fake_tsm fake = snp_fake();
	struct tsm_blobs got = TSM_BLOBS_EMPTY;
	struct err e = { 0 };

	memcpy(fake.generation_before, row->before, sizeof(row->before));
	memcpy(fake.generation_after, row->after, sizeof(row->after));
	fake.out_len = row->len;
	AUTO_FD int dir = fake_tsm_dir(&fake);
	cr_expect_eq(tsm_report(dir, data, false, deadline_in(0), &got, &e), row->want,
		     "%s -> %s: %s", row->before, row->after, e.text);
	cr_expect_null(got.out.at, "output untouched on failure");
}

Test(tsm, asks_again_when_the_counter_moved_under_it, .timeout = 10)
{
	struct fake_tsm fake = snp_fake();
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	struct err e = { 0 };
	uint64_t start = clock_boot_ms();

	/* From 0 to 8 first, from 8 to 8 ever after: never a step of one. */
	memcpy(fake.generation_after, "8\n", 3);
	fake.reports = 1000;
	AUTO_FD int dir = fake_tsm_dir(&fake);
	cr_assert_eq(tsm_report(dir, data, false, deadline_in(200), &b, &e), -FAIL_AGAIN);
	cr_assert(strstr(e.text, "generation 8 -> 8"), "a second look: %s", e.text);
	cr_assert_lt(clock_boot_ms() - start, 2000, "an end to it");
}

Test(tsm, refuses_a_report_over_the_limit, .timeout = 10)
{
	AUTO_FD int dir = scratch_dir();
	AUTO_FD int big = fd_open_in(dir, "outblob", O_RDWR | O_CREAT, 0600, NULL);
	AUTO_FD int in = fd_open_in(dir, "inblob", O_RDWR | O_CREAT, 0600, NULL);
	AUTO_FD int counter = fd_open_in(dir, "generation", O_RDWR | O_CREAT, 0600, NULL);
	struct tsm_blobs b = TSM_BLOBS_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(fd_write_all(counter, span_text("0\n"), &e), 0);
	cr_assert_eq(ftruncate(big, LIMIT_REPORT_BYTES + 1), 0);
	cr_assert_eq(tsm_report(dir, data, false, deadline_in(0), &b, &e), -FAIL_LIMIT);
	cr_assert(strstr(e.text, "tsm: outblob"), "%s", e.text);
}

Test(tsm, says_when_there_is_no_device, .timeout = 10)
{
	AUTO_FD int dir = scratch_dir();
	char provider[TSM_PROVIDER_BYTES];
	struct tsm_blobs b = TSM_BLOBS_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(tsm_report(dir, data, true, deadline_in(0), &b, &e), -FAIL_SYS);
	cr_assert_eq(tsm_provider(dir, provider, &e), -FAIL_SYS);
}

struct provider_row {
	char text[48];
	int want;
};

ParameterizedTestParameters(tsm, reads_the_provider)
{
	static struct provider_row rows[] = {
		{ "sev_guest\n", 0 },
		{ "tdx_guest", 0 },
		{ "", -FAIL_INPUT },
		{ "\n", -FAIL_INPUT },
		{ "two words\n", -FAIL_INPUT },
		{ "two\nlines\n", -FAIL_INPUT },
		{ "a-name-that-is-far-longer-than-it-may-be\n", -FAIL_LIMIT },
	};
	return cr_make_param_array(struct provider_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct provider_row *row, tsm, reads_the_provider)
{
	AUTO_FD int dir = scratch_dir();
	AUTO_FD int fd = fd_open_in(dir, "provider", O_WRONLY | O_CREAT, 0600, NULL);
	char provider[TSM_PROVIDER_BYTES] = "untouched";
	struct err e = { 0 };

	cr_assert_eq(fd_write_all(fd, span_text(row->text), NULL), 0);
	cr_expect_eq(tsm_provider(dir, provider, &e), row->want, "%s: %s", row->text, e.text);
	if (row->want)
		cr_expect_str_eq(provider, "untouched");
}

/* --- the drivers --- */

Test(tsm, snp_reads_host_data_and_the_debug_bit, .timeout = 10)
{
	struct fake_tsm fake = snp_fake();
	struct evidence ev;
	struct evidence_platform p;
	struct err e = { 0 };

	memset(fake.out + SNP_OFF_HOST_DATA, 0x77, 32);
	fake.out[SNP_OFF_POLICY + 2] = 1 << 3;
	AUTO_FD int dir = fake_tsm_dir(&fake);
	cr_assert_eq(probe(dir, &ev, &e), 0, "%s", e.text);
	cr_assert_str_eq(ev.driver->tee, "snp");
	cr_assert_eq(evidence_platform(&ev, deadline_in(5000), &p, &e), 0, "%s", e.text);
	cr_assert(p.has_init_data);
	cr_assert_str_eq(p.name, "HOST_DATA");
	cr_assert_eq(p.len, 32);
	cr_assert_eq(p.at[31], 0x77);
	cr_assert(p.debug);
}

Test(tsm, snp_pads_a_short_digest_and_gives_json, .timeout = 10)
{
	struct fake_tsm fake = snp_fake();
	AUTO_JSON cJSON *json = NULL;
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct evidence ev;
	struct err e = { 0 };

	fake.out[0x188] = 0x19;
	AUTO_FD int dir = fake_tsm_dir(&fake);
	cr_assert_eq(probe(dir, &ev, &e), 0, "%s", e.text);
	cr_assert_eq(evidence_report(&ev, span(data, 48), deadline_in(5000), &json, &e), 0, "%s",
		     e.text);
	cr_assert_eq(fake.out[SNP_OFF_REPORT_DATA + 47], data[47]);
	cr_assert_eq(fake.out[SNP_OFF_REPORT_DATA + 48], 0);
	cr_assert_eq(json_print(json, 100000, &text, &e), 0);
	cr_assert(strstr((char *)text.at, "\"cert_chain\":null"));
}

struct snp_row {
	size_t len;
	size_t data_at;
	int want;
};

ParameterizedTestParameters(tsm, snp_refuses)
{
	static struct snp_row rows[] = {
		{ SNP_REPORT_BYTES, SIZE_MAX, -FAIL_FORGED }, /* binds other data */
		{ SNP_REPORT_BYTES - 1, SNP_OFF_REPORT_DATA, -FAIL_INPUT },
		{ SNP_REPORT_BYTES + 1, SNP_OFF_REPORT_DATA, -FAIL_INPUT },
	};
	return cr_make_param_array(struct snp_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct snp_row *row, tsm, snp_refuses, .timeout = 10)
{
	struct fake_tsm fake = snp_fake();
	struct evidence ev;
	cJSON *json = NULL;
	struct err e = { 0 };

	fake.out[0x188] = 0x19;
	fake.out_len = row->len;
	fake.data_at = row->data_at;
	fake.is_counting = true;
	fake.reports = 2;
	AUTO_FD int dir = fake_tsm_dir(&fake);
	cr_assert_eq(probe(dir, &ev, &e), 0);
	cr_expect_eq(evidence_report(&ev, span(data, 64), deadline_in(100), &json, &e), row->want,
		     "%s", e.text);
	cr_expect_null(json);
}

static struct fake_tsm tdx_fake(size_t trailing)
{
	struct fake_tsm fake = { .provider = "tdx_guest\n",
				 .generation_before = "0\n",
				 .generation_after = "1\n",
				 .out_len = 636 + 100 + trailing,
				 .data_at = 568,
				 .reports = 1 };

	fake.out[0] = 4;
	fake.out[4] = 0x81;
	fake.out[632] = 100;
	memset(fake.out + 636 + 100, 0xee, trailing);
	return fake;
}

Test(tsm, tdx_cuts_the_quote_where_it_says_it_ends, .timeout = 10)
{
	struct fake_tsm fake = tdx_fake(2000);
	AUTO_JSON cJSON *json = NULL;
	struct evidence ev;
	struct err e = { 0 };

	AUTO_FD int dir = fake_tsm_dir(&fake);
	cr_assert_eq(probe(dir, &ev, &e), 0, "%s", e.text);
	cr_assert_str_eq(ev.driver->tee, "tdx");
	cr_assert_eq(evidence_report(&ev, span(data, 64), deadline_in(5000), &json, &e), 0, "%s",
		     e.text);
	cr_assert(cJSON_IsNull(cJSON_GetObjectItem(json, "cc_eventlog")));
	cr_assert_eq(strlen(json_text(cJSON_GetObjectItem(json, "quote"))), (736 + 2) / 3 * 4);
}

Test(tsm, tdx_sends_the_firmware_log_up_to_its_end, .timeout = 10)
{
	struct fake_tsm fake = tdx_fake(0);
	AUTO_FD int ccel = open(VECTORS_DIR "/eventlog/ccel-ovmf.bin", O_RDONLY | O_CLOEXEC);
	struct evidence_devices dev;
	AUTO_JSON cJSON *json = NULL;
	struct evidence ev;
	struct err e = { 0 };

	if (ccel < 0)
		cr_skip_test("no vectors in " VECTORS_DIR);
	AUTO_FD int dir = fake_tsm_dir(&fake);
	dev = only(dir);
	dev.ccel = ccel;
	cr_assert_eq(evidence_probe(&dev, &ev, &e), 0, "%s", e.text);
	cr_assert_eq(evidence_report(&ev, span(data, 64), deadline_in(5000), &json, &e), 0, "%s",
		     e.text);
	cr_assert(cJSON_IsString(cJSON_GetObjectItem(json, "cc_eventlog")));
}

Test(tsm, tdx_refuses_a_quote_over_other_data, .timeout = 10)
{
	struct fake_tsm fake = tdx_fake(0);
	struct evidence ev;
	cJSON *json = NULL;
	struct err e = { 0 };

	fake.data_at = SIZE_MAX;
	fake.reports = 2;
	fake.is_counting = true;
	AUTO_FD int dir = fake_tsm_dir(&fake);
	cr_assert_eq(probe(dir, &ev, &e), 0);
	cr_assert_eq(evidence_report(&ev, span(data, 64), deadline_in(5000), &json, &e),
		     -FAIL_FORGED);
	cr_assert_eq(fake.given, 2, "asked once more, and not again");
}

Test(tsm, tdx_does_not_take_its_register_from_a_quote, .timeout = 10)
{
	struct fake_tsm fake = tdx_fake(0);
	struct evidence_platform p;
	struct evidence ev;
	struct err e = { 0 };

	AUTO_FD int dir = fake_tsm_dir(&fake);
	cr_assert_eq(probe(dir, &ev, &e), 0);
	cr_assert_eq(evidence_platform(&ev, deadline_in(100), &p, &e), -FAIL_SYS);
	cr_assert(strstr(e.text, "MRCONFIGID"), "%s", e.text);
}

struct unknown_row {
	char provider[32];
};

ParameterizedTestParameters(tsm, unknown_providers_are_not_guessed_at)
{
	static struct unknown_row rows[] = { { "arm_cca_guest\n" },
					     { "sev_guest2\n" },
					     { "SEV_GUEST\n" } };
	return cr_make_param_array(struct unknown_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct unknown_row *row, tsm, unknown_providers_are_not_guessed_at)
{
	AUTO_FD int dir = scratch_dir();
	AUTO_FD int fd = fd_open_in(dir, "provider", O_WRONLY | O_CREAT, 0600, NULL);
	struct evidence ev;
	struct err e = { 0 };

	cr_assert_eq(fd_write_all(fd, span_text(row->provider), NULL), 0);
	cr_expect_eq(probe(dir, &ev, &e), -FAIL_INPUT);
}
