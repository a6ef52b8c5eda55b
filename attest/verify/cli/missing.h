/* How to get what is missing. */
#pragma once

#include <stdbool.h>

#include "attest/verify/verify.h"

/* One shell command that puts the file into `dir` (NULL: the current directory) under the name that
 * the cache expects. CERT.pem and ISSUER.pem in it are the user's to replace. Nothing when its
 * publisher has no http(s) URL for it. Appends. */
int missing_command(const struct verify_missing *m, const char *dir, struct buf *ret,
		    struct err *e);

/* Every lacking file with its publisher and that command; or JSON:
 * {"version":1,"missing":[{"file","url","what","part","command"}]}. Appends. */
int missing_text(const struct verify_verdict *v, const char *dir, struct buf *ret, struct err *e);
int missing_json(const struct verify_verdict *v, const char *dir, struct buf *ret, struct err *e);
