/*
 * What a test of one folder's verifier needs: a context around one part, and what came of it. The
 * part's bytes are copied to the heap in their exact size, so that ASan sees a read beyond them.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/verify/context.h"
#include "tests/support/flips.h"

struct rig {
	struct verify_policy policy;
	struct verify_store *store;
	struct certs test_roots;
	struct context context;
	struct part part;
	uint8_t *bytes;
};

typedef int rig_verify(const struct context *c, struct part *p, struct err *e);

/* Once a test. Set rig->policy, ->part.certs, ->part.expect, ->context.at, add to ->store
 * afterwards. */
static inline void rig_init(struct rig *r, enum part_kind kind)
{
	struct err e = { 0 };

	*r = (struct rig){ 0 };
	if (verify_store_new(&r->store, &e))
		abort();
	r->context = (struct context){ &r->policy, r->store, &r->test_roots, 1790000000, NULL };
	r->part.kind = kind;
}

/* Judges these bytes from a fresh verdict on and settles it. May be called many times. */
static inline enum verify_decision rig_run(struct rig *r, rig_verify *verify, struct span bytes)
{
	struct err e = { 0 };
	const struct verdict_options o = { &r->policy.allow, r->policy.fresh_optional,
					   r->context.at };

	free(r->bytes);
	r->bytes = malloc(bytes.len ? bytes.len : 1);
	if (!r->bytes)
		abort();
	if (bytes.len)
		memcpy(r->bytes, bytes.at, bytes.len);
	verify_free(r->context.verdict);
	r->part.outcome = (struct outcome){ 0 };
	r->part.bytes = span(r->bytes, bytes.len);
	if (verdict_new(&o, &r->context.verdict, &e) ||
	    verdict_part(r->context.verdict, "part0", "test", 1u << VERIFY_BOUND, &r->part.index,
			 &e) ||
	    verify(&r->context, &r->part, &e) || verdict_finish(r->context.verdict, &e)) {
		fprintf(stderr, "rig: %s\n", e.text);
		abort();
	}
	return verify_decision(r->context.verdict);
}

static inline bool rig_said(const struct rig *r, const char *code)
{
	for (size_t i = 0; i < verify_finding_count(r->context.verdict); i++)
		if (!strcmp(verify_finding(r->context.verdict, i).code, code))
			return true;
	return false;
}

static inline enum verify_word rig_word(const struct rig *r, enum verify_dimension d)
{
	return verify_word(r->context.verdict, d);
}

/* A row of a reference's table of negative tests: its outcome, with the reason that decided. */
static inline void row_print(const char *id, const char *what, const struct verify_verdict *v)
{
	const char *code = "";

	for (size_t i = 0; i < verify_finding_count(v); i++) {
		struct verify_finding f = verify_finding(v, i);

		if (verify_word_is_bad(f.word) && !f.allowed && !*code)
			code = f.code;
	}
	printf("row %-5s %-56s %s %s\n", id, what, verify_decision_name(verify_decision(v)), code);
}

static inline void rig_done(struct rig *r)
{
	free(r->bytes);
	verify_free(r->context.verdict);
	verify_store_free(r->store);
	certs_done(&r->part.certs);
	certs_done(&r->test_roots);
}
