/*
 * DNS messages: one question, and its answer. Whatever the answer claims, the broker's certificate
 * decides; this code only must not be hurt by it.
 * Spec: RFC 1035, section 4; RFC 3596 (AAAA).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define DNS_NAME_BYTES 256 /* 253 characters, a root dot, and NUL */
#define DNS_TYPE_A     1
#define DNS_TYPE_AAAA  28

struct dns_query {
	size_t len;
	uint8_t at[12 + DNS_NAME_BYTES + 4];
};

/* -FAIL_INPUT: `host` is not a name of letters, digits, '-' and '_' in labels of 1 .. 63. */
int dns_query(const char *host, uint16_t id, uint16_t type, struct dns_query *ret, struct err *e);

struct dns_address {
	bool is_found; /* false: the name has none of that type */
	size_t len;    /* 4 or 16 */
	uint8_t at[16];
};

/*
 * Reads an answer to `query`: same id, same question, aliases followed within it (at most
 * LIMIT_DNS_CNAMES, whatever their order).
 *
 * -FAIL_INPUT   not an answer to this question, or malformed: keep listening
 * -FAIL_LIMIT   truncated, or too many aliases
 * -FAIL_DENIED  the name does not exist
 * -FAIL_AGAIN   the server failed, or refuses
 */
int dns_answer(struct span message, const struct dns_query *query, struct dns_address *ret,
	       struct err *e);
