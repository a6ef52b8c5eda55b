/* Intel's provisioning root, under which PCKs, their CAs, TCB signers and CRLs stand. */
#pragma once

#include "attest/verify/x509/chain.h"

/* "Intel SGX Root CA", 2018 .. 2049. Spec: cpu-evidence reference 4.2. */
extern const struct root_pin INTEL_ROOT[1];
