#include "attest/verify/gpu/judge.h"
#include "attest/verify/gpu/revocation.h"
#include "attest/verify/gpu/version.h"

#define FEATURE_PPCIE 2
#define LOCKED	      1

static void judge_time(const struct context *c, const struct part *p, const struct gpu_device *g)
{
	int time = chain_time(&g->chain, c->at);

	if (c->at == VERIFY_NO_CLOCK)
		verdict_say(c->verdict, p->index, TIME_UNCHECKED,
			    "no clock: validity of the device's certificates not judged");
	else if (time)
		verdict_say(c->verdict, p->index, GPU_CHAIN_TIME, "the device's chain %s",
			    time < 0 ? "is not valid yet" : "has expired");
}

/* --- Versions --------------------------------------------------------------------------------- */

/* True when the version may stay; says so in the claims, a missing floor included. */
static bool judge_floor(const struct context *c, const struct part *p, const char *claim,
			const char *floor, const char *version, int base, enum reason reason)
{
	verdict_text(c->verdict, verdict_claims(c->verdict, p->index), claim,
		     *floor ? floor : "none given");
	if (!*floor)
		return true;
	if (version_is_valid(version, base) && version_compare(version, floor, base) >= 0)
		return true;
	verdict_say(c->verdict, p->index, reason, "%s \"%s\", at least %s is demanded", claim,
		    version, floor);
	return false;
}

static bool judge_versions(const struct context *c, const struct part *p, const struct gpu_facts *f)
{
	const struct gpu_policy *policy = &c->policy->gpu;
	bool driver, vbios;

	if (f->is_switch)
		return judge_floor(c, p, "vbios_floor", policy->min_switch_bios, f->vbios, 16,
				   GPU_VBIOS_OLD);
	driver = judge_floor(c, p, "driver_floor", policy->min_driver, f->driver, 10,
			     GPU_DRIVER_OLD);
	vbios = judge_floor(c, p, "vbios_floor", policy->min_vbios, f->vbios, 16, GPU_VBIOS_OLD);
	return driver && vbios;
}

static bool judge_format(const struct context *c, const struct part *p, const struct gpu_device *g)
{
	if (g->device.is_switch || opaque_has(&g->report.opaque, OPAQUE_FWID) ||
	    c->policy->gpu.allow_old_format)
		return true;
	verdict_say(c->verdict, p->index, GPU_OLD_FORMAT,
		    "driver %s: the report does not name its firmware", p->outcome.gpu.driver);
	return false;
}

/* --- Mode ------------------------------------------------------------------------------------- */

static bool judge_lock(const struct context *c, const struct part *p, const struct gpu_facts *f)
{
	if (f->has_lock && f->lock == LOCKED)
		return true;
	verdict_say(c->verdict, p->index, GPU_UNLOCKED, "lock status %s%u, must be 1",
		    f->has_lock ? "" : "absent, ", f->lock);
	return false;
}

static bool judge_mode(const struct context *c, const struct part *p, const struct gpu_facts *f)
{
	bool is_flagged = f->has_feature && f->feature == FEATURE_PPCIE;
	bool is_ppcie = f->has_ppcie && f->ppcie;
	enum gpu_mode mode = c->policy->gpu.mode;

	if (f->is_switch)
		return judge_lock(c, p, f);
	if (f->has_feature && is_flagged != is_ppcie) {
		verdict_say(c->verdict, p->index, GPU_MODE_CONFLICT,
			    "protected PCIe %s, feature flag %u",
			    !f->has_ppcie ? "not told"
			    : f->ppcie	  ? "on"
					  : "off",
			    f->feature);
		return false;
	}
	if (mode == GPU_MODE_ANY || (mode == GPU_MODE_PPCIE) == is_ppcie)
		return true;
	verdict_say(c->verdict, p->index, GPU_MODE_OTHER, "protected PCIe is %s, demanded is %s",
		    is_ppcie ? "on" : "off", mode == GPU_MODE_PPCIE ? "ppcie" : "single");
	return false;
}

/* --- Lists ------------------------------------------------------------------------------------ */

static bool judge_lists(const struct context *c, const struct part *p, const struct gpu_facts *f)
{
	const struct gpu_policy *policy = &c->policy->gpu;
	bool good = true;

	if (refs_ask(&policy->arch, span_text(f->arch)) == REFS_MISMATCH) {
		verdict_say(c->verdict, p->index, GPU_ARCH_NOT_ALLOWED, "a %s", f->arch);
		good = false;
	}
	if (refs_ask(&policy->pdi, span(f->pdi, sizeof(f->pdi))) == REFS_MISMATCH) {
		verdict_say(c->verdict, p->index, GPU_PDI_NOT_ALLOWED,
			    "device %02x%02x%02x%02x%02x%02x%02x%02x", f->pdi[0], f->pdi[1],
			    f->pdi[2], f->pdi[3], f->pdi[4], f->pdi[5], f->pdi[6], f->pdi[7]);
		good = false;
	}
	return good;
}

/* What a careful policy would have named, and this one does not. */
static void claim_unjudged(const struct context *c, const struct part *p, const struct gpu_facts *f)
{
	const struct gpu_policy *policy = &c->policy->gpu;
	const char *floor = f->is_switch ? policy->min_switch_bios : policy->min_vbios;
	const struct {
		const char *name;
		bool is_judged;
	} rows[] = {
		{ "driver_version", f->is_switch || *policy->min_driver },
		{ "vbios_version", *floor },
		{ "arch", policy->arch.is_set },
		{ "pdi", policy->pdi.is_set },
	};
	cJSON *o = verdict_claims(c->verdict, p->index);
	cJSON *list = verdict_array(c->verdict, o, "unjudged");

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows) && list; i++)
		if (!rows[i].is_judged)
			(void)cJSON_AddItemToArray(list, cJSON_CreateString(rows[i].name));
}

int gpu_judge_platform(const struct context *c, const struct part *p, const struct gpu_device *g,
		       struct err *e)
{
	const struct gpu_facts *f = &p->outcome.gpu;
	/* The leaf's key is made anew at each start, and nobody keeps word of it. */
	int failed = nvidia_revocation(c, p->index, &g->chain, 1, e);
	bool versions, format, mode, lists;

	if (failed)
		return failed;
	judge_time(c, p, g);
	versions = judge_versions(c, p, f);
	format = judge_format(c, p, g);
	mode = judge_mode(c, p, f);
	lists = judge_lists(c, p, f);
	claim_unjudged(c, p, f);
	if (versions && format && mode && lists)
		verdict_say(c->verdict, p->index, GPU_CURRENT, "%s%s%s, firmware %s", f->arch,
			    f->is_switch ? "" : ", driver ", f->driver, f->vbios);
	return 0;
}
