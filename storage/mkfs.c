#include "storage/mkfs.h"

#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "storage/ext4.h"

#define BLOCK	   4096u
#define CHUNK	   (1024u * 1024)
#define MIB	   (1024u * 1024)
#define NOBODY	   65534
#define SAID_BYTES 4096
#define CHILD_FILE 3

/* 1/32 of the volume, between the least that ext4 takes and what a container's disk can use. */
static unsigned int journal_mib(uint64_t size)
{
	uint64_t mib = size / 32 / MIB;

	return mib < 4 ? 4 : mib > 64 ? 64 : (unsigned int)mib;
}

/* RFC 9562, version 4. */
static int random_uuid(char ret[37], struct err *e)
{
	uint8_t b[16];

	if (getrandom(b, sizeof(b), GRND_NONBLOCK) != (ssize_t)sizeof(b))
		return FAIL_ERRNO(e, "getrandom: %s", strerror(errno));
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	(void)snprintf(ret, 37,
		       "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
		       b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
		       b[13], b[14], b[15]);
	return 0;
}

#define WORDS	   26
#define WORD_BYTES 160

struct command {
	char words[WORDS][WORD_BYTES];
	char *argv[WORDS + 1];
	size_t count;
};

static void add(struct command *c, const char *word)
{
	if (c->count == WORDS)
		return;
	(void)snprintf(c->words[c->count], WORD_BYTES, "%s", word);
	c->argv[c->count] = c->words[c->count];
	c->argv[++c->count] = NULL;
}

/*
 * No backup superblocks: their blocks would be the only ones far from the first group, and a tag
 * that fails there fails on the first as well. No resize inode, which would be all zeroes that have
 * to be written. Inode tables stay unwritten: the kernel writes them before it reads them.
 */
static int compose(const struct mkfs_with *with, uint64_t size, struct command *c, struct err *e)
{
	static const char *const fixed[] = {
		"-q", "-F",	  "-t", "ext4",
		"-b", "4096",	  "-I", "256",
		"-m", "0",	  "-O", "^resize_inode,sparse_super2,metadata_csum,64bit",
		"-L", "sealinit",
	};
	char uuid[37], seed[37], word[WORD_BYTES];
	size_t i;

	if (random_uuid(uuid, e) < 0 || random_uuid(seed, e) < 0)
		return -(int)FAIL_SYS;
	if (with->loader) {
		add(c, with->loader);
		add(c, "--library-path");
		add(c, with->libraries);
	}
	add(c, with->program);
	for (i = 0; i < COUNT_OF(fixed); i++)
		add(c, fixed[i]);
	add(c, "-J");
	(void)snprintf(word, sizeof(word), "size=%u", journal_mib(size));
	add(c, word);
	add(c, "-E");
	(void)snprintf(word, sizeof(word),
		       "lazy_itable_init=1,nodiscard,num_backup_sb=0,hash_seed=%s,root_owner=%u:%u",
		       seed, with->uid, with->gid);
	add(c, word);
	add(c, "-U");
	add(c, uuid);
	(void)snprintf(word, sizeof(word), "/proc/self/fd/%d", CHILD_FILE);
	add(c, word);
	(void)snprintf(word, sizeof(word), "%" PRIu64, size / BLOCK);
	add(c, word);
	return 0;
}

/* In the child: its descriptors are 0, 1 and 2 on `said`, and the file. */
static bool child_descriptors(int file, int said)
{
	/* Out of the way of the numbers that they get. */
	file = fcntl(file, F_DUPFD, CHILD_FILE + 1);
	said = fcntl(said, F_DUPFD, CHILD_FILE + 1);
	return file >= 0 && said >= 0 && dup2(said, 0) == 0 && dup2(said, 1) == 1 &&
	       dup2(said, 2) == 2 && dup2(file, CHILD_FILE) == CHILD_FILE &&
	       syscall(SYS_close_range, CHILD_FILE + 1, ~0u, 0) == 0;
}

static bool child_privileges(void)
{
	if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
			       setresuid(NOBODY, NOBODY, NOBODY) < 0))
		return false;
	/* Behind the change of user, which would undo it. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
	       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

__attribute__((noreturn)) static void child(struct command *c, int file, int said)
{
	/* No file of the machine's settles what the file system looks like. */
	static char sync[] = "MKE2FS_SYNC=0", config[] = "MKE2FS_CONFIG=/proc/self/no-such-file";
	char *const environment[] = { sync, config, NULL };

	if (child_descriptors(file, said) && child_privileges())
		(void)execve(c->argv[0], c->argv, environment);
	(void)dprintf(2, "%s: %s\n", c->argv[0], strerror(errno));
	_exit(127);
}

/* The last line of what it said, for the error. */
static void last_line(int said, char ret[80])
{
	char text[SAID_BYTES];
	ssize_t len = pread(said, text, sizeof(text) - 1, 0);
	char *from;

	*ret = 0;
	while (len > 0 && text[len - 1] == '\n')
		len--;
	if (len <= 0)
		return;
	text[len] = 0;
	from = strrchr(text, '\n');
	(void)snprintf(ret, 80, ": %.70s", from ? from + 1 : text);
}

static int reap(int pidfd, uint64_t deadline_ms, siginfo_t *ret, struct err *e)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };
	bool late = false;
	int n;

	do
		n = poll(&end, 1, deadline_left(deadline_ms));
	while (n < 0 && errno == EINTR);
	if (n != 1) {
		late = true;
		(void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	}
	if (waitid(P_PIDFD, (id_t)pidfd, ret, WEXITED) < 0)
		return FAIL_ERRNO(e, "mke2fs: %s", strerror(errno));
	if (late)
		return err_set(e, FAIL_SYS, ETIMEDOUT, __func__, "mke2fs took too long");
	return 0;
}

static int run(struct command *c, int file, uint64_t deadline_ms, struct err *e)
{
	AUTO_FD int said = memfd_create("mke2fs-said", MFD_CLOEXEC);
	AUTO_FD int pidfd = -1;
	siginfo_t end = { 0 };
	char line[80];
	pid_t pid;
	int failed;

	if (said < 0)
		return FAIL_ERRNO(e, "mke2fs: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		return FAIL_ERRNO(e, "mke2fs: %s", strerror(errno));
	if (pid == 0)
		child(c, file, said);
	/* Not reaped before waitid(): the number can't be another process's. */
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0) {
		failed = FAIL_ERRNO(e, "mke2fs: %s", strerror(errno));
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		return failed;
	}
	failed = reap(pidfd, deadline_ms, &end, e);
	if (failed)
		return failed;
	last_line(said, line);
	if (end.si_code != CLD_EXITED || end.si_status != 0)
		return FAIL(e, FAIL_SYS, "mke2fs: %s %d%s",
			    end.si_code == CLD_EXITED ? "exit status" : "signal", end.si_status,
			    line);
	return 0;
}

int mkfs_make(const struct mkfs_with *with, uint64_t size, int *ret_fd, struct err *e)
{
	AUTO_FD int file = memfd_create("ext4", MFD_CLOEXEC);
	struct command c = { .count = 0 };
	int failed;

	if (file < 0 || ftruncate(file, (off_t)size) < 0)
		return FAIL_ERRNO(e, "mke2fs: %s", strerror(errno));
	failed = compose(with, size, &c, e);
	if (!failed)
		failed = run(&c, file, with->deadline_ms, e);
	if (!failed)
		*ret_fd = fd_take(&file);
	return failed;
}

static int copy_range(int from, int to, uint64_t at, uint64_t end, uint8_t *chunk, struct err *e)
{
	size_t n;
	int failed;

	for (; at < end; at += n) {
		n = end - at < CHUNK ? (size_t)(end - at) : CHUNK;
		failed = fd_pread_all(from, chunk, n, at, e);
		if (!failed)
			failed = fd_pwrite_all(to, span(chunk, n), at, e);
		if (failed)
			return err_add(e, "file system's copy");
	}
	return 0;
}

/*
 * The next range of `from` that is written (`whence` SEEK_DATA) or not (SEEK_HOLE), from *at on and
 * below `limit`, widened to whole blocks. *at is its start, *ret_end its end; false: there is none.
 */
static bool next_range(int from, int whence, uint64_t *at, uint64_t limit, uint64_t *ret_end)
{
	off_t start = lseek(from, (off_t)*at, whence), end;

	if (start < 0 || (uint64_t)start >= limit)
		return false;
	end = lseek(from, start, whence == SEEK_DATA ? SEEK_HOLE : SEEK_DATA);
	*at = (uint64_t)start / BLOCK * BLOCK;
	*ret_end = end < 0 || (uint64_t)end > limit ? limit
						    : ((uint64_t)end + BLOCK - 1) / BLOCK * BLOCK;
	return true;
}

/* Written ranges of the whole, or holes of a part: what isn't there reads as zero from the file. */
static int copy_ranges(int from, int to, int whence, uint64_t at, uint64_t limit, uint8_t *chunk,
		       struct err *e)
{
	uint64_t end;
	int failed;

	for (; next_range(from, whence, &at, limit, &end); at = end) {
		failed = copy_range(from, to, at, end, chunk, e);
		if (failed)
			return failed;
	}
	return 0;
}

int mkfs_copy(int from, int to, struct err *e)
{
	AUTO_FREE uint8_t *chunk = aligned_alloc(BLOCK, CHUNK);
	struct ext4_extent journal[EXT4_EXTENTS];
	off_t size = lseek(from, 0, SEEK_END);
	size_t count = 0, i;
	int failed;

	if (!chunk || size < 0)
		return FAIL_ERRNO(e, "file system's copy: %s", strerror(errno));
	failed = ext4_journal(from, journal, &count, e);
	if (!failed)
		failed = copy_ranges(from, to, SEEK_DATA, 0, (uint64_t)size, chunk, e);
	for (i = 0; !failed && i < count; i++)
		failed = copy_ranges(from, to, SEEK_HOLE, journal[i].offset,
				     journal[i].offset + journal[i].len, chunk, e);
	if (!failed && fsync(to) < 0)
		failed = FAIL_ERRNO(e, "file system's flush: %s", strerror(errno));
	return failed;
}
