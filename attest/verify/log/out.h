/* JSON written straight down: the first failure stays, and what follows does nothing. */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct tcg_out {
	int failed; /* 0, or -FAIL_SYS as in *e */
	struct err *e;
};

/* `name` NULL appends to an array. The object may be NULL once something failed. */
void tcg_out_text(struct tcg_out *o, cJSON *object, const char *name, const char *text);
void tcg_out_hex(struct tcg_out *o, cJSON *object, const char *name, struct span bytes);
void tcg_out_u64(struct tcg_out *o, cJSON *object, const char *name, uint64_t value);
void tcg_out_bool(struct tcg_out *o, cJSON *object, const char *name, bool value);
cJSON *tcg_out_object(struct tcg_out *o, cJSON *object, const char *name); /* a new child */
cJSON *tcg_out_array(struct tcg_out *o, cJSON *object, const char *name);
