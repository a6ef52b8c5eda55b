/* One more kind of claim than base/json.h has. */
#pragma once

#include <cjson/cJSON.h>

#include "base/err.h"
#include "base/span.h"

/* Lower-case hex. -FAIL_SYS. */
int tpm_claim_hex(cJSON *object, const char *name, struct span bytes, struct err *e);
