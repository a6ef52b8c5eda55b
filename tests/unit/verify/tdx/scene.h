/*
 * A platform and its quote, all of it good, for tests that spoil one thing.
 *
 *   struct scene s;
 *   scene_init(&s, quote_spec_td10());
 *   s.spec.td.attributes[0] |= 1;
 *   scene_judge(&s)  ->  VERIFY_REFUSED, rig_said(&s.rig, "tdx.debug")
 *   scene_done(&s);
 */
#pragma once

#include "tests/support/evidence/tdx.h"
#include "tests/unit/verify/rig.h"

struct scene {
	struct rig rig;
	struct quote_spec spec;
	struct quote_made made; /* as scene_make() left it */
	bool no_collateral;
	bool expects_nothing; /* nobody asked: not fresh, and no reference value either */
};

void scene_init(struct scene *s, struct quote_spec spec);
void scene_done(struct scene *s);

/* The quote, its root trusted for the test, and a store with collateral under that root. */
void scene_make(struct scene *s);

/* Makes, sets what the spec says as expected (report data, reference values), and judges. */
enum verify_decision scene_judge(struct scene *s);

/* The same for other bytes than the quote's. */
enum verify_decision scene_judge_bytes(struct scene *s, struct span bytes);

/* Whether the last verdict calls it hardware's, or a test root's. */
bool scene_is_genuine(const struct scene *s);

/* A claim by path ("quote.body.mr_td"), NULL if there is none. */
const cJSON *scene_claim(const struct scene *s, const char *path);

/* One reference value, or one more. */
void refs_add(struct refs *r, const void *at, size_t len);

/* A file of the vectors; skips the test when there are none. The caller's to release. */
struct buf vector_read(const char *name);
