/* The broker's address, as a configuration spells it: RFC 3986, less what we have no use for. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"

#define URL_HOST_BYTES 254 /* RFC 1035: 253 characters and NUL */

struct url {
	bool tls;		   /* https                                                   */
	bool is_literal;	   /* the host is an address, not a name                      */
	uint16_t port;		   /* 443 or 80 unless given                                  */
	char host[URL_HOST_BYTES]; /* lower case; an IPv6 address without its brackets        */
	char authority[URL_HOST_BYTES + 12]; /* for the Host field: brackets, port unless usual */
	char base[LIMIT_URL_BYTES]; /* path without its last slash: "" or "/kbs"               */
};

/*
 * Parses "http[s]://host[:port][/base]". The host is a name, an IPv4 or a bracketed IPv6 address;
 * the base path consists of unreserved characters (section 2.3) without empty, "." or ".."
 * segments.
 *
 * -FAIL_INPUT (user info, query, fragment, another scheme, port 0, ...), -FAIL_LIMIT
 * (LIMIT_URL_BYTES).
 */
int url_parse(struct span text, struct url *ret, struct err *e);
