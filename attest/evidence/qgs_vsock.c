#include "attest/evidence/qgs_vsock.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/vm_sockets.h>

#include "attest/transport/vsock.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"

static struct span trim(struct span s)
{
	while (s.len && (*s.at == ' ' || *s.at == '\t'))
		s = span(s.at + 1, s.len - 1);
	while (s.len && strchr(" \t\r", s.at[s.len - 1]))
		s.len--;
	return s;
}

static int read_port(struct span digits, uint32_t *ret, struct err *e)
{
	uint64_t port = 0;

	for (size_t i = 0; i < digits.len && port < VMADDR_PORT_ANY; i++) {
		if (digits.at[i] < '0' || digits.at[i] > '9')
			return FAIL(e, FAIL_INPUT, "the port is not a number");
		port = port * 10 + (uint64_t)(digits.at[i] - '0');
	}
	if (!port || port >= VMADDR_PORT_ANY)
		return FAIL(e, FAIL_INPUT, "no such port");
	*ret = (uint32_t)port;
	return 0;
}

/* The value of "port", if this line is one. */
static bool is_port(struct span line, struct span *ret)
{
	const uint8_t *equals = line.len ? memchr(line.at, '=', line.len) : NULL;
	size_t name_len = equals ? (size_t)(equals - line.at) : 0;

	if (!equals || !span_is_equal(trim(span(line.at, name_len)), span_text("port")))
		return false;
	*ret = trim(span(equals + 1, line.len - name_len - 1));
	return true;
}

int qgs_conf_port(struct span text, uint32_t *ret, struct err *e)
{
	uint32_t port = 0;

	while (text.len) {
		struct span value;

		if (is_port(span_cut(&text, '\n'), &value)) {
			if (port)
				return FAIL(e, FAIL_INPUT, "two ports");
			if (read_port(value, &port, e) < 0)
				return -(int)FAIL_INPUT;
		}
	}
	*ret = port ? port : QGS_PORT_DEFAULT;
	return 0;
}

static int find_port(const char *path, uint32_t *ret, struct err *e)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	AUTO_BUF struct buf text = BUF_EMPTY;
	int failed;

	if (fd < 0 && errno == ENOENT) {
		*ret = QGS_PORT_DEFAULT;
		return 0;
	}
	if (fd < 0)
		return FAIL_ERRNO(e, "%s: %s", path, strerror(errno));
	failed = fd_read_all(fd, LIMIT_QGS_CONF_BYTES, &text, e);
	if (!failed)
		failed = qgs_conf_port(buf_view(&text), ret, e);
	return failed ? err_add(e, "%s", path) : 0;
}

int qgs_vsock_connect(void *path, uint64_t deadline_ms, struct err *e)
{
	AUTO_STREAM struct stream s = STREAM_CLOSED;
	uint64_t first = deadline_in(LIMIT_QGS_CONNECT_MS);
	uint32_t port;
	int failed = find_port(path, &port, e);

	if (!failed)
		failed = vsock_connect(VMADDR_CID_HOST, port,
				       first < deadline_ms ? first : deadline_ms, &s, e);
	return failed ? failed : fd_take(&s.fd);
}
