#include "init/initdata.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

#define AUTO_DIR __attribute__((cleanup(dir_done)))

static void dir_done(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

/* A listing of its own position: `dir` stays where it was, and open. */
static DIR *list_dir(int dir, struct err *e)
{
	AUTO_FD int fd = fd_open_in(dir, ".", O_RDONLY | O_DIRECTORY, 0, e);
	DIR *list;

	if (fd < 0)
		return NULL;
	list = fdopendir(fd);
	if (list)
		(void)fd_take(&fd);
	else
		(void)FAIL_ERRNO(e, "list: %s", strerror(errno));
	return list;
}

/* A drive without a medium, or one that fails to read, isn't it. */
static int open_if_initdata(int dev, const char *name)
{
	AUTO_FD int fd = fd_open_in(dev, name, O_RDONLY | O_NONBLOCK, 0, NULL);
	char head[sizeof(INITDATA_MAGIC) - 1];

	if (fd < 0 || fd_pread_all(fd, head, sizeof(head), 0, NULL) < 0 ||
	    memcmp(head, INITDATA_MAGIC, sizeof(head)) != 0)
		return -1;
	return fd_take(&fd);
}

int initdata_find(int sys_block, int dev, int *ret_fd, char ret_name[static LIMIT_NAME_BYTES],
		  struct err *e)
{
	AUTO_DIR DIR *list = list_dir(sys_block, e);
	AUTO_FD int found = -1;
	char name[LIMIT_NAME_BYTES] = "";
	struct dirent *entry;

	if (!list)
		return -(int)e->kind;
	while ((entry = readdir(list))) {
		AUTO_FD int fd = -1;

		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= sizeof(name))
			continue;
		fd = open_if_initdata(dev, entry->d_name);
		if (fd < 0)
			continue;
		if (found >= 0)
			return FAIL(e, FAIL_INPUT, "both %s and %s claim to be it", name,
				    entry->d_name);
		found = fd_take(&fd);
		memcpy(name, entry->d_name, strlen(entry->d_name) + 1);
	}
	if (found >= 0 && unlinkat(dev, name, 0) < 0)
		return FAIL_ERRNO(e, "unlink %s: %s", name, strerror(errno));
	*ret_fd = fd_take(&found);
	memcpy(ret_name, name, sizeof(name));
	return 0;
}

static int give_to(int dir, uid_t uid, struct err *e)
{
	AUTO_DIR DIR *list = list_dir(dir, e);
	struct dirent *entry;

	if (!list)
		return -(int)e->kind;
	while ((entry = readdir(list))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (fchownat(dir, entry->d_name, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0)
			return FAIL_ERRNO(e, "chown %s: %s", entry->d_name, strerror(errno));
	}
	if (fchown(dir, uid, (gid_t)-1) < 0)
		return FAIL_ERRNO(e, "chown: %s", strerror(errno));
	return 0;
}

/* ENXIO: the tsm module is there, but no driver has registered with it. */
int tsm_prepare(int tsm, const char *name, uid_t uid, int *ret_dir, struct err *e)
{
	AUTO_FD int dir = -1;

	if (mkdirat(tsm, name, 0700) < 0 && errno != EEXIST) {
		if (errno != ENXIO)
			return FAIL_ERRNO(e, "mkdir: %s", strerror(errno));
		log_debug("tsm: no provider");
		*ret_dir = -1;
		return 0;
	}
	dir = fd_open_in(tsm, name, O_RDONLY | O_DIRECTORY, 0, e);
	if (dir < 0 || give_to(dir, uid, e) < 0)
		return -(int)e->kind;
	*ret_dir = fd_take(&dir);
	return 0;
}
