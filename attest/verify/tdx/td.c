/* A TD: the mode it runs in, and what was started in it. Spec: cpu-evidence reference 4.6. */
#include <inttypes.h>

#include "attest/verify/bytes.h"
#include "attest/verify/tdx/judge.h"
#include "base/digest.h"
#include "base/mem.h"

#define KNOWN_ATTRIBUTES (TD_DEBUG | TD_SEPT_VE_DISABLE | TD_PKS | TD_KEY_LOCKER | TD_PERFMON)
#define XFAM_FIXED	 UINT64_C(0x3) /* x87 and SSE are always on */
#define XFAM_KNOWN	 UINT64_C(0x6dbe7)
#define MR_BYTES	 48

/* Rows of the workload, as bits of struct compared. */
enum { MRTD, RTMR0, RTMR1, RTMR2, RTMR3, MRCONFIGID, MROWNER, MROWNERCONFIG, ROWS };

static void judge_attributes(const struct context *c, size_t part, const struct td *t)
{
	const struct tdx_policy *policy = &c->policy->tdx;
	uint64_t bits = le64(t->attributes.at);
	uint64_t unknown = bits & ~KNOWN_ATTRIBUTES & ~TD_UNDER_DEBUG;

	if (bits & TD_DEBUG)
		verdict_say(c->verdict, part, policy->debug ? TDX_DEBUG_ALLOWED : TDX_DEBUG,
			    "attributes %#" PRIx64 ": DEBUG is set", bits);
	if (bits & TD_UNDER_DEBUG)
		verdict_say(c->verdict, part, TDX_UNDER_DEBUG, "attributes %#" PRIx64, bits);
	if (!(bits & TD_SEPT_VE_DISABLE))
		verdict_say(c->verdict, part, TDX_SEPT_VE, "attributes %#" PRIx64, bits);
	switch (refs_ask(&policy->attributes, t->attributes)) {
	case REFS_MATCH:
		break;
	case REFS_MISMATCH:
		verdict_say(c->verdict, part, TDX_ATTRIBUTES,
			    "attributes %#" PRIx64 " are not in \"attributes\"", bits);
		break;
	case REFS_UNSET:
		if (unknown)
			verdict_say(c->verdict, part, TDX_ATTRIBUTES, "attributes %#" PRIx64 "%s",
				    bits,
				    unknown == TD_MIGRATABLE ? ": MIGRATABLE is set"
							     : ": unknown bits are set");
		break;
	}
}

static void judge_xfam(const struct context *c, size_t part, const struct td *t)
{
	uint64_t bits = le64(t->xfam.at);

	switch (refs_ask(&c->policy->tdx.xfam, t->xfam)) {
	case REFS_MATCH:
		break;
	case REFS_MISMATCH:
		verdict_say(c->verdict, part, TDX_XFAM, "XFAM %#" PRIx64 " is not in \"xfam\"",
			    bits);
		break;
	case REFS_UNSET:
		if ((bits & XFAM_FIXED) != XFAM_FIXED || bits & ~XFAM_KNOWN)
			verdict_say(c->verdict, part, TDX_XFAM,
				    "XFAM %#" PRIx64 ", known are %#" PRIx64, bits, XFAM_KNOWN);
		break;
	}
}

static void judge_service_td(const struct context *c, size_t part, const struct td *t)
{
	char hex[2 * MR_BYTES + 1];

	if (!t->is_td15 || bytes_are_zero(t->mr_service_td) ||
	    refs_has(&c->policy->tdx.mr_service_td, t->mr_service_td))
		return;
	digest_hex(t->mr_service_td, hex);
	verdict_say(c->verdict, part, TDX_SERVICE_TD, "mr_service_td is %s", hex);
}

static void judge_module(const struct context *c, size_t part, const struct td *t)
{
	char hex[2 * MR_BYTES + 1];

	if (refs_ask(&c->policy->tdx.mrseam, t->mrseam) != REFS_MISMATCH)
		return;
	digest_hex(t->mrseam, hex);
	verdict_say(c->verdict, part, TDX_MODULE, "mrseam is %s", hex);
}

/* A TD 1.5 tells of two modules, the one it was started by and the one that runs it now. */
static void judge_floor(const struct context *c, size_t part, const char *name, struct span svn)
{
	const uint8_t *floor = c->policy->tdx.min_tee_tcb_svn;

	for (size_t i = 0; i < svn.len; i++)
		if (svn.at[i] < floor[i]) {
			verdict_say(c->verdict, part, TDX_TCB_FLOOR,
				    "byte %zu of %s is %u, must be %u at least", i, name, svn.at[i],
				    floor[i]);
			return;
		}
}

static void judge_workload(const struct context *c, size_t part, const struct td *t)
{
	const struct tdx_policy *p = &c->policy->tdx;
	const struct measured rows[ROWS] = {
		[MRTD] = { "mrtd", &p->mrtd, t->mrtd },
		[RTMR0] = { "rtmr0", &p->rtmr[0], t->rtmr[0] },
		[RTMR1] = { "rtmr1", &p->rtmr[1], t->rtmr[1] },
		[RTMR2] = { "rtmr2", &p->rtmr[2], t->rtmr[2] },
		[RTMR3] = { "rtmr3", &p->rtmr[3], t->rtmr[3] },
		[MRCONFIGID] = { "mrconfigid", &p->mrconfigid, t->mrconfigid },
		[MROWNER] = { "mrowner", &p->mrowner, t->mrowner },
		[MROWNERCONFIG] = { "mrownerconfig", &p->mrownerconfig, t->mrownerconfig },
	};
	struct compared r = judge_measured(c, part, rows, ROWS, TDX_MISMATCH);
	bool mrtd = r.matched & 1u << MRTD;
	bool rtmr1 = r.matched & 1u << RTMR1, rtmr2 = r.matched & 1u << RTMR2;

	if (r.mismatches)
		return;
	if (mrtd && ((rtmr1 && rtmr2) || p->mrtd_is_enough)) {
		verdict_say(c->verdict, part, TDX_MATCHES, "%s",
			    rtmr1 && rtmr2 ? "mrtd, rtmr1 and rtmr2 match"
					   : "mrtd matches, and the policy asks for no more");
		return;
	}
	verdict_say(c->verdict, part, TDX_UNKNOWN, "no reference value for%s%s%s",
		    mrtd ? "" : " mrtd", rtmr1 || p->mrtd_is_enough ? "" : " rtmr1",
		    rtmr2 || p->mrtd_is_enough ? "" : " rtmr2");
}

void td_judge(const struct context *c, size_t part, const struct td *t)
{
	judge_attributes(c, part, t);
	judge_xfam(c, part, t);
	judge_service_td(c, part, t);
	judge_module(c, part, t);
	judge_floor(c, part, "tee_tcb_svn", t->tee_tcb_svn);
	judge_floor(c, part, "tee_tcb_svn2", t->tee_tcb_svn2);
	judge_workload(c, part, t);
}
