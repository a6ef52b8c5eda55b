/* PCRs: read as they are at one time, extended in every bank; the event log over PCR 15. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attest/eventlog/ownlog.h"
#include "attest/tpm/pcr.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/mem.h"
#include "tests/unit/attest/fake_tpm.h"

#define SOON deadline_in(10000)

static const uint8_t digest[TPM_SHA256_BYTES] = "what goes into a PCR";

static struct digest extended(enum digest_alg alg, struct span by)
{
	uint8_t both[2 * DIGEST_MAX_BYTES] = { 0 };
	struct digest d;

	memcpy(both + digest_alg_len(alg), by.at, by.len);
	cr_assert_eq(digest_of(alg, span(both, 2 * digest_alg_len(alg)), &d, NULL), 0);
	return d;
}

/* The value of PCR 8 in any bank, past what is tested here. */
static void read_bank(struct tpm *t, TPM2_ALG_ID alg, uint8_t *ret, size_t len)
{
	TPML_PCR_SELECTION s = tpm_pcr_selection(1u << 8), *served = NULL;
	TPML_DIGEST *values = NULL;
	uint32_t counter;

	s.pcrSelections[0].hash = alg;
	cr_assert_eq(tpm_begin(t, SOON, NULL), 0);
	cr_assert_eq(Esys_PCR_Read(t->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &s, &counter,
				   &served, &values),
		     0);
	tpm_end(t);
	cr_assert_eq(values->count, 1);
	cr_assert_eq(values->digests[0].size, len);
	memcpy(ret, values->digests[0].buffer, len);
	Esys_Free(served);
	Esys_Free(values);
}

Test(tpm_pcr, an_extension_leaves_no_bank_as_it_was, .timeout = 20)
{
	AUTO_FD int line = swtpm_start();
	uint8_t value[DIGEST_MAX_BYTES], sha1[20];
	const uint8_t zero[20] = { 0 };
	struct digest want, hashed;
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, line);
	cr_assert_eq(tpm_pcr_extend(&t, 8, SOON, digest, &e), 0, "%s", e.text);
	cr_assert_eq(tpm_pcr_read(&t, 8, SOON, value, &e), 0, "%s", e.text);
	want = extended(DIGEST_SHA256, span(digest, sizeof(digest)));
	cr_expect_arr_eq(value, want.at, want.len);

	cr_assert_eq(digest_of(DIGEST_SHA384, span(digest, sizeof(digest)), &hashed, &e), 0);
	want = extended(DIGEST_SHA384, span(hashed.at, hashed.len));
	read_bank(&t, TPM2_ALG_SHA384, value, 48);
	cr_expect_arr_eq(value, want.at, want.len);
	read_bank(&t, TPM2_ALG_SHA1, sha1, sizeof(sha1));
	cr_expect_arr_neq(sha1, zero, sizeof(zero));
	tpm_done(&t);
}

Test(tpm_pcr, all_24_are_read, .timeout = 20)
{
	AUTO_FD int line = swtpm_start();
	struct tpm_pcrs all = { 0 };
	struct digest want;
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, line);
	cr_assert_eq(tpm_pcr_extend(&t, 15, SOON, digest, &e), 0, "%s", e.text);
	cr_assert_eq(tpm_begin(&t, SOON, &e), 0, "%s", e.text);
	cr_assert_eq(tpm_pcrs_read(&t, &all, &e), 0, "%s", e.text);
	tpm_end(&t);
	want = extended(DIGEST_SHA256, span(digest, sizeof(digest)));
	cr_expect_arr_eq(all.at[15], want.at, want.len);
	cr_expect_eq(all.at[0][0], 0);
	cr_expect_eq(all.at[17][0], 0xff);
	cr_expect_eq(all.at[22][31], 0xff);
	cr_expect_eq(all.at[23][0], 0);
	tpm_done(&t);
}

/* --- Hostile ---------------------------------------------------------------------------------- */

static int read_all(struct fake_tpm *f, struct err *e)
{
	AUTO_FD int line = fake_tpm_line(f);
	struct tpm_pcrs all;
	struct tpm t;
	int got;

	tpm_init(&t, line);
	cr_assert_eq(tpm_begin(&t, SOON, e), 0, "%s", e->text);
	got = tpm_pcrs_read(&t, &all, e);
	tpm_end(&t);
	tpm_done(&t);
	return got;
}

/* Behind the header: updateCounter, one selection (count, hash, size, bitmap), the values. */
#define OFF_COUNTER 10
#define OFF_HASH    18
#define OFF_BITMAP  21

static void always_moved(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	(void)len;
	if (command == TPM2_CC_PCR_Read)
		answer[OFF_COUNTER + 3] = (uint8_t)f->times++;
}

Test(tpm_pcr, values_of_different_times_are_refused, .timeout = 20)
{
	struct fake_tpm f = { .real = swtpm_start(), .tamper = always_moved };
	struct err e = { 0 };

	cr_expect_eq(read_all(&f, &e), -FAIL_AGAIN, "%s", e.text);
	cr_expect_eq(f.times, 9, "three rounds, three times");
}

static void moved_once(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	(void)len;
	if (command == TPM2_CC_PCR_Read && f->times++ == 1)
		answer[OFF_COUNTER + 3] ^= 1;
}

Test(tpm_pcr, values_of_different_times_are_read_again, .timeout = 20)
{
	struct fake_tpm f = { .real = swtpm_start(), .tamper = moved_once };
	struct err e = { 0 };

	cr_expect_eq(read_all(&f, &e), 0, "%s", e.text);
	cr_expect_eq(f.times, 6);
}

static void serve_nothing(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	(void)f;
	(void)len;
	if (command == TPM2_CC_PCR_Read)
		memset(answer + OFF_BITMAP, 0, 3);
}

static void serve_another_bank(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	(void)f;
	(void)len;
	if (command == TPM2_CC_PCR_Read)
		answer[OFF_HASH + 1] = TPM2_ALG_SHA384;
}

static void serve_more_than_comes(struct fake_tpm *f, uint32_t command, uint8_t *answer,
				  size_t *len)
{
	(void)f;
	(void)len;
	if (command == TPM2_CC_PCR_Read)
		memset(answer + OFF_BITMAP, 0xff, 3);
}

Test(tpm_pcr, what_was_not_asked_for_is_refused, .timeout = 20)
{
	void (*const ways[])(struct fake_tpm *, uint32_t, uint8_t *,
			     size_t *) = { serve_nothing, serve_another_bank,
					   serve_more_than_comes };

	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		struct fake_tpm f = { .real = swtpm_start(), .tamper = ways[i] };
		struct err e = { 0 };

		cr_expect_eq(read_all(&f, &e), -FAIL_INPUT, "%zu: %s", i, e.text);
		swtpm_stop(&f.real);
	}
}

static void rename_bank(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	static const uint8_t sha256[] = { 0x00, 0x0b, 3, 0xff, 0xff, 0xff };
	uint8_t *at = memmem(answer, *len, sha256, sizeof(sha256));

	if (command == TPM2_CC_GetCapability && at) {
		f->times++;
		at[1] = f->held[0];
	}
}

Test(tpm_pcr, no_bank_of_sha256_is_refused, .timeout = 20)
{
	struct fake_tpm f = { .real = swtpm_start(), .tamper = rename_bank, .held = { 0x27 } };
	AUTO_FD int line = -1;
	struct err e = { 0 };
	struct tpm t;

	cr_expect_eq(read_all(&f, &e), -FAIL_DENIED, "%s", e.text);
	cr_expect(strstr(e.text, "tpm2_pcrallocate"), "%s", e.text);
	cr_expect_eq(f.times, 1);
	line = fake_tpm_line(&f);
	tpm_init(&t, line);
	cr_expect_eq(tpm_pcr_extend(&t, 8, SOON, digest, &e), -FAIL_DENIED, "%s", e.text);
	tpm_done(&t);
}

static void add_unknown_bank(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	static const uint8_t sha1[] = { 0x00, 0x04, 3, 0xff, 0xff, 0xff };
	uint8_t *at = memmem(answer, *len, sha1, sizeof(sha1));

	(void)f;
	if (command == TPM2_CC_GetCapability && at)
		at[1] = 0x77;
}

Test(tpm_pcr, a_bank_that_would_keep_its_value_is_refused, .timeout = 20)
{
	struct fake_tpm f = { .real = swtpm_start(), .tamper = add_unknown_bank };
	AUTO_FD int line = fake_tpm_line(&f);
	const uint8_t zero[TPM_SHA256_BYTES] = { 0 };
	uint8_t value[TPM_SHA256_BYTES];
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, line);
	cr_expect_eq(tpm_pcr_extend(&t, 8, SOON, digest, &e), -FAIL_DENIED, "%s", e.text);
	cr_assert_eq(tpm_pcr_read(&t, 8, SOON, value, &e), 0, "%s", e.text);
	cr_expect_arr_eq(value, zero, sizeof(zero), "nothing was extended");
	tpm_done(&t);
}

/* --- The log ---------------------------------------------------------------------------------- */

static int log_file(void)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	cr_assert_eq(ftruncate(fd, LIMIT_OWN_LOG_BYTES), 0);
	return fd;
}

Test(tpm_pcr, the_log_leads_to_pcr_15, .timeout = 20)
{
	const struct entry_text event = { "app", "start", "content" };
	AUTO_FD int line = swtpm_start();
	AUTO_FD int fd = log_file();
	uint8_t value[TPM_SHA256_BYTES];
	struct log_register reg;
	struct ownlog log = { .count = 0 }, again = { .count = 0 };
	struct ownlog_event done;
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, line);
	reg = tpm_log_register(&t);
	cr_assert_eq(ownlog_open(fd, &reg, &log, &e), 0, "%s", e.text);
	cr_assert_eq(ownlog_append(&log, EVENT_TENANT, &event, SOON, &done, &e), 0, "%s", e.text);
	cr_assert_eq(tpm_pcr_read(&t, 15, SOON, value, &e), 0);
	cr_expect_eq(done.head.len, sizeof(value));
	cr_expect_arr_eq(done.head.at, value, sizeof(value));
	ownlog_close(&log);
	cr_assert_eq(ownlog_open(fd, &reg, &again, &e), 0, "%s", e.text);
	cr_expect_eq(again.count, 1);
	ownlog_close(&again);

	cr_assert_eq(tpm_pcr_extend(&t, 15, SOON, digest, &e), 0);
	cr_expect_eq(ownlog_open(fd, &reg, &again, &e), -FAIL_FORGED, "%s", e.text);
	tpm_done(&t);
}

static void lose_extend(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	if (command == TPM2_CC_PCR_Extend && !f->times++)
		fake_tpm_code(TPM2_RC_FAILURE, answer, len);
}

/* The TPM did it and says that it did not: the log finds out by reading. */
Test(tpm_pcr, the_log_finds_out_whether_an_extension_happened, .timeout = 20)
{
	const struct entry_text event = { "app", "start", "content" };
	struct fake_tpm f = { .real = swtpm_start(), .tamper = lose_extend };
	AUTO_FD int line = fake_tpm_line(&f);
	AUTO_FD int fd = log_file();
	struct log_register reg;
	struct ownlog log = { .count = 0 };
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, line);
	reg = tpm_log_register(&t);
	cr_assert_eq(ownlog_open(fd, &reg, &log, &e), 0, "%s", e.text);
	cr_expect_eq(ownlog_append(&log, EVENT_TENANT, &event, SOON, NULL, &e), 0, "%s", e.text);
	cr_expect_eq(f.times, 1);
	cr_expect_eq(log.count, 1);
	ownlog_close(&log);
	tpm_done(&t);
}
