#include "init/life.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"

int life_make(struct err *e)
{
	AUTO_FD int fd = (int)syscall(SYS_memfd_secret, FD_CLOEXEC);
	_Bool is_secret = fd >= 0;

	if (!is_secret) {
		log_debug("memfd_secret: %s", strerror(errno));
		fd = memfd_create("life", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	}
	if (fd < 0)
		return FAIL_ERRNO(e, "life: memfd: %s", strerror(errno));
	if (ftruncate(fd, LIFE_BYTES) < 0)
		return FAIL_ERRNO(e, "life: ftruncate: %s", strerror(errno));
	/* Secret memory can't be resized a second time, and takes no seals. */
	if (!is_secret && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return FAIL_ERRNO(e, "life: seal: %s", strerror(errno));
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
