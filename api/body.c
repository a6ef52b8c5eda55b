#include "api/body.h"

#include "base/limits.h"

#define STRUCTURE_MAX 32 /* braces, brackets and commas; the longest request has 6 */

static size_t count_structure(struct span body)
{
	bool in_text = false;
	size_t count = 0;

	for (size_t i = 0; i < body.len; i++) {
		uint8_t c = body.at[i];

		if (in_text && c == '\\')
			i++;
		else if (c == '"')
			in_text = !in_text;
		else if (!in_text)
			count += c == '{' || c == '[' || c == ',' || c == '}' || c == ']';
	}
	return count;
}

int body_parse(struct span body, cJSON **ret, struct err *e)
{
	if (count_structure(body) > STRUCTURE_MAX)
		return FAIL(e, FAIL_INPUT, "json: more members than any request has");
	return json_parse(body, LIMIT_API_BODY_BYTES, ret, e);
}
