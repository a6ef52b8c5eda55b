/* What a genuine device is worth: its platform and its workload. */
#pragma once

#include "attest/verify/context.h"
#include "attest/verify/gpu/report.h"

/* A report that chain and signature vouch for. */
struct gpu_device {
	struct gpu_report report;
	struct device device;
	struct chain_result chain;
};

/* Validity, revocation, versions against the floors, mode, lists of the policy: findings of
 * dimension platform, and claims that say what they rest on. 0, or -FAIL_SYS. */
int gpu_judge_platform(const struct context *c, const struct part *p, const struct gpu_device *g,
		       struct err *e);

/* Measurements against the RIMs of the store. 0, or -FAIL_SYS. */
int gpu_judge_workload(const struct context *c, const struct part *p, const struct gpu_device *g,
		       struct err *e);
