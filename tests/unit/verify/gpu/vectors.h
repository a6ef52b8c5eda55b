/* Recorded evidence: read from the folder of vectors, or the test skips. */
#pragma once

#include <cjson/cJSON.h>

#include "attest/verify/x509/certs.h"
#include "base/span.h"

/* The caller's to release. */
struct buf vector_file(const char *name);
struct buf vector_hex(const char *name);
void vector_chain(const char *name, struct certs *ret);
cJSON *vector_json(const char *name);
