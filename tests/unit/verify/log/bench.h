/* A log on the bench: signed by registers that a test sets, judged, and asked what was said. */
#pragma once

#include <criterion/criterion.h>

#include "base/digest.h"
#include "base/json.h"
#include "tests/support/evidence/log.h"
#include "tests/unit/verify/rig.h"

struct bench {
	struct rig rig;
	struct part signer;
	bool has_signer;
};

static inline void bench_init(struct bench *b)
{
	*b = (struct bench){ .has_signer = true };
	rig_init(&b->rig, PART_LOG);
	b->signer.outcome.genuine = true;
}

static inline void bench_done(struct bench *b)
{
	log_policy_done(&b->rig.policy.log);
	rig_done(&b->rig);
}

/* The registers that the log itself leads to: RTMR0..3, or the PCRs of a bank. */
static inline void bench_sign(struct bench *b, const struct eventlog *l, uint16_t alg)
{
	struct registers *r = &b->signer.outcome.registers;

	*r = (struct registers){ .alg = alg,
				 .present = l->is_cc ? 0xf : 0xffffff,
				 .is_rtmr = l->is_cc };
	for (uint32_t i = 0; i < (l->is_cc ? 4u : 24u); i++)
		memcpy(r->at[i], eventlog_register(l, alg, l->is_cc ? i + 1 : i), 64);
}

/* 0 when the policy was taken. */
static inline int bench_policy(struct bench *b, const char *json)
{
	AUTO_JSON cJSON *tree = NULL;
	struct err e = { 0 };

	cr_assert(json_parse(span_text(json), 65536, &tree, &e) == 0, "%s", e.text);
	return log_policy_parse(tree, &b->rig.policy.log, &e);
}

/* Judges the bytes as the core does: a log has no chain, nonce or platform of its own. */
static inline enum verify_decision bench_run(struct bench *b, struct span bytes)
{
	const unsigned none = 1u << VERIFY_GENUINE | 1u << VERIFY_FRESH | 1u << VERIFY_PLATFORM;
	struct rig *r = &b->rig;
	struct err e = { 0 };
	const struct verdict_options o = { &r->policy.allow, false, r->context.at };

	free(r->bytes);
	r->bytes = malloc(bytes.len ? bytes.len : 1);
	if (bytes.len)
		memcpy(r->bytes, bytes.at, bytes.len);
	verify_free(r->context.verdict);
	r->part.bytes = span(r->bytes, bytes.len);
	if (verdict_new(&o, &r->context.verdict, &e) ||
	    verdict_part(r->context.verdict, "log0", "log", none, &r->part.index, &e) ||
	    log_verify(&r->context, &r->part, b->has_signer ? &b->signer : NULL, &e) ||
	    verdict_finish(r->context.verdict, &e)) {
		fprintf(stderr, "bench: %s\n", e.text);
		abort();
	}
	return verify_decision(r->context.verdict);
}

static inline const cJSON *bench_claim(const struct bench *b, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(
		verdict_claims(b->rig.context.verdict, b->rig.part.index), name);
}

static inline const cJSON *bench_event(const struct bench *b, int i)
{
	return cJSON_GetArrayItem(bench_claim(b, "events"), i);
}

static inline const char *event_text(const cJSON *event, const char *name)
{
	const char *text = json_text(cJSON_GetObjectItemCaseSensitive(event, name));

	return text ? text : "";
}

static inline const cJSON *event_says(const cJSON *event, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(event, "says"),
						name);
}
