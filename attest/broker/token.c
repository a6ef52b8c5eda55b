#include "attest/broker/token.h"

#include <string.h>

#include "base/b64.h"
#include "base/json.h"
#include "base/limits.h"

/* The middle one of three parts between dots (RFC 7515, 7.1). */
static int find_payload(struct span jwt, struct span *ret, struct err *e)
{
	const uint8_t *end = jwt.at + jwt.len, *first, *second;

	first = jwt.len ? memchr(jwt.at, '.', jwt.len) : NULL;
	second = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;
	if (!second || memchr(second + 1, '.', (size_t)(end - second - 1)))
		return FAIL(e, FAIL_INPUT, "token: not three parts");
	*ret = span(first + 1, (size_t)(second - first - 1));
	return 0;
}

int token_life(struct span jwt, uint64_t *ret_seconds, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_JSON cJSON *claims = NULL;
	const cJSON *exp, *iat;
	const struct json_field fields[] = {
		{ "exp", JSON_U64, true, &exp },
		{ "iat", JSON_U64, true, &iat },
		{ 0 },
	};
	uint64_t until = 0, from = 0;
	struct span payload;
	int failed;

	if (jwt.len > LIMIT_TOKEN_BYTES)
		return FAIL(e, FAIL_LIMIT, "token: more than %d bytes", LIMIT_TOKEN_BYTES);
	if ((failed = find_payload(jwt, &payload, e)) ||
	    (failed = b64_decode(B64_URL, payload, LIMIT_TOKEN_BYTES, &text, e)) ||
	    (failed = json_parse(buf_view(&text), LIMIT_TOKEN_BYTES, &claims, e)) ||
	    (failed = json_object_open(claims, "token", fields, e)) ||
	    (failed = json_u64(exp, &until, e)) || (failed = json_u64(iat, &from, e)))
		return failed;
	if (until <= from)
		return FAIL(e, FAIL_INPUT, "token: ends before it begins");
	*ret_seconds = until - from;
	return 0;
}
