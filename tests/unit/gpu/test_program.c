/* The program itself: one question over its socket, one answer, the end. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/mem.h"
#include "tests/unit/gpu/gpu_rig.h"

static const uint8_t NONCE[GPU_NONCE_LEN] = "a nonce of the tests, 32 bytes..";

TestSuite(gpu_program, .timeout = 60);

static pid_t start(const struct gpu_rig *r, int *ret_socket)
{
	int pair[2];
	pid_t pid;

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (!pid) {
		(void)dup2(pair[1], 3);
		execl(r->program, "sealinit-gpu", "--socket", "3", "--library", r->paths.library,
		      "--pci", r->paths.pci, "--keeper", r->paths.keeper, "--switch-library",
		      r->paths.switch_library, (char *)NULL);
		_exit(127);
	}
	(void)close(pair[1]);
	*ret_socket = pair[0];
	return pid;
}

/* What it answers to these bytes, and how it ends. */
static int converse(const struct gpu_rig *r, struct span question, struct buf *ret)
{
	AUTO_FD int sock = -1;
	pid_t pid = start(r, &sock);
	int status = -1;

	cr_assert_eq(fd_write_all(sock, question, NULL), 0);
	cr_assert_eq(shutdown(sock, SHUT_WR), 0);
	cr_assert_eq(fd_read_all(sock, LIMIT_GPU_ANSWER_BYTES, ret, NULL), 0);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return status;
}

Test(gpu_program, answers_what_was_collected)
{
	struct gpu_question q = { .version = GPU_WIRE_VERSION, .action = GPU_COLLECT };
	AUTO_BUF struct buf message = BUF_EMPTY, same = BUF_EMPTY;
	struct gpu_why w = { 0 };
	struct gpu_rig r;

	memcpy(q.nonce, NONCE, sizeof(q.nonce));
	gpu_rig_init(&r, false);
	gpu_rig_group(&r, 1, 2, NONCE);
	cr_expect_eq(converse(&r, span(&q, sizeof(q)), &message), 0);
	cr_assert_eq(collect(&r.paths, GPU_COLLECT, NONCE, &same, &w), 0);
	cr_expect(span_is_equal(buf_view(&message), buf_view(&same)));
}

Test(gpu_program, says_why_not)
{
	struct gpu_question q = { .version = GPU_WIRE_VERSION, .action = GPU_COLLECT };
	AUTO_BUF struct buf message = BUF_EMPTY;
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_word(&r, "devtools");
	gpu_rig_make(&r, 0, NONCE, 1);
	cr_expect_eq(converse(&r, span(&q, sizeof(q)), &message), 0, "a refusal is an answer");
	cr_expect_eq(message.len, sizeof(struct gpu_answer));
	cr_expect_eq(gpu_rig_head(&message).reason, GPU_DEVTOOLS);
	cr_expect_eq(gpu_rig_head(&message).kind, FAIL_DENIED);
	cr_expect_str_eq(gpu_rig_head(&message).text, "DevTools mode: the host may look inside");
}

Test(gpu_program, knows_no_other_question)
{
	struct gpu_question odd[] = {
		{ .version = GPU_WIRE_VERSION + 1, .action = GPU_COLLECT },
		{ .version = GPU_WIRE_VERSION, .action = 3 },
		{ .version = GPU_WIRE_VERSION, .action = 0 },
	};
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		AUTO_BUF struct buf message = BUF_EMPTY;

		cr_expect_eq(converse(&r, span(&odd[i], sizeof(odd[i])), &message), 0);
		cr_expect_eq(gpu_rig_head(&message).reason, GPU_BROKEN, "%zu", i);
		cr_expect_eq(gpu_rig_head(&message).kind, FAIL_BUG);
	}
	{
		AUTO_BUF struct buf message = BUF_EMPTY;

		cr_expect_neq(converse(&r, span(odd, 7), &message), 0, "cut short");
		cr_expect_eq(message.len, 0);
	}
}

struct hang {
	char word[16];
};

ParameterizedTestParameters(gpu_program, ends_when_it_is_killed_in_a_call_that_hangs)
{
	static struct hang rows[] = { { "hang" }, { "nscq-hang" } };

	return cr_make_param_array(struct hang, rows, COUNT_OF(rows));
}

ParameterizedTest(struct hang *row, gpu_program, ends_when_it_is_killed_in_a_call_that_hangs,
		  .timeout = 60)
{
	struct gpu_question q = { .version = GPU_WIRE_VERSION, .action = GPU_COLLECT };
	AUTO_FD int sock = -1, seen = -1;
	struct gpu_rig r;
	siginfo_t info = { 0 };
	char byte;
	pid_t pid;

	memcpy(q.nonce, NONCE, sizeof(q.nonce));
	gpu_rig_init(&r, false);
	gpu_rig_word(&r, row->word);
	gpu_rig_group(&r, 1, 1, NONCE);
	cr_assert_eq(mkfifoat(r.dir, "hanging", 0600), 0);
	pid = start(&r, &sock);
	cr_assert_eq(fd_write_all(sock, span(&q, sizeof(q)), NULL), 0);
	cr_assert_eq(shutdown(sock, SHUT_WR), 0);
	seen = openat(r.dir, "hanging", O_RDONLY | O_CLOEXEC);
	cr_assert_geq(seen, 0, "it is in the call");
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_expect_eq(recv(sock, &byte, 1, 0), 0, "nothing was said");
	cr_assert_eq(waitid(P_PID, (id_t)pid, &info, WEXITED), 0);
	cr_expect_eq(info.si_code, CLD_KILLED);
}
