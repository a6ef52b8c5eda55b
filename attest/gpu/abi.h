/*
 * NVML as far as we call it: x86-64, versioned symbols, structs in their natural alignment.
 * Spec: NVML API 13; gpu-evidence reference 1.1 to 1.3.
 */
#pragma once

#include <stdint.h>

#define NVML_NOT_FOUND_DRIVER  9  /* NVML_ERROR_DRIVER_NOT_LOADED   */
#define NVML_NOT_FOUND_LIBRARY 12 /* NVML_ERROR_LIBRARY_NOT_FOUND   */
#define NVML_VERSION_MISMATCH  25 /* NVML_ERROR_ARGUMENT_VERSION_MISMATCH */

#define NVML_PRODUCTION 2
#define NVML_PPCIE	1 /* protected PCIe, during which the CC feature reads 0 */
#define NVML_NVLE	2 /* encrypted NVLink */

#define NVML_HOPPER    9
#define NVML_BLACKWELL 10

#define NVML_DRIVER_BYTES 80
#define NVML_NONCE_BYTES  32
#define NVML_REPORT_BYTES 8192
#define NVML_CEC_BYTES	  4096
#define NVML_CHAIN_BYTES  5120

struct nvml_settings {
	uint32_t version; /* NVML_SETTINGS_V1, on the way in */
	uint32_t environment;
	uint32_t cc;
	uint32_t devtools;
	uint32_t multi_gpu;
};
_Static_assert(sizeof(struct nvml_settings) == 20, "nvmlSystemConfComputeSettings_v1_t");
#define NVML_SETTINGS_V1 (UINT32_C(20) | UINT32_C(1) << 24)

struct nvml_certificate {
	uint32_t chain_len; /* without meaning: its maximum comes back */
	uint32_t attestation_len;
	uint8_t chain[4096];
	uint8_t attestation[NVML_CHAIN_BYTES];
};
_Static_assert(sizeof(struct nvml_certificate) == 9224, "nvmlConfComputeGpuCertificate_t");

struct nvml_report {
	uint32_t has_cec;
	uint32_t len;
	uint32_t cec_len; /* likewise */
	uint8_t nonce[NVML_NONCE_BYTES];
	uint8_t report[NVML_REPORT_BYTES];
	uint8_t cec[NVML_CEC_BYTES];
};
_Static_assert(sizeof(struct nvml_report) == 12332, "nvmlConfComputeGpuAttestationReport_t");

struct nvml_calls {
	int (*init)(void);
	int (*shutdown)(void);
	int (*driver_version)(char *at, unsigned len);
	int (*settings)(struct nvml_settings *s); /* NULL in drivers before 550 */
	int (*get_ready)(unsigned *ret);
	int (*set_ready)(unsigned accept);
	int (*count)(unsigned *ret);
	int (*handle)(unsigned index, void **ret);
	int (*architecture)(void *device, unsigned *ret);
	int (*certificate)(void *device, struct nvml_certificate *ret);
	int (*report)(void *device, struct nvml_report *both);
};
