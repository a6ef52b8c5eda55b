/* Byte arrays as JSON arrays of numbers, the way CoCo writes them. */
#pragma once

#include <cjson/cJSON.h>

#include "base/err.h"
#include "base/span.h"

/* As text in one raw node: cJSON would spend a node of its own on each byte. -FAIL_SYS (ENOMEM). */
int array_add(cJSON *object, const char *name, struct span bytes, struct err *e);
