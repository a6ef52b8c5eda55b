#include "storage/mount.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "storage/wait.h"

#define RETRY_MS 50

/* One part of a path: opened, made before if it isn't there. */
static int enter(int dir, const char *name, struct err *e)
{
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return FAIL(e, FAIL_INPUT, "mount point with a part '%s'", name);
	if (mkdirat(dir, name, 0755) < 0 && errno != EEXIST)
		return FAIL_ERRNO(e, "mkdir %s: %s", name, strerror(errno));
	return fd_open_in(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, e);
}

static int check_unmounted(int parent, int dir, const char *path, struct err *e)
{
	struct stat up, here;

	if (fstat(parent, &up) < 0 || fstat(dir, &here) < 0)
		return FAIL_ERRNO(e, "%s: %s", path, strerror(errno));
	if (up.st_dev != here.st_dev)
		return FAIL(e, FAIL_DENIED, "%s: something is mounted there", path);
	return 0;
}

int mount_point(int root, const char *path, int *ret_dir, struct err *e)
{
	AUTO_FD int parent = -1;
	AUTO_FD int dir = openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char copy[LIMIT_PATH_BYTES], *rest = copy + 1, *name;
	int failed;

	if (dir < 0)
		return FAIL_ERRNO(e, "%s: %s", path, strerror(errno));
	if (*path != '/' || strlen(path) >= sizeof(copy))
		return FAIL(e, FAIL_INPUT, "mount point '%s' is no absolute path", path);
	memcpy(copy, path, strlen(path) + 1);
	while ((name = strsep(&rest, "/"))) {
		fd_done(&parent);
		parent = fd_take(&dir);
		dir = enter(parent, name, e);
		if (dir < 0)
			return dir;
	}
	failed = check_unmounted(parent, dir, path, e);
	if (!failed)
		*ret_dir = fd_take(&dir);
	return failed;
}

int mount_ext4(const char *device, int dir, struct err *e)
{
	char target[32];

	(void)snprintf(target, sizeof(target), "/proc/self/fd/%d", dir);
	if (mount(device, target, "ext4", MS_NOATIME | MS_NODEV | MS_NOSUID, "errors=remount-ro") <
	    0)
		return FAIL_ERRNO(e, "mount %s: %s", device, strerror(errno));
	return 0;
}

int mount_finish(const char *path, mode_t mode, struct err *e)
{
	AUTO_FD int dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0 || fchmod(dir, mode) < 0 || syncfs(dir) < 0)
		return FAIL_ERRNO(e, "%s: %s", path, strerror(errno));
	return 0;
}

int mount_close(const char *path, dev_t rdev, uint64_t deadline_ms, struct err *e)
{
	AUTO_FD int dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int failed = 0;

	if (dir < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return 0;
	if (dir < 0 || fstat(dir, &st) < 0)
		return FAIL_ERRNO(e, "%s: %s", path, strerror(errno));
	if (st.st_dev != rdev)
		return 0;
	/* Said, but no reason to keep it mounted. */
	if (syncfs(dir) < 0)
		failed = FAIL_ERRNO(e, "%s: write-back: %s", path, strerror(errno));
	fd_done(&dir);
	while (umount2(path, UMOUNT_NOFOLLOW) < 0) {
		if (errno != EBUSY || !wait_retry(RETRY_MS, deadline_ms))
			return FAIL_ERRNO(e, "unmount %s: %s", path, strerror(errno));
	}
	return failed;
}
