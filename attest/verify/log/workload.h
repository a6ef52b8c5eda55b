/* What the policy expects of the events of a log that is bound. */
#pragma once

#include "attest/verify/context.h"
#include "attest/verify/log/read.h"

/*
 * Says the log's workload findings. `alg` is the registers' algorithm, `judged` the registers (by
 * the log's numbers) that were signed and matched; every event there has a digest of `alg`.
 * -FAIL_SYS.
 */
int log_judge_workload(const struct context *c, const struct part *p, const struct tcg_log *log,
		       uint16_t alg, uint32_t judged, struct err *e);
