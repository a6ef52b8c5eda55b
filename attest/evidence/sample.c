#include <stdio.h>

#include "attest/evidence/probe.h"
#include "base/json.h"

static int platform(const struct evidence *self, uint64_t deadline_ms,
		    struct evidence_platform *ret, struct err *e)
{
	(void)self;
	(void)deadline_ms;
	(void)e;
	*ret = (struct evidence_platform){ .debug = true };
	(void)snprintf(ret->name, sizeof(ret->name), "none (sample)");
	return 0;
}

/* The digest goes unpadded, and the version is text: coco-protocol reference 4.3. */
static int report(const struct evidence *self, struct span report_data, uint64_t deadline_ms,
		  cJSON **ret, struct err *e)
{
	AUTO_JSON cJSON *evidence = cJSON_CreateObject();

	(void)self;
	(void)deadline_ms;
	if (json_add_text(evidence, "svn", "1", e) < 0 ||
	    json_add_b64(evidence, "report_data", report_data, e) < 0)
		return -(int)FAIL_SYS;
	*ret = evidence;
	evidence = NULL;
	return 0;
}

const struct evidence_driver evidence_sample = {
	.tee = "sample",
	.provider = NULL,
	.platform = platform,
	.report = report,
};
