/* Bounds of sealctl's own. */
#pragma once

#include "base/limits.h"

/* What the service takes as a body at most (it allows less plaintext than this, and says so). */
#define CTL_INPUT_BYTES	 LIMIT_API_BODY_BYTES
/* The longest answer is a broker's resource, a plaintext or a blob. */
#define CTL_OUTPUT_BYTES LIMIT_API_BODY_BYTES

#define CTL_FAILURE_BYTES (64 * 1024) /* the body of an answer that is no success: a text */
#define CTL_TARGET_BYTES  (4 * 1024)  /* a route with its query: 3 bytes for one of context */
#define CTL_HEAD_BYTES	  (CTL_TARGET_BYTES + 1024)
#define CTL_PIECE_BYTES	  (16 * 1024) /* read or written at once */

/* Between two attempts of --wait, when the service names no time. */
#define CTL_PAUSE_FIRST_MS 50
#define CTL_PAUSE_MOST_MS  500
