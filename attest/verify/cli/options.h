/* The command line of sealverify: what to do, with which files, under which options. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "attest/verify/verify.h"
#include "base/limits.h"

enum action {
	ACTION_VERIFY,
	ACTION_SHOW,	/* decode, verify nothing                      */
	ACTION_MISSING, /* what the cache lacks                        */
	ACTION_EXPLAIN,
	ACTION_HELP,
	ACTION_VERSION,
};

/* Loans from argv; NULL where an option is not given. */
struct options {
	enum action action;
	enum verify_form form;
	bool json;
	const char *nonce;
	const char *report_data;
	const char *at;
	const char *explain;
	const char *tee_key; /* these four name files, and a directory */
	const char *policy;
	const char *test_root;
	const char *cache;
	const char *files[LIMIT_VERIFY_FILES]; /* "-" at most once */
	size_t file_count;
};

/*
 * Reads [show|missing] [snp|tdx|gpu|tpm|log|auto] FILE... with options on any side; "--" ends them,
 * and what follows is a file whatever its name. -FAIL_INPUT: an option that is unknown (the text
 * names the nearest), given twice or without its value, no file, or "-" twice. -FAIL_LIMIT: more
 * than LIMIT_VERIFY_FILES files. With --help, --version or --explain nothing else need be there.
 */
int options_parse(int argc, char *const argv[], struct options *ret, struct err *e);

/* What --help prints. */
extern const char options_help[];
