#include "attest/verify/pcs/evaluate.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"

_Static_assert(TCB_ADVISORIES_MAX == 5 * LIMIT_TCB_ADVISORIES,
	       "platform and module, at launch and now, and the QE");

/* TEE_TCB_SVN: the module's minor and major version, then what the levels compare. */
enum { SVN_MINOR = 0, SVN_MAJOR = 1, SVN_REST = 2 };

int tcb_info_check(const struct tcb_info *t, const struct pcs_platform *p, struct err *e)
{
	if (t->is_tdx != p->is_tdx)
		return FAIL(e, FAIL_DENIED, "TCB info is for %s, the quote is of %s",
			    t->is_tdx ? "TDX" : "SGX", p->is_tdx ? "TDX" : "SGX");
	if (memcmp(t->fmspc, p->fmspc, sizeof(t->fmspc)))
		return FAIL(e, FAIL_DENIED,
			    "TCB info is for FMSPC %02x%02x%02x%02x%02x%02x, the PCK has another",
			    t->fmspc[0], t->fmspc[1], t->fmspc[2], t->fmspc[3], t->fmspc[4],
			    t->fmspc[5]);
	if (memcmp(t->pceid, p->pceid, sizeof(t->pceid)))
		return FAIL(e, FAIL_DENIED, "TCB info is for PCEID %02x%02x, the PCK has %02x%02x",
			    t->pceid[0], t->pceid[1], p->pceid[0], p->pceid[1]);
	return 0;
}

static int check_module(const struct tcb_info *t, const struct pcs_platform *p, uint8_t major,
			struct err *e)
{
	static const uint8_t zero[sizeof(p->seamattributes)];
	const struct tdx_module *m = major ? tcb_info_module(t, major) : &t->module;

	if (!m)
		return FAIL(e, FAIL_DENIED, "no identity TDX_%02X for the module's major version",
			    major);
	if (memcmp(p->mrsignerseam, m->mrsigner, sizeof(m->mrsigner)))
		return FAIL(e, FAIL_DENIED, "MRSIGNERSEAM is not that of TDX module %u", major);
	/* The mask is not asked: no attribute of a module has a meaning that we could pass. */
	if (memcmp(p->seamattributes, zero, sizeof(zero)) ||
	    memcmp(p->seamattributes, m->attributes, sizeof(m->attributes)))
		return FAIL(e, FAIL_DENIED,
			    "SEAMATTRIBUTES are not zero, or not those of module %u", major);
	return 0;
}

int tcb_module_check(const struct tcb_info *t, const struct pcs_platform *p, struct err *e)
{
	int failed = 0;

	if (p->is_tdx)
		failed = check_module(t, p, p->tee_tcb_svn[SVN_MAJOR], e);
	if (!failed && p->is_tdx && p->has_svn2)
		failed = check_module(t, p, p->tee_tcb_svn2[SVN_MAJOR], e);
	return failed;
}

static bool reaches(const uint8_t *svns, const uint8_t *level, size_t from)
{
	for (size_t i = from; i < TCB_COMPONENTS; i++)
		if (svns[i] < level[i])
			return false;
	return true;
}

/* A module with a major version has an identity of its own, which judges its two SVNs; the level's
 * first two are then those of module 0 and say nothing. */
static const struct tcb_level *find_level(const struct tcb_info *t, const struct pcs_platform *p,
					  const uint8_t *svn)
{
	size_t from = svn[SVN_MAJOR] ? SVN_REST : 0;

	for (size_t i = 0; i < t->level_count; i++) {
		const struct tcb_level *l = &t->levels[i];

		if (reaches(p->components, l->sgx, 0) && p->pcesvn >= l->pcesvn &&
		    (!p->is_tdx || reaches(svn, l->tdx, from)))
			return l;
	}
	return NULL;
}

static enum tcb_status lower(enum tcb_status platform)
{
	switch (platform) {
	case TCB_UP_TO_DATE:
	case TCB_SW_HARDENING_NEEDED:
		return TCB_OUT_OF_DATE;
	case TCB_CONFIGURATION_NEEDED:
	case TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED:
		return TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
	default:
		return platform;
	}
}

static enum tcb_status converge(enum tcb_status platform, const struct isv_level *component)
{
	switch (component->rating.status) {
	case TCB_REVOKED:
		return TCB_REVOKED;
	case TCB_OUT_OF_DATE:
		return lower(platform);
	default:
		return platform;
	}
}

static struct tcb_pick pick(const struct tcb_info *t, const struct isv_level *qe,
			    const struct pcs_platform *p, const uint8_t *svn)
{
	struct tcb_pick ret = { .status = TCB_NOT_SUPPORTED };
	bool has_module = p->is_tdx && svn[SVN_MAJOR];

	ret.platform = find_level(t, p, svn);
	if (has_module) {
		const struct tdx_module *m = tcb_info_module(t, svn[SVN_MAJOR]);

		ret.module = m ? isv_levels_find(&m->levels, svn[SVN_MINOR]) : NULL;
	}
	if (!ret.platform || !qe || (has_module && !ret.module))
		return ret;
	ret.status = converge(ret.platform->rating.status, qe);
	if (ret.module)
		ret.status = converge(ret.status, ret.module);
	return ret;
}

static bool needs_configuration(enum tcb_status s)
{
	return s == TCB_CONFIGURATION_NEEDED || s == TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED ||
	       s == TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

/* The TD started under an old module or microcode and a new one has been loaded since: the TD must
 * start again to profit. In all other cases the worse of the two: Intel's library keeps that of the
 * launch, which a host could make look good by loading an older module later. */
static enum tcb_status join(enum tcb_status launch, enum tcb_status current)
{
	bool was_old = launch == TCB_OUT_OF_DATE || launch == TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
	bool is_new = current <= TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED;

	if (was_old && is_new)
		return needs_configuration(launch) || needs_configuration(current)
			       ? TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
			       : TCB_TD_RELAUNCH_ADVISED;
	return launch > current ? launch : current;
}

static void add_advisory(struct tcb_result *r, const char *id)
{
	for (size_t i = 0; i < r->advisory_count; i++)
		if (!strcmp(r->advisories[i], id))
			return;
	if (r->advisory_count < TCB_ADVISORIES_MAX)
		r->advisories[r->advisory_count++] = id;
}

static void add_rating(struct tcb_result *r, const struct tcb_rating *rating)
{
	if (rating->date < r->date)
		r->date = rating->date;
	for (const cJSON *i = rating->advisories ? rating->advisories->child : NULL; i; i = i->next)
		add_advisory(r, json_text(i));
}

static void add_pick(struct tcb_result *r, const struct tcb_pick *p)
{
	if (p->platform)
		add_rating(r, &p->platform->rating);
	if (p->module)
		add_rating(r, &p->module->rating);
}

void tcb_evaluate(const struct tcb_info *t, const struct qe_identity *q,
		  const struct pcs_platform *p, uint16_t qe_isvsvn, struct tcb_result *ret)
{
	struct tcb_result r = {
		.date = INT64_MAX,
		.qe = isv_levels_find(&q->levels, qe_isvsvn),
	};

	r.launch = pick(t, r.qe, p, p->tee_tcb_svn);
	r.status = r.launch.status;
	add_pick(&r, &r.launch);
	r.has_current = p->is_tdx && p->has_svn2;
	if (r.has_current) {
		r.current = pick(t, r.qe, p, p->tee_tcb_svn2);
		r.status = join(r.launch.status, r.current.status);
		add_pick(&r, &r.current);
	}
	if (r.qe)
		add_rating(&r, &r.qe->rating);
	if (r.date == INT64_MAX)
		r.date = 0;
	*ret = r;
}
