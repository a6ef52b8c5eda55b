#include "attest/verify/token.h"

#include <string.h>

#include "base/json.h"

/* '{"' in base64. */
#define OBJECT "eyJ"

static bool is_base64url(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

static struct span trim(struct span text)
{
	static const char space[] = " \t\r\n";

	while (text.len && memchr(space, text.at[0], sizeof(space) - 1))
		text = span(text.at + 1, text.len - 1);
	while (text.len && memchr(space, text.at[text.len - 1], sizeof(space) - 1))
		text.len--;
	return text;
}

bool is_token(struct span text)
{
	size_t dots = 0;

	text = trim(text);
	if (text.len < strlen(OBJECT) || memcmp(text.at, OBJECT, strlen(OBJECT)) != 0)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '.')
			dots++;
		else if (!is_base64url(text.at[i]))
			return false;
	}
	return dots == 2;
}

bool is_token_list(const cJSON *tree)
{
	const cJSON *first = cJSON_IsArray(tree) ? cJSON_GetArrayItem(tree, 0) : NULL;
	const char *kind, *token;

	if (!cJSON_IsArray(first) || cJSON_GetArraySize(first) != 2)
		return false;
	kind = json_text(cJSON_GetArrayItem(first, 0));
	token = json_text(cJSON_GetArrayItem(first, 1));
	return kind && token && !strcmp(kind, "JWT") && is_token(span_text(token));
}
