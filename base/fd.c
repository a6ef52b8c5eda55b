#include "base/fd.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)

void fd_done(int *fd)
{
	if (fd && *fd >= 0) {
		(void)close(*fd);
		*fd = -1;
	}
}

int fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

int fd_open_in(int dir, const char *name, int flags, mode_t mode, struct err *e)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned int)(flags | O_CLOEXEC),
		.mode = flags & (O_CREAT | __O_TMPFILE) ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	do
		fd = syscall(SYS_openat2, dir, name, &how, sizeof(how));
	while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	if (fd < 0)
		return FAIL_ERRNO(e, "open %s: %s", name, strerror(errno));
	return (int)fd;
}

int fd_read_all(int fd, size_t limit, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf b = BUF_EMPTY;
	size_t want = 4096;
	ssize_t n;

	for (;;) {
		/* One byte more than allowed tells a full file from an oversized one. */
		if (want > limit - b.len)
			want = limit - b.len + 1;
		if (buf_reserve(&b, b.len + want, e) < 0)
			return -(int)FAIL_SYS;
		n = read(fd, b.at + b.len, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return FAIL_ERRNO(e, "read: %s", strerror(errno));
		if (n == 0)
			break;
		b.len += (size_t)n;
		b.at[b.len] = 0;
		if (b.len > limit)
			return FAIL(e, FAIL_LIMIT, "read: more than %zu bytes", limit);
		want = b.len;
	}
	buf_done(ret);
	*ret = buf_take(&b);
	return 0;
}

int fd_write_all(int fd, struct span bytes, struct err *e)
{
	ssize_t n;

	while (bytes.len) {
		n = write(fd, bytes.at, bytes.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return FAIL_ERRNO(e, "write: %s", strerror(errno));
		bytes = span(bytes.at + n, bytes.len - (size_t)n);
	}
	return 0;
}

int fd_pread_all(int fd, void *at, size_t len, uint64_t offset, struct err *e)
{
	uint8_t *to = at;
	ssize_t n;

	while (len) {
		n = pread(fd, to, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return FAIL_ERRNO(e, "read at %llu: %s", (unsigned long long)offset,
					  strerror(errno));
		if (n == 0)
			return FAIL(e, FAIL_INPUT, "ends at %llu", (unsigned long long)offset);
		to += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

int fd_pwrite_all(int fd, struct span bytes, uint64_t offset, struct err *e)
{
	ssize_t n;

	while (bytes.len) {
		n = pwrite(fd, bytes.at, bytes.len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return FAIL_ERRNO(e, "write at %llu: %s", (unsigned long long)offset,
					  strerror(errno));
		bytes = span(bytes.at + n, bytes.len - (size_t)n);
		offset += (uint64_t)n;
	}
	return 0;
}

int file_read(int dir, const char *name, size_t limit, struct buf *ret, struct err *e)
{
	AUTO_FD int fd = fd_open_in(dir, name, O_RDONLY, 0, e);
	int failed;

	if (fd < 0)
		return fd;
	failed = fd_read_all(fd, limit, ret, e);
	if (failed)
		(void)err_add(e, "%s", name);
	return failed;
}

int file_read_u64(int dir, const char *name, uint64_t *ret, struct err *e)
{
	AUTO_BUF struct buf b = BUF_EMPTY;
	uint64_t value = 0;
	int failed = file_read(dir, name, 21, &b, e);
	size_t i;

	if (failed)
		return failed;
	if (b.len && b.at[b.len - 1] == '\n')
		b.len--;
	for (i = 0; i < b.len; i++)
		if (b.at[i] < '0' || b.at[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(b.at[i] - '0'), &value))
			return FAIL(e, FAIL_INPUT, "%s: not a decimal number", name);
	if (!b.len)
		return FAIL(e, FAIL_INPUT, "%s: empty", name);
	*ret = value;
	return 0;
}

int file_write(int dir, const char *name, struct span bytes, struct err *e)
{
	AUTO_FD int fd = fd_open_in(dir, name, O_WRONLY, 0, e);
	ssize_t n;

	if (fd < 0)
		return fd;
	do
		n = write(fd, bytes.at, bytes.len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return FAIL_ERRNO(e, "write %s: %s", name, strerror(errno));
	if ((size_t)n != bytes.len)
		return FAIL(e, FAIL_SYS, "write %s: %zd of %zu bytes", name, n, bytes.len);
	return 0;
}

int fd_seal_bytes(const char *name, struct span bytes, struct err *e)
{
	AUTO_FD int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return FAIL_ERRNO(e, "memfd %s: %s", name, strerror(errno));
	if (fd_write_all(fd, bytes, e) < 0)
		return -(int)FAIL_SYS;
	if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return FAIL_ERRNO(e, "seal %s: %s", name, strerror(errno));
	return fd_take(&fd);
}

int fd_unseal_bytes(int fd, size_t limit, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf b = BUF_EMPTY;
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || (seals & SEALS) != SEALS)
		return FAIL(e, FAIL_INPUT, "not a sealed memfd");
	if (fstat(fd, &st) < 0)
		return FAIL_ERRNO(e, "fstat: %s", strerror(errno));
	if (st.st_size < 0 || (uint64_t)st.st_size > limit)
		return FAIL(e, FAIL_LIMIT, "memfd: more than %zu bytes", limit);
	if (buf_reserve(&b, (size_t)st.st_size, e) < 0 ||
	    fd_pread_all(fd, b.at, (size_t)st.st_size, 0, e) < 0)
		return -(int)FAIL_SYS;
	b.len = (size_t)st.st_size;
	b.at[b.len] = 0;
	buf_done(ret);
	*ret = buf_take(&b);
	return 0;
}
