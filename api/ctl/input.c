#include "api/ctl/input.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

static int too_long(const char *path, uint64_t limit, struct err *e)
{
	return FAIL(e, FAIL_LIMIT, "%s has more than %" PRIu64 " bytes", path, limit);
}

/* A regular file: its length now is what the request will say, and what is sent. */
static int open_regular(int *fd, const char *path, uint64_t size, uint64_t limit, struct input *ret,
			struct err *e)
{
	off_t at = lseek(*fd, 0, SEEK_CUR);
	uint64_t from = at < 0 || (uint64_t)at > size ? size : (uint64_t)at;

	if (at < 0)
		return FAIL_ERRNO(e, "%s: %s", path, strerror(errno));
	if (size - from > limit)
		return too_long(path, limit, e);
	*ret = INPUT_EMPTY;
	ret->from = from;
	ret->len = size - from;
	ret->fd = fd_take(fd);
	return 0;
}

int input_open(const char *path, uint64_t limit, struct input *ret, struct err *e)
{
	AUTO_BUF struct buf mem = BUF_EMPTY;
	AUTO_FD int fd = -1;
	struct stat st;
	int rc;

	if (!path || strcmp(path, "-") == 0) {
		path = "standard input";
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	} else {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return FAIL_ERRNO(e, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return FAIL(e, FAIL_INPUT, "%s is a directory", path);
	/* Files of /proc and /sys are regular and say that they are empty. */
	if (S_ISREG(st.st_mode) && st.st_size > 0)
		return open_regular(&fd, path, (uint64_t)st.st_size, limit, ret, e);

	rc = fd_read_all(fd, (size_t)limit, &mem, e);
	if (rc == -FAIL_LIMIT)
		return too_long(path, limit, e);
	if (rc < 0)
		return err_add(e, "%s", path);
	*ret = INPUT_EMPTY;
	ret->len = mem.len;
	ret->mem = buf_take(&mem);
	return 0;
}

struct input input_of(struct span bytes)
{
	struct input in = INPUT_EMPTY;

	in.loan = bytes;
	in.len = bytes.len;
	return in;
}

int input_read(const struct input *in, uint64_t offset, void *ret, size_t len, struct err *e)
{
	const uint8_t *at = in->mem.at ? in->mem.at : in->loan.at;

	if (offset > in->len || len > in->len - offset)
		return FAIL(e, FAIL_BUG, "input is read behind its end");
	if (in->fd >= 0)
		return fd_pread_all(in->fd, ret, len, in->from + offset, e);
	if (len > 0)
		memcpy(ret, at + offset, len);
	return 0;
}

void input_done(struct input *in)
{
	fd_done(&in->fd);
	buf_done(&in->mem);
}
