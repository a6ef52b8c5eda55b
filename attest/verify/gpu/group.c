/* Devices as a set. Spec: gpu-evidence reference 7.3, 7.4. */
#include <inttypes.h>
#include <string.h>

#include "attest/verify/context.h"
#include "attest/verify/gpu/facts.h"
#include "base/limits.h"

#define GROUP_SWITCHES	4
#define DEVICES_OF_KIND LIMIT_VERIFY_PARTS

/* Loans; genuine devices alone. */
struct list {
	const struct part *at[DEVICES_OF_KIND];
	size_t count;
};

struct group {
	struct list gpus, switches;
	bool is_each_once;
	size_t shown; /* devices that were handed over, genuine or not */
};

static int read_group(const struct part *parts, size_t count, struct group *ret, struct err *e)
{
	struct group g = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct list *l = parts[i].kind == PART_SWITCH ? &g.switches : &g.gpus;

		if (parts[i].kind != PART_GPU && parts[i].kind != PART_SWITCH)
			continue;
		g.shown++;
		if (!parts[i].outcome.genuine)
			continue;
		if (l->count == DEVICES_OF_KIND)
			return FAIL(e, FAIL_SYS, "over %d devices", DEVICES_OF_KIND);
		l->at[l->count++] = &parts[i];
	}
	*ret = g;
	return 0;
}

static bool is_same_pdi(const uint8_t a[static GPU_PDI_BYTES],
			const uint8_t b[static GPU_PDI_BYTES])
{
	return !memcmp(a, b, GPU_PDI_BYTES);
}

/* --- Each once -------------------------------------------------------------------------------- */

static size_t count_kind(const struct part *parts, size_t count, enum part_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += parts[i].kind == kind;
	return n;
}

/* Of what was sent: whether each is genuine is said where it belongs. */
static void judge_count(const struct context *c, const char *what, bool is_asked, uint64_t want,
			size_t count)
{
	if (is_asked && want != count)
		verdict_say(c->verdict, VERDICT_WHOLE, BOUND_COUNT,
			    "%zu %s, the policy demands %" PRIu64, count, what, want);
}

static bool is_same_device(const struct gpu_facts *a, const struct gpu_facts *b)
{
	return is_same_pdi(a->pdi, b->pdi) ||
	       span_is_equal(span(a->leaf_serial, a->leaf_serial_len),
			     span(b->leaf_serial, b->leaf_serial_len));
}

static bool judge_pair(const struct context *c, const struct part *a, const struct part *b)
{
	if (!is_same_device(&a->outcome.gpu, &b->outcome.gpu))
		return true;
	verdict_say(c->verdict, b->index, BOUND_TWICE, "%s and %s are one device", a->name,
		    b->name);
	return false;
}

static bool judge_repeats(const struct context *c, const struct list *l)
{
	bool good = true;

	for (size_t i = 0; i < l->count; i++)
		for (size_t k = i + 1; k < l->count; k++)
			good &= judge_pair(c, l->at[i], l->at[k]);
	return good;
}

/* --- All alike -------------------------------------------------------------------------------- */

static void judge_nonces(const struct context *c, const struct part *first, const struct list *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (memcmp(first->outcome.data, l->at[i]->outcome.data, 32))
			verdict_say(c->verdict, l->at[i]->index, GPU_GROUP_NONCE,
				    "%s and %s answered different nonces", first->name,
				    l->at[i]->name);
}

static const char *difference(const struct gpu_facts *a, const struct gpu_facts *b)
{
	if (strcmp(a->arch, b->arch) != 0)
		return "architecture";
	if (strcmp(a->driver, b->driver) != 0)
		return "driver";
	if (a->has_ppcie != b->has_ppcie || a->ppcie != b->ppcie)
		return "protected PCIe";
	if (a->has_feature != b->has_feature || a->feature != b->feature)
		return "feature flag";
	return NULL;
}

static void judge_alike(const struct context *c, const struct list *l)
{
	for (size_t i = 1; i < l->count; i++) {
		const char *what = difference(&l->at[0]->outcome.gpu, &l->at[i]->outcome.gpu);

		if (what)
			verdict_say(c->verdict, l->at[i]->index, GPU_GROUP_MIXED,
				    "%s and %s differ: %s", l->at[0]->name, l->at[i]->name, what);
	}
}

/* --- Protected PCIe: the links ---------------------------------------------------------------- */

/* The switch of that certified PDI; its place in the list, or the list's count. */
static size_t find_device(const struct list *l, const uint8_t pdi[static GPU_PDI_BYTES])
{
	size_t i = 0;

	while (i < l->count && !is_same_pdi(l->at[i]->outcome.gpu.pdi, pdi))
		i++;
	return i;
}

static bool say_topology(const struct context *c, const struct part *p, const char *what)
{
	verdict_say(c->verdict, p->index, GPU_TOPOLOGY, "%s: %s", p->name, what);
	return false;
}

/* Every link that is up ends in one of the four, and every one of the four has a link. */
static bool judge_links(const struct context *c, const struct part *p, const struct list *switches)
{
	static const uint8_t off[GPU_PDI_BYTES];
	const struct gpu_facts *f = &p->outcome.gpu;
	unsigned met = 0;

	if (!f->has_ppcie || !f->ppcie)
		return say_topology(c, p, "protected PCIe is not on");
	if (!f->has_links)
		return say_topology(c, p, "does not say where its links end");
	for (size_t i = 0; i < GPU_LINKS; i++) {
		size_t found = find_device(switches, f->links[i]);

		if (is_same_pdi(f->links[i], off))
			continue;
		if (found == switches->count)
			return say_topology(c, p, "a link ends in a switch that is not here");
		met |= 1u << found;
	}
	if (met != (1u << GROUP_SWITCHES) - 1)
		return say_topology(c, p, "a switch has no link to it");
	return true;
}

static bool judge_switch(const struct context *c, const struct part *p, const struct list *gpus)
{
	const struct gpu_facts *f = &p->outcome.gpu;
	unsigned met = 0;

	if (!f->has_own_pdi || !is_same_pdi(f->own_pdi, f->pdi))
		return say_topology(c, p, "does not name itself as certified");
	if (!f->has_lock || f->lock != 1)
		return say_topology(c, p, "is not locked");
	if (!f->has_gpus)
		return say_topology(c, p, "does not say which GPUs it serves");
	for (size_t i = 0; i < GPU_GROUP; i++) {
		size_t found = find_device(gpus, f->gpus[i]);

		if (found == gpus->count)
			return say_topology(c, p, "serves a GPU that is not here");
		met |= 1u << found;
	}
	if (met != (1u << GPU_GROUP) - 1)
		return say_topology(c, p, "serves not all of the GPUs");
	return true;
}

/* Four switches in four places, 0 to 3. */
static bool judge_positions(const struct context *c, const struct list *switches)
{
	unsigned met = 0;

	for (size_t i = 0; i < switches->count; i++) {
		const struct gpu_facts *f = &switches->at[i]->outcome.gpu;

		if (!f->has_position || f->position >= GROUP_SWITCHES)
			return say_topology(c, switches->at[i], "has no place of 0 to 3");
		if (met & 1u << f->position)
			return say_topology(c, switches->at[i], "is in another switch's place");
		met |= 1u << f->position;
	}
	return true;
}

static bool judge_topology(const struct context *c, const struct group *g)
{
	bool good = judge_positions(c, &g->switches);

	for (size_t i = 0; i < g->gpus.count; i++)
		good &= judge_links(c, g->gpus.at[i], &g->switches);
	for (size_t i = 0; i < g->switches.count; i++)
		good &= judge_switch(c, g->switches.at[i], &g->gpus);
	return good;
}

static bool has_ppcie(const struct list *gpus)
{
	for (size_t i = 0; i < gpus->count; i++)
		if (gpus->at[i]->outcome.gpu.has_ppcie && gpus->at[i]->outcome.gpu.ppcie)
			return true;
	return false;
}

/* Eight GPUs and four switches are a whole; a set that wants to be one and is not, is said. */
static void judge_whole(const struct context *c, const struct group *g)
{
	bool is_demanded = c->policy->gpu.mode == GPU_MODE_PPCIE;

	if (g->gpus.count != GPU_GROUP || g->switches.count != GROUP_SWITCHES) {
		if (is_demanded)
			verdict_say(c->verdict, VERDICT_WHOLE, GPU_TOPOLOGY,
				    "%zu genuine GPUs and %zu switches, must be 8 and 4",
				    g->gpus.count, g->switches.count);
		else if (has_ppcie(&g->gpus))
			verdict_say(c->verdict, VERDICT_WHOLE, GPU_GROUP_PART,
				    "protected PCIe with %zu genuine GPUs and %zu switches, a "
				    "whole is 8 and 4",
				    g->gpus.count, g->switches.count);
		return;
	}
	if (judge_topology(c, g) && g->is_each_once && g->shown == GPU_GROUP + GROUP_SWITCHES)
		verdict_say(c->verdict, VERDICT_WHOLE, GPU_TOPOLOGY_GOOD,
			    "8 GPUs and 4 locked switches, linked to each other and nothing else");
}

int gpu_verify_group(const struct context *c, struct part *parts, size_t count, struct err *e)
{
	const struct gpu_policy *policy = &c->policy->gpu;
	struct group g;
	const struct part *first;

	if (read_group(parts, count, &g, e))
		return -FAIL_SYS;
	judge_count(c, "GPUs", policy->has_count, policy->count,
		    count_kind(parts, count, PART_GPU));
	judge_count(c, "switches", policy->has_switches, policy->switches,
		    count_kind(parts, count, PART_SWITCH));
	g.is_each_once = judge_repeats(c, &g.gpus) & judge_repeats(c, &g.switches);
	first = g.gpus.count ? g.gpus.at[0] : g.switches.count ? g.switches.at[0] : NULL;
	if (first) {
		judge_nonces(c, first, &g.gpus);
		judge_nonces(c, first, &g.switches);
	}
	judge_alike(c, &g.gpus);
	judge_alike(c, &g.switches);
	judge_whole(c, &g);
	return 0;
}
