/*
 * Strict JSON over cJSON: what cJSON forgives is refused here (duplicate members, trailing bytes,
 * depth, bad UTF-8, lax numbers), and 64-bit integers survive.
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define AUTO_JSON __attribute__((cleanup(json_done)))

void json_done(cJSON **node);

/* cJSON's allocations are wiped on free from here on. Once, first thing in main(). */
void json_init(void);

/*
 * Parses one RFC 8259 value that fills the whole of `text`; `limit` bytes and LIMIT_JSON_DEPTH
 * levels at most. NUL (raw or \u0000) is refused. -FAIL_INPUT, -FAIL_LIMIT, -FAIL_SYS (ENOMEM).
 */
int json_parse(struct span text, size_t limit, cJSON **ret, struct err *e);

enum json_type { JSON_TEXT, JSON_U64, JSON_BOOL, JSON_OBJECT, JSON_ARRAY, JSON_ANY };

/* One member that an object may have. The result is a loan from the tree. */
struct json_field {
	const char *name;
	enum json_type type;
	bool required;
	const cJSON **ret; /* the member, or NULL if absent */
};

/*
 * Reads an object: every member must be listed and of its type, every required one present.
 * -FAIL_INPUT names the member and `where`. Lists end with { 0 }.
 */
int json_object(const cJSON *node, const char *where, const struct json_field *fields,
		struct err *e);

/* As json_object, but members that are not listed are passed over (for peers that may grow). */
int json_object_open(const cJSON *node, const char *where, const struct json_field *fields,
		     struct err *e);

const char *json_text(const cJSON *node); /* NULL unless a string */

/* An integer without sign, fraction or exponent, up to 2^64-1, from its own digits. -FAIL_INPUT. */
int json_u64(const cJSON *node, uint64_t *ret, struct err *e);

/* Building: a 64-bit integer, text from a span, base64. -FAIL_SYS (ENOMEM). */
int json_add_u64(cJSON *object, const char *name, uint64_t value, struct err *e);
int json_add_text(cJSON *object, const char *name, const char *text, struct err *e);
int json_add_b64(cJSON *object, const char *name, struct span bytes, struct err *e);
int json_add_bool(cJSON *object, const char *name, bool value, struct err *e);

/* Adds `child`, which it takes over (and frees on failure); NULL is an error. */
int json_add(cJSON *object, const char *name, cJSON *child, struct err *e);

/* Unformatted text; members in the order they were added. Appends to `ret`. */
int json_print(const cJSON *node, size_t limit, struct buf *ret, struct err *e);
