#include <string.h>

#include "attest/config/fields.h"
#include "attest/config/parts.h"
#include "base/json.h"

struct members {
	const cJSON *kind, *bundle, *argv;
};

static int read_members(const cJSON *node, struct members *ret, struct err *e)
{
	const struct json_field fields[] = {
		{ "kind", JSON_TEXT, true, &ret->kind },
		{ "bundle", JSON_TEXT, false, &ret->bundle },
		{ "argv", JSON_ARRAY, false, &ret->argv },
		{ 0 },
	};

	return json_object(node, "payload", fields, e);
}

static int read_argv(const cJSON *array, struct msg_config *ret, struct err *e)
{
	const cJSON *word;
	size_t used = 0;
	int failed;

	cJSON_ArrayForEach(word, array)
	{
		if (ret->argc == LIMIT_ARGV)
			return FAIL(e, FAIL_LIMIT, "payload.argv: more than %d words", LIMIT_ARGV);
		if (used >= sizeof(ret->argv))
			return FAIL(e, FAIL_LIMIT, "payload.argv: longer than %zu bytes",
				    sizeof(ret->argv));
		failed = (ret->argc ? field_text : field_path)(
			word, "payload.argv", ret->argv + used, sizeof(ret->argv) - used, e);
		if (failed)
			return failed;
		used += strlen(ret->argv + used) + 1;
		ret->argc++;
	}
	if (!ret->argc)
		return FAIL(e, FAIL_INPUT, "payload.argv: needs at least the program's path");
	return 0;
}

int config_read_payload(const cJSON *node, struct msg_config *ret, struct err *e)
{
	static const char *const kinds[] = { "oci", "exec", NULL };
	struct members m = { 0 };
	size_t kind;
	int failed;

	ret->payload = PAYLOAD_NONE;
	if (!node)
		return 0;
	failed = read_members(node, &m, e);
	if (!failed)
		failed = field_word(m.kind, "payload.kind", kinds, 0, &kind, e);
	if (failed)
		return failed;
	if (kind == 0 ? !m.bundle || m.argv : !m.argv || m.bundle)
		return FAIL(e, FAIL_INPUT, "payload: \"oci\" has a bundle, \"exec\" has an argv");
	ret->payload = kind == 0 ? PAYLOAD_OCI : PAYLOAD_EXEC;
	if (kind == 0)
		return field_path(m.bundle, "payload.bundle", ret->bundle, sizeof(ret->bundle), e);
	return read_argv(m.argv, ret, e);
}
