#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/sandbox.h"
#include "base/fd.h"

static long no_call(void)
{
	return 0;
}

static long call_socket(void)
{
	return syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
}

static long call_open(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}

static long call_exec(void)
{
	return syscall(SYS_execve, "/bin/true", NULL, NULL);
}

static long call_fork(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static long call_ptrace(void)
{
	return syscall(SYS_ptrace, 0, 0, 0, 0);
}

static long map_code(void)
{
	return syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);
}

static long make_code(void)
{
	static uint8_t page[8192];

	return syscall(SYS_mprotect, (uintptr_t)(page + 4095) & ~4095UL, 4096, PROT_EXEC);
}

static long dup_by_fcntl(void)
{
	return syscall(SYS_fcntl, 0, F_DUPFD, 0);
}

static long undo_handler(void)
{
	return syscall(SYS_rt_sigaction, SIGSYS, NULL, NULL, 8);
}

/* Forks a child that enters the sandbox and makes one call; its exit status, or -signal. */
static int sandboxed(long (*call)(void), char *console, size_t size)
{
	int pipes[2], status;
	ssize_t n;
	pid_t pid;

	cr_assert_eq(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		struct err e = { 0 };

		(void)dup2(pipes[1], 2);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || sandbox_enter(&e) < 0)
			_exit(99);
		(void)call();
		/* Not _exit(), which a sanitizer wraps in calls of its own. */
		(void)syscall(SYS_exit_group, 7);
	}
	(void)close(pipes[1]);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	n = read(pipes[0], console, size - 1);
	console[n > 0 ? n : 0] = 0;
	(void)close(pipes[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

Test(sandbox, lets_allowed_calls_pass)
{
	char console[256];

	cr_assert_eq(sandboxed(no_call, console, sizeof(console)), 7);
	cr_assert_str_eq(console, "");
}

Test(sandbox, ends_the_process_and_says_which_call_it_was)
{
	static long (*const calls[])(void) = { call_socket, call_open, call_exec, call_fork,
					       call_ptrace };
	static const long numbers[] = { SYS_socket, SYS_openat, SYS_execve, SYS_clone, SYS_ptrace };
	char console[256], want[64];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		cr_expect_eq(sandboxed(calls[i], console, sizeof(console)), SANDBOX_EXIT);
		(void)snprintf(want, sizeof(want), "seccomp: system call %ld is not allowed",
			       numbers[i]);
		cr_expect(strstr(console, want), "%s: %s", want, console);
	}
}

Test(sandbox, looks_at_arguments_where_they_matter)
{
	char console[256];

	cr_expect_eq(sandboxed(map_code, console, sizeof(console)), SANDBOX_EXIT);
	cr_expect_eq(sandboxed(make_code, console, sizeof(console)), SANDBOX_EXIT);
	cr_expect_eq(sandboxed(dup_by_fcntl, console, sizeof(console)), SANDBOX_EXIT);
	cr_expect_eq(sandboxed(undo_handler, console, sizeof(console)), SANDBOX_EXIT);
}
