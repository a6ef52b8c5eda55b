#include "attest/evidence/rtmr.h"

#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"

#define RTMR_NUMBER 4 /* RTMR3 in a log: index 0 is MRTD's */
#define RETRY_MS    2 /* another processor is in the same call, for microseconds */

/* Both mean that nothing has happened yet: a signal came while we waited for whoever had the
 * register, or another processor has it. The kernel tells nobody when it is free again. */
static bool is_worth_retrying(uint64_t deadline_ms)
{
	if (errno == EINTR)
		return deadline_left(deadline_ms) > 0;
	if (errno != EBUSY || deadline_left(deadline_ms) <= RETRY_MS)
		return false;
	(void)poll(NULL, 0, RETRY_MS);
	return true;
}

static int fail(const char *what, struct err *e)
{
	enum err_kind kind = errno == EBUSY || errno == EINTR ? FAIL_AGAIN : FAIL_SYS;

	return err_set(e, kind, errno, __func__, "RTMR3: %s: %s", what, strerror(errno));
}

int rtmr_read(const struct rtmr *r, uint8_t ret[static RTMR_BYTES], struct err *e)
{
	uint64_t deadline_ms = deadline_in(LIMIT_RTMR_BUSY_MS);
	uint8_t value[RTMR_BYTES + 1]; /* one more, to see that there is none */
	ssize_t n;

	do
		n = pread(r->fd, value, sizeof(value), 0);
	while (n < 0 && is_worth_retrying(deadline_ms));
	if (n < 0)
		return fail("read", e);
	if (n != RTMR_BYTES)
		return FAIL(e, FAIL_INPUT, "RTMR3: a value of %zd bytes", n);
	memcpy(ret, value, RTMR_BYTES);
	return 0;
}

int rtmr_extend(const struct rtmr *r, const uint8_t digest[static RTMR_BYTES], struct err *e)
{
	uint64_t deadline_ms = deadline_in(LIMIT_RTMR_BUSY_MS);
	ssize_t n;

	do
		n = pwrite(r->fd, digest, RTMR_BYTES, 0);
	while (n < 0 && is_worth_retrying(deadline_ms));
	if (n < 0)
		return fail("extend", e);
	if (n != RTMR_BYTES)
		return FAIL(e, FAIL_SYS, "RTMR3: extend: %zd of 48 bytes", n);
	return 0;
}

static int read_register(void *ctx, uint8_t ret[static 48], struct err *e)
{
	return rtmr_read(ctx, ret, e);
}

static int extend_register(void *ctx, const uint8_t digest[static 48], struct err *e)
{
	return rtmr_extend(ctx, digest, e);
}

struct log_register rtmr_register(struct rtmr *r)
{
	return (struct log_register){
		.strength = "rtmr",
		.name = "RTMR3",
		.number = RTMR_NUMBER,
		.alg = DIGEST_SHA384,
		.read = read_register,
		.extend = extend_register,
		.ctx = r,
	};
}
