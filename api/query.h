/* The query of a request, and the text that tenants may name things with (PROTOCOL.md). */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"

struct query_field {
	const char *name;
	size_t limit;	 /* bytes, decoded */
	struct buf *ret; /* filled if it is there */
};

/*
 * Reads name=value pairs; lists of fields end with { 0 }. An empty query is fine.
 *
 * -FAIL_INPUT an unknown or repeated name, a byte that must be written %XX, a value that is not
 * text; -FAIL_LIMIT a value over its limit; -FAIL_SYS. Fields read so far stay filled on failure.
 */
int query_parse(struct span query, const struct query_field *fields, struct err *e);

/* Well-formed UTF-8 (RFC 3629) without NUL. */
bool is_utf8_text(struct span text);
