#include <stdio.h>
#include <string.h>

#include "attest/verify/rim/rim.h"
#include "attest/verify/rim/source.h"
#include "base/digest.h"
#include "base/mem.h"

#define NVDEC_INDEX 35
#define NVDEC_ON    0xaa
#define NVDEC_OFF   0x55

struct comparison {
	const struct context *c;
	size_t part;
	const struct rim *rims[2]; /* driver or switch, VBIOS; NULL: could not be loaded */
	const struct rim_measurement *measured;
	uint8_t nvdec;
	size_t compared, failed;
	cJSON *claims, *mismatches, *skipped, *uncovered;
};

/* Claims about one index are members by its number. */
struct number {
	char text[8];
};

static struct number number(size_t index)
{
	struct number ret;

	(void)snprintf(ret.text, sizeof(ret.text), "%zu", index);
	return ret;
}

/* --- One index -------------------------------------------------------------------------------- */

static bool is_among(const struct rim_golden *g, const struct rim_measurement *m)
{
	for (size_t i = 0; i < g->count; i++)
		if (!memcmp(g->at[i], m->at, RIM_HASH_BYTES))
			return true;
	return false;
}

static void note_mismatch(struct comparison *k, size_t index, const struct rim *rim)
{
	const struct rim_measurement *m = &k->measured[index];
	struct verify_verdict *v = k->c->verdict;
	cJSON *row = verdict_object(v, k->mismatches, number(index).text);

	verdict_text(v, row, "source", source_kind_name(rim->kind));
	verdict_u64(v, row, "alternatives", rim->golden[index].count);
	verdict_hex(v, row, "golden", span(rim->golden[index].at[0], RIM_HASH_BYTES));
	if (m->present)
		verdict_hex(v, row, "measured", span(m->at, RIM_HASH_BYTES));
}

/* The first bytes are enough to tell values apart; the claims have them whole. */
#define SHOWN 12

static void fail_index(struct comparison *k, size_t index, const struct rim *rim)
{
	const struct rim_measurement *m = &k->measured[index];
	char is[2 * SHOWN + 1], want[2 * SHOWN + 1];

	digest_hex(span(m->at, SHOWN), is);
	digest_hex(span(rim->golden[index].at[0], SHOWN), want);
	verdict_say(k->c->verdict, k->part, RIM_MISMATCH,
		    "index %zu (%s RIM): measured %s, wanted %s (first of %u)", index,
		    source_kind_name(rim->kind), m->present ? is : "nothing", want,
		    rim->golden[index].count);
	note_mismatch(k, index, rim);
	k->failed++;
}

/* The decoder's microcode is measured only while the decoder is on. */
static bool is_skipped(struct comparison *k, size_t index)
{
	bool is_gpu = k->rims[1] || k->rims[0]->kind != RIM_SWITCH;

	if (!is_gpu || index != NVDEC_INDEX || k->nvdec == NVDEC_ON)
		return false;
	verdict_text(k->c->verdict, k->skipped, number(index).text,
		     k->nvdec == NVDEC_OFF ? "decoder off" : "decoder's state unknown");
	if (k->nvdec == NVDEC_OFF)
		return true;
	verdict_say(k->c->verdict, k->part, RIM_NVDEC,
		    "index 35 has a reference, and the decoder's state is 0x%02x", k->nvdec);
	k->failed++;
	return true;
}

static void compare_index(struct comparison *k, size_t index)
{
	const struct rim_measurement *m = &k->measured[index];
	const struct rim *found = NULL;
	size_t count = 0;

	for (size_t i = 0; i < COUNT_OF(k->rims); i++)
		if (k->rims[i] && k->rims[i]->golden[index].active) {
			found = k->rims[i];
			count++;
		}
	if (!found) {
		static const uint8_t zero[RIM_HASH_BYTES];

		if (m->present && memcmp(m->at, zero, sizeof(zero)))
			verdict_hex(k->c->verdict, k->uncovered, number(index).text,
				    span(m->at, sizeof(m->at)));
		return;
	}
	if (count > 1) {
		verdict_say(k->c->verdict, k->part, RIM_CONFLICT, "index %zu is in both RIMs",
			    index);
		k->failed++;
		return;
	}
	if (is_skipped(k, index))
		return;
	k->compared++;
	if (!m->present || !is_among(&found->golden[index], m))
		fail_index(k, index, found);
}

/* --- All of them ------------------------------------------------------------------------------ */

static size_t active_of(const struct rim *rim)
{
	size_t count = 0;

	for (size_t i = 0; rim && i < RIM_INDICES; i++)
		count += rim->golden[i].active;
	return count;
}

static bool is_complete(const struct comparison *k)
{
	if (k->rims[0] && k->rims[0]->kind == RIM_SWITCH)
		return !k->rims[1];
	return k->rims[1] && (k->rims[0] || k->c->policy->gpu.driver_rim_if_present);
}

static void check_empty(struct comparison *k)
{
	for (size_t i = 0; i < COUNT_OF(k->rims); i++)
		if (k->rims[i] && !active_of(k->rims[i])) {
			verdict_say(k->c->verdict, k->part, RIM_EMPTY,
				    "%s RIM: no active measurement",
				    source_kind_name(k->rims[i]->kind));
			k->failed++;
		}
}

static void start_claims(struct comparison *k)
{
	struct verify_verdict *v = k->c->verdict;

	k->claims = verdict_object(v, verdict_claims(v, k->part), "measurements");
	k->mismatches = verdict_object(v, k->claims, "mismatches");
	k->skipped = verdict_object(v, k->claims, "skipped");
	k->uncovered = verdict_object(v, k->claims, "uncovered_nonzero");
}

static void end_claims(const struct comparison *k)
{
	struct verify_verdict *v = k->c->verdict;

	verdict_u64(v, k->claims, "compared", k->compared);
	verdict_bool(v, k->claims, "match", !k->failed && k->compared && is_complete(k));
}

static void conclude(const struct comparison *k)
{
	size_t driver = active_of(k->rims[0]), vbios = active_of(k->rims[1]);

	if (k->failed)
		return;
	if (!k->compared)
		verdict_say(k->c->verdict, k->part, RIM_UNCOMPARED, "no measurement was compared");
	else if (!is_complete(k))
		verdict_say(k->c->verdict, k->part, RIM_MISSING,
			    "%zu indices match, and the %s has no reference", k->compared,
			    k->rims[0] ? "vbios" : "driver");
	else
		verdict_say(k->c->verdict, k->part, RIM_MATCH,
			    "%zu indices match (references: %zu of the driver or switch, %zu of "
			    "the VBIOS)",
			    k->compared, driver, vbios);
}

void rim_compare(const struct context *c, size_t part, const struct rim *driver_or_switch,
		 const struct rim *vbios, const struct rim_measurement measured[static RIM_INDICES],
		 uint8_t nvdec)
{
	struct comparison k = { .c = c,
				.part = part,
				.rims = { driver_or_switch, vbios },
				.measured = measured,
				.nvdec = nvdec };

	start_claims(&k);
	check_empty(&k);
	for (size_t i = 0; i < RIM_INDICES; i++)
		compare_index(&k, i);
	end_claims(&k);
	conclude(&k);
}
