/* TDX evidence as the JSON that CoCo's verifier reads. Spec: coco-protocol reference 4.4. */
#pragma once

#include <cjson/cJSON.h>

#include "base/err.h"
#include "base/span.h"

/* {"cc_eventlog": base64 or null, "quote": base64}. `quote` is exact already; `ccel` is the log's
 * whole area, or empty for none. -FAIL_INPUT: a broken log. -FAIL_SYS (ENOMEM). */
int tdx_json(struct span quote, struct span ccel, cJSON **ret, struct err *e);
