/* The certificates that come with a device's report, as far as they are hashed and named. */
#pragma once

#include "base/binding.h"
#include "base/err.h"
#include "base/span.h"

/*
 * From PEM, leaf first: the digest of the certificates' DER, and who the device is. Fills
 * chain_sha384, pdi and is_switch of `ret`; nothing is verified. -FAIL_INPUT: not certificates, or
 * the second has no serial number of a device's (9 bytes, the first its kind); -FAIL_LIMIT: more
 * than GPU_CHAIN_MAX; -FAIL_SYS. Spec: gpu-evidence reference 3.1, 3.4.
 */
#define GPU_CHAIN_MAX 8 /* five in use */
int gpu_chain_read(struct span pem, struct binding_device *ret, struct err *e);
