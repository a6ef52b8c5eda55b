/*
 * NVML, loaded when it is needed. A failed call about a report is fatal to the device's
 * confidential computing until it is reset: nothing here is asked twice or for a trial.
 * Spec: gpu-evidence reference 1.1 to 1.5.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/gpu/abi.h"
#include "attest/gpu/why.h"
#include "base/span.h"

struct nvml {
	struct nvml_calls call;
	bool is_open;
};

struct nvml_state {
	struct nvml_settings settings;
	char driver[NVML_DRIVER_BYTES]; /* printable, terminated */
};

/*
 * Loads `path` and initialises it. The library stays loaded until the process ends.
 *   GPU_LIBRARY  can't be loaded, or finds neither driver nor its other half
 *   GPU_SYMBOL   a call is missing
 *   GPU_CALL     it does not initialise
 */
int nvml_open(struct nvml *ret, const char *path, struct gpu_why *w);
void nvml_close(struct nvml *n);

/* GPU_OLD_DRIVER, GPU_VERSION, GPU_CALL; GPU_SIZE: a version text without an end. */
int nvml_state(const struct nvml *n, struct nvml_state *ret, struct gpu_why *w);

/* GPU_CALL */
int nvml_count(const struct nvml *n, unsigned *ret, struct gpu_why *w);
int nvml_device(const struct nvml *n, unsigned index, void **ret, unsigned *ret_arch,
		struct gpu_why *w);
int nvml_is_ready(const struct nvml *n, bool *ret, struct gpu_why *w);
int nvml_set_ready(const struct nvml *n, struct gpu_why *w);

/* The report's bytes, and the PEM of the certificates that go with it: at least one byte, at most
 * NVML's buffer. Appended to `ret`. GPU_CALL, GPU_SIZE. */
int nvml_report(const struct nvml *n, void *device, const uint8_t nonce[static NVML_NONCE_BYTES],
		struct buf *ret, struct gpu_why *w);
int nvml_chain(const struct nvml *n, void *device, struct buf *ret, struct gpu_why *w);
