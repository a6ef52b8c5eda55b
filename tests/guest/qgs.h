/* The host's quoting service for TDX, in guests of the tests: a process behind vsock. */
#pragma once

#include <stdint.h>

#include "base/span.h"

#define QGS_PORT 4050

/* Quotes a TDREPORT of 1024 bytes. */
typedef struct buf qgs_quote_fn(void *ctx, const uint8_t *tdreport);

/* Listens, and starts the process that answers: with quotes, or as `word` says: "refuse" (an
 * error), "hang" (not at all). Aborts when it can't. */
void qgs_start(const char *word, qgs_quote_fn *quote, void *ctx);
