#include "attest/config/config.h"

#include <string.h>

#include "attest/config/fields.h"
#include "attest/config/parts.h"
#include "base/json.h"

/* Everything that sealinit.json may have at its top. */
struct members {
	const cJSON *version, *on_failure, *tee, *network, *broker, *root_secret, *gpus, *volumes,
		*seal, *payload;
};

static int read_members(const cJSON *root, struct members *ret, struct err *e)
{
	const struct json_field fields[] = {
		{ "version", JSON_U64, true, &ret->version },
		{ "on_failure", JSON_TEXT, false, &ret->on_failure },
		{ "tee", JSON_TEXT, false, &ret->tee },
		{ "network", JSON_OBJECT, false, &ret->network },
		{ "broker", JSON_OBJECT, false, &ret->broker },
		{ "root_secret", JSON_TEXT, false, &ret->root_secret },
		{ "gpus", JSON_OBJECT, false, &ret->gpus },
		{ "volumes", JSON_ARRAY, false, &ret->volumes },
		{ "seal", JSON_OBJECT, false, &ret->seal },
		{ "payload", JSON_OBJECT, false, &ret->payload },
		{ 0 },
	};

	return json_object(root, "sealinit.json", fields, e);
}

static int read_version(const cJSON *node, struct err *e)
{
	uint64_t version = 0;

	if (json_u64(node, &version, e) < 0 || version != 1)
		return FAIL(e, FAIL_INPUT, "version: only 1 is known");
	return 0;
}

static int read_words(const struct members *m, struct config *c, struct err *e)
{
	static const char *const failures[] = { "poweroff", "degraded", NULL };
	static const char *const tees[] = { "auto", "snp", "tdx", "sev", "tpm", "sample", NULL };
	size_t failure, tee;
	int failed = field_word(m->on_failure, "on_failure", failures, 0, &failure, e);

	if (!failed)
		failed = field_word(m->tee, "tee", tees, TEE_AUTO, &tee, e);
	if (failed)
		return failed;
	c->init.degraded = failure == 1;
	c->tee = (enum config_tee)tee;
	return 0;
}

static int read_seal(const cJSON *node, struct config *c, struct err *e)
{
	const cJSON *pod = NULL;
	const struct json_field fields[] = { { "pod", JSON_BOOL, false, &pod }, { 0 } };

	if (node && json_object(node, "seal", fields, e) < 0)
		return -(int)FAIL_INPUT;
	c->seal_pod = !pod || cJSON_IsTrue(pod);
	return 0;
}

static int read_config(const cJSON *root, struct config *c, struct err *e)
{
	struct members m = { 0 };
	int failed = read_members(root, &m, e);

	if (!failed)
		failed = read_version(m.version, e);
	if (!failed)
		failed = read_words(&m, c, e);
	if (!failed)
		failed = config_read_network(m.network, &c->net, e);
	if (!failed)
		failed = config_read_broker(m.broker, &c->broker, e);
	if (!failed)
		failed = config_read_root(m.root_secret, c, e);
	if (!failed)
		failed = config_read_gpus(m.gpus, c, e);
	if (!failed)
		failed = config_read_volumes(m.volumes, c, e);
	if (!failed)
		failed = read_seal(m.seal, c, e);
	if (!failed)
		failed = config_read_payload(m.payload, &c->init, e);
	return failed;
}

int config_parse(struct span json, struct config *ret, struct err *e)
{
	AUTO_JSON cJSON *root = NULL;
	AUTO_CONFIG struct config c = CONFIG_EMPTY;
	int failed = json_parse(json, LIMIT_CONFIG_BYTES, &root, e);

	if (!failed)
		failed = read_config(root, &c, e);
	if (failed)
		return failed;
	config_done(ret);
	*ret = c;
	c.broker.roots = BUF_EMPTY;
	return 0;
}

void config_done(struct config *c)
{
	buf_done(&c->broker.roots);
}
