/* An SGX enclave: its mode, and which one it is. Spec: Intel SDM volume 3D, 35.7; 38.15. */
#include <inttypes.h>

#include "attest/verify/bytes.h"
#include "attest/verify/tdx/judge.h"

/* Rows of the identity, as bits of struct compared. */
enum { MRENCLAVE, MRSIGNER, CONFIGID, ROWS };

static void judge_mode(const struct context *c, size_t part, const struct enclave *s)
{
	uint64_t flags = le64(s->attributes.at);

	if (flags & ENCLAVE_DEBUG)
		verdict_say(c->verdict, part, c->policy->sgx.debug ? TDX_DEBUG_ALLOWED : SGX_DEBUG,
			    "attributes %#" PRIx64 ": DEBUG is set", flags);
	if (!(flags & ENCLAVE_INIT))
		verdict_say(c->verdict, part, SGX_NOT_STARTED, "attributes %#" PRIx64, flags);
}

/* True unless the policy's numbers rule this enclave out. */
static bool judge_numbers(const struct context *c, size_t part, const struct enclave *s)
{
	const struct sgx_policy *p = &c->policy->sgx;
	bool product = !p->has_isvprodid || s->isvprodid == p->isvprodid;
	bool version = s->isvsvn >= p->min_isvsvn;

	if (!product)
		verdict_say(c->verdict, part, SGX_MISMATCH, "isvprodid is %u, must be %u",
			    s->isvprodid, p->isvprodid);
	if (!version)
		verdict_say(c->verdict, part, SGX_MISMATCH, "isvsvn is %u, must be %u at least",
			    s->isvsvn, p->min_isvsvn);
	return product && version;
}

static void judge_identity(const struct context *c, size_t part, const struct enclave *s)
{
	const struct sgx_policy *p = &c->policy->sgx;
	const struct measured rows[ROWS] = {
		[MRENCLAVE] = { "mrenclave", &p->mrenclave, s->mrenclave },
		[MRSIGNER] = { "mrsigner", &p->mrsigner, s->mrsigner },
		[CONFIGID] = { "configid", &p->configid, s->configid },
	};
	struct compared r = judge_measured(c, part, rows, ROWS, SGX_MISMATCH);

	if (!judge_numbers(c, part, s) || r.mismatches)
		return;
	if (r.matched & 1u << MRENCLAVE)
		verdict_say(c->verdict, part, SGX_MATCHES, "mrenclave matches");
	else if (r.matched & 1u << MRSIGNER && p->has_isvprodid)
		verdict_say(c->verdict, part, SGX_MATCHES,
			    "mrsigner and isvprodid match, at isvsvn %u", s->isvsvn);
	else
		verdict_say(c->verdict, part, SGX_UNKNOWN, "no reference value for %s",
			    r.matched & 1u << MRSIGNER ? "isvprodid beside mrsigner"
						       : "mrenclave or mrsigner");
}

void enclave_judge(const struct context *c, size_t part, const struct enclave *s)
{
	judge_mode(c, part, s);
	judge_identity(c, part, s);
}
