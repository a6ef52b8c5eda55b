#include "init/listen.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"

static int listen_on(const struct sockaddr_un *at, size_t name_len, struct err *e)
{
	AUTO_FD int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name_len);

	if (sock < 0)
		return FAIL_ERRNO(e, "socket: %s", strerror(errno));
	if (bind(sock, (const struct sockaddr *)at, len) < 0)
		return FAIL_ERRNO(e, "bind: %s", strerror(errno));
	if (listen(sock, LIMIT_LISTEN_BACKLOG) < 0)
		return FAIL_ERRNO(e, "listen: %s", strerror(errno));
	return fd_take(&sock);
}

int listen_path(const char *path, struct err *e)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	AUTO_FD int sock = -1;

	if (strlen(path) >= sizeof(at.sun_path))
		return FAIL(e, FAIL_LIMIT, "%s: too long for a socket", path);
	memcpy(at.sun_path, path, strlen(path));
	if (unlink(path) < 0 && errno != ENOENT)
		return FAIL_ERRNO(e, "unlink %s: %s", path, strerror(errno));
	sock = listen_on(&at, strlen(path) + 1, e);
	if (sock < 0)
		return err_add(e, "%s", path);
	if (chmod(path, 0666) < 0)
		return FAIL_ERRNO(e, "chmod %s: %s", path, strerror(errno));
	return fd_take(&sock);
}

int listen_abstract(const char *name, struct err *e)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int sock;

	if (strlen(name) + 1 > sizeof(at.sun_path))
		return FAIL(e, FAIL_LIMIT, "@%s: too long for a socket", name);
	memcpy(at.sun_path + 1, name, strlen(name));
	sock = listen_on(&at, strlen(name) + 1, e);
	return sock < 0 ? err_add(e, "@%s", name) : sock;
}
