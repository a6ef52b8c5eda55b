#include "attest/verify/digests.h"

#include <string.h>

#include "attest/verify/runtime.h"
#include "base/binding.h"
#include "base/json.h"

/* False: it can't be said, since a device is not genuine. */
static bool gather_devices(const struct bundle *b,
			   struct binding_device ret[static LIMIT_VERIFY_PARTS], size_t *ret_count)
{
	*ret_count = 0;
	for (size_t i = 0; i < b->count; i++) {
		const struct part *p = &b->parts[i];
		const struct gpu_facts *f = &p->outcome.gpu;
		struct binding_device *d = &ret[*ret_count];

		if (p->kind != PART_GPU && p->kind != PART_SWITCH)
			continue;
		if (!p->outcome.genuine)
			return false;
		d->is_switch = f->is_switch;
		memcpy(d->pdi, f->pdi, sizeof(d->pdi));
		memcpy(d->report_sha384, f->report_sha384, sizeof(d->report_sha384));
		memcpy(d->chain_sha384, f->chain_sha384, sizeof(d->chain_sha384));
		++*ret_count;
	}
	return true;
}

int ours_report_data(const struct bundle *b, struct span nonce,
		     uint8_t ret[static BINDING_DATA_BYTES], bool *ret_known, struct err *e)
{
	struct binding_device devices[LIMIT_VERIFY_PARTS];
	struct binding all = {
		.caller = b->caller,
		.nonce = nonce,
		.key = b->key,
		.has_devices = b->has_devices,
		.devices = devices,
		.state = &b->state,
		.log_head = span(b->log.head, b->log.is_given ? b->log.head_len : 0),
	};

	*ret_known = gather_devices(b, devices, &all.device_count);
	return *ret_known ? binding_report_data(&all, ret, e) : 0;
}

int coco_digest(const cJSON *jwk, const char *nonce, const char *additional, struct digest *ret,
		struct err *e)
{
	AUTO_JSON cJSON *key = NULL;
	AUTO_JSON cJSON *runtime = NULL;
	int failed = runtime_key(jwk, &key, e);

	if (!failed)
		failed = runtime_data(key, nonce, additional, &runtime, e);
	return failed ? failed : runtime_digest(DIGEST_SHA384, runtime, ret, e);
}
