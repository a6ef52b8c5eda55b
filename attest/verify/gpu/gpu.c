#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "attest/verify/context.h"
#include "attest/verify/gpu/judge.h"
#include "base/digest.h"

/* --- Is it genuine? --------------------------------------------------------------------------- */

/* The sender's word and the bytes against the certificates: only these were signed by NVIDIA. */
static int check_arch(const struct part *p, const struct gpu_device *g, struct err *e)
{
	const struct device *d = &g->device;

	if (g->report.spdm.is_switch != d->is_switch)
		return FAIL(e, FAIL_FORGED, "a report of %zu measurements by a %s",
			    g->report.spdm.blocks, d->chip);
	if ((p->kind == PART_SWITCH) != d->is_switch)
		return FAIL(e, FAIL_FORGED, "handed over as a %s, certified as a %s",
			    p->kind == PART_SWITCH ? "switch" : "GPU", d->chip);
	if (*p->arch && strcmp(p->arch, d->arch) != 0)
		return FAIL(e, FAIL_FORGED, "said to be a %s, certified as a %s", p->arch, d->arch);
	return 0;
}

/* Without a firmware id, only a switch or the one format that is older than the field. */
static bool may_lack_fwid(const struct gpu_device *g)
{
	const struct opaque *o = &g->report.opaque;

	if (g->device.is_switch)
		return true;
	return !strcmp(g->device.arch, "HOPPER") && !opaque_has(o, OPAQUE_PROTECTED_PCIE) &&
	       !opaque_has(o, OPAQUE_VERSION) && !opaque_has(o, OPAQUE_FEATURE_FLAG);
}

static int check_fwid(const struct gpu_device *g, struct err *e)
{
	struct span named = g->report.opaque.at[OPAQUE_FWID];

	if (!named.at)
		return may_lack_fwid(g) ? 0
					: FAIL(e, FAIL_FORGED,
					       "a %s report of this format names its firmware",
					       g->device.arch);
	if (!span_is_equal(named, span(g->device.fwid, FWID_BYTES)))
		return FAIL(e, FAIL_FORGED,
			    "firmware %02x%02x%02x%02x..., certified for %02x%02x%02x%02x...",
			    named.at[0], named.at[1], named.at[2], named.at[3], g->device.fwid[0],
			    g->device.fwid[1], g->device.fwid[2], g->device.fwid[3]);
	return 0;
}

static int check_identity(const struct gpu_device *g, struct err *e)
{
	struct span own = g->report.opaque.at[OPAQUE_LINKS];

	if (!g->device.is_switch || !own.at ||
	    span_is_equal(own, span(g->device.pdi, sizeof(g->device.pdi))))
		return 0;
	return FAIL(e, FAIL_FORGED, "the switch calls itself %02x%02x..., certified is %02x%02x...",
		    own.at[0], own.at[1], g->device.pdi[0], g->device.pdi[1]);
}

/* Chain, then signature, then what only a true device could contradict. `ret` names the step. */
static int authenticate(const struct context *c, const struct part *p, struct gpu_device *g,
			enum reason *ret, struct err *e)
{
	int failed;

	*ret = GPU_CHAIN;
	failed = device_chain(&p->certs, c->test_roots, &g->chain, e);
	if (!failed)
		failed = device_read(&g->chain, &g->device, e);
	if (failed)
		return failed;
	*ret = GPU_SIGNATURE;
	failed = spdm_signature(&g->report.spdm, chain_key_of(&g->chain), e);
	if (failed)
		return failed;
	*ret = GPU_ARCH;
	failed = check_arch(p, g, e);
	if (failed)
		return failed;
	*ret = GPU_FWID;
	failed = check_fwid(g, e);
	if (failed)
		return failed;
	*ret = GPU_IDENTITY;
	return check_identity(g, e);
}

static void say_missing(const struct context *c, const struct part *p)
{
	char file[40];

	(void)snprintf(file, sizeof(file), "%.15s-chain.pem", *p->name ? p->name : "device");
	verdict_say(c->verdict, p->index, GPU_CHAIN_MISSING, "no certificates beside the report");
	verdict_miss(c->verdict, p->index, file, "", "certificate chain of the device");
}

static int judge_genuine(const struct context *c, const struct part *p, struct gpu_device *g,
			 bool *ret, struct err *e)
{
	struct err why = { 0 };
	enum reason step;
	int failed;

	if (!p->certs.count) {
		say_missing(c, p);
		return 0;
	}
	failed = authenticate(c, p, g, &step, &why);
	if (failed == -FAIL_SYS) {
		*e = why;
		return failed;
	}
	if (failed) {
		verdict_err(c->verdict, p->index, step, &why);
		return 0;
	}
	verdict_say(c->verdict, p->index,
		    g->chain.root == CHAIN_TEST ? GPU_GENUINE_TEST : GPU_GENUINE,
		    "%s, %s, signed by its certified firmware", g->device.model, g->device.info);
	*ret = true;
	return 0;
}

/* --- What it signed --------------------------------------------------------------------------- */

static void der_done(uint8_t **der)
{
	OPENSSL_free(*der);
}

static int append_der(X509 *cert, struct buf *ret, struct err *e)
{
	__attribute__((cleanup(der_done))) uint8_t *der = NULL;
	int len = i2d_X509(cert, &der);

	if (len < 0)
		return FAIL(e, FAIL_SYS, "certificate: not encoded");
	return buf_append(ret, span(der, (size_t)len), SIZE_MAX, e);
}

static int fill_digests(const struct gpu_device *g, struct gpu_facts *f, struct err *e)
{
	AUTO_BUF struct buf chain = BUF_EMPTY;
	struct digest d;
	int failed = digest_of(DIGEST_SHA384, g->report.spdm.report, &d, e);

	if (failed)
		return failed;
	memcpy(f->report_sha384, d.at, sizeof(f->report_sha384));
	for (size_t i = 0; i < g->chain.depth && !failed; i++)
		failed = append_der(g->chain.at[i], &chain, e);
	if (!failed)
		failed = digest_of(DIGEST_SHA384, buf_view(&chain), &d, e);
	if (!failed)
		memcpy(f->chain_sha384, d.at, sizeof(f->chain_sha384));
	return failed;
}

static int fill_outcome(struct part *p, const struct gpu_device *g, struct err *e)
{
	struct outcome *o = &p->outcome;
	struct gpu_facts facts;
	int failed;

	gpu_report_facts(&g->report, &g->device, &facts);
	failed = fill_digests(g, &facts, e);
	if (failed)
		return failed;
	o->gpu = facts;
	o->data_len = SPDM_NONCE_BYTES;
	memcpy(o->data, g->report.spdm.requester_nonce.at, SPDM_NONCE_BYTES);
	o->genuine = true;
	return 0;
}

/* Nonces that anybody has a report over: the one of NVIDIA's samples, and none at all. */
static bool is_public_nonce(const uint8_t nonce[static SPDM_NONCE_BYTES])
{
	static const uint8_t known[][SPDM_NONCE_BYTES] = {
		{ 0x93, 0x1d, 0x8d, 0xd0, 0xad, 0xd2, 0x03, 0xac, 0x3d, 0x8b, 0x4f,
		  0xbd, 0xe7, 0x5e, 0x11, 0x52, 0x78, 0xee, 0xfc, 0xdc, 0xea, 0xc5,
		  0xb8, 0x76, 0x71, 0xa7, 0x48, 0xf3, 0x23, 0x64, 0xdf, 0xcb },
		{ 0 },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!CRYPTO_memcmp(nonce, known[i], SPDM_NONCE_BYTES))
			return true;
	return false;
}

static void judge_nonce(const struct context *c, const struct part *p)
{
	judge_fresh(c, p);
	if (!p->expect.asked && is_public_nonce(p->outcome.data))
		verdict_say(c->verdict, p->index, GPU_NONCE_PUBLIC,
			    "nonce %02x%02x%02x%02x... is in everybody's hands", p->outcome.data[0],
			    p->outcome.data[1], p->outcome.data[2], p->outcome.data[3]);
}

static int judge_rest(const struct context *c, struct part *p, const struct gpu_device *g,
		      struct err *e)
{
	cJSON *claims = verdict_claims(c->verdict, p->index);
	int failed = gpu_device_claims(&g->device, claims, e);

	if (!failed)
		failed = fill_outcome(p, g, e);
	if (failed)
		return failed;
	verdict_hex(c->verdict, claims, "report_sha384",
		    span(p->outcome.gpu.report_sha384, sizeof(p->outcome.gpu.report_sha384)));
	verdict_hex(c->verdict, claims, "chain_sha384",
		    span(p->outcome.gpu.chain_sha384, sizeof(p->outcome.gpu.chain_sha384)));
	judge_nonce(c, p);
	failed = gpu_judge_platform(c, p, g, e);
	return failed ? failed : gpu_judge_workload(c, p, g, e);
}

int gpu_verify(const struct context *c, struct part *p, struct err *e)
{
	struct gpu_device g = { 0 };
	struct err why = { 0 };
	bool is_genuine = false;
	int failed;

	if (gpu_report_parse(p->bytes, &g.report, &why)) {
		verdict_err(c->verdict, p->index, GPU_FORMAT, &why);
		return 0;
	}
	failed = gpu_report_claims(&g.report, verdict_claims(c->verdict, p->index), e);
	if (!failed)
		failed = judge_genuine(c, p, &g, &is_genuine, e);
	return failed || !is_genuine ? failed : judge_rest(c, p, &g, e);
}
