/* RTMR3 by the kernel's file: exact lengths, and errors. That it extends is shown in a guest. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "attest/evidence/rtmr.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "tests/support/fault.h"
#include "tests/support/scratch.h"

static int file_of(size_t len)
{
	AUTO_FD int dir = scratch_dir();
	int fd = fd_open_in(dir, "rtmr3:sha384", O_RDWR | O_CREAT, 0600, NULL);
	uint8_t bytes[64];

	memset(bytes, 0x33, sizeof(bytes));
	cr_assert_geq(fd, 0);
	cr_assert_eq(fd_write_all(fd, span(bytes, len), NULL), 0);
	return fd;
}

struct length {
	size_t len;
	int want;
};

ParameterizedTestParameters(rtmr, has_48_bytes)
{
	static struct length rows[] = {
		{ 48, 0 }, { 0, -FAIL_INPUT }, { 47, -FAIL_INPUT }, { 49, -FAIL_INPUT }
	};
	return cr_make_param_array(struct length, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct length *row, rtmr, has_48_bytes)
{
	AUTO_FD int fd = file_of(row->len);
	struct rtmr r = { fd };
	uint8_t value[RTMR_BYTES] = { 0 }, want[RTMR_BYTES] = { 0 };
	struct err e = { 0 };

	if (!row->want)
		memset(want, 0x33, sizeof(want));
	/* Twice: where the file stands does not matter. */
	for (int i = 0; i < 2; i++) {
		cr_expect_eq(rtmr_read(&r, value, &e), row->want, "%zu: %s", row->len, e.text);
		cr_expect_arr_eq(value, want, sizeof(want), "%zu", row->len);
	}
}

Test(rtmr, is_extended_by_one_write_at_its_beginning)
{
	AUTO_FD int fd = file_of(48);
	struct rtmr r = { fd };
	struct log_register reg = rtmr_register(&r);
	uint8_t digest[RTMR_BYTES], value[RTMR_BYTES];
	struct err e = { 0 };

	memset(digest, 0x5a, sizeof(digest));
	cr_assert_str_eq(reg.strength, "rtmr");
	cr_assert_str_eq(reg.name, "RTMR3");
	cr_assert_eq(reg.alg, DIGEST_SHA384);
	cr_assert_eq(reg.number, 4);
	cr_assert_eq(reg.extend(reg.ctx, digest, &e), 0, "%s", e.text);
	cr_assert_eq(reg.extend(reg.ctx, digest, &e), 0, "%s", e.text);
	/* A plain file keeps what was written, and is no longer than before. */
	cr_assert_eq(reg.read(reg.ctx, value, &e), 0, "%s", e.text);
	cr_assert_arr_eq(value, digest, sizeof(value));
}

Test(rtmr, says_what_the_kernel_says)
{
	AUTO_FD int dir = scratch_dir();
	AUTO_FD int fd = file_of(48);
	AUTO_FD int only_read = fd_open_in(dir, "rtmr3:sha384", O_RDONLY, 0, NULL);
	struct rtmr r = { only_read };
	uint8_t bytes[RTMR_BYTES] = { 0 };
	struct err e = { 0 };

	cr_assert_eq(rtmr_extend(&r, bytes, &e), -FAIL_SYS);
	cr_assert_eq(e.sys, EBADF);
	r.fd = -1;
	cr_assert_eq(rtmr_read(&r, bytes, &e), -FAIL_SYS);
	r.fd = fd;
	fault_arm(1, FAULT_IO);
	cr_assert_eq(rtmr_read(&r, bytes, &e), -FAIL_SYS);
	cr_assert_eq(e.sys, EIO);
	fault_arm(1, FAULT_IO);
	cr_assert_eq(rtmr_extend(&r, bytes, &e), -FAIL_SYS);
	cr_assert_str_eq(e.text, "RTMR3: extend: Input/output error");
}

/* Another processor has the register, or a signal came while somebody else had it: nothing has
 * happened yet, and the next try may. */
struct obstacle {
	int sys;
	unsigned int times;
	int want;
};

ParameterizedTestParameters(rtmr, tries_again_while_nothing_has_happened)
{
	static struct obstacle rows[] = {
		{ EBUSY, 1, 0 },	  { EINTR, 1, 0 },	    { EBUSY, 5, 0 },
		{ EINTR, 100, 0 },	  { EIO, 1, -FAIL_SYS },    { ENXIO, 1, -FAIL_SYS },
		{ EINVAL, 1, -FAIL_SYS }, { EAGAIN, 1, -FAIL_SYS },
	};
	return cr_make_param_array(struct obstacle, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct obstacle *row, rtmr, tries_again_while_nothing_has_happened)
{
	AUTO_FD int fd = file_of(48);
	struct rtmr r = { fd };
	uint8_t digest[RTMR_BYTES], value[RTMR_BYTES] = { 0 }, want[RTMR_BYTES] = { 0 };
	struct err e = { 0 };

	memset(digest, 0x5a, sizeof(digest));
	fault_arm_as(row->sys, row->times, FAULT_IO);
	cr_expect_eq(rtmr_extend(&r, digest, &e), row->want, "%s", strerror(row->sys));
	cr_expect(fault_fired());
	if (row->want)
		cr_expect_eq(e.sys, row->sys);
	fault_arm_as(row->sys, row->times, FAULT_IO);
	cr_expect_eq(rtmr_read(&r, value, &e), row->want, "%s", strerror(row->sys));
	fault_disarm_keep();
	if (!row->want)
		memset(want, 0x5a, sizeof(want));
	cr_expect_arr_eq(value, want, sizeof(want), "left alone, or what was written");
	/* What failed for good has written nothing; what did not has written once. */
	cr_assert_eq(rtmr_read(&r, value, &e), 0, "%s", e.text);
	cr_expect_eq(value[0], row->want ? 0x33 : 0x5a);
}

ParameterizedTestParameters(rtmr, gives_up_in_time)
{
	static struct obstacle rows[] = { { EBUSY, UINT_MAX, -FAIL_AGAIN },
					  { EINTR, UINT_MAX, -FAIL_AGAIN } };
	return cr_make_param_array(struct obstacle, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct obstacle *row, rtmr, gives_up_in_time, .timeout = 20)
{
	AUTO_FD int fd = file_of(48);
	struct rtmr r = { fd };
	struct log_register reg = rtmr_register(&r);
	uint8_t digest[RTMR_BYTES] = { 0 }, value[RTMR_BYTES] = { 0 };
	uint64_t begun_ms = clock_boot_ms();
	struct err e = { 0 };

	fault_arm_as(row->sys, row->times, FAULT_IO);
	cr_expect_eq(reg.extend(reg.ctx, digest, &e), row->want, "%s", e.text);
	cr_expect_eq(e.sys, row->sys);
	cr_expect_eq(reg.read(reg.ctx, value, &e), row->want, "%s", e.text);
	cr_expect_eq(e.sys, row->sys);
	fault_disarm_keep();
	/* Both have waited, and neither for longer than it may. */
	cr_expect_geq(clock_boot_ms() - begun_ms, (uint64_t)LIMIT_RTMR_BUSY_MS);
	cr_expect_lt(clock_boot_ms() - begun_ms, (uint64_t)4 * LIMIT_RTMR_BUSY_MS + 1000);
	cr_expect_eq(value[0], 0);
}
