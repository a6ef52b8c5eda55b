#include "attest/config/fields.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "attest/config/config.h"
#include "base/json.h"

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

int field_text(const cJSON *node, const char *what, char *ret, size_t size, struct err *e)
{
	const char *text = json_text(node);

	if (!text || !*text)
		return FAIL(e, FAIL_INPUT, "%s: must be a string and not empty", what);
	for (const char *c = text; *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			return FAIL(e, FAIL_INPUT, "%s: only printable ASCII is taken", what);
	if (strlen(text) >= size)
		return FAIL(e, FAIL_LIMIT, "%s: more than %zu characters", what, size - 1);
	memcpy(ret, text, strlen(text) + 1);
	return 0;
}

int field_name(const cJSON *node, const char *what, char *ret, size_t size, struct err *e)
{
	int failed = field_text(node, what, ret, size, e);
	size_t len;

	if (failed)
		return failed;
	len = strlen(ret);
	if (strspn(ret, LOWER DIGITS "-") != len || ret[0] == '-' || ret[len - 1] == '-')
		return FAIL(e, FAIL_INPUT, "%s: \"%.64s\" is not a name: a-z, 0-9 and - inside",
			    what, ret);
	return 0;
}

/* A component that leads somewhere: not empty, ".", or "..". */
static bool is_component(const char *at, size_t len)
{
	return len && !(len == 1 && at[0] == '.') && !(len == 2 && at[0] == '.' && at[1] == '.');
}

int field_path(const cJSON *node, const char *what, char *ret, size_t size, struct err *e)
{
	int failed = field_text(node, what, ret, size, e);
	const char *at;

	if (failed)
		return failed;
	if (*ret != '/')
		return FAIL(e, FAIL_INPUT, "%s: \"%.64s\" must be absolute", what, ret);
	for (at = ret; *at; at += 1 + strcspn(at + 1, "/"))
		if (!is_component(at + 1, strcspn(at + 1, "/")))
			return FAIL(e, FAIL_INPUT, "%s: \"%.64s\" has an empty part, '.' or '..'",
				    what, ret);
	return 0;
}

bool config_is_resource_path(const char *path)
{
	size_t parts = 0;

	if (strlen(path) >= LIMIT_PATH_BYTES)
		return false;
	for (;;) {
		size_t len = strspn(path, LOWER UPPER DIGITS "._-");

		if (!is_component(path, len))
			return false;
		parts++;
		path += len;
		if (!*path)
			return parts == 3;
		if (*path++ != '/')
			return false;
	}
}

int field_resource(const cJSON *node, const char *what, char *ret, size_t size, struct err *e)
{
	static const char scheme[] = "kbs:///";
	char text[LIMIT_PATH_BYTES + sizeof(scheme)];
	int failed = field_text(node, what, text, sizeof(text), e);
	const char *path = text + sizeof(scheme) - 1;

	if (failed)
		return failed;
	if (strncmp(text, scheme, sizeof(scheme) - 1) != 0 || !config_is_resource_path(path) ||
	    strlen(path) >= size)
		return FAIL(e, FAIL_INPUT, "%s: \"%.64s\" must be kbs:///repository/type/tag", what,
			    text);
	memcpy(ret, path, strlen(path) + 1);
	return 0;
}

int field_address(const cJSON *node, const char *what, char *ret, size_t size, struct err *e)
{
	uint8_t any[sizeof(struct in6_addr)];
	int failed = field_text(node, what, ret, size, e);

	if (failed)
		return failed;
	if (inet_pton(AF_INET, ret, any) != 1 && inet_pton(AF_INET6, ret, any) != 1)
		return FAIL(e, FAIL_INPUT, "%s: \"%.64s\" is not an IP address", what, ret);
	return 0;
}

int field_ipv4(const cJSON *node, const char *what, struct in_addr *ret, struct err *e)
{
	char text[INET6_ADDRSTRLEN];
	int failed = field_text(node, what, text, sizeof(text), e);

	if (failed)
		return failed;
	if (inet_pton(AF_INET, text, ret) != 1)
		return FAIL(e, FAIL_INPUT, "%s: \"%.64s\" is not an IPv4 address", what, text);
	return 0;
}

int field_cidr(const cJSON *node, const char *what, struct in_addr *ret, uint8_t *ret_prefix,
	       struct err *e)
{
	char text[INET_ADDRSTRLEN + 3], address[INET_ADDRSTRLEN] = "";
	int failed = field_text(node, what, text, sizeof(text), e);
	unsigned int prefix = 0;
	const char *digits;
	size_t len;

	if (failed)
		return failed;
	len = strcspn(text, "/");
	digits = text[len] ? text + len + 1 : "";
	for (const char *c = digits; *c >= '0' && *c <= '9' && prefix <= 32; c++)
		prefix = prefix * 10 + (unsigned int)(*c - '0');
	if (len < sizeof(address))
		memcpy(address, text, len);
	if (inet_pton(AF_INET, address, ret) != 1 || !*digits || (digits[0] == '0' && digits[1]) ||
	    strspn(digits, DIGITS) != strlen(digits) || prefix > 32)
		return FAIL(e, FAIL_INPUT, "%s: \"%.64s\" must look like 10.0.2.15/24", what, text);
	*ret_prefix = (uint8_t)prefix;
	return 0;
}

int field_number(const cJSON *node, const char *what, uint64_t min, uint64_t max, uint64_t fallback,
		 uint64_t *ret, struct err *e)
{
	uint64_t value = fallback;

	if (node && (json_u64(node, &value, e) < 0 || value < min || value > max))
		return FAIL(e, FAIL_INPUT, "%s: must be %" PRIu64 " .. %" PRIu64, what, min, max);
	*ret = value;
	return 0;
}

int field_mode(const cJSON *node, const char *what, uint32_t fallback, uint32_t *ret, struct err *e)
{
	char text[8];
	uint32_t mode = 0;
	size_t len;

	if (!node) {
		*ret = fallback;
		return 0;
	}
	if (field_text(node, what, text, sizeof(text), e) < 0)
		return FAIL(e, FAIL_INPUT, "%s: must be octal, as \"0750\"", what);
	len = strlen(text);
	if (len < 3 || len > 4 || strspn(text, "01234567") != len)
		return FAIL(e, FAIL_INPUT, "%s: \"%s\" must be octal, as \"0750\"", what, text);
	for (size_t i = 0; i < len; i++)
		mode = mode << 3 | (uint32_t)(text[i] - '0');
	*ret = mode;
	return 0;
}

int field_word(const cJSON *node, const char *what, const char *const *words, size_t fallback,
	       size_t *ret, struct err *e)
{
	char known[96] = "";
	size_t used = 0;

	if (!node) {
		*ret = fallback;
		return 0;
	}
	for (size_t i = 0; words[i]; i++) {
		if (json_text(node) && !strcmp(json_text(node), words[i])) {
			*ret = i;
			return 0;
		}
		if (used < sizeof(known))
			used += (size_t)snprintf(known + used, sizeof(known) - used, "%s\"%s\"",
						 i ? ", " : "", words[i]);
	}
	return FAIL(e, FAIL_INPUT, "%s: must be one of %s", what, known);
}
