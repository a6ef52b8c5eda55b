#include "init/mount.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"

#define CGROUP_DIR	  "/sys/fs/cgroup"
#define CONTROLLERS_BYTES 1024

#define NOSUID_NODEV (MS_NOSUID | MS_NODEV)
#define ALL_OFF	     (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static const struct mount_row rows[] = {
	{ "proc", "/proc", ALL_OFF, NULL, false },
	{ "sysfs", "/sys", ALL_OFF, NULL, false },
	{ "devtmpfs", "/dev", MS_NOSUID, "mode=0755", false },
	{ "devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "ptmxmode=0666,gid=5,mode=0620", false },
	{ "tmpfs", "/dev/shm", NOSUID_NODEV, "mode=1777", false },
	/* Programs run from volumes beneath /run: no MS_NOEXEC. */
	{ "tmpfs", "/run", NOSUID_NODEV, "mode=0755", false },
	{ "tmpfs", "/tmp", NOSUID_NODEV, "mode=1777", false },
	{ "cgroup2", CGROUP_DIR, ALL_OFF | MS_RELATIME, "nsdelegate", false },
	{ "securityfs", "/sys/kernel/security", ALL_OFF, NULL, true },
	{ "configfs", "/sys/kernel/config", ALL_OFF, NULL, true },
};

struct link_row {
	const char *target;
	const char *path;
};

static const struct link_row links[] = {
	{ "pts/ptmx", "/dev/ptmx" },	      { "/proc/self/fd", "/dev/fd" },
	{ "/proc/self/fd/0", "/dev/stdin" },  { "/proc/self/fd/1", "/dev/stdout" },
	{ "/proc/self/fd/2", "/dev/stderr" },
};

const struct mount_row *mount_table(size_t *ret_count)
{
	*ret_count = COUNT_OF(rows);
	return rows;
}

static int is_ramfs_root(bool *ret, struct err *e)
{
	struct statfs fs;

	if (statfs("/", &fs) < 0)
		return FAIL_ERRNO(e, "statfs /: %s", strerror(errno));
	*ret = fs.f_type == RAMFS_MAGIC || fs.f_type == TMPFS_MAGIC;
	return 0;
}

/* pivot_root() refuses the initial ramfs as old root, since nothing can be mounted beneath it. A
 * bind mount of it, moved on top of it, is a mount like any other. */
static int leave_ramfs(struct err *e)
{
	static const char stand[] = "/run";

	if (mkdir(stand, 0755) < 0 && errno != EEXIST)
		return FAIL_ERRNO(e, "mkdir %s: %s", stand, strerror(errno));
	if (mount("/", stand, NULL, MS_BIND | MS_REC, NULL) < 0)
		return FAIL_ERRNO(e, "bind / on %s: %s", stand, strerror(errno));
	if (chdir(stand) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0)
		return FAIL_ERRNO(e, "move %s onto /: %s", stand, strerror(errno));
	if (chroot(".") < 0 || chdir("/") < 0)
		return FAIL_ERRNO(e, "chroot: %s", strerror(errno));
	return 0;
}

/* A directory that can't be made shows itself in the mount that follows. */
static int mount_row(const struct mount_row *row, struct err *e)
{
	(void)mkdir(row->target, 0755);
	if (mount(row->type, row->target, row->type, row->flags, row->data) == 0)
		return 0;
	if (errno == EBUSY) /* the kernel, or an earlier init, was faster */
		return 0;
	if (row->is_late && (errno == ENODEV || errno == ENOENT)) {
		log_debug("no %s", row->type);
		return 0;
	}
	return FAIL_ERRNO(e, "mount %s: %s", row->target, strerror(errno));
}

static int mount_rows(bool late, struct err *e)
{
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].is_late == late && mount_row(&rows[i], e) < 0)
			return -(int)FAIL_SYS;
	return 0;
}

static int make_links(struct err *e)
{
	size_t i;

	for (i = 0; i < COUNT_OF(links); i++) {
		if (unlink(links[i].path) < 0 && errno != ENOENT)
			return FAIL_ERRNO(e, "unlink %s: %s", links[i].path, strerror(errno));
		if (symlink(links[i].target, links[i].path) < 0)
			return FAIL_ERRNO(e, "link %s: %s", links[i].path, strerror(errno));
	}
	return 0;
}

/* One write a controller: one that refuses must not keep the others back. */
static int enable_controllers(struct err *e)
{
	AUTO_FD int dir = open(CGROUP_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_BUF struct buf names = BUF_EMPTY;
	char *name, *rest = NULL, word[64];
	struct err why = { 0 };
	int len;

	if (dir < 0)
		return FAIL_ERRNO(e, "open " CGROUP_DIR ": %s", strerror(errno));
	if (file_read(dir, "cgroup.controllers", CONTROLLERS_BYTES, &names, e) < 0)
		return -(int)e->kind;
	for (name = strtok_r((char *)names.at, " \n", &rest); name;
	     name = strtok_r(NULL, " \n", &rest)) {
		len = snprintf(word, sizeof(word), "+%s", name);
		if (len >= (int)sizeof(word))
			continue;
		if (file_write(dir, "cgroup.subtree_control", span(word, (size_t)len), &why) < 0)
			log_debug("cgroup controller %s stays off: %s", name, why.text);
	}
	return 0;
}

int mount_early(struct err *e)
{
	bool ramfs = false;

	if (is_ramfs_root(&ramfs, e) < 0 || (ramfs && leave_ramfs(e) < 0) ||
	    mount_rows(false, e) < 0 || make_links(e) < 0)
		return -(int)e->kind;
	if (mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0)
		return FAIL_ERRNO(e, "share /: %s", strerror(errno));
	return enable_controllers(e);
}

int mount_late(struct err *e)
{
	return mount_rows(true, e);
}
