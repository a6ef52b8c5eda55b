/* /dev/sev-guest by ioctl: what is asked, and what is made of each kind of answer. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/evidence/sev_guest.h"
#include "base/clock.h"
#include "tests/support/fault.h"
#include "tests/unit/attest/fake_sev.h"

static const uint8_t data[TSM_DATA_BYTES] = "sixty-four bytes, of which most are zero";

static struct sev_guest device(void)
{
	return (struct sev_guest){ .ioctl = fake_sev_ioctl };
}

static void put_key(void)
{
	for (size_t i = 0; i < sizeof(fake_sev.key); i++)
		fake_sev.key[i] = (uint8_t)(i + 1);
}

Test(sev_guest, asks_once_for_report_and_certificates)
{
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	struct sev_guest g = device();
	struct err e = { 0 };

	fake_sev.report[0] = 3;
	fake_sev.certs_need = 8192;
	memset(fake_sev.certs, 0x5a, 5000);
	cr_assert_eq(sev_guest_report(&g, FAKE_SEV_FD, data, deadline_in(1000), &b, &e), 0, "%s",
		     e.text);
	cr_expect_eq(fake_sev.calls, 1);
	cr_expect_eq(fake_sev.first_len, 16384);
	cr_assert_eq(b.out.len, 1184);
	cr_expect_eq(b.out.at[0], 3);
	cr_expect_arr_eq(b.out.at + 0x50, data, sizeof(data));
	cr_assert_eq(b.aux.len, 16384);
	cr_expect_arr_eq(b.aux.at, fake_sev.certs, 8192);
}

Test(sev_guest, a_host_without_certificates_gives_none)
{
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	struct sev_guest g = device();
	struct err e = { 0 };

	cr_assert_eq(sev_guest_report(&g, FAKE_SEV_FD, data, deadline_in(1000), &b, &e), 0, "%s",
		     e.text);
	cr_expect_eq(fake_sev.calls, 1);
	cr_expect_eq(b.out.len, 1184);
	cr_expect_eq(b.aux.len, 0);
}

struct certs_row {
	uint32_t need;
	int quiet;
	int plain; /* how many plain reports it takes */
};

ParameterizedTestParameters(sev_guest, certificates_that_do_not_fit)
{
	static struct certs_row rows[] = {
		{ 16384, 0, 0 }, { 20480, 0, 1 },	{ 20480, 1, 1 },
		{ 20481, 0, 1 }, { 0xfffff000u, 0, 1 }, { 0xfffff000u, 1, 1 },
	};
	return cr_make_param_array(struct certs_row, rows, sizeof(rows) / sizeof(*rows));
}

/* Whether the kernel calls it a failure or not; and never more than one question is wasted. */
ParameterizedTest(struct certs_row *row, sev_guest, certificates_that_do_not_fit)
{
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	struct sev_guest g = device();
	struct err e = { 0 };

	fake_sev.certs_need = row->need;
	fake_sev.is_short_quiet = row->quiet;
	cr_assert_eq(sev_guest_report(&g, FAKE_SEV_FD, data, deadline_in(1000), &b, &e), 0, "%s",
		     e.text);
	cr_expect_eq(fake_sev.extended, 1);
	cr_expect_eq(fake_sev.plain, row->plain);
	cr_expect_eq(b.out.len, 1184);
	cr_expect_eq(b.aux.len, 0);
	cr_expect_not(g.is_dead);
}

/* A kernel that first asks for less than it was given is asked again, twice at most. */
Test(sev_guest, asks_for_certificates_with_the_length_that_the_kernel_names)
{
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	struct sev_guest g = device();
	struct err e = { 0 };

	fake_sev.odd_calls = 1;
	fake_sev.sys = EIO;
	fake_sev.vmm = 1; /* and leaves the length as it was */
	cr_assert_eq(sev_guest_report(&g, FAKE_SEV_FD, data, deadline_in(1000), &b, &e), 0, "%s",
		     e.text);
	cr_expect_eq(fake_sev.calls, 2);
	cr_expect_eq(fake_sev.extended, 1);
	cr_expect_eq(fake_sev.first_len, 16384);
}

struct odd_row {
	int sys;
	uint32_t fw, vmm, status, size;
	int want;
	int is_dead;
	char text[40];
};

ParameterizedTestParameters(sev_guest, refuses)
{
	static struct odd_row rows[] = {
		{ ENOTTY, 0, 0, 0, 0, -FAIL_SYS, 1, "tee-dead: the kernel says" },
		{ ENOTTY, 0xff, 0, 0, 0, -FAIL_SYS, 1, "tee-dead: the kernel says" },
		{ ETIMEDOUT, 0, 0, 0, 0, -FAIL_SYS, 1, "tee-dead: the host throttled" },
		{ ETIMEDOUT, 0, 2, 0, 0, -FAIL_SYS, 1, "tee-dead: the host throttled" },
		{ EBADMSG, 0, 0, 0, 0, -FAIL_SYS, 1, "did not authenticate" },
		{ EIO, 0, 0x80000000, 0, 0, -FAIL_SYS, 1, "tee-dead: the host failed" },
		{ EIO, 0xff, 0x80000001, 0, 0, -FAIL_SYS, 1, "tee-dead: the host failed" },
		{ EIO, 0x16, 0, 0, 0, -FAIL_SYS, 1, "tee-dead: the firmware refused" },
		{ EIO, 0x1d, 0, 0, 0, -FAIL_SYS, 1, "(fw 0x1d, vmm 0x0)" },
		{ EIO, 0xff, 0, 0, 0, -FAIL_SYS, 0, "Input/output error (fw 0xff" },
		{ EIO, 0, 0, 0, 0, -FAIL_SYS, 0, "Input/output error" },
		{ EIO, 0, 3, 0, 0, -FAIL_SYS, 0, "vmm 0x3" },
		{ EFAULT, 0, 0, 0, 0, -FAIL_SYS, 0, "Bad address" },
		{ EINVAL, 0xff, 0, 0, 0, -FAIL_BUG, 0, "malformed" },
		{ EBUSY, 0, 0, 0, 0, -FAIL_AGAIN, 0, "busy" },
		{ EAGAIN, 0, 0, 0, 0, -FAIL_AGAIN, 0, "busy" },
		{ EINTR, 0, 0, 0, 0, -FAIL_AGAIN, 0, "busy" },
		{ EIO, 0, 2, 0, 0, -FAIL_AGAIN, 0, "busy" },
		{ 0, 0, 2, 0, 0, -FAIL_AGAIN, 0, "busy" },
		{ 0, 7, 0, 0, 0, -FAIL_INPUT, 0, "success, and yet fw 0x7" },
		{ 0, 0, 0, 0x27, 0, -FAIL_DENIED, 0, "status 0x27 (invalid key" },
		{ 0, 0, 0, 0x16, 0, -FAIL_DENIED, 0, "status 0x16 (invalid param" },
		{ 0, 0, 0, 1, 0, -FAIL_DENIED, 0, "status 0x1" },
		{ 0, 0, 0, 0, 1183, -FAIL_INPUT, 0, "a report of 1183 bytes" },
		{ 0, 0, 0, 0, 1185, -FAIL_INPUT, 0, "a report of 1185 bytes" },
		{ 0, 0, 0, 0, 0xffffffff, -FAIL_INPUT, 0, "a report of 4294967295 bytes" },
	};
	return cr_make_param_array(struct odd_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct odd_row *row, sev_guest, refuses)
{
	struct tsm_blobs b = TSM_BLOBS_EMPTY;
	struct sev_guest g = device();
	struct err e = { 0 };
	int calls;

	fake_sev.odd_calls = -1;
	fake_sev.sys = row->sys;
	fake_sev.fw = row->fw;
	fake_sev.vmm = row->vmm;
	fake_sev.status = row->status;
	fake_sev.size = row->size;
	cr_expect_eq(sev_guest_report(&g, FAKE_SEV_FD, data, deadline_in(50), &b, &e), row->want,
		     "%s", e.text);
	cr_expect(strstr(e.text, row->text), "%s", e.text);
	cr_expect_eq(g.is_dead, row->is_dead);
	cr_expect_null(b.out.at);
	cr_expect_null(b.aux.at);

	/* What is dead isn't asked any more; everything else is. */
	calls = fake_sev.calls;
	fake_sev.odd_calls = 0;
	cr_expect_eq(sev_guest_report(&g, FAKE_SEV_FD, data, deadline_in(50), &b, &e),
		     row->is_dead ? -FAIL_SYS : 0, "%s", e.text);
	cr_expect_eq(fake_sev.calls, row->is_dead ? calls : calls + 1);
	if (row->is_dead)
		cr_expect(!strncmp(e.text, "tee-dead: an earlier request failed", 35), "%s",
			  e.text);
	tsm_blobs_done(&b);
}

/* A reply that was never written reads as status 0, and as a report of no bytes. */
Test(sev_guest, an_unwritten_reply_is_no_report_and_no_key)
{
	struct tsm_blobs b = TSM_BLOBS_EMPTY;
	struct secret key = SECRET_EMPTY;
	struct sev_guest g = device();
	struct err e = { 0 };

	fake_sev.odd_calls = -1;
	fake_sev.is_mute = 1;
	cr_expect_eq(sev_guest_report(&g, FAKE_SEV_FD, data, deadline_in(50), &b, &e), -FAIL_INPUT,
		     "%s", e.text);
	cr_expect_null(b.out.at);
	cr_expect_eq(sev_guest_key(&g, FAKE_SEV_FD, 9, deadline_in(50), &key, &e), -FAIL_INPUT,
		     "%s", e.text);
	cr_expect_null(key.at);
}

/* Too small, whatever it is given: the plain report's error is the answer. */
Test(sev_guest, gives_up_on_a_host_that_always_wants_more)
{
	struct tsm_blobs b = TSM_BLOBS_EMPTY;
	struct sev_guest g = device();
	struct err e = { 0 };

	fake_sev.odd_calls = -1;
	fake_sev.vmm = 1;
	cr_expect_eq(sev_guest_report(&g, FAKE_SEV_FD, data, deadline_in(50), &b, &e), -FAIL_INPUT,
		     "%s", e.text);
	cr_expect_eq(fake_sev.calls, 3);
	cr_expect_null(b.out.at);
}

Test(sev_guest, a_busy_device_is_asked_again_until_it_answers)
{
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	struct sev_guest g = device();
	struct err e = { 0 };

	fake_sev.odd_calls = 3;
	fake_sev.sys = EBUSY;
	cr_assert_eq(sev_guest_report(&g, FAKE_SEV_FD, data, deadline_in(5000), &b, &e), 0, "%s",
		     e.text);
	cr_expect_eq(fake_sev.calls, 4);
}

Test(sev_guest, without_a_device_nobody_is_asked)
{
	struct sev_guest g = device();
	struct tsm_blobs b = TSM_BLOBS_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(sev_guest_report(&g, -1, data, deadline_in(50), &b, &e), -FAIL_SYS);
	cr_expect_eq(fake_sev.calls, 0);
	cr_expect_not(g.is_dead);
}

Test(sev_guest, finds_the_strongest_level_that_is_granted_and_keeps_it)
{
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	AUTO_SECRET struct secret key = SECRET_EMPTY;
	struct sev_guest g = device();
	struct err e = { 0 };

	put_key();
	fake_sev.floor = 2;
	cr_assert_eq(sev_guest_report(&g, FAKE_SEV_FD, data, deadline_in(50), &b, &e), 0, "%s",
		     e.text);
	cr_expect_eq(fake_sev.calls, 3);
	cr_expect_eq(fake_sev.vmpl, 2);
	cr_assert_eq(sev_guest_key(&g, FAKE_SEV_FD, SEV_FIELD_POLICY, deadline_in(50), &key, &e), 0,
		     "%s", e.text);
	cr_expect_eq(fake_sev.calls, 4);
	cr_expect_eq(fake_sev.vmpl, 2);
}

Test(sev_guest, derives_a_key_and_wipes_what_the_kernel_wrote)
{
	AUTO_SECRET struct secret key = SECRET_EMPTY;
	struct sev_guest g = device();
	struct err e = { 0 };

	put_key();
	cr_assert_eq(sev_guest_key(&g, FAKE_SEV_FD, SEV_FIELD_POLICY | SEV_FIELD_MEASUREMENT,
				   deadline_in(50), &key, &e),
		     0, "%s", e.text);
	cr_expect_eq(fake_sev.fields, 9);
	cr_assert_eq(key.len, 32);
	cr_expect_arr_eq(key.at, fake_sev.key, 32);
	cr_expect_neq(key.at, fake_sev.resp + 32, "a copy: the reply's page is given back");
}

struct key_row {
	int sys;
	uint32_t fw, status;
	uint8_t repeated; /* the key is this byte */
	int want;
};

ParameterizedTestParameters(sev_guest, gives_no_key)
{
	static struct key_row rows[] = {
		{ EIO, 0x16, 0, 0, -FAIL_SYS },	 { ENOTTY, 0, 0, 0, -FAIL_SYS },
		{ 0, 0, 0x16, 0, -FAIL_DENIED }, { 0, 0, 0x27, 0, -FAIL_DENIED },
		{ EBUSY, 0, 0, 0, -FAIL_AGAIN }, { 0, 0, 0, 0, -FAIL_INPUT },
		{ 0, 0, 0, 0xff, -FAIL_INPUT },
	};
	return cr_make_param_array(struct key_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct key_row *row, sev_guest, gives_no_key)
{
	struct secret key = SECRET_EMPTY;
	struct sev_guest g = device();
	struct err e = { 0 };

	memset(fake_sev.key, row->repeated, sizeof(fake_sev.key));
	fake_sev.odd_calls = -1;
	fake_sev.sys = row->sys;
	fake_sev.fw = row->fw;
	fake_sev.status = row->status;
	cr_expect_eq(sev_guest_key(&g, FAKE_SEV_FD, 9, deadline_in(50), &key, &e), row->want, "%s",
		     e.text);
	cr_expect_null(key.at);
}

Test(sev_guest, survives_every_failing_allocation)
{
	put_key();
	fake_sev.certs_need = 4096;
	fake_sev.certs[0] = 1;
	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
		AUTO_SECRET struct secret key = SECRET_EMPTY;
		struct sev_guest g = device();
		struct err e = { 0 };
		int got = sev_guest_report(&g, FAKE_SEV_FD, data, deadline_in(50), &b, &e);

		if (!got)
			got = sev_guest_key(&g, FAKE_SEV_FD, 9, deadline_in(50), &key, &e);
		cr_assert(got == 0 ? key.len == 32 : got == -FAIL_SYS, "%d: %s", got, e.text);
		cr_assert_not(g.is_dead);
	}
}
