#include "storage/device.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "storage/sealblock.h"

#define SERIAL_LIMIT 256 /* sysfs gives a page at most; no serial is longer than this */
#define DEV	     "/dev/"
#define SERIAL	     "serial:"

static void dir_done(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

/* Entries of /sys/block are links into /sys/devices, so fd_open_in() would refuse them; the
 * kernel makes them, and `name` is one word (is_word). */
static int sys_dir(int at, const char *name)
{
	return openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static bool is_word(const char *name)
{
	size_t i;

	for (i = 0; name[i]; i++)
		if (!isalnum((unsigned char)name[i]))
			return false;
	return i > 0 && i < LIMIT_NAME_BYTES;
}

/* Without the white space that drivers pad it with. */
static bool has_serial_in(int dir, struct span want)
{
	AUTO_BUF struct buf b = BUF_EMPTY;
	size_t from = 0, to;

	if (dir < 0 || file_read(dir, "serial", SERIAL_LIMIT, &b, NULL) < 0)
		return false;
	to = b.len;
	while (to > 0 && isspace(b.at[to - 1]))
		to--;
	while (from < to && isspace(b.at[from]))
		from++;
	return from < to && span_is_equal(span(b.at + from, to - from), want);
}

/* virtio has it on the disk, NVMe and SCSI on the device behind it. */
static bool has_serial(int disk, struct span want)
{
	AUTO_FD int behind = sys_dir(disk, "device");

	return has_serial_in(disk, want) || has_serial_in(behind, want);
}

/* Only what has a device behind it: no dm-N, loopN, ramN, and no partition is listed at all. */
static bool is_disk(int disk)
{
	struct stat st;

	return fstatat(disk, "device", &st, 0) == 0;
}

struct search {
	struct span serial; /* or none: by name */
	const char *name;
	unsigned int found;
	char match[LIMIT_NAME_BYTES];
	char seen[96]; /* " vda vdb", for the one who asked for another */
};

static void look_at(int sys, const char *name, struct search *s)
{
	AUTO_FD int disk = sys_dir(sys, name);
	size_t len = strlen(s->seen);

	if (!is_word(name) || disk < 0 || !is_disk(disk))
		return;
	(void)snprintf(s->seen + len, sizeof(s->seen) - len, " %s", name);
	if (s->serial.len ? !has_serial(disk, s->serial) : strcmp(name, s->name) != 0)
		return;
	s->found++;
	memcpy(s->match, name, strlen(name) + 1); /* fits: is_word() */
}

static int look_at_all(int sys, struct search *s, struct err *e)
{
	AUTO_FD int copy = openat(sys, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	__attribute__((cleanup(dir_done))) DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	if (!dir)
		return FAIL_ERRNO(e, "list of disks: %s", strerror(errno));
	(void)fd_take(&copy);
	while ((entry = readdir(dir)))
		look_at(sys, entry->d_name, s);
	return 0;
}

static int read_rdev(int sys, const char *name, dev_t *ret, struct err *e)
{
	AUTO_FD int disk = sys_dir(sys, name);
	AUTO_BUF struct buf b = BUF_EMPTY;
	unsigned int major, minor;
	char end = 0;

	if (disk < 0)
		return FAIL_ERRNO(e, "%s: %s", name, strerror(errno));
	if (file_read(disk, "dev", 32, &b, e) < 0)
		return err_add(e, "%s", name);
	if (sscanf((const char *)b.at, "%u:%u%c", &major, &minor, &end) != 3 || end != '\n')
		return FAIL(e, FAIL_INPUT, "%s: dev is not MAJOR:MINOR", name);
	*ret = makedev(major, minor);
	return 0;
}

int device_find(int sys, const char *spec, char ret_name[LIMIT_NAME_BYTES], dev_t *ret_rdev,
		struct err *e)
{
	struct search s = { 0 };
	int failed;

	if (strncmp(spec, SERIAL, strlen(SERIAL)) == 0)
		s.serial = span_text(spec + strlen(SERIAL));
	else if (strncmp(spec, DEV, strlen(DEV)) == 0 && is_word(spec + strlen(DEV)))
		s.name = spec + strlen(DEV);
	if (!s.name && !s.serial.len)
		return FAIL(e, FAIL_INPUT, "device '%s' is neither /dev/NAME nor serial:TEXT",
			    spec);
	failed = look_at_all(sys, &s, e);
	if (failed)
		return failed;
	if (!s.found)
		return err_set(e, FAIL_SYS, ENODEV, __func__, "no disk '%s'; there is:%s", spec,
			       *s.seen ? s.seen : " none");
	if (s.found > 1)
		return FAIL(e, FAIL_INPUT, "%u disks are '%s', one is wanted; there is:%s", s.found,
			    spec, s.seen);
	failed = read_rdev(sys, s.match, ret_rdev, e);
	if (!failed)
		memcpy(ret_name, s.match, sizeof(s.match));
	return failed;
}

static int check_node(const struct device *d, struct err *e)
{
	struct stat st;

	if (fstat(d->fd, &st) < 0)
		return FAIL_ERRNO(e, "%s: %s", d->name, strerror(errno));
	if (!S_ISBLK(st.st_mode) || st.st_rdev != d->rdev)
		return FAIL(e, FAIL_INPUT, "/dev/%s is not the disk %u:%u", d->name, major(d->rdev),
			    minor(d->rdev));
	return 0;
}

static int check_disk(struct device *d, struct err *e)
{
	int read_only = 0, sector = 0;
	uint64_t bytes = 0;

	if (ioctl(d->fd, BLKGETSIZE64, &bytes) < 0 || ioctl(d->fd, BLKROGET, &read_only) < 0 ||
	    ioctl(d->fd, BLKSSZGET, &sector) < 0)
		return FAIL_ERRNO(e, "%s: %s", d->name, strerror(errno));
	if (read_only)
		return FAIL(e, FAIL_INPUT, "disk %s is read-only", d->name);
	if (sector > HEAD_BLOCK)
		return FAIL(e, FAIL_INPUT, "disk %s has sectors of %d bytes", d->name, sector);
	if (bytes < VOLUME_MIN_BYTES)
		return FAIL(e, FAIL_INPUT,
			    "disk %s is %" PRIu64 " bytes, a volume needs %d or more", d->name,
			    bytes, VOLUME_MIN_BYTES);
	d->size = bytes / HEAD_BLOCK * HEAD_BLOCK;
	return 0;
}

/* Device mapper claims the disk for itself later on, so our own claim can't last: this one asks
 * whether anybody else has it. */
static int check_unclaimed(int dev, const struct device *d, struct err *e)
{
	AUTO_FD int fd = fd_open_in(dev, d->name, O_RDONLY | O_EXCL, 0, e);

	if (fd < 0)
		return err_add(e, "disk %s is in use", d->name);
	return 0;
}

int device_open(int sys, int dev, const char *spec, struct device *ret, struct err *e)
{
	AUTO_DEVICE struct device d = DEVICE_EMPTY;
	int failed = device_find(sys, spec, d.name, &d.rdev, e);

	if (failed)
		return failed;
	d.fd = fd_open_in(dev, d.name, O_RDWR | O_DIRECT | O_NONBLOCK, 0, e);
	if (d.fd < 0)
		return d.fd;
	failed = check_node(&d, e);
	if (!failed)
		failed = check_disk(&d, e);
	if (!failed)
		failed = check_unclaimed(dev, &d, e);
	if (failed)
		return failed;
	*ret = d;
	d.fd = -1;
	return 0;
}

void device_close(struct device *d)
{
	fd_done(&d->fd);
}
