#include "storage/ram.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "storage/sealblock.h"

#define TRIES 8 /* another storage run may take the free device first */

/* The size is fixed; the bytes are not, since the kernel may write to the superblock. */
static int memory_of(const uint8_t *head, struct err *e)
{
	AUTO_FD int fd = memfd_create("head", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return FAIL_ERRNO(e, "memfd: %s", strerror(errno));
	if (fd_pwrite_all(fd, span(head, HEAD_BYTES), 0, e) < 0)
		return err_add(e, "memfd");
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) < 0)
		return FAIL_ERRNO(e, "memfd: %s", strerror(errno));
	return fd_take(&fd);
}

static int loop_free(struct err *e)
{
	AUTO_FD int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	char path[32];
	int n, fd;

	if (control < 0)
		return FAIL_ERRNO(e, "/dev/loop-control: %s (module loop?)", strerror(errno));
	n = ioctl(control, LOOP_CTL_GET_FREE);
	if (n < 0)
		return FAIL_ERRNO(e, "loop: no free device: %s", strerror(errno));
	(void)snprintf(path, sizeof(path), "/dev/loop%d", n);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return FAIL_ERRNO(e, "%s: %s", path, strerror(errno));
	return fd;
}

static int loop_over(int memfd, struct err *e)
{
	struct loop_config config = {
		.fd = (uint32_t)memfd,
		.info = { .lo_flags = LO_FLAGS_AUTOCLEAR, .lo_sizelimit = HEAD_BYTES },
	};
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
		AUTO_FD int fd = loop_free(e);

		if (fd < 0)
			return fd;
		if (ioctl(fd, LOOP_CONFIGURE, &config) == 0)
			return fd_take(&fd);
		if (errno != EBUSY)
			return FAIL_ERRNO(e, "loop: %s", strerror(errno));
	}
	return FAIL(e, FAIL_AGAIN, "loop: %d devices were taken by others", TRIES);
}

int ram_open(const unsigned char *head, struct ram *ret, struct err *e)
{
	AUTO_RAM struct ram r = RAM_EMPTY;
	struct stat st;

	r.memfd = memory_of(head, e);
	if (r.memfd < 0)
		return r.memfd;
	r.loop = loop_over(r.memfd, e);
	if (r.loop < 0)
		return r.loop;
	if (fstat(r.loop, &st) < 0)
		return FAIL_ERRNO(e, "loop: %s", strerror(errno));
	r.rdev = st.st_rdev;
	*ret = r;
	r = RAM_EMPTY;
	return 0;
}

int ram_read(const struct ram *r, unsigned char *ret_head, struct err *e)
{
	/* What was written through the loop device's own pages has to be in its file. */
	if (fsync(r->loop) < 0)
		return FAIL_ERRNO(e, "loop: %s", strerror(errno));
	return fd_pread_all(r->memfd, ret_head, HEAD_BYTES, 0, e);
}

void ram_done(struct ram *r)
{
	fd_done(&r->loop);
	fd_done(&r->memfd);
}
