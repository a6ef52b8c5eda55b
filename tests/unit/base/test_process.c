/* fd, secret, ipc: what crosses a process. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/secret.h"
#include "tests/support/fault.h"
#include "tests/support/scratch.h"

static void put(int dir, const char *name, const char *text)
{
	AUTO_FD int fd = openat(dir, name, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);

	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

Test(fd, opens_beneath_and_follows_nothing)
{
	AUTO_FD int dir = scratch_dir();
	struct err e = { 0 };

	put(dir, "plain", "x");
	cr_assert_eq(symlinkat("plain", dir, "link"), 0);
	cr_assert_eq(fd_open_in(dir, "../etc/passwd", O_RDONLY, 0, &e), -FAIL_SYS);
	cr_assert_eq(fd_open_in(dir, "/etc/passwd", O_RDONLY, 0, &e), -FAIL_SYS);
	cr_assert_eq(fd_open_in(dir, "link", O_RDONLY, 0, &e), -FAIL_SYS);
	cr_assert_eq(fd_open_in(dir, "absent", O_RDONLY, 0, &e), -FAIL_SYS);
	cr_assert_eq(e.sys, ENOENT);

	AUTO_FD int fd = fd_open_in(dir, "plain", O_RDONLY, 0, &e);

	cr_assert_geq(fd, 0);
	cr_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

Test(fd, reads_up_to_its_cap_and_no_further)
{
	AUTO_FD int dir = scratch_dir();
	AUTO_BUF struct buf b = BUF_EMPTY;
	struct err e = { 0 };

	put(dir, "five", "12345");
	cr_assert_eq(file_read(dir, "five", 5, &b, &e), 0);
	cr_assert_str_eq((char *)b.at, "12345");
	buf_done(&b);
	cr_assert_eq(file_read(dir, "five", 4, &b, &e), -FAIL_LIMIT);
	cr_assert_null(b.at);
	cr_assert_eq(fd_pread_all(dir, (char[1]){ 0 }, 1, 0, &e), -FAIL_SYS);
}

struct number_row {
	char text[32];
	int want;
};

ParameterizedTestParameters(fd, numbers)
{
	static struct number_row rows[] = {
		{ "7\n", 0 },
		{ "18446744073709551615\n", 0 },
		{ "", -FAIL_INPUT },
		{ "\n", -FAIL_INPUT },
		{ "7\n\n", -FAIL_INPUT },
		{ " 7", -FAIL_INPUT },
		{ "-7", -FAIL_INPUT },
		{ "0x7", -FAIL_INPUT },
		{ "18446744073709551616", -FAIL_INPUT },
		{ "0000000000000000000000", -FAIL_LIMIT },
	};

	return cr_make_param_array(struct number_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct number_row *row, fd, numbers)
{
	AUTO_FD int dir = scratch_dir();
	struct err e = { 0 };
	uint64_t value = 99;

	put(dir, "n", row->text);
	cr_expect_eq(file_read_u64(dir, "n", &value, &e), row->want, "%s", row->text);
	cr_expect(!row->want || value == 99, "untouched on failure");
}

Test(fd, sealed_bytes_arrive_and_unsealed_ones_are_refused)
{
	AUTO_BUF struct buf b = BUF_EMPTY;
	struct err e = { 0 };
	AUTO_FD int fd = fd_seal_bytes("t", span_text("payload"), &e);
	AUTO_FD int loose = memfd_create("loose", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, "x", 1), -1);
	cr_assert_eq(fd_unseal_bytes(fd, 7, &b, &e), 0);
	cr_assert_str_eq((char *)b.at, "payload");
	cr_assert_eq(fd_unseal_bytes(fd, 6, &b, &e), -FAIL_LIMIT);
	cr_assert_eq(fd_unseal_bytes(loose, 10, &b, &e), -FAIL_INPUT);
	cr_assert_eq(fcntl(loose, F_ADD_SEALS, F_SEAL_WRITE), 0);
	cr_assert_eq(fd_unseal_bytes(loose, 10, &b, &e), -FAIL_INPUT);
	cr_assert_eq(fd_unseal_bytes(STDIN_FILENO, 10, &b, &e), -FAIL_INPUT);
}

Test(fd, survives_every_failing_call)
{
	AUTO_FD int dir = scratch_dir();

	put(dir, "f", "content");
	FAULT_EACH(n, FAULT_MEMORY | FAULT_IO)
	{
		AUTO_BUF struct buf b = BUF_EMPTY;
		struct err e = { 0 };
		int got = file_read(dir, "f", 100, &b, &e);

		if (!got)
			got = file_write(dir, "f", span_text("content"), &e);
		fault_disarm_keep();
		cr_assert_eq(got, fault_fired() ? -FAIL_SYS : 0, "call %u", n);
	}
}

Test(secret, is_locked_zero_in_a_child_and_gone_after)
{
	AUTO_SECRET struct secret s = SECRET_EMPTY;
	struct err e = { 0 };
	int status = -1;
	pid_t pid;

	cr_assert_eq(secret_copy(&s, span_text("0123456789abcdef"), &e), 0, "%s", e.text);
	pid = fork();
	if (!pid)
		_exit(s.at[0] == 0 && s.at[15] == 0 ? 0 : 1);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0, "the child read a key");
	cr_assert_eq(s.at[0], '0');
	secret_done(&s);
	cr_assert_null(s.at);
	secret_done(&s);
}

Test(secret, refuses_sizes_that_no_key_has)
{
	AUTO_SECRET struct secret s = SECRET_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(secret_init(&s, 0, &e), -FAIL_LIMIT);
	cr_assert_eq(secret_init(&s, LIMIT_SECRET_BYTES + 1, &e), -FAIL_LIMIT);
	cr_assert_null(s.at);
}

Test(secret, survives_a_failing_map)
{
	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_SECRET struct secret s = SECRET_EMPTY;
		struct err e = { 0 };
		int got = secret_random(&s, 32, &e);

		fault_disarm_keep();
		cr_assert_eq(got, fault_fired() ? -FAIL_SYS : 0);
		cr_assert_eq(s.at == NULL, got != 0);
	}
}

Test(ipc, carries_a_body_and_a_descriptor)
{
	AUTO_MSG struct ipc_msg m = { 0 };
	AUTO_FD int sent = fd_seal_bytes("t", span_text("x"), NULL);
	AUTO_FD int got = -1;
	struct err e = { 0 };
	char body[3];
	int pair[2];

	cr_assert_eq(ipc_pair(pair, &e), 0);
	cr_assert_eq(ipc_send(pair[0], 9, 77, span_text("abc"), sent, &e), 0);
	cr_assert_eq(ipc_recv(pair[1], deadline_in(1000), &m, &got, &e), 0, "%s", e.text);
	cr_assert(m.op == 9 && m.id == 77 && m.status == 0 && got >= 0);
	cr_assert_eq(ipc_body(&m, body, 4, &e), -FAIL_INPUT);
	cr_assert_eq(ipc_body(&m, body, 3, &e), 0);
	cr_assert_eq(memcmp(body, "abc", 3), 0);
	cr_assert(fcntl(got, F_GETFD) & FD_CLOEXEC);
}

Test(ipc, tells_a_refusal_with_its_kind_and_text)
{
	AUTO_MSG struct ipc_msg m = { 0 };
	struct err why = { 0 }, e = { 0 };
	int pair[2], fd = -1;

	(void)FAIL(&why, FAIL_FORGED, "the tag does not match");
	cr_assert_eq(ipc_pair(pair, &e), 0);
	cr_assert_eq(ipc_send_failure(pair[0], 3, 1, &why, &e), 0);
	cr_assert_eq(ipc_recv(pair[1], 0, &m, &fd, &e), 0);
	cr_assert_eq(ipc_failure(&m, &e), -FAIL_FORGED);
	cr_assert_str_eq(e.text, "the tag does not match");
	m.status = 0;
	cr_assert_eq(ipc_failure(&m, &e), -FAIL_BUG);
}

Test(ipc, waits_no_longer_than_its_deadline_and_notices_the_end, .timeout = 5)
{
	AUTO_MSG struct ipc_msg m = { 0 };
	struct err e = { 0 };
	int pair[2], fd = -1;

	cr_assert_eq(ipc_pair(pair, &e), 0);
	cr_assert_eq(ipc_recv(pair[1], deadline_in(20), &m, &fd, &e), -FAIL_AGAIN);
	cr_assert_eq(ipc_recv(pair[1], 0, &m, &fd, &e), -FAIL_AGAIN);
	close(pair[0]);
	cr_assert_eq(ipc_recv(pair[1], deadline_in(1000), &m, &fd, &e), -FAIL_SYS);
	cr_assert_eq(e.sys, ECONNRESET);
	cr_assert_eq(ipc_send(pair[1], 1, 1, SPAN_EMPTY, -1, &e), -FAIL_SYS);
}

Test(ipc, never_blocks_on_a_peer_that_does_not_read, .timeout = 5)
{
	struct err e = { 0 };
	int pair[2], got;

	cr_assert_eq(ipc_pair(pair, &e), 0);
	do
		got = ipc_send(pair[0], 1, 1, SPAN_EMPTY, -1, &e);
	while (!got);
	cr_assert_eq(got, -FAIL_AGAIN);
}

struct broken_row {
	int version, op, status;
	unsigned int length;
	int size_off; /* how the datagram differs from sizeof(struct ipc_msg) */
};

ParameterizedTestParameters(ipc, refuses)
{
	static struct broken_row rows[] = {
		{ 2, 1, 0, 0, 0 },
		{ 0, 1, 0, 0, 0 },
		{ 1, 1, FAIL_BUG + 1, 0, 0 },
		{ 1, 1, 0, IPC_BODY_BYTES + 1, 0 },
		{ 1, 1, 0, 0xffffffffu, 0 },
		{ 1, 1, 0, 0, -1 },
		{ 1, 1, 0, 0, 1 },
		{ 1, 1, 0, 0, 1 - (int)sizeof(struct ipc_msg) },
	};

	return cr_make_param_array(struct broken_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct broken_row *row, ipc, refuses)
{
	uint8_t bytes[sizeof(struct ipc_msg) + 8] = { 0 };
	struct ipc_msg m = { .version = (uint16_t)row->version,
			     .op = (uint16_t)row->op,
			     .status = (uint32_t)row->status,
			     .length = row->length };
	size_t size = (size_t)((int)sizeof(m) + row->size_off);
	struct err e = { 0 };
	int pair[2], fd = -1;

	memcpy(bytes, &m, sizeof(m));
	cr_assert_eq(ipc_pair(pair, &e), 0);
	cr_assert_eq(send(pair[0], bytes, size, 0), (ssize_t)size);
	cr_assert_eq(ipc_recv(pair[1], 0, &m, &fd, &e), -FAIL_INPUT);
	cr_assert_eq(fd, -1);
}

Test(ipc, closes_a_second_descriptor_and_refuses_the_message)
{
	struct ipc_msg m = { .version = IPC_VERSION };
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = { .bytes = { 0 } };
	struct iovec part = { &m, sizeof(m) };
	struct msghdr header = { .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes) };
	int two[2] = { STDIN_FILENO, STDERR_FILENO }, pair[2], fd = -1, before, after;
	struct err e = { 0 };

	cr_assert_eq(ipc_pair(pair, &e), 0);
	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN(sizeof(two));
	memcpy(CMSG_DATA(&control.align), two, sizeof(two));
	cr_assert_eq(sendmsg(pair[0], &header, 0), (ssize_t)sizeof(m));
	before = dup(0);
	close(before);
	cr_assert_eq(ipc_recv(pair[1], 0, &m, &fd, &e), -FAIL_INPUT);
	after = dup(0);
	cr_assert_eq(after, before, "a descriptor leaked");
	cr_assert_eq(fd, -1);
}

Test(ipc, text_fields_end_within_their_size_and_are_printable)
{
	cr_assert(ipc_is_text("data", 8));
	cr_assert(ipc_is_text("", 1));
	cr_assert_not(ipc_is_text("abcd", 4));
	cr_assert_not(ipc_is_text("a\nb", 8));
	cr_assert_not(ipc_is_text("a\x80", 8));
}
