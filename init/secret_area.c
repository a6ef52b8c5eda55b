#include "init/secret_area.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/roles.h"
#include "base/secret.h"
#include "init/life.h"

#define AREA "sys/kernel/security/secrets/coco"

/* -1 for what is not there: a kernel without efi_secret, firmware without an area, an owner who
 * injected nothing. */
static int open_if_there(int dir, const char *name, int flags, int *ret, struct err *e)
{
	struct err why = { 0 };
	int fd = fd_open_in(dir, name, O_RDONLY | flags, 0, &why);

	if (fd < 0 && why.sys != ENOENT) {
		*e = why;
		return fd;
	}
	*ret = fd < 0 ? -1 : fd;
	return 0;
}

/* Its size says 0, so it is read to its end. */
static int read_entry(int fd, struct secret *ret, struct err *e)
{
	AUTO_SECRET struct secret s = SECRET_EMPTY;
	struct stat st;
	size_t got = 0;
	ssize_t n = 1;

	if (fstat(fd, &st) < 0)
		return FAIL_ERRNO(e, "fstat: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return FAIL(e, FAIL_INPUT, LAUNCH_SECRET_GUID " is no file");
	if (secret_init(&s, SECRET_AREA_BYTES, e) < 0)
		return -(int)e->kind;
	while (n && got < SECRET_AREA_BYTES) {
		n = read(fd, s.at + got, SECRET_AREA_BYTES - got);
		if (n < 0 && errno != EINTR)
			return FAIL_ERRNO(e, "read: %s", strerror(errno));
		got += n > 0 ? (size_t)n : 0;
	}
	s.len = got;
	*ret = secret_take(&s);
	return 0;
}

/* The kernel wipes the bytes in the page when it takes the name away. */
static int erase(int area, struct err *e)
{
	struct stat st;

	if (unlinkat(area, LAUNCH_SECRET_GUID, 0) < 0)
		return FAIL_ERRNO(e, "erase: %s", strerror(errno));
	if (fstatat(area, LAUNCH_SECRET_GUID, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return FAIL(e, FAIL_SYS, "erased, and still there");
	return errno == ENOENT ? 0 : FAIL_ERRNO(e, "erased? %s", strerror(errno));
}

static int check(size_t len, struct err *e)
{
	if (len < ROOT_SECRET_MIN_BYTES)
		return FAIL(e, FAIL_INPUT,
			    "a launch secret of %zu bytes: inject %d random ones or more", len,
			    ROOT_SECRET_MIN_BYTES);
	if (len >= SECRET_AREA_BYTES)
		return FAIL(e, FAIL_LIMIT, "a launch secret of %d bytes or more: inject fewer",
			    SECRET_AREA_BYTES);
	return 0;
}

/* One that we refuse is no use to anybody, and goes too. */
static int take(int area, int entry, int *ret_fd, size_t *ret_len, struct err *e)
{
	AUTO_SECRET struct secret s = SECRET_EMPTY;
	int fd;

	if (read_entry(entry, &s, e) < 0 || erase(area, e) < 0 || check(s.len, e) < 0)
		return -(int)e->kind;
	fd = life_keep(secret_view(&s), e);
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	*ret_len = s.len;
	return 0;
}

int secret_area_take(int root, int *ret_fd, size_t *ret_len, struct err *e)
{
	AUTO_FD int area = -1, entry = -1;
	int failed = open_if_there(root, AREA, O_DIRECTORY, &area, e);

	if (!failed && area >= 0)
		failed = open_if_there(area, LAUNCH_SECRET_GUID, O_NONBLOCK | O_NOCTTY, &entry, e);
	if (!failed && entry >= 0)
		return take(area, entry, ret_fd, ret_len, e);
	if (!failed) {
		*ret_fd = -1;
		*ret_len = 0;
	}
	return failed;
}
