/*
 * A crash between any two stores: recording an event, and finishing one that was cut, run
 * instruction by instruction, and every state of the memory on the way is opened as the next attest
 * would.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attest/eventlog/ownlog.h"
#include "attest/verify/log/read.h"
#include "attest/verify/log/replay.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"

#define SOON	   deadline_in(5000)
#define SEEN_BYTES 8192 /* the page, and the few events behind it: all that changes */

struct memory {
	int fd;
	uint8_t *at;
};

static struct memory memory_new(void)
{
	struct memory m = { .fd = memfd_create("log", MFD_CLOEXEC) };

	cr_assert_geq(m.fd, 0);
	cr_assert_eq(ftruncate(m.fd, LIMIT_OWN_LOG_BYTES), 0);
	m.at = mmap(NULL, LIMIT_OWN_LOG_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, m.fd, 0);
	cr_assert_neq(m.at, MAP_FAILED);
	return m;
}

static void memory_done(struct memory *m)
{
	(void)munmap(m->at, LIMIT_OWN_LOG_BYTES);
	fd_done(&m->fd);
}

static int append(struct ownlog *l, const char *operation)
{
	const struct entry_text t = { "sealinit", operation, "what it says" };

	return ownlog_append(l, EVENT_OURS, &t, SOON, NULL, NULL);
}

/* By the verifier's reader alone. */
static void expect_replay(struct ownlog *l)
{
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	AUTO_TCG_LOG struct tcg_log log = { 0 };
	struct ownlog_view v;
	struct tcg_replay r;

	cr_assert_eq(ownlog_view(l, &v, NULL), 0);
	cr_assert_eq(ownlog_bytes(l, &bytes, NULL), 0);
	cr_assert_eq(tcg_log_read(buf_view(&bytes), TCG_FORM_CC, &log, NULL), 0);
	cr_assert_eq(tcg_replay(&log, TCG_SHA384, &r, NULL), 0);
	cr_assert_eq(log.count, v.count);
	cr_assert_arr_eq(r.at[4], v.head.at, v.head.len);
}

/* Opens a copy, and goes on with it; returns how many events it had. */
static uint32_t reopen(const uint8_t *state)
{
	struct memory m = memory_new();
	struct ownlog l = { .page = NULL };
	struct err e = { 0 };
	uint32_t count;

	memcpy(m.at, state, SEEN_BYTES);
	cr_assert_eq(ownlog_open(m.fd, NULL, &l, &e), 0, "%s", e.text);
	expect_replay(&l);
	count = l.count;
	cr_assert_eq(append(&l, "ready"), 0);
	expect_replay(&l);
	ownlog_close(&l);
	memory_done(&m);
	return count;
}

/* --- Acts ------------------------------------------------------------------------------------- */

static int act_open(int fd)
{
	struct ownlog l;

	return ownlog_open(fd, NULL, &l, NULL);
}

static int act_record(int fd)
{
	struct ownlog l;

	return ownlog_open(fd, NULL, &l, NULL) == 0 ? append(&l, "volume") : -1;
}

static void die_with_an_intent(int step)
{
	if (step == 3)
		_exit(0);
}

static void prepare(const struct memory *m, uint32_t events, bool cut)
{
	struct ownlog l;
	pid_t pid;

	if (events) {
		cr_assert_eq(ownlog_open(m->fd, NULL, &l, NULL), 0);
		for (uint32_t i = 0; i < events; i++)
			cr_assert_eq(append(&l, "config"), 0);
		ownlog_close(&l);
	}
	if (!cut)
		return;
	pid = fork();
	cr_assert_geq(pid, 0);
	if (!pid) {
		ownlog_step = die_with_an_intent;
		(void)act_record(m->fd);
		_exit(1);
	}
	cr_assert_eq(waitpid(pid, &(int){ 0 }, 0), pid);
}

/* --- One instruction after the other ---------------------------------------------------------- */

static pid_t start(int fd, int (*act)(int fd))
{
	pid_t pid = fork();
	int status;

	cr_assert_geq(pid, 0);
	if (!pid) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(2);
		(void)raise(SIGSTOP);
		_exit(act(fd) == 0 ? 0 : 1);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	if (!WIFSTOPPED(status))
		cr_skip_test("no process may be traced here");
	return pid;
}

/* True while it runs. It must end well: what a step changed is the next attest's to understand. */
static bool step_on(pid_t pid)
{
	int status;

	cr_assert_eq(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		cr_assert_eq(WEXITSTATUS(status), 0);
	else
		cr_assert(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
	return WIFSTOPPED(status);
}

struct run {
	int (*act)(int fd);
	uint32_t before; /* events that are there         */
	bool cut;	 /* and one that only has begun   */
	uint32_t least;	 /* events that are there after a crash anywhere */
	uint32_t most;
	size_t states; /* at least so many are passed through */
};

static void expect_every_state_opens(const struct run *run)
{
	static uint8_t last[SEEN_BYTES];
	struct memory m = memory_new();
	uint32_t count = 0, now;
	size_t states = 0;
	pid_t pid;

	/* The first digest of a process loads OpenSSL: many millions of instructions. */
	cr_assert_eq(digest_of(DIGEST_SHA384, SPAN_EMPTY, &(struct digest){ 0 }, NULL), 0);
	prepare(&m, run->before, run->cut);
	memcpy(last, m.at, SEEN_BYTES);
	pid = start(m.fd, run->act);
	while (step_on(pid)) {
		if (!memcmp(last, m.at, SEEN_BYTES))
			continue;
		memcpy(last, m.at, SEEN_BYTES);
		now = reopen(last);
		cr_assert(now >= run->least && now <= run->most, "%u events", now);
		cr_assert_geq(now, count, "an event that was there is gone");
		count = now;
		states++;
	}
	cr_expect_eq(count, run->most);
	cr_expect_geq(states, run->states, "only %zu states were seen", states);
	memory_done(&m);
}

Test(torn, a_first_event_may_be_cut_after_any_store, .timeout = 120)
{
	expect_every_state_opens(&(struct run){ act_record, 0, false, 0, 1, 10 });
}

Test(torn, a_later_event_may_be_cut_after_any_store, .timeout = 120)
{
	expect_every_state_opens(&(struct run){ act_record, 3, false, 3, 4, 8 });
}

Test(torn, finishing_may_be_cut_after_any_store, .timeout = 120)
{
	expect_every_state_opens(&(struct run){ act_open, 2, true, 3, 3, 3 });
}

/* --- Memory that nobody has left so ----------------------------------------------------------- */

/* Refused; or the byte does not count, and the log is as true as before. */
static bool is_told(const uint8_t *good, size_t at)
{
	struct memory m = memory_new();
	struct ownlog l = { .page = NULL };
	int failed;

	memcpy(m.at, good, SEEN_BYTES);
	m.at[at] ^= 1;
	failed = ownlog_open(m.fd, NULL, &l, NULL);
	if (!failed)
		expect_replay(&l);
	ownlog_close(&l);
	memory_done(&m);
	return failed != 0;
}

Test(torn, a_changed_byte_is_told_or_does_not_count, .timeout = 120)
{
	struct memory m = memory_new();
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	struct ownlog l;
	struct ownlog_view v;
	size_t first, len;

	prepare(&m, 3, false);
	cr_assert_eq(ownlog_open(m.fd, NULL, &l, NULL), 0);
	cr_assert_eq(ownlog_view(&l, &v, NULL), 0);
	first = (size_t)(v.entries.at - (const uint8_t *)l.page);
	len = v.entries.len;
	for (size_t i = 0; i < first; i++)
		(void)is_told(m.at, i);
	for (size_t i = first; i < first + len; i++)
		cr_assert(is_told(m.at, i), "byte %zu of the entries", i - first);
	ownlog_close(&l);
	memory_done(&m);
}
