/* What sealinit-gpu answers, whose process has loaded a foreign library by then. */
#include <stdint.h>
#include <stdlib.h>

#include "attest/evidence/gpu_answer.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_within(const struct gpus *g, struct span part)
{
	if (!part.len || part.at < g->message.at ||
	    part.at + part.len > g->message.at + g->message.len)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t nonce[BINDING_NONCE_BYTES];
	AUTO_GPUS struct gpus g = GPUS_EMPTY;
	AUTO_JSON cJSON *ours = NULL, *coco = NULL;
	struct buf message = BUF_EMPTY;

	if (buf_append(&message, span(data, size), LIMIT_GPU_ANSWER_BYTES, NULL) < 0 ||
	    gpus_read(&message, nonce, &g, NULL) < 0)
		return 0;
	for (size_t i = 0; i < g.count; i++) {
		expect_within(&g, g.at[i].report);
		expect_within(&g, g.at[i].chain);
	}
	if (gpus_json(&g, &ours, NULL) < 0 || gpus_json_coco(&g, &coco, NULL) < 0 ||
	    !gpus_are_same(&g, &g))
		abort();
	return 0;
}
