/* The structs of NVML's API 13 that the library of the tests fills, written down once more, so that
 * a slip in the product's own is not repeated here. */
#pragma once

#include <stdint.h>

struct fake_settings { /* nvmlSystemConfComputeSettings_v1_t */
	uint32_t version, environment, cc, devtools, multi_gpu;
};
#define FAKE_SETTINGS_V1 0x01000014

struct fake_certificate { /* nvmlConfComputeGpuCertificate_t */
	uint32_t chain_len, attestation_len;
	uint8_t chain[0x1000], attestation[0x1400];
};

struct fake_report { /* nvmlConfComputeGpuAttestationReport_t */
	uint32_t has_cec, len, cec_len;
	uint8_t nonce[0x20], report[0x2000], cec[0x1000];
};
