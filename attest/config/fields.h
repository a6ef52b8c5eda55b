/* The values that sealinit.json is made of: each read from a member, checked, copied. */
#pragma once

#include <cjson/cJSON.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* `what` names the member in the error. Each copies into `ret` of `size` bytes, terminated, and
 * fails with -FAIL_INPUT, or -FAIL_LIMIT when the text doesn't fit. */

/* Printable ASCII, not empty. */
int field_text(const cJSON *node, const char *what, char *ret, size_t size, struct err *e);

/* [a-z0-9-], beginning and ending with a letter or digit. */
int field_name(const cJSON *node, const char *what, char *ret, size_t size, struct err *e);

/* Absolute, without empty, "." or ".." components, and without a slash at the end. */
int field_path(const cJSON *node, const char *what, char *ret, size_t size, struct err *e);

/* "kbs:///repository/type/tag"; the copy is "repository/type/tag". */
int field_resource(const cJSON *node, const char *what, char *ret, size_t size, struct err *e);

/* A literal IPv4 or IPv6 address. */
int field_address(const cJSON *node, const char *what, char *ret, size_t size, struct err *e);

/* "a.b.c.d/n". */
int field_cidr(const cJSON *node, const char *what, struct in_addr *ret, uint8_t *ret_prefix,
	       struct err *e);
int field_ipv4(const cJSON *node, const char *what, struct in_addr *ret, struct err *e);

/* A number in min .. max; `fallback` when `node` is NULL. */
int field_number(const cJSON *node, const char *what, uint64_t min, uint64_t max, uint64_t fallback,
		 uint64_t *ret, struct err *e);

/* Three or four octal digits; `fallback` when `node` is NULL. */
int field_mode(const cJSON *node, const char *what, uint32_t fallback, uint32_t *ret,
	       struct err *e);

/* One of `words` (ended by NULL): its index; `fallback` when `node` is NULL. */
int field_word(const cJSON *node, const char *what, const char *const *words, size_t fallback,
	       size_t *ret, struct err *e);
