/* TDX's two ways to a quote, and the choice between them. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attest/evidence/probe.h"
#include "attest/evidence/tdx_direct.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/limits.h"
#include "tests/support/evidence/tdx.h"
#include "tests/unit/attest/fake_qgs.h"
#include "tests/unit/attest/fake_tsm.h"

#define DEVICE 0 /* any descriptor: the fake does not look at it */

static const uint8_t data[REPORT_DATA_BYTES] = "sixty-four bytes, of which these are the first";
static unsigned int odd_tdreports; /* how many of the next ones bind other data */
static bool has_no_tdreport;

static int fake_tdreport(int device, const uint8_t d[static REPORT_DATA_BYTES],
			 uint8_t ret[static TDREPORT_BYTES], struct err *e)
{
	struct quote_td td = quote_spec_td15().td;
	AUTO_BUF struct buf made = BUF_EMPTY;

	cr_assert_eq(device, DEVICE);
	if (has_no_tdreport)
		return err_set(e, FAIL_SYS, EIO, __func__, "no TDREPORT");
	memcpy(td.report_data, d, sizeof(td.report_data));
	if (odd_tdreports) {
		odd_tdreports--;
		td.report_data[63] ^= 1;
	}
	made = tdreport_make(&td);
	memcpy(ret, made.at, TDREPORT_BYTES);
	return 0;
}

/* What the service does to a quote, and for how many answers. */
struct twist {
	size_t at; /* a byte of its body; SIZE_MAX: none */
	unsigned int times;
};

#define BODY_AT 54 /* in a quote of version 5 */

static void quote_it(struct fake_qgs *f)
{
	struct quote_spec s = quote_spec_td15();
	struct twist *t = f->ctx;
	struct quote_made m;

	memcpy(s.td.report_data, f->request + 28 + TDREPORT_OFF_DATA, sizeof(s.td.report_data));
	m = quote_make(&s);
	if (t && t->times) {
		t->times--;
		m.quote.at[BODY_AT + t->at] ^= 1;
	}
	fake_qgs_put(f, 0, m.quote.at, m.quote.len);
	quote_made_done(&m);
}

static struct tdx_direct direct_by(struct fake_qgs *f)
{
	return (struct tdx_direct){ fake_tdreport, fake_qgs_connect, f, 0 };
}

static struct evidence_devices devices(int tsm, int tdx_guest, struct tdx_direct *d)
{
	struct evidence_devices dev = EVIDENCE_NO_DEVICES;

	dev.tsm = tsm;
	dev.tdx_guest = tdx_guest;
	dev.tdx_direct = d;
	return dev;
}

static int report(const struct evidence_devices *dev, uint64_t ms, cJSON **ret, struct err *e)
{
	struct evidence ev;

	cr_assert_eq(evidence_probe(dev, &ev, e), 0, "%s", e->text);
	cr_assert_str_eq(ev.driver->tee, "tdx");
	return evidence_report(&ev, span(data, 64), deadline_in(ms), ret, e);
}

Test(tdx_direct, quotes_without_configfs, .timeout = 20)
{
	AUTO_FAKE_QGS struct fake_qgs f = { .answer = quote_it };
	struct tdx_direct d = direct_by(&f);
	struct evidence_devices dev = devices(-1, DEVICE, &d);
	AUTO_JSON cJSON *json = NULL;
	struct err e = { 0 };
	uint64_t start = clock_boot_us();

	cr_assert_eq(report(&dev, 10000, &json, &e), 0, "%s", e.text);
	printf("request to evidence, quoted directly (and signed meanwhile): %llu us\n",
	       (unsigned long long)(clock_boot_us() - start));
	cr_assert(cJSON_IsString(cJSON_GetObjectItem(json, "quote")));
	cr_assert_eq(f.connections, 1);
}

Test(tdx_direct, cuts_what_lies_behind_the_quote, .timeout = 20)
{
	AUTO_FAKE_QGS struct fake_qgs f = { .answer = quote_it };
	struct tdx_direct d = direct_by(&f);
	AUTO_BUF struct buf bare = BUF_EMPTY, padded = BUF_EMPTY, got = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(tdx_direct_quote(&d, DEVICE, data, deadline_in(10000), &bare, &e), 0);
	cr_assert_eq(buf_append(&padded, buf_view(&bare), 16384, &e), 0);
	cr_assert_eq(buf_append(&padded, span_text("and more"), 16384, &e), 0);
	f.answer = NULL;
	fake_qgs_put(&f, 0, padded.at, padded.len);
	cr_assert_eq(tdx_direct_quote(&d, DEVICE, data, deadline_in(10000), &got, &e), 0, "%s",
		     e.text);
	cr_assert(span_is_equal(buf_view(&got), buf_view(&bare)));
}

/* Every register of the quote is compared with the TDREPORT's, and report data. */
ParameterizedTestParameters(tdx_direct, refuses_a_quote_of_another_tdreport)
{
	static size_t rows[] = { 120,	   128, 136, 184, 232, 280, 328,
				 328 + 48, 424, 472, 519, 520, 583 };
	return cr_make_param_array(size_t, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(size_t *at, tdx_direct, refuses_a_quote_of_another_tdreport, .timeout = 20)
{
	struct twist twist = { *at, 99 };
	AUTO_FAKE_QGS struct fake_qgs f = { .answer = quote_it, .ctx = &twist };
	struct tdx_direct d = direct_by(&f);
	struct evidence_devices dev = devices(-1, DEVICE, &d);
	cJSON *json = NULL;
	struct err e = { 0 };

	cr_expect_eq(report(&dev, 10000, &json, &e), -FAIL_FORGED, "%zu: %s", *at, e.text);
	cr_expect_null(json);
	cr_expect_eq(f.connections, 2, "asked once more, and not again");
}

Test(tdx_direct, asks_once_more_after_a_foreign_quote, .timeout = 20)
{
	struct twist twist = { 520, 1 };
	AUTO_FAKE_QGS struct fake_qgs f = { .answer = quote_it, .ctx = &twist };
	struct tdx_direct d = direct_by(&f);
	struct evidence_devices dev = devices(-1, DEVICE, &d);
	AUTO_JSON cJSON *json = NULL;
	struct err e = { 0 };

	cr_assert_eq(report(&dev, 10000, &json, &e), 0, "%s", e.text);
	cr_assert_eq(f.connections, 2);
}

Test(tdx_direct, asks_once_more_after_a_foreign_tdreport, .timeout = 20)
{
	AUTO_FAKE_QGS struct fake_qgs f = { .answer = quote_it };
	struct tdx_direct d = direct_by(&f);
	struct evidence_devices dev = devices(-1, DEVICE, &d);
	AUTO_JSON cJSON *json = NULL;
	cJSON *none = NULL;
	struct err e = { 0 };

	odd_tdreports = 1;
	cr_assert_eq(report(&dev, 10000, &json, &e), 0, "%s", e.text);
	odd_tdreports = 2;
	cr_assert_eq(report(&dev, 10000, &none, &e), -FAIL_FORGED);
	cr_assert_eq(f.connections, 1, "a foreign TDREPORT is not quoted");
}

/* --- beside configfs --- */

static struct fake_tsm tsm_fake(int reports)
{
	struct fake_tsm fake = { .provider = "tdx_guest\n",
				 .generation_before = "0\n",
				 .generation_after = "1\n",
				 .out_len = 636 + 100,
				 .data_at = 568,
				 .reports = reports };

	fake.out[0] = 4;
	fake.out[4] = 0x81;
	fake.out[632] = 100;
	return fake;
}

static bool is_by_configfs(const cJSON *json)
{
	return strlen(json_text(cJSON_GetObjectItem(json, "quote"))) == (736 + 2) / 3 * 4;
}

Test(tdx_direct, goes_before_configfs, .timeout = 20)
{
	struct fake_tsm tsm = tsm_fake(1);
	AUTO_FAKE_QGS struct fake_qgs f = { .answer = quote_it };
	struct tdx_direct d = direct_by(&f);
	AUTO_FD int dir = fake_tsm_dir(&tsm);
	struct evidence_devices dev = devices(dir, DEVICE, &d);
	AUTO_JSON cJSON *json = NULL;
	struct err e = { 0 };

	cr_assert_eq(report(&dev, 10000, &json, &e), 0, "%s", e.text);
	cr_assert_not(is_by_configfs(json));
}

struct fall {
	bool is_refused, has_no_tdreport;
	size_t len; /* of what the service sends */
	uint8_t bytes[48];
};

ParameterizedTestParameters(tdx_direct, leaves_it_to_configfs)
{
	static struct fall rows[] = {
		{ true, false, 0, { 0 } },  /* nobody listens               */
		{ false, true, 0, { 0 } },  /* the device fails             */
		{ false, false, 0, { 0 } }, /* the service hangs up         */
		{ false,
		  false,
		  20,
		  { 0, 0, 0, 16, 1, 0, 0, 0, 1, 0, 0, 0, 16, 0, 0, 0, 1, 0x20, 1 } },
		{ false, false, 32, { 0, 0, 0, 28, 1, 0, 0, 0, 1, 0, 0, 0, 28, [24] = 4 } },
	};
	return cr_make_param_array(struct fall, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct fall *row, tdx_direct, leaves_it_to_configfs, .timeout = 20)
{
	struct fake_tsm tsm = tsm_fake(1);
	AUTO_FAKE_QGS struct fake_qgs f = { .is_refused = row->is_refused, .len = row->len };
	struct tdx_direct d = direct_by(&f);
	AUTO_FD int dir = fake_tsm_dir(&tsm);
	struct evidence_devices dev = devices(dir, DEVICE, &d);
	AUTO_JSON cJSON *json = NULL;
	struct err e = { 0 };

	has_no_tdreport = row->has_no_tdreport;
	memcpy(f.bytes, row->bytes, sizeof(row->bytes));
	cr_assert_eq(report(&dev, 10000, &json, &e), 0, "%s", e.text);
	cr_assert(is_by_configfs(json));
	cr_assert_not(tdx_direct_is_resting(&d), "what fails at once may be asked again");
}

Test(tdx_direct, leaves_a_service_alone_that_hung, .timeout = 20)
{
	struct fake_tsm tsm = tsm_fake(1000);
	AUTO_FAKE_QGS struct fake_qgs f = { .is_silent = true };
	struct tdx_direct d = direct_by(&f);
	AUTO_FD int dir = fake_tsm_dir(&tsm);
	struct evidence_devices dev = devices(dir, DEVICE, &d);
	struct err e = { 0 };
	AUTO_JSON cJSON *json = NULL;
	struct evidence ev;

	/* Half of the time is the service's, and longer than LIMIT_QGS_CONNECT_MS. The counter of
	 * configfs stands still at the second report, which is the failure wanted here. */
	cr_assert_eq(evidence_probe(&dev, &ev, &e), 0, "%s", e.text);
	cr_assert_eq(evidence_report(&ev, span(data, 64), deadline_in(3000), &json, &e), 0, "%s",
		     e.text);
	cr_assert(is_by_configfs(json));
	cr_assert(tdx_direct_is_resting(&d));
	for (int i = 0; i < 3; i++) {
		cJSON *none = NULL;
		uint64_t start = clock_boot_ms();

		cr_assert_eq(evidence_report(&ev, span(data, 64), deadline_in(100), &none, &e),
			     -FAIL_AGAIN);
		cr_assert_lt(clock_boot_ms() - start, 1000);
	}
	cr_assert_eq(f.connections, 1);
}

Test(tdx_direct, asks_a_service_that_hung_when_there_is_no_other_way, .timeout = 20)
{
	AUTO_FAKE_QGS struct fake_qgs f = { .is_silent = true };
	struct tdx_direct d = direct_by(&f);
	struct evidence_devices dev = devices(-1, DEVICE, &d);
	AUTO_JSON cJSON *json = NULL;
	cJSON *none = NULL;
	struct err e = { 0 };

	cr_assert_eq(report(&dev, 700, &none, &e), -FAIL_AGAIN);
	cr_assert(tdx_direct_is_resting(&d));
	f.answer = quote_it;
	cr_assert_eq(report(&dev, 10000, &json, &e), 0, "%s", e.text);
}

Test(tdx_direct, needs_some_way)
{
	struct evidence_devices dev = devices(-1, DEVICE, NULL);
	cJSON *json = NULL;
	struct err e = { 0 };

	cr_assert_eq(report(&dev, 100, &json, &e), -FAIL_SYS);
	cr_assert(strstr(e.text, "no way"), "%s", e.text);
}

Test(tdx_direct, a_device_that_is_none_says_so)
{
	AUTO_FD int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	uint8_t tdreport[TDREPORT_BYTES];
	struct evidence_platform p;
	struct err e = { 0 };

	cr_assert_eq(tdx_tdreport(fd, data, tdreport, &e), -FAIL_SYS);
	cr_assert_eq(e.sys, ENOTTY);
	cr_assert_eq(tdx_registers(fd, -1, &p, &e), -FAIL_SYS);
	cr_assert_eq(tdx_registers(-1, -1, &p, &e), -FAIL_SYS);
}
