#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/ctl/output.h"
#include "base/fd.h"
#include "tests/guest/parts/scenarios.h"

#define FILE_BYTES (1024 * 1024)
#define WAIT_MS	   30000

static void print(const char *format, va_list args)
{
	(void)fputs("payload: ", stdout);
	(void)vprintf(format, args);
	(void)putchar('\n');
	(void)fflush(stdout);
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(format, args);
	va_end(args);
}

int fail(const char *format, ...)
{
	va_list args;

	(void)fputs("payload: FAILED\n", stdout);
	va_start(args, format);
	print(format, args);
	va_end(args);
	return 1;
}

int fail_call(const char *what, const struct ending *end)
{
	return fail("%s: status %u, %s", what, end->http, end->is_ok ? "fine" : end->code);
}

static void volume_path(const char *name, char ret[static 128])
{
	(void)snprintf(ret, 128, VOLUME "/%s", name);
}

bool volume_write(const char *name, struct span bytes)
{
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	struct err e = { 0 };
	char path[128];

	volume_path(name, path);
	if (output_open(path, &out, &e) < 0 || output_write(&out, bytes, &e) < 0 ||
	    output_commit(&out, &e) < 0)
		return fail("write: %s", e.text) == 0;
	return true;
}

bool volume_read(const char *name, struct buf *ret, bool *ret_found)
{
	AUTO_FD int fd = -1;
	struct err e = { 0 };
	char path[128];

	volume_path(name, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	*ret_found = fd >= 0;
	if (fd < 0 && errno == ENOENT)
		return true;
	if (fd < 0)
		return fail("%s: %s", path, strerror(errno)) == 0;
	if (fd_read_all(fd, FILE_BYTES, ret, &e) < 0)
		return fail("%s: %s", path, e.text) == 0;
	return true;
}

bool opens_to(const char *what, struct span blob, struct span want)
{
	AUTO_BUF struct buf got = BUF_EMPTY;
	struct ending end = api_unseal(blob, WAIT_MS, &got);

	if (!end.is_ok)
		return fail_call(what, &end) == 0;
	if (!span_is_equal(buf_view(&got), want))
		return fail("%s: opens to other bytes", what) == 0;
	return true;
}
