/* What every part's verifier gets, and the calls that they are. */
#pragma once

#include "attest/verify/part.h"
#include "attest/verify/policy.h"
#include "attest/verify/store.h"
#include "attest/verify/verdict.h"
#include "attest/verify/x509/chain.h"

struct context {
	const struct verify_policy *policy; /* never NULL */
	const struct verify_store *store;   /* never NULL */
	const struct certs *test_roots;	    /* never NULL; usually empty */
	int64_t at;			    /* or VERIFY_NO_CLOCK */
	struct verify_verdict *verdict;
};

/*
 * Each judges one part: says its findings, fills its claims, and p->outcome when genuine. What is
 * wrong with evidence is a finding, never an error. 0, or -FAIL_SYS.
 */
int snp_verify(const struct context *c, struct part *p, struct err *e);
int tdx_verify(const struct context *c, struct part *p, struct err *e);
int gpu_verify(const struct context *c, struct part *p, struct err *e); /* and switches */
int tpm_verify(const struct context *c, struct part *p, struct err *e);

/* `signed_by` is the part whose registers the log must replay to; NULL: nothing authenticates it.
 */
int log_verify(const struct context *c, struct part *p, const struct part *signed_by,
	       struct err *e);

/* Devices as a set: same nonce and architecture, each once, links of a protected PCIe group. After
 * each was judged. */
int gpu_verify_group(const struct context *c, struct part *parts, size_t count, struct err *e);

/* Compares what a genuine part signed with what was expected; says FRESH_*. */
void judge_fresh(const struct context *c, const struct part *p);

/* The same for tools that only decode: claims into `ret`, nothing checked but structure.
 * -FAIL_INPUT, -FAIL_LIMIT, -FAIL_SYS. */
int snp_show(struct span report, cJSON *ret, struct err *e);
int tdx_show(struct span quote, cJSON *ret, struct err *e);
int tdreport_show(struct span report, cJSON *ret, struct err *e);
int gpu_show(struct span report, cJSON *ret, struct err *e);
int rim_show(struct span xml, cJSON *ret, struct err *e);
int tpm_show(struct span attest, cJSON *ret, struct err *e);
int log_show(struct span log, cJSON *ret, struct err *e);
int certs_show(const struct certs *certs, cJSON *ret, struct err *e);
