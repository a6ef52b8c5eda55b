/* sealinit's own answer to POST /v1/attestation/evidence. Spec: attest/evidence/BINDING.md. */
#include <stdio.h>
#include <string.h>

#include "attest/verify/bundle.h"
#include "base/json.h"
#include "base/mem.h"

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
	b->state = (struct binding_state){ .cc = (uint8_t)v[0],
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

	b->has_devices = true;
	if (!failed)
		failed = read_state(b, state, e);
	return failed ? failed : bundle_devices(b, list, e);
}

/* "PCR 15" */
static int pcr_number(const char *reg, uint32_t *ret, struct err *e)
{
	static const char prefix[] = "PCR ";
	const char *at = reg + sizeof(prefix) - 1;
	uint32_t n = 0;

	if (strncmp(reg, prefix, sizeof(prefix) - 1) != 0 || !*at || strlen(at) > 2 ||
	    strspn(at, "0123456789") != strlen(at) || (at[0] == '0' && at[1]))
		return FAIL(e, FAIL_INPUT, "log: \"%.16s\" is no PCR", reg);
	for (; *at; at++)
		n = n * 10 + (uint32_t)(*at - '0');
	if (n >= REGISTERS_MAX)
		return FAIL(e, FAIL_INPUT, "log: there is no PCR %u", n);
	*ret = n;
	return 0;
}

static int read_strength(struct bundle_log *l, const char *strength, const char *reg, struct err *e)
{
	static const char *const words[] = {
		[LOG_CHAIN] = "chain", [LOG_RTMR] = "rtmr", [LOG_PCR] = "pcr"
	};
	size_t i = 0;

	while (i < COUNT_OF(words) && strcmp(words[i], strength) != 0)
		i++;
	if (i == COUNT_OF(words))
		return FAIL(e, FAIL_INPUT, "log: strength \"%.16s\" is not known", strength);
	l->strength = i;
	if (l->strength == LOG_PCR)
		return pcr_number(reg, &l->pcr, e);
	if (strcmp(reg, l->strength == LOG_RTMR ? "RTMR3" : "") != 0)
		return FAIL(e, FAIL_INPUT, "log: a %s in \"%.16s\"", strength, reg);
	return 0;
}

static int read_head(struct bundle *b, const char *text, struct err *e)
{
	struct bundle_log *l = &b->log;
	struct span head;
	int failed = bundle_decode(b, text, "head", &head, e);

	if (failed)
		return failed;
	if (head.len != sizeof(l->head) && (l->strength != LOG_PCR || head.len != 32))
		return FAIL(e, FAIL_INPUT, "log: a head of %zu bytes", head.len);
	memcpy(l->head, head.at, head.len);
	l->head_len = head.len;
	return 0;
}

static int read_log(struct bundle *b, const cJSON *node, struct err *e)
{
	const cJSON *strength = NULL, *reg = NULL, *events = NULL, *head = NULL;
	const struct json_field fields[] = {
		{ "strength", JSON_TEXT, true, &strength },
		{ "register", JSON_TEXT, true, &reg },
		{ "events", JSON_TEXT, true, &events },
		{ "head", JSON_TEXT, true, &head },
		{ 0 },
	};
	struct span bytes;
	int failed = json_object(node, "log", fields, e);

	if (!failed)
		failed = read_strength(&b->log, json_text(strength), json_text(reg), e);
	if (!failed)
		failed = read_head(b, json_text(head), e);
	if (!failed)
		failed = bundle_decode(b, json_text(events), "events", &bytes, e);
	if (!failed)
		failed = bundle_part(b, PART_LOG, bytes, NULL, e);
	if (failed)
		return failed;
	b->log.is_given = true;
	b->log.part = b->count - 1;
	return 0;
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

static int read_optional(struct bundle *b, const cJSON *key, const cJSON *devices, const cJSON *log,
			 const cJSON *collateral, struct err *e)
{
	int failed = 0;

	if (key)
		failed = bundle_decode(b, json_text(key), "key", &b->key, e);
	if (!failed && devices)
		failed = read_devices(b, devices, e);
	if (!failed && log)
		failed = read_log(b, log, e);
	if (!failed && collateral)
		failed = read_collateral(b, collateral, e);
	return failed;
}

int bundle_ours(struct bundle *b, const cJSON *tree, struct err *e)
{
	const cJSON *tee = NULL, *evidence = NULL, *data = NULL, *nonce = NULL, *caller = NULL,
		    *key = NULL, *devices = NULL, *log = NULL, *collateral = NULL;
	const struct json_field fields[] = {
		{ "tee", JSON_TEXT, true, &tee },
		{ "evidence", JSON_OBJECT, true, &evidence },
		{ "report_data", JSON_TEXT, true, &data },
		{ "nonce", JSON_TEXT, true, &nonce },
		{ "caller", JSON_TEXT, true, &caller },
		{ "key", JSON_TEXT, false, &key },
		{ "devices", JSON_OBJECT, false, &devices },
		{ "log", JSON_OBJECT, false, &log },
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
	return failed ? failed : read_optional(b, key, devices, log, collateral, e);
}
