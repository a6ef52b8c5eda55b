#include "attest/tpm/tcti.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <tss2/tss2_tpm2_types.h>

#include "base/clock.h"
#include "base/messages.h"

#define MAGIC	     0x7365616c74637469 /* ours: "sealtcti" */
#define HEADER_BYTES 10			/* tag, size, code  */
#define OFF_SIZE     2
#define OFF_CODE     6
#define PAUSE_MS     5 /* before asking a busy TPM again: it tells nobody when it is free */

static uint32_t read_be(const uint8_t *at, size_t len)
{
	uint32_t value = 0;

	while (len--)
		value = value << 8 | *at++;
	return value;
}

/* --- The stream ------------------------------------------------------------------------------- */

/* For good: where the next answer begins can't be known any more. */
static int give_up(struct tcti *t, int failed, const struct err *e)
{
	(void)err_set(&t->broken, FAIL_SYS, e->sys, e->where, "%s%s", TEE_DEAD, e->text);
	return failed;
}

static int check_usable(const struct tcti *t, struct err *e)
{
	if (t->broken.kind)
		*e = t->broken;
	return t->broken.kind ? -(int)t->broken.kind : 0;
}

static int wait_for(const struct tcti *t, short events, struct err *e)
{
	struct pollfd p = { .fd = t->fd, .events = events };
	int n;

	do
		n = poll(&p, 1, deadline_left(t->deadline_ms));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return FAIL_ERRNO(e, "TPM: poll: %s", strerror(errno));
	return n ? 0 : FAIL(e, FAIL_AGAIN, "the TPM gave no answer in time");
}

static int read_some(struct tcti *t, size_t want, struct err *e)
{
	int failed = wait_for(t, POLLIN, e);
	ssize_t n;

	if (failed)
		return failed;
	n = recv(t->fd, t->answer + t->answer_len, want - t->answer_len, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0)
		return FAIL_ERRNO(e, "TPM: read: %s", strerror(errno));
	if (!n)
		return FAIL(e, FAIL_SYS, "the TPM is gone: its end of the line is closed");
	t->answer_len += (size_t)n;
	return 0;
}

static int check_header(const struct tcti *t, size_t *ret_len, struct err *e)
{
	uint32_t tag = read_be(t->answer, OFF_SIZE), size = read_be(t->answer + OFF_SIZE, 4);

	if (tag != TPM2_ST_NO_SESSIONS && tag != TPM2_ST_SESSIONS && tag != TPM2_ST_RSP_COMMAND)
		return FAIL(e, FAIL_INPUT, "TPM: an answer with the tag %04" PRIx32, tag);
	if (size < HEADER_BYTES)
		return FAIL(e, FAIL_INPUT, "TPM: an answer of %" PRIu32 " bytes", size);
	if (size > sizeof(t->answer))
		return FAIL(e, FAIL_LIMIT, "TPM: an answer of %" PRIu32 " bytes, over %zu", size,
			    sizeof(t->answer));
	*ret_len = size;
	return 0;
}

/* The answer that is under way, or what is left of it. */
static int take_answer(struct tcti *t, struct err *e)
{
	size_t want = HEADER_BYTES;
	int failed = 0;

	while (!failed && t->answer_len < HEADER_BYTES)
		failed = read_some(t, HEADER_BYTES, e);
	if (!failed)
		failed = check_header(t, &want, e);
	while (!failed && t->answer_len < want)
		failed = read_some(t, want, e);
	t->is_owed = failed == -(int)FAIL_AGAIN;
	return failed && !t->is_owed ? give_up(t, failed, e) : failed;
}

static int throw_away(struct tcti *t, struct err *e)
{
	int failed = t->is_owed ? take_answer(t, e) : 0;

	return failed ? err_add(e, "TPM busy with a question of before") : 0;
}

/* Nobody was asked, so nothing may be there. */
static int check_quiet(struct tcti *t, struct err *e)
{
	uint8_t byte;
	ssize_t n = recv(t->fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n > 0)
		return give_up(t, FAIL(e, FAIL_INPUT, "TPM: an answer to no question"), e);
	return give_up(t, FAIL(e, FAIL_SYS, "the TPM is gone: its end of the line is closed"), e);
}

/* A command is shorter than any socket's buffer, which is empty: all of it goes, or none. */
static int send_command(struct tcti *t, struct err *e)
{
	int failed = wait_for(t, POLLOUT, e);
	ssize_t n;

	if (failed)
		return failed;
	n = send(t->fd, t->command, t->command_len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return give_up(t, FAIL_ERRNO(e, "TPM: write: %s", strerror(errno)), e);
	if ((size_t)n != t->command_len)
		return give_up(
			t, FAIL(e, FAIL_SYS, "TPM: %zd of %zu bytes written", n, t->command_len),
			e);
	t->answer_len = 0;
	return 0;
}

/* --- What libtss2 calls ----------------------------------------------------------------------- */

static TSS2_RC told(struct tcti *t, int failed, const struct err *e)
{
	if (failed)
		t->why = *e;
	return failed ? TSS2_TCTI_RC_IO_ERROR : TSS2_RC_SUCCESS;
}

static TSS2_RC transmit(TSS2_TCTI_CONTEXT *context, size_t size, const uint8_t *command)
{
	struct tcti *t = (struct tcti *)context;
	struct err e = { 0 };
	int failed = check_usable(t, &e);

	if (!failed && size > sizeof(t->command))
		failed = FAIL(&e, FAIL_BUG, "a TPM command of %zu bytes", size);
	if (!failed)
		failed = throw_away(t, &e);
	if (!failed)
		failed = check_quiet(t, &e);
	if (failed)
		return told(t, failed, &e);
	memcpy(t->command, command, size);
	t->command_len = size;
	return told(t, send_command(t, &e), &e);
}

/* It has not begun: the same bytes, sessions included, may be sent again. */
static bool is_busy(const struct tcti *t)
{
	uint32_t code = read_be(t->answer + OFF_CODE, 4);

	return code == TPM2_RC_RETRY || code == TPM2_RC_YIELDED || code == TPM2_RC_TESTING;
}

static int take_final(struct tcti *t, struct err *e)
{
	int failed = take_answer(t, e);

	while (!failed && is_busy(t) && deadline_left(t->deadline_ms) > PAUSE_MS) {
		(void)poll(NULL, 0, PAUSE_MS);
		failed = send_command(t, e);
		if (!failed)
			failed = take_answer(t, e);
	}
	return failed;
}

/* The timeout is libtss2's idea, which is to wait for ever. */
static TSS2_RC receive(TSS2_TCTI_CONTEXT *context, size_t *size, uint8_t *ret, int32_t timeout)
{
	struct tcti *t = (struct tcti *)context;
	struct err e = { 0 };
	int failed = check_usable(t, &e);

	(void)timeout;
	if (!ret) {
		*size = sizeof(t->answer);
		return TSS2_RC_SUCCESS;
	}
	if (!failed)
		failed = take_final(t, &e);
	if (!failed && t->answer_len > *size)
		failed = FAIL(&e, FAIL_LIMIT, "TPM: an answer of %zu bytes, for %zu", t->answer_len,
			      *size);
	if (failed)
		return told(t, failed, &e);
	memcpy(ret, t->answer, t->answer_len);
	*size = t->answer_len;
	return TSS2_RC_SUCCESS;
}

void tcti_init(struct tcti *t, int fd)
{
	*t = (struct tcti){
		.common = { .magic = MAGIC,
			    .version = 1,
			    .transmit = transmit,
			    .receive = receive },
		.fd = fd,
	};
}
