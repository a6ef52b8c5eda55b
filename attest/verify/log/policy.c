#include "attest/verify/log/policy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "attest/verify/log/replay.h"
#include "attest/verify/log/types.h"
#include "base/json.h"
#include "base/limits.h"

#define AUTO_POLICY __attribute__((cleanup(log_policy_done)))

void log_policy_done(struct log_policy *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->aael_count; i++)
		buf_done(&p->aael[i]);
	free(p->aael);
	free(p->events);
	*p = (struct log_policy){ 0 };
}

static int read_register(const cJSON *node, const char *where, uint32_t *ret, struct err *e)
{
	uint64_t reg;

	if (json_u64(node, &reg, NULL) || reg >= TCG_REGISTERS)
		return FAIL(e, FAIL_INPUT, "%s: registers are 0 to %d", where, TCG_REGISTERS - 1);
	if (reg == 16 || reg == 23)
		return FAIL(e, FAIL_INPUT, "%s: anyone in the guest resets PCR %" PRIu64, where,
			    reg);
	*ret = (uint32_t)reg;
	return 0;
}

static int read_registers(const cJSON *node, struct log_policy *p, struct err *e)
{
	for (const cJSON *i = node ? node->child : NULL; i; i = i->next) {
		uint32_t reg;
		int failed = read_register(i, "log.registers", &reg, e);

		if (failed)
			return failed;
		if (p->registers & 1u << reg)
			return FAIL(e, FAIL_INPUT, "log.registers: %" PRIu32 " twice", reg);
		p->registers |= 1u << reg;
	}
	if (node && !p->registers)
		return FAIL(e, FAIL_INPUT, "log.registers: is empty");
	p->has_registers = node;
	return 0;
}

static int read_type(const cJSON *node, uint32_t *ret, struct err *e)
{
	uint64_t type;

	if (json_text(node)) {
		if (!tcg_type_find(json_text(node), ret))
			return FAIL(e, FAIL_INPUT, "log.events: unknown type \"%.40s\"",
				    json_text(node));
	} else if (json_u64(node, &type, NULL) || type > UINT32_MAX) {
		return FAIL(e, FAIL_INPUT, "log.events: a type is its name or its number");
	} else {
		*ret = (uint32_t)type;
	}
	if (*ret == EV_NO_ACTION)
		return FAIL(e, FAIL_INPUT, "log.events: EV_NO_ACTION is in no register");
	return 0;
}

static int read_digest(const cJSON *node, struct ref *ret, struct err *e)
{
	const char *text = json_text(node);
	size_t len = strlen(text) / 2;

	if (len != 32 && len != 48 && len != 64)
		return FAIL(e, FAIL_INPUT, "log.events: a digest of %zu bytes", len);
	ret->len = (uint8_t)len;
	return hex_bytes(text, "log.events", ret->at, len, e);
}

static int read_event(const cJSON *node, struct log_policy *p, struct err *e)
{
	struct log_expected *event = &p->events[p->event_count];
	const cJSON *reg, *type, *digest, *required;
	const struct json_field fields[] = {
		{ "register", JSON_U64, true, &reg },
		{ "type", JSON_ANY, true, &type },
		{ "digest", JSON_TEXT, true, &digest },
		{ "required", JSON_BOOL, false, &required },
		{ 0 },
	};
	int failed = json_object(node, "log.events", fields, e);

	if (!failed)
		failed = read_register(reg, "log.events", &event->reg, e);
	if (!failed)
		failed = read_type(type, &event->type, e);
	if (!failed)
		failed = read_digest(digest, &event->digest, e);
	if (failed)
		return failed;
	event->required = cJSON_IsTrue(required);
	p->event_registers |= 1u << event->reg;
	p->event_count++;
	return 0;
}

static int by_event(const void *left, const void *right)
{
	const struct log_expected *a = left, *b = right;

	if (a->reg != b->reg)
		return a->reg < b->reg ? -1 : 1;
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->digest.len != b->digest.len)
		return a->digest.len < b->digest.len ? -1 : 1;
	return memcmp(a->digest.at, b->digest.at, a->digest.len);
}

/* The list's length; -FAIL_LIMIT when it is too long. */
static int count_of(const cJSON *node, const char *where, size_t *ret, struct err *e)
{
	*ret = (size_t)cJSON_GetArraySize(node);
	if (*ret > LIMIT_VERIFY_REFS)
		return FAIL(e, FAIL_LIMIT, "%s: more than %d", where, LIMIT_VERIFY_REFS);
	if (!*ret)
		return FAIL(e, FAIL_INPUT, "%s: is empty", where);
	return 0;
}

static int read_events(const cJSON *node, struct log_policy *p, struct err *e)
{
	size_t count = 0;
	int failed = node ? count_of(node, "log.events", &count, e) : 0;

	if (failed || !node)
		return failed;
	p->events = calloc(count, sizeof(*p->events));
	if (!p->events)
		return FAIL_ERRNO(e, "log.events");
	for (const cJSON *i = node->child; i && !failed; i = i->next)
		failed = read_event(i, p, e);
	if (failed)
		return failed;
	qsort(p->events, p->event_count, sizeof(*p->events), by_event);
	for (size_t i = 1; i < p->event_count; i++)
		if (!by_event(&p->events[i - 1], &p->events[i]))
			return FAIL(e, FAIL_INPUT, "log.events: one event twice");
	return 0;
}

static int by_text(const void *left, const void *right)
{
	const struct buf *a = left, *b = right;

	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return a->len ? memcmp(a->at, b->at, a->len) : 0;
}

/* An empty list is a statement: the agent's register must be empty. */
static int read_aael(const cJSON *node, struct log_policy *p, struct err *e)
{
	size_t count = (size_t)cJSON_GetArraySize(node);
	int failed;

	if (!node)
		return 0;
	if (count > LIMIT_VERIFY_REFS)
		return FAIL(e, FAIL_LIMIT, "log.aael: more than %d", LIMIT_VERIFY_REFS);
	p->has_aael = true;
	p->aael = calloc(count ? count : 1, sizeof(*p->aael));
	if (!p->aael)
		return FAIL_ERRNO(e, "log.aael");
	for (const cJSON *i = node->child; i; i = i->next) {
		if (!json_text(i) || !*json_text(i))
			return FAIL(e, FAIL_INPUT, "log.aael: must be texts");
		failed = buf_append(&p->aael[p->aael_count++], span_text(json_text(i)),
				    LIMIT_EVENTLOG_BYTES, e);
		if (failed)
			return failed;
	}
	qsort(p->aael, p->aael_count, sizeof(*p->aael), by_text);
	return 0;
}

int log_policy_parse(const cJSON *node, struct log_policy *ret, struct err *e)
{
	AUTO_POLICY struct log_policy p = { 0 };
	const cJSON *registers, *events, *secure_boot, *aael;
	const struct json_field fields[] = {
		{ "registers", JSON_ARRAY, false, &registers },
		{ "events", JSON_ARRAY, false, &events },
		{ "secure_boot", JSON_BOOL, false, &secure_boot },
		{ "aael", JSON_ARRAY, false, &aael },
		{ 0 },
	};
	int failed;

	log_policy_done(ret);
	failed = json_object(node, "log", fields, e);
	if (!failed)
		failed = read_registers(registers, &p, e);
	if (!failed)
		failed = read_events(events, &p, e);
	if (!failed)
		failed = read_aael(aael, &p, e);
	if (failed)
		return failed;
	if (p.has_registers && (p.event_registers & ~p.registers))
		return FAIL(e, FAIL_INPUT, "log.events: a register that log.registers leaves out");
	p.secure_boot = cJSON_IsTrue(secure_boot);
	*ret = p;
	p = (struct log_policy){ 0 };
	return 0;
}

const struct log_expected *log_policy_event(const struct log_policy *p, uint32_t reg, uint32_t type,
					    struct span digest)
{
	struct log_expected key = { .reg = reg, .type = type };

	if (!p->event_count || digest.len > REF_BYTES)
		return NULL;
	key.digest.len = (uint8_t)digest.len;
	memcpy(key.digest.at, digest.at, digest.len);
	return bsearch(&key, p->events, p->event_count, sizeof(key), by_event);
}

bool log_policy_has_aael(const struct log_policy *p, struct span text)
{
	AUTO_BUF struct buf key = BUF_EMPTY;

	if (!p->aael_count || buf_append(&key, text, text.len, NULL) < 0)
		return false;
	return bsearch(&key, p->aael, p->aael_count, sizeof(key), by_text);
}
