#include "attest/config/fields.h"
#include "attest/config/parts.h"
#include "base/json.h"

int config_read_gpus(const cJSON *node, struct config *c, struct err *e)
{
	const cJSON *count = NULL;
	const struct json_field fields[] = { { "count", JSON_U64, true, &count }, { 0 } };
	uint64_t n = 0;
	int failed;

	if (!node)
		return 0;
	failed = json_object(node, "gpus", fields, e);
	if (!failed)
		failed = field_number(count, "gpus.count", 0, LIMIT_GPUS, 0, &n, e);
	if (failed)
		return failed;
	if (c->root != ROOT_BROKER)
		return FAIL(e, FAIL_INPUT,
			    "gpus: a broker has to judge them before they may work: root_secret "
			    "must be kbs:///...");
	c->gpus = (struct config_gpus){ .is_given = true, .count = (uint32_t)n };
	return 0;
}
