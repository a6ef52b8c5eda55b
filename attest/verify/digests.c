#include "attest/verify/digests.h"

#include <stdlib.h>
#include <string.h>

#include "attest/verify/runtime.h"
#include "base/json.h"

#define LABEL_ALONE	"sealinit/v1/evidence"
#define LABEL_COMPOSITE "sealinit/v1/composite"
#define LABEL_GPU_NONCE "sealinit/v1/gpu-nonce"
#define LABEL_DEVICES	"sealinit/v1/devices"
#define FIELDS_LIMIT	(16 * 1024)

static int add_field(struct buf *to, struct span field, struct err *e)
{
	const uint8_t len[] = { (uint8_t)(field.len >> 8), (uint8_t)field.len };
	int failed;

	if (field.len > UINT16_MAX)
		return FAIL(e, FAIL_LIMIT, "a field of %zu bytes", field.len);
	failed = buf_append(to, span(len, sizeof(len)), FIELDS_LIMIT, e);
	return failed ? failed : buf_append(to, field, FIELDS_LIMIT, e);
}

static int add_u32(struct buf *to, uint32_t n, struct err *e)
{
	const uint8_t bytes[] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
				  (uint8_t)n };

	return buf_append(to, span(bytes, sizeof(bytes)), FIELDS_LIMIT, e);
}

int ours_gpu_nonce(struct span nonce, struct span key, uint8_t ret[static GPU_NONCE_BYTES],
		   struct err *e)
{
	AUTO_BUF struct buf fields = BUF_EMPTY;
	struct digest of_key, d;
	int failed = digest_of(DIGEST_SHA384, key, &of_key, e);

	if (!failed)
		failed = add_field(&fields, span_text(LABEL_GPU_NONCE), e);
	if (!failed)
		failed = add_field(&fields, nonce, e);
	if (!failed)
		failed = add_field(&fields, span(of_key.at, of_key.len), e);
	if (!failed)
		failed = digest_of(DIGEST_SHA256, buf_view(&fields), &d, e);
	if (!failed)
		memcpy(ret, d.at, GPU_NONCE_BYTES);
	return failed;
}

/* GPUs before switches, each by PDI. */
static int by_pdi(const void *left, const void *right)
{
	const struct gpu_facts *const *a = left, *const *b = right;

	if ((*a)->is_switch != (*b)->is_switch)
		return (*a)->is_switch ? 1 : -1;
	return memcmp((*a)->pdi, (*b)->pdi, GPU_PDI_BYTES);
}

static int add_device(struct buf *to, const struct gpu_facts *f, struct err *e)
{
	int failed = buf_append(to, span(&(uint8_t){ f->is_switch }, 1), FIELDS_LIMIT, e);

	if (!failed)
		failed = buf_append(to, span(f->pdi, sizeof(f->pdi)), FIELDS_LIMIT, e);
	if (!failed)
		failed = buf_append(to, span(f->report_sha384, sizeof(f->report_sha384)),
				    FIELDS_LIMIT, e);
	if (!failed)
		failed = buf_append(to, span(f->chain_sha384, sizeof(f->chain_sha384)),
				    FIELDS_LIMIT, e);
	return failed;
}

static int devices_digest(const struct bundle *b, struct digest *ret, bool *ret_known,
			  struct err *e)
{
	const struct gpu_facts *sorted[LIMIT_VERIFY_PARTS];
	AUTO_BUF struct buf fields = BUF_EMPTY;
	size_t n = 0;
	int failed;

	*ret_known = false;
	for (size_t i = 0; i < b->count; i++) {
		const struct part *p = &b->parts[i];

		if (p->kind != PART_GPU && p->kind != PART_SWITCH)
			continue;
		if (!p->outcome.genuine)
			return 0;
		sorted[n++] = &p->outcome.gpu;
	}
	qsort(sorted, n, sizeof(*sorted), by_pdi);
	failed = add_field(&fields, span_text(LABEL_DEVICES), e);
	if (!failed)
		failed = add_u32(&fields, (uint32_t)n, e);
	for (size_t i = 0; i < n && !failed; i++)
		failed = add_device(&fields, sorted[i], e);
	if (!failed)
		failed = digest_of(DIGEST_SHA384, buf_view(&fields), ret, e);
	*ret_known = !failed;
	return failed;
}

static int add_state(struct buf *to, const struct bundle_state *s, struct err *e)
{
	const uint8_t modes[] = { s->cc, s->devtools, s->multi_gpu, s->environment };
	AUTO_BUF struct buf state = BUF_EMPTY;
	int failed = buf_append(&state, span(modes, sizeof(modes)), FIELDS_LIMIT, e);

	if (!failed)
		failed = add_field(&state, span_text(s->driver), e);
	if (!failed)
		failed = add_u32(&state, s->pci_count, e);
	return failed ? failed : add_field(to, buf_view(&state), e);
}

static int add_composite(struct buf *to, const struct bundle *b, const struct digest *devices,
			 struct err *e)
{
	int failed = add_field(to, b->key, e);

	if (!failed)
		failed = add_field(
			to, b->has_devices ? span(devices->at, devices->len) : SPAN_EMPTY, e);
	if (!failed)
		failed =
			b->has_devices ? add_state(to, &b->state, e) : add_field(to, SPAN_EMPTY, e);
	return failed ? failed : add_field(to, span(b->log.head, b->log.head_len), e);
}

int ours_report_data(const struct bundle *b, struct span nonce,
		     uint8_t ret[static REPORT_DATA_BYTES], bool *ret_known, struct err *e)
{
	AUTO_BUF struct buf fields = BUF_EMPTY;
	bool is_composite = b->has_devices || b->log.is_given;
	struct digest devices = { 0 }, d;
	int failed = devices_digest(b, &devices, ret_known, e);

	if (failed || !*ret_known)
		return failed;
	failed = add_field(&fields, span_text(is_composite ? LABEL_COMPOSITE : LABEL_ALONE), e);
	if (!failed)
		failed = add_field(&fields, span_text(b->caller), e);
	if (!failed)
		failed = add_field(&fields, nonce, e);
	if (!failed && is_composite)
		failed = add_composite(&fields, b, &devices, e);
	if (!failed)
		failed = digest_of(DIGEST_SHA512, buf_view(&fields), &d, e);
	if (!failed)
		memcpy(ret, d.at, REPORT_DATA_BYTES);
	return failed;
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
