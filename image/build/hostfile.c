#include "image/build/hostfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

#define LIMIT_HOST_PATH_BYTES 4096

int hostfile_read(const char *path, size_t limit, struct buf *ret, struct err *e)
{
	/* O_NONBLOCK: a FIFO is to be refused, not waited for. */
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return FAIL_ERRNO(e, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return FAIL(e, FAIL_INPUT, "%s: not a regular file", path);
	return fd_read_all(fd, limit, ret, e) < 0 ? err_add(e, "%s", path) : 0;
}

int hostfile_write(const char *path, struct span bytes, struct err *e)
{
	AUTO_BUF struct buf beside = BUF_EMPTY;
	AUTO_FD int fd = -1;
	int failed = buf_printf(&beside, LIMIT_HOST_PATH_BYTES, e, "%s.new", path);
	const char *name;

	if (failed)
		return failed;
	name = (const char *)beside.at;
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return FAIL_ERRNO(e, "%s: %s", name, strerror(errno));
	if (fd_write_all(fd, bytes, e) < 0) {
		(void)unlink(name);
		return err_add(e, "%s", name);
	}
	if (rename(name, path) < 0)
		return FAIL_ERRNO(e, "%s: %s", path, strerror(errno));
	return 0;
}
