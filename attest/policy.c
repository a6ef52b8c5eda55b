#include "attest/policy.h"

#include "base/json.h"
#include "base/limits.h"

static int add_scope(cJSON *list, bool is_allowed, const char *name, struct err *e)
{
	return is_allowed ? json_add(list, NULL, cJSON_CreateString(name), e) : 0;
}

/* As keys_make() makes keys for them. */
static int add_scopes(cJSON *o, const struct config *config, struct err *e)
{
	cJSON *list = cJSON_CreateArray();
	bool has_root = config->root != ROOT_NONE;
	int failed = json_add(o, "seal", list, e);

	if (!failed)
		failed = add_scope(list, true, "life", e);
	if (!failed)
		failed = add_scope(list, has_root, "container", e);
	if (!failed)
		failed = add_scope(list, has_root && config->seal_pod, "pod", e);
	return failed;
}

int policy_text(const struct config *config, struct buf *ret, struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	int failed = json_add_u64(o, "version", 1, e);

	if (!failed)
		failed = add_scopes(o, config, e);
	if (!failed)
		failed = json_add_bool(o, "secrets", config->broker.is_given, e);
	return failed ? failed : json_print(o, LIMIT_POLICY_BYTES, ret, e);
}
