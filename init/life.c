#include "init/life.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"

/* Of fixed size. Secret memory can't be resized a second time, and takes no seals. */
static int make(const char *name, size_t len, struct err *e)
{
	AUTO_FD int fd = (int)syscall(SYS_memfd_secret, FD_CLOEXEC);
	_Bool is_secret = fd >= 0;

	if (!is_secret) {
		log_debug("memfd_secret: %s", strerror(errno));
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	}
	if (fd < 0)
		return FAIL_ERRNO(e, "%s: memfd: %s", name, strerror(errno));
	if (ftruncate(fd, (off_t)len) < 0)
		return FAIL_ERRNO(e, "%s: ftruncate: %s", name, strerror(errno));
	if (!is_secret && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return FAIL_ERRNO(e, "%s: seal: %s", name, strerror(errno));
	return fd_take(&fd);
}

int life_make(struct err *e)
{
	return make("life", LIFE_BYTES, e);
}

/* Secret memory has no write(). */
int life_keep(struct span bytes, struct err *e)
{
	AUTO_FD int fd = make("secret", bytes.len, e);
	void *at;

	if (fd < 0)
		return fd;
	at = mmap(NULL, bytes.len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return FAIL_ERRNO(e, "secret: map: %s", strerror(errno));
	(void)madvise(at, bytes.len, MADV_DONTDUMP);
	memcpy(at, bytes.at, bytes.len);
	(void)munmap(at, bytes.len);
	return fd_take(&fd);
}

int life_log_make(struct err *e)
{
	AUTO_FD int fd = memfd_create("eventlog", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return FAIL_ERRNO(e, "event log: memfd: %s", strerror(errno));
	if (ftruncate(fd, LIMIT_OWN_LOG_BYTES) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return FAIL_ERRNO(e, "event log: size: %s", strerror(errno));
	return fd_take(&fd);
}
