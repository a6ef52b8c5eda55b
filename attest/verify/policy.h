/* The inside of a policy. Each folder reads its own member. */
#pragma once

#include "attest/verify/gpu/policy.h"
#include "attest/verify/log/policy.h"
#include "attest/verify/refs.h"
#include "attest/verify/snp/policy.h"
#include "attest/verify/tdx/policy.h"
#include "attest/verify/tpm/policy.h"
#include "attest/verify/verify.h"

struct verify_policy {
	struct refs allow;   /* reason codes that may pass                        */
	bool fresh_optional; /* "fresh": false                                    */
	struct snp_policy snp;
	struct tdx_policy tdx;
	struct sgx_policy sgx;
	struct gpu_policy gpu;
	struct tpm_policy tpm;
	struct log_policy log;
};

/* What holds when nobody gave a policy: safe for anyone, and no reference value. */
const struct verify_policy *policy_default(void);
