#include "api/ctl/exits.h"

#include <stdio.h>
#include <string.h>

#define VERSIONS "sealctl and the guest may be of different versions"

static const struct exits_row rows[] = {
	{ CODE_LOCAL, 1, "" },
	{ CODE_USAGE, 2,
	  "`sealctl help` lists the subcommands, `sealctl SUBCOMMAND --help` the options" },
	{ CODE_NO_SOCKET, 3,
	  "is this a sealinit guest? mount /run/sealinit, share the pod's network, or use "
	  "--socket" },
	{ CODE_LOST, 3, "the service is started again by itself: --wait SECONDS tries again" },
	{ CODE_NO_ANSWER, 4,
	  "`sealctl status` tells what the guest is doing; --timeout SECONDS gives it longer" },
	{ CODE_BAD_ANSWER, 5, "is it sealinit that listens on this socket?" },
	{ CODE_NOT_READY, 10,
	  "`sealctl status` shows the stage it is in; --wait SECONDS waits for it" },
	{ "stopping", 10, "the guest is going down; nothing is left to wait for" },
	{ "bad-request", 11, VERSIONS },
	{ "unsupported-media", 11, VERSIONS },
	{ "method-not-allowed", 11, VERSIONS },
	{ "not-found", 12, VERSIONS },
	{ CODE_TOO_LARGE, 13, "seal a key, and encrypt the data with that" },
	{ "busy", 14, "--wait SECONDS tries again" },
	{ "timeout", 14, "the request took too long to arrive: try again" },
	{ "denied", 15, "the guest's configuration or the broker's policy would have to allow it" },
	{ "secret-missing", 16, "check the name, and what the broker holds" },
	{ "broker-unavailable", 17,
	  "check that the broker runs and can be reached from the guest; --wait SECONDS tries "
	  "again" },
	{ "unseal-refused", 18,
	  "another context, another guest's key, an ended life, or a damaged blob: it can't be "
	  "told" },
	{ "evidence-failed", 19, "the guest's console says why" },
	{ "tee-dead", 21, "only a restart of the guest brings evidence back" },
	{ "internal", 20, "the guest's console says more" },
};

const struct exits_row *exits_row(const char *code)
{
	const size_t count = sizeof(rows) / sizeof(*rows);

	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].code, code) == 0)
			return &rows[i];
	return &rows[count - 1];
}

/* Where several codes share a status, the one that promises least. */
const char *exits_code_of_status(unsigned status)
{
	switch (status) {
	case 400:
		return "bad-request";
	case 403:
		return "denied";
	case 404:
		return "not-found";
	case 405:
		return "method-not-allowed";
	case 408:
		return "timeout";
	case 413:
		return CODE_TOO_LARGE;
	case 415:
		return "unsupported-media";
	case 422:
		return "unseal-refused";
	case 500:
		return "internal";
	case 502:
		return "evidence-failed";
	case 503:
		return CODE_NOT_READY;
	default:
		return CODE_BAD_ANSWER;
	}
}

int exits_report(const char *code, const char *detail)
{
	const struct exits_row *p = exits_row(code);
	struct err line = { 0 };

	/* Both may come from the other side: err_set() leaves printable ASCII and one line. */
	(void)err_set(&line, FAIL_BUG, 0, __func__, "%s%s%s", code, detail[0] ? ": " : "", detail);
	(void)fprintf(stderr, "sealctl: %s\n", line.text);
	if (p->next[0] != '\0')
		(void)fprintf(stderr, "  %s\n", p->next);
	return p->exit;
}
