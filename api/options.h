/* The command line of sealinit-api: the descriptors that PID 1 hands over. */
#pragma once

#include <stddef.h>

#include "api/server.h"
#include "base/err.h"

struct options {
	int control; /* the pair to PID 1    */
	int attest;  /* the service pair     */
	int listen[SERVER_LISTENERS];
	size_t listen_count;
};

/*
 * --control N --attest N --listen N [--listen N ...]. Descriptor numbers are decimal, above 2 and
 * different from each other. -FAIL_INPUT.
 */
int options_parse(int argc, char *const argv[], struct options *ret, struct err *e);
