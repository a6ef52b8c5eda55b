#include "attest/verify/cli/exits.h"

#include <stdio.h>

int exits_of(enum verify_decision d)
{
	switch (d) {
	case VERIFY_ACCEPTED:
		return EXITS_ACCEPTED;
	case VERIFY_NOT_FRESH:
		return EXITS_NOT_FRESH;
	case VERIFY_UNKNOWN_WORKLOAD:
		return EXITS_UNKNOWN_WORKLOAD;
	case VERIFY_UNPROVEN:
		return EXITS_UNPROVEN;
	case VERIFY_REFUSED:
	case VERIFY_DECISIONS:
		break;
	}
	return EXITS_REFUSED;
}

int exits_of_error(const struct err *e)
{
	return e->kind == FAIL_INPUT || e->kind == FAIL_LIMIT ? EXITS_UNREADABLE : EXITS_INTERNAL;
}

int exits_report(int status, const struct err *e)
{
	(void)fprintf(stderr, "sealverify: %s\n", e->text);
	if (status == EXITS_USAGE)
		(void)fputs("sealverify --help and sealverify(1) say what it takes\n", stderr);
	return status;
}
