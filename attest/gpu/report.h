/*
 * A device's report, as far as its own lengths go: where it ends and whose question it answers.
 * Its signature is somebody else's to check.
 * Spec: DMTF DSP0274 1.1, GET_MEASUREMENTS; gpu-evidence reference 2.1 to 2.3.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "attest/gpu/why.h"
#include "base/span.h"

#define GPU_NONCE_LEN 32

/* The report's length up to the end of its signature. GPU_REPORT: another form, or cut short;
 * GPU_NONCE: the requester's nonce is not `nonce`. */
int report_length(struct span report, const uint8_t nonce[static GPU_NONCE_LEN], size_t *ret,
		  struct gpu_why *w);
