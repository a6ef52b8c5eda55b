/* What each part had to sign, and whether the parts belong together. Spec:
 * attest/evidence/BINDING.md; coco-protocol reference 1.4; field reference 0 (AEP-83). */
#pragma once

#include "attest/verify/bundle.h"
#include "attest/verify/context.h"

/* Sets p->expect of every device, before they are judged. -FAIL_INPUT: the request's key is none.
 */
int bind_expect_devices(const struct verify_request *r, struct bundle *b, struct err *e);

/* Sets p->expect of CPU and TPM, after the devices were judged. */
int bind_expect_cpu(const struct verify_request *r, struct bundle *b, struct err *e);

/* Judges our own events against the head that the report data covers; after all but the logs were
 * judged. */
int bind_log(const struct context *c, const struct bundle *b, struct err *e);

/* After all parts were judged: says BOUND_* and DEVICES_* about the whole. */
int bind_judge(const struct context *c, const struct verify_request *r, const struct bundle *b,
	       struct err *e);
