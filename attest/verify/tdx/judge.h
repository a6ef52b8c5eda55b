/* What a genuine quote says, against the policy: the mode it runs in, and what runs. */
#pragma once

#include "attest/verify/context.h"
#include "attest/verify/tdx/report.h"

/* One measured value, and what the policy says of it. */
struct measured {
	const char *name; /* as the policy's member */
	const struct refs *refs;
	struct span value;
};

/* Which of up to 32 rows were set, as bits; a mismatch is said as `reason` and counted. */
struct compared {
	uint32_t matched;
	unsigned mismatches;
};

/*
 * Compares each row that the policy set, says each mismatch on `part`, and lists the names of the
 * rest as "unjudged" in the claims.
 */
struct compared judge_measured(const struct context *c, size_t part, const struct measured *rows,
			       size_t count, enum reason mismatch);

/* Platform and workload findings of a TD, of an enclave. */
void td_judge(const struct context *c, size_t part, const struct td *t);
void enclave_judge(const struct context *c, size_t part, const struct enclave *s);
