/* A device's report, parsed whole: what it says, before anyone believes it. */
#pragma once

#include <cjson/cJSON.h>

#include "attest/verify/gpu/device.h"
#include "attest/verify/gpu/opaque.h"
#include "attest/verify/gpu/spdm.h"

/* Loans of the bytes. */
struct gpu_report {
	struct spdm spdm;
	struct opaque opaque;
};

/* -FAIL_INPUT. */
int gpu_report_parse(struct span bytes, struct gpu_report *ret, struct err *e);

/* Every field, under CoCo's or NVIDIA's names where they exist; measurements in "measured", from
 * index 0 as RIMs count. -FAIL_SYS. */
int gpu_report_claims(const struct gpu_report *r, cJSON *ret, struct err *e);

/* What the certificates say. -FAIL_SYS. */
int gpu_device_claims(const struct device *d, cJSON *ret, struct err *e);

/* What group and binding compare, but for the digests. */
void gpu_report_facts(const struct gpu_report *r, const struct device *d, struct gpu_facts *ret);
