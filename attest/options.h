/* The command line of sealinit-attest. */
#pragma once

#include "attest/config/source.h"
#include "attest/evidence/driver.h"
#include "base/err.h"

struct options {
	int control, api, life, eventlog; /* required */
	struct evidence_devices dev;
	struct config_source source;
};

/* -FAIL_INPUT: an unknown option, a value that isn't a descriptor, one missing, --initdata together
 * with --document. */
int options_parse(int argc, char **argv, struct options *ret, struct err *e);
