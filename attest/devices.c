#include "attest/devices.h"

#include <openssl/rand.h>
#include <string.h>

#include "attest/events.h"
#include "base/json.h"

void devices_done(struct devices *d)
{
	gpus_done(&d->seen);
}

int devices_evidence(struct devices *d, struct span report_data, uint64_t deadline_ms, cJSON **ret,
		     struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	uint8_t nonce[BINDING_NONCE_BYTES];
	cJSON *list = NULL;
	int failed;

	if (report_data.len < sizeof(nonce))
		return FAIL(e, FAIL_BUG, "devices over %zu bytes", report_data.len);
	memcpy(nonce, report_data.at, sizeof(nonce));
	failed = gpu_ask(&d->way, GPU_COLLECT, nonce, deadline_ms, &d->seen, e);
	if (failed)
		return failed;
	if (d->seen.gpu_count != d->want.count)
		return FAIL(e, FAIL_DENIED, "GPUs: %zu are there, the configuration wants %u",
			    d->seen.gpu_count, d->want.count);
	if (!d->seen.count)
		return 0;
	failed = gpus_json_coco(&d->seen, &list, e);
	if (!failed)
		failed = json_add(o, "nvidia", list, e);
	if (failed)
		return failed;
	*ret = o;
	o = NULL;
	return 0;
}

static int set_ready(struct devices *d, uint64_t deadline_ms, struct err *e)
{
	AUTO_GPUS struct gpus now = GPUS_EMPTY;
	uint8_t nonce[BINDING_NONCE_BYTES];
	int failed;

	if (RAND_bytes(nonce, sizeof(nonce)) != 1)
		return FAIL(e, FAIL_SYS, "GPUs: no random nonce");
	failed = gpu_ask(&d->way, GPU_SET_READY, nonce, deadline_ms, &now, e);
	if (failed)
		return failed;
	return gpus_are_same(&d->seen, &now)
		       ? 0
		       : FAIL(e, FAIL_FORGED, "GPUs: others than the broker has seen");
}

int devices_let_work(struct devices *d, struct ownlog *log, uint64_t deadline_ms, struct err *e)
{
	bool were_told = false;
	int failed;

	if (!d->seen.count)
		return 0;
	failed = events_has_gpus(log, &d->seen, &were_told, e);
	if (failed)
		return failed;
	if (d->seen.is_ready)
		return were_told ? 0
				 : FAIL(e, FAIL_DENIED,
					"GPUs: they accept work already, and nobody here said so: "
					"reset them");
	/* First the word, then the deed: whoever is started again between them finds the word. */
	failed = events_gpus(log, &d->seen, e);
	return failed ? failed : set_ready(d, deadline_ms, e);
}
