/* The user's files, read whole, and the request that they make. */
#pragma once

#include "attest/verify/cli/options.h"
#include "attest/verify/verify.h"

#define AUTO_FILES __attribute__((cleanup(files_done)))

struct files {
	struct verify_file at[LIMIT_VERIFY_FILES]; /* loans of `bytes`, base names of argv */
	struct buf bytes[LIMIT_VERIFY_FILES];
	size_t count;
	struct buf nonce, report_data, tee_key, test_roots;
	struct verify_policy *policy;
	struct verify_store *store;
	int cache; /* the directory, or -1 */
	int64_t at_time;
};

#define FILES_EMPTY ((struct files){ .cache = -1 })

/* One file of at most `limit` bytes, or standard input where `path` is "-". -FAIL_SYS with the
 * path, -FAIL_LIMIT, -FAIL_INPUT (a directory). Into an empty `ret`. */
int file_load(const char *path, size_t limit, struct buf *ret, struct err *e);

/*
 * Reads all that the options name and decodes their values. 0, or how sealverify ends: EXITS_USAGE
 * (a value, a policy, a root that is none), EXITS_UNREADABLE, EXITS_INTERNAL, with `e` filled.
 * `ret` is to be released either way.
 */
int files_read(const struct options *o, struct files *ret, struct err *e);

/* The request; loans of both. */
struct verify_request files_request(const struct options *o, const struct files *f);

void files_done(struct files *f);
