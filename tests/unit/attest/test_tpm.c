/* The line to a TPM: hostile answers, late ones, and none; what its codes mean. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attest/tpm/pcr.h"
#include "attest/tpm/session.h"
#include "attest/tpm/tpm.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/messages.h"
#include "tests/unit/attest/fake_tpm.h"

#define SOON  deadline_in(10000)
#define SHORT 60 /* ms */

static int begin(struct tpm *t, uint64_t deadline_ms, struct err *e)
{
	int failed = tpm_begin(t, deadline_ms, e);

	if (!failed)
		tpm_end(t);
	return failed;
}

/* --- Answers that are none -------------------------------------------------------------------- */

struct hostile {
	uint8_t bytes[32];
	size_t len;
	int want;
	bool is_end; /* of the line, after that */
};

static struct hostile hostile_now;

static bool answer_hostile(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	(void)command;
	(void)f;
	memcpy(answer, hostile_now.bytes, hostile_now.len);
	*len = hostile_now.len;
	if (hostile_now.is_end) {
		(void)send(f->end, answer, *len, MSG_NOSIGNAL);
		(void)shutdown(f->end, SHUT_RDWR);
		*len = 0;
	}
	return true;
}

ParameterizedTestParameters(tpm, refuses)
{
	static struct hostile rows[] = {
		{ { 0x12, 0x34, 0, 0, 0, 10 }, 10, -FAIL_INPUT, false },   /* tag           */
		{ { 0x80, 0x01, 0, 0, 0, 9 }, 10, -FAIL_INPUT, false },	   /* under header  */
		{ { 0x80, 0x01, 0, 0, 0, 0 }, 10, -FAIL_INPUT, false },	   /* no length     */
		{ { 0x80, 0x01, 0, 0, 0x10, 1 }, 10, -FAIL_LIMIT, false }, /* 4097          */
		{ { 0x80, 0x01, 0xff, 0xff, 0xff, 0xff }, 10, -FAIL_LIMIT, false },
		{ { 0x80, 0x01, 0, 0, 0, 10 }, 10, -FAIL_INPUT, false }, /* no parameters */
		{ { 0x80, 0x01, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff },
		  20,
		  -FAIL_INPUT,
		  false },						 /* a false list  */
		{ { 0x80, 0x01, 0, 0, 0, 20 }, 12, -FAIL_AGAIN, false }, /* cut short     */
		{ { 0x80, 0x01, 0 }, 3, -FAIL_AGAIN, false },		 /* within header */
		{ { 0 }, 0, -FAIL_AGAIN, false },			 /* silence       */
		{ { 0x80, 0x01, 0, 0, 0, 20 }, 12, -FAIL_SYS, true },
		{ { 0 }, 0, -FAIL_SYS, true },
	};
	return cr_make_param_array(struct hostile, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct hostile *row, tpm, refuses, .timeout = 10)
{
	struct fake_tpm f = { .real = -1, .instead = answer_hostile };
	uint64_t start_ms = clock_boot_ms();
	AUTO_FD int line = -1;
	struct err e = { 0 };
	struct tpm t;

	hostile_now = *row;
	line = fake_tpm_line(&f);
	tpm_init(&t, line);
	cr_expect_eq(begin(&t, deadline_in(SHORT), &e), row->want, "%s", e.text);
	cr_expect_lt(clock_boot_ms() - start_ms, 2000, "told in time");
	cr_expect_eq(atomic_load(&f.asked), 1);
	tpm_done(&t);
}

Test(tpm, is_left_alone_once_its_line_is_out_of_step, .timeout = 10)
{
	struct fake_tpm f = { .real = -1, .instead = answer_hostile };
	AUTO_FD int line = fake_tpm_line(&f);
	struct err e = { 0 };
	struct tpm t;

	hostile_now = (struct hostile){ { 0x12, 0x34 }, 10, 0, false };
	tpm_init(&t, line);
	cr_assert_eq(begin(&t, SOON, &e), -FAIL_INPUT, "%s", e.text);
	cr_assert_eq(begin(&t, SOON, &e), -FAIL_SYS);
	cr_expect_eq(strncmp(e.text, TEE_DEAD, strlen(TEE_DEAD)), 0, "%s", e.text);
	cr_expect_eq(atomic_load(&f.asked), 1, "nothing more was asked");
	tpm_done(&t);
}

static void add_answer(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	if (command != TPM2_CC_GetCapability || f->times++ != 1)
		return;
	fake_tpm_code(0, answer + *len, &f->held_len);
	*len += f->held_len;
}

Test(tpm, refuses_an_answer_to_no_question, .timeout = 10)
{
	struct fake_tpm f = { .real = swtpm_start(), .tamper = add_answer };
	AUTO_FD int line = fake_tpm_line(&f);
	uint8_t value[TPM_SHA256_BYTES];
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, line);
	cr_assert_eq(begin(&t, SOON, &e), 0, "%s", e.text);
	cr_assert_eq(tpm_pcr_read(&t, 8, SOON, value, &e), -FAIL_INPUT, "%s", e.text);
	cr_expect(strstr(e.text, "no question"), "%s", e.text);
	tpm_done(&t);
}

/* --- Late answers ----------------------------------------------------------------------------- */

static void hold_first(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	if (command != TPM2_CC_PCR_Read || f->times++)
		return;
	memcpy(f->held, answer, *len);
	f->held_len = *len;
	*len = 0;
}

/* The late one says that PCR 8 is zero, which is true no more. */
Test(tpm, a_late_answer_is_never_the_next_question_s, .timeout = 20)
{
	static const uint8_t digest[TPM_SHA256_BYTES] = "something", zero[TPM_SHA256_BYTES];
	struct fake_tpm f = { .real = swtpm_start(), .tamper = hold_first };
	AUTO_FD int line = fake_tpm_line(&f);
	uint8_t value[TPM_SHA256_BYTES] = { 0 };
	struct err e = { 0 };
	struct tpm t;
	int asked;

	tpm_init(&t, line);
	cr_assert_eq(begin(&t, SOON, &e), 0, "%s", e.text);
	cr_assert_eq(tpm_pcr_read(&t, 8, deadline_in(SHORT), value, &e), -FAIL_AGAIN, "%s", e.text);
	asked = atomic_load(&f.asked);
	cr_assert_eq(tpm_pcr_read(&t, 8, deadline_in(SHORT), value, &e), -FAIL_AGAIN);
	cr_expect(strstr(e.text, "question of before"), "%s", e.text);
	cr_expect_eq(atomic_load(&f.asked), asked, "nothing is asked while an answer is owed");

	cr_assert_gt(send(f.end, f.held, f.held_len, 0), 0);
	cr_assert_eq(tpm_pcr_extend(&t, 8, SOON, digest, &e), 0, "%s", e.text);
	cr_assert_eq(tpm_pcr_read(&t, 8, SOON, value, &e), 0, "%s", e.text);
	cr_expect(memcmp(value, zero, sizeof(zero)) != 0);
	tpm_done(&t);
}

static void hold_half(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	if (command != TPM2_CC_PCR_Read || f->times++)
		return;
	f->held_len = *len - 13;
	memcpy(f->held, answer + 13, f->held_len);
	*len = 13;
}

Test(tpm, an_answer_that_comes_in_two_halves_is_one, .timeout = 20)
{
	struct fake_tpm f = { .real = swtpm_start(), .tamper = hold_half };
	AUTO_FD int line = fake_tpm_line(&f);
	uint8_t value[TPM_SHA256_BYTES];
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, line);
	cr_assert_eq(tpm_pcr_read(&t, 0, deadline_in(500), value, &e), -FAIL_AGAIN, "%s", e.text);
	cr_assert_gt(send(f.end, f.held, f.held_len, 0), 0);
	cr_assert_eq(tpm_pcr_read(&t, 0, SOON, value, &e), 0, "%s", e.text);
	tpm_done(&t);
}

/* --- Busy ones -------------------------------------------------------------------------------- */

static bool busy(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	static const uint32_t codes[] = { TPM2_RC_RETRY, TPM2_RC_YIELDED, TPM2_RC_TESTING };

	if (command != TPM2_CC_PCR_Extend || f->times >= 9)
		return false;
	fake_tpm_code(codes[f->times++ % COUNT_OF(codes)], answer, len);
	return true;
}

/* More often than libtss2 would by itself. */
Test(tpm, is_asked_again_while_it_is_busy, .timeout = 20)
{
	static const uint8_t digest[TPM_SHA256_BYTES] = "something";
	struct fake_tpm f = { .real = swtpm_start(), .instead = busy };
	AUTO_FD int line = fake_tpm_line(&f);
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, line);
	cr_assert_eq(tpm_pcr_extend(&t, 8, SOON, digest, &e), 0, "%s", e.text);
	cr_expect_eq(f.times, 9);
	tpm_done(&t);
}

static bool busy_for_ever(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	(void)f;
	fake_tpm_code(TPM2_RC_RETRY, answer, len);
	return command == TPM2_CC_PCR_Extend;
}

Test(tpm, is_not_asked_beyond_the_deadline, .timeout = 20)
{
	static const uint8_t digest[TPM_SHA256_BYTES] = "something";
	struct fake_tpm f = { .real = swtpm_start(), .instead = busy_for_ever };
	AUTO_FD int line = fake_tpm_line(&f);
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, line);
	cr_assert_eq(tpm_pcr_extend(&t, 8, deadline_in(300), digest, &e), -FAIL_AGAIN, "%s",
		     e.text);
	tpm_done(&t);
}

Test(tpm, others_wait_for_it_until_their_deadline, .timeout = 20)
{
	AUTO_FD int line = swtpm_start();
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, line);
	cr_assert_eq(tpm_begin(&t, SOON, &e), 0, "%s", e.text);
	cr_expect_eq(tpm_begin(&t, deadline_in(SHORT), &e), -FAIL_AGAIN);
	tpm_end(&t);
	tpm_done(&t);
}

/* --- Codes ------------------------------------------------------------------------------------ */

struct code {
	uint32_t rc;
	int want;
	char says[24];
};

ParameterizedTestParameters(tpm, tells_what_a_code_means)
{
	static struct code rows[] = {
		{ TPM2_RC_RETRY, -FAIL_AGAIN, "RETRY" },
		{ TPM2_RC_NV_RATE, -FAIL_AGAIN, "NV_RATE" },
		{ TPM2_RC_PCR_CHANGED, -FAIL_AGAIN, "PCR_CHANGED" },
		{ TPM2_RC_INITIALIZE, -FAIL_SYS, "INITIALIZE (0x100)" },
		{ TPM2_RC_FAILURE, -FAIL_SYS, "start the machine again" },
		{ TPM2_RC_LOCKOUT, -FAIL_DENIED, "tpm2_dictionarylockout" },
		{ 0x9a2, -FAIL_DENIED, "BAD_AUTH (0x9a2)" },	/* of session 1   */
		{ 0xc018e, -FAIL_DENIED, "AUTH_FAIL (0x18e)" }, /* by the kernel's manager */
		{ 0x185, -FAIL_DENIED, "HIERARCHY" },
		{ TPM2_RC_NV_SPACE, -FAIL_DENIED, "memory is full" },
		{ TPM2_RC_OBJECT_MEMORY, -FAIL_DENIED, "OBJECT_MEMORY" },
		{ 0x99d, -FAIL_DENIED, "POLICY_FAIL" },
		{ 0x18b, -FAIL_DENIED, "0x18b" },
		{ TSS2_ESYS_RC_RSP_AUTH_FAILED, -FAIL_FORGED, "HMAC" },
		{ TSS2_SYS_RC_MALFORMED_RESPONSE, -FAIL_INPUT, "malformed" },
		{ TSS2_MU_RC_INSUFFICIENT_BUFFER, -FAIL_INPUT, "malformed" },
		{ TSS2_ESYS_RC_BAD_SEQUENCE, -FAIL_SYS, "libtss2" },
	};
	return cr_make_param_array(struct code, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct code *row, tpm, tells_what_a_code_means)
{
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, -1);
	cr_expect_eq(tpm_check(&t, row->rc, "act", &e), row->want, "%s", e.text);
	cr_expect(strstr(e.text, row->says), "%s", e.text);
	cr_expect(strstr(e.text, "act"), "%s", e.text);
}

/* --- What others left in it ------------------------------------------------------------------- */

/* As if killed: nothing is closed. Three sessions and objects are all that the kernel keeps. */
Test(tpm, what_a_killed_attest_left_is_flushed, .timeout = 60)
{
	AUTO_FD int line = swtpm_start();
	struct tpm_session s;
	struct err e = { 0 };

	for (int life = 0; life < 8; life++) {
		struct tpm t;

		tpm_init(&t, line);
		cr_assert_eq(tpm_begin(&t, SOON, &e), 0, "life %d: %s", life, e.text);
		cr_assert_eq(
			tpm_session_open(&t, life % 2 ? TPM2_SE_HMAC : TPM2_SE_POLICY, 0, &s, &e),
			0, "life %d: %s", life, e.text);
		Esys_Finalize(&t.esys);
		tpm_end(&t);
	}
}

Test(tpm, no_device_is_an_error)
{
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, -1);
	cr_expect_eq(begin(&t, SOON, &e), -FAIL_SYS);
}
