/*
 * The session's cookie, by hand: one name, one value, echoed to the origin that set it.
 * Spec: RFC 6265; coco-protocol reference, 1.2.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/transport/answer.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"

#define COOKIE_NAME "kbs-session-id"

struct cookie {
	char pair[sizeof(COOKIE_NAME "=") +
		  LIMIT_COOKIE_BYTES]; /* as it is sent back, terminated */
	uint64_t life_s; /* its Expires less the answer's Date; 0: one of them is missing or odd */
};

/*
 * Finds the session's cookie in an answer's Set-Cookie fields; others are passed over.
 * *ret_found false: there is none. -FAIL_INPUT: it is there twice, empty, or not fit to be echoed
 * (it has other characters than letters, digits and "-._~", or LIMIT_COOKIE_BYTES of them).
 */
int cookie_read(const struct answer *a, struct cookie *ret, bool *ret_found, struct err *e);

/* An HTTP date (RFC 9110, 5.6.7: IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT") in seconds since
 * 1970. -FAIL_INPUT for any other form, or a day that no calendar has. */
int cookie_http_date(struct span text, uint64_t *ret_seconds, struct err *e);
