#include "api/options.h"

#include <stdbool.h>
#include <string.h>

#define FD_MAX 1023

static int parse_fd(const char *text, int *ret, struct err *e)
{
	int fd = 0;

	for (const char *c = text; *c; c++) {
		if (*c < '0' || *c > '9' || fd > FD_MAX)
			return FAIL(e, FAIL_INPUT, "\"%.20s\" is not a descriptor", text);
		fd = fd * 10 + (*c - '0');
	}
	if (fd <= 2 || fd > FD_MAX)
		return FAIL(e, FAIL_INPUT, "\"%.20s\" is not a descriptor above 2", text);
	*ret = fd;
	return 0;
}

static bool is_taken(const struct options *o, int fd)
{
	for (size_t i = 0; i < o->listen_count; i++)
		if (o->listen[i] == fd)
			return true;
	return fd == o->control || fd == o->attest;
}

static int take(struct options *o, const char *name, const char *value, struct err *e)
{
	int fd = -1;

	if (!value)
		return FAIL(e, FAIL_INPUT, "%.20s needs a descriptor", name);
	if (parse_fd(value, &fd, e) < 0)
		return -(int)FAIL_INPUT;
	if (is_taken(o, fd))
		return FAIL(e, FAIL_INPUT, "descriptor %d is there twice", fd);
	if (!strcmp(name, "--control") && o->control < 0)
		o->control = fd;
	else if (!strcmp(name, "--attest") && o->attest < 0)
		o->attest = fd;
	else if (!strcmp(name, "--listen") && o->listen_count < SERVER_LISTENERS)
		o->listen[o->listen_count++] = fd;
	else
		return FAIL(e, FAIL_INPUT, "%.20s: unknown, or once too often", name);
	return 0;
}

int options_parse(int argc, char *const argv[], struct options *ret, struct err *e)
{
	struct options o = { .control = -1, .attest = -1 };

	for (int i = 1; i < argc; i += 2)
		if (take(&o, argv[i], i + 1 < argc ? argv[i + 1] : NULL, e) < 0)
			return -(int)FAIL_INPUT;
	if (o.control < 0 || o.attest < 0 || !o.listen_count)
		return FAIL(e, FAIL_INPUT, "--control, --attest and --listen are needed");
	*ret = o;
	return 0;
}
