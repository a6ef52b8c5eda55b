#include "attest/options.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "base/roles.h"

#define FD_MAX 1023

static int read_fd(const char *name, const char *text, int *ret, struct err *e)
{
	int fd = 0;

	for (const char *c = text; *c; c++) {
		if (*c < '0' || *c > '9' || fd > FD_MAX)
			return FAIL(e, FAIL_INPUT, "%s: %s is not a descriptor", name, text);
		fd = fd * 10 + (*c - '0');
	}
	if (!*text || fd > FD_MAX || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return FAIL(e, FAIL_INPUT, "%s: %s is not an open descriptor", name, text);
	*ret = fd;
	return 0;
}

static int read_pair(const char *name, const char *value, struct options *o, struct err *e)
{
	const struct {
		const char *name;
		int *ret;
	} rows[] = {
		{ "--control", &o->control },
		{ "--api", &o->api },
		{ "--life", &o->life },
		{ "--eventlog", &o->eventlog },
		{ "--tsm", &o->dev.tsm },
		{ "--sev-guest", &o->dev.sev_guest },
		{ "--tdx-guest", &o->dev.tdx_guest },
		{ "--tdx-measurements", &o->dev.tdx_measurements },
		{ "--rtmr", &o->dev.rtmr },
		{ "--ccel", &o->dev.ccel },
		{ "--launch-secret", &o->dev.launch_secret },
		{ "--tpm", &o->dev.tpmrm },
		{ "--initdata", &o->source.initdata_fd },
		{ "--document", &o->source.document_fd },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (!strcmp(name, rows[i].name))
			return read_fd(name, value, rows[i].ret, e);
	if (strcmp(name, "--image-config") != 0)
		return FAIL(e, FAIL_INPUT, "%s is not an option", name);
	o->source.image_path = value;
	return 0;
}

int options_parse(int argc, char **argv, struct options *ret, struct err *e)
{
	struct options o = {
		.control = -1,
		.api = -1,
		.life = -1,
		.eventlog = -1,
		.dev = EVIDENCE_NO_DEVICES,
		.source = { -1, -1, PATH_IMAGE_CONFIG },
	};
	int failed = 0;

	for (int i = 1; !failed && i < argc; i += 2)
		failed = i + 1 < argc ? read_pair(argv[i], argv[i + 1], &o, e)
				      : FAIL(e, FAIL_INPUT, "%s wants a value", argv[i]);
	if (failed)
		return failed;
	if (o.control < 0 || o.api < 0 || o.life < 0 || o.eventlog < 0)
		return FAIL(e, FAIL_INPUT, "--control, --api, --life and --eventlog are required");
	if (o.source.initdata_fd >= 0 && o.source.document_fd >= 0)
		return FAIL(e, FAIL_INPUT, "--initdata and --document exclude each other");
	*ret = o;
	return 0;
}
