/* sealinit's own answer to POST /v1/attestation/evidence. Spec: attest/evidence/BINDING.md. */
#include <stdio.h>
#include <string.h>

#include "attest/verify/bundle.h"
#include "base/json.h"

static int number(const cJSON *node, uint64_t max, const char *where, uint64_t *ret, struct err *e)
{
	int failed = json_u64(node, ret, e);

	if (!failed && *ret > max)
		failed = FAIL(e, FAIL_INPUT, "%s: over %llu", where, (unsigned long long)max);
	return failed;
}

static int read_state(struct bundle *b, const cJSON *node, struct err *e)
{
	const cJSON *cc = NULL, *devtools = NULL, *multi = NULL, *environment = NULL,
		    *driver = NULL, *count = NULL;
	const struct json_field fields[] = {
		{ "cc", JSON_U64, true, &cc },
		{ "devtools", JSON_U64, true, &devtools },
		{ "multi_gpu", JSON_U64, true, &multi },
		{ "environment", JSON_U64, true, &environment },
		{ "driver", JSON_TEXT, true, &driver },
		{ "pci_count", JSON_U64, true, &count },
		{ 0 },
	};
	uint64_t v[5];
	int failed = json_object(node, "state", fields, e);

	if (!failed)
		failed = number(cc, UINT8_MAX, "cc", &v[0], e);
	if (!failed)
		failed = number(devtools, UINT8_MAX, "devtools", &v[1], e);
	if (!failed)
		failed = number(multi, UINT8_MAX, "multi_gpu", &v[2], e);
	if (!failed)
		failed = number(environment, UINT8_MAX, "environment", &v[3], e);
	if (!failed)
		failed = number(count, UINT32_MAX, "pci_count", &v[4], e);
	if (failed)
		return failed;
	if (strlen(json_text(driver)) >= sizeof(b->state.driver))
		return FAIL(e, FAIL_INPUT, "driver: over %zu characters",
			    sizeof(b->state.driver) - 1);
	b->state = (struct bundle_state){ .cc = (uint8_t)v[0],
					  .devtools = (uint8_t)v[1],
					  .multi_gpu = (uint8_t)v[2],
					  .environment = (uint8_t)v[3],
					  .pci_count = (uint32_t)v[4] };
	(void)snprintf(b->state.driver, sizeof(b->state.driver), "%s", json_text(driver));
	return 0;
}

static int read_devices(struct bundle *b, const cJSON *node, struct err *e)
{
	const cJSON *list = NULL, *state = NULL;
	const struct json_field fields[] = {
		{ "list", JSON_ARRAY, true, &list },
		{ "state", JSON_OBJECT, true, &state },
		{ 0 },
	};
	int failed = json_object(node, "devices", fields, e);

	b->is_composite = true;
	if (!failed)
		failed = read_state(b, state, e);
	return failed ? failed : bundle_devices(b, list, e);
}

static int read_collateral(struct bundle *b, const cJSON *node, struct err *e)
{
	struct span bytes;
	int failed = 0;

	for (const cJSON *i = node->child; i && !failed; i = i->next) {
		if (!json_text(i))
			return FAIL(e, FAIL_INPUT, "collateral: not base64");
		failed = bundle_decode(b, json_text(i), "collateral", &bytes, e);
		if (!failed)
			failed = verify_store_add(b->store, i->string, bytes, e);
	}
	return failed;
}

static int read_optional(struct bundle *b, const cJSON *key, const cJSON *devices,
			 const cJSON *collateral, struct err *e)
{
	int failed = 0;

	if (key)
		failed = bundle_decode(b, json_text(key), "key", &b->key, e);
	if (!failed && devices)
		failed = read_devices(b, devices, e);
	if (!failed && collateral)
		failed = read_collateral(b, collateral, e);
	return failed;
}

int bundle_ours(struct bundle *b, const cJSON *tree, struct err *e)
{
	const cJSON *tee = NULL, *evidence = NULL, *data = NULL, *nonce = NULL, *caller = NULL,
		    *key = NULL, *devices = NULL, *collateral = NULL;
	const struct json_field fields[] = {
		{ "tee", JSON_TEXT, true, &tee },
		{ "evidence", JSON_OBJECT, true, &evidence },
		{ "report_data", JSON_TEXT, true, &data },
		{ "nonce", JSON_TEXT, true, &nonce },
		{ "caller", JSON_TEXT, true, &caller },
		{ "key", JSON_TEXT, false, &key },
		{ "devices", JSON_OBJECT, false, &devices },
		{ "collateral", JSON_OBJECT, false, &collateral },
		{ 0 },
	};
	int failed;

	if (!cJSON_IsObject(tree) || !cJSON_GetObjectItemCaseSensitive(tree, "caller"))
		return FAIL(e, FAIL_AGAIN, "not recognised");
	failed = json_object(tree, "evidence", fields, e);
	if (failed)
		return failed;
	if (b->count)
		return FAIL(e, FAIL_INPUT,
			    "a whole answer stands alone: no other evidence with it");
	b->origin = BUNDLE_OURS;
	b->caller = json_text(caller);
	failed = bundle_decode(b, json_text(nonce), "nonce", &b->nonce, e);
	if (!failed)
		failed = bundle_coco(b, evidence, e);
	if (failed == -FAIL_AGAIN)
		return FAIL(e, FAIL_INPUT, "evidence: of no TEE that is known here");
	return failed ? failed : read_optional(b, key, devices, collateral, e);
}
