/* The command line of sealinit-broker; its page is sealinit-broker.1. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"
#include "tests/broker/hardware.h"

/* Texts are loans from argv. */
struct broker_options {
	const char *listen;
	const char *resources;
	const char *policy;
	const char *tls; /* NULL: --plain */
	struct broker_judge judge;
	uint64_t session_seconds;
	uint64_t unavailable_seconds;
	enum digest_alg hash; /* 0: not given */
	bool help;
};

/* -FAIL_INPUT says what is wrong with which option. With --help nothing else is looked at. */
int broker_options_parse(int argc, char *argv[], struct broker_options *ret, struct err *e);

extern const char broker_usage[];
