#include "base/binding.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

#define LABEL_ALONE	"sealinit/v1/evidence"
#define LABEL_COMPOSITE "sealinit/v1/composite"
#define LABEL_GPU_NONCE "sealinit/v1/gpu-nonce"
#define LABEL_DEVICES	"sealinit/v1/devices"
#define FIELDS_LIMIT	(16 * 1024)
#define DEVICES_MAX	64 /* they fit FIELDS_LIMIT */

static int add(struct buf *to, const void *at, size_t len, struct err *e)
{
	return buf_append(to, span(at, len), FIELDS_LIMIT, e);
}

static int add_field(struct buf *to, struct span field, struct err *e)
{
	const uint8_t len[] = { (uint8_t)(field.len >> 8), (uint8_t)field.len };
	int failed;

	if (field.len > UINT16_MAX)
		return FAIL(e, FAIL_LIMIT, "a field of %zu bytes", field.len);
	failed = add(to, len, sizeof(len), e);
	return failed ? failed : buf_append(to, field, FIELDS_LIMIT, e);
}

static int add_u32(struct buf *to, uint32_t n, struct err *e)
{
	const uint8_t bytes[] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
				  (uint8_t)n };

	return add(to, bytes, sizeof(bytes), e);
}

int binding_gpu_nonce(struct span nonce, struct span key, uint8_t ret[static BINDING_NONCE_BYTES],
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
		memcpy(ret, d.at, BINDING_NONCE_BYTES);
	return failed;
}

/* GPUs before switches, each by PDI. */
static int by_pdi(const void *left, const void *right)
{
	const struct binding_device *const *a = left, *const *b = right;

	if ((*a)->is_switch != (*b)->is_switch)
		return (*a)->is_switch ? 1 : -1;
	return memcmp((*a)->pdi, (*b)->pdi, BINDING_PDI_BYTES);
}

static int add_device(struct buf *to, const struct binding_device *d, struct err *e)
{
	int failed = add(to, &(uint8_t){ d->is_switch }, 1, e);

	if (!failed)
		failed = add(to, d->pdi, sizeof(d->pdi), e);
	if (!failed)
		failed = add(to, d->report_sha384, sizeof(d->report_sha384), e);
	return failed ? failed : add(to, d->chain_sha384, sizeof(d->chain_sha384), e);
}

static int devices_digest(const struct binding *b, struct digest *ret, struct err *e)
{
	const struct binding_device *sorted[DEVICES_MAX];
	AUTO_BUF struct buf fields = BUF_EMPTY;
	int failed;

	if (b->device_count > DEVICES_MAX)
		return FAIL(e, FAIL_LIMIT, "%zu devices", b->device_count);
	for (size_t i = 0; i < b->device_count; i++)
		sorted[i] = &b->devices[i];
	qsort(sorted, b->device_count, sizeof(*sorted), by_pdi);
	failed = add_field(&fields, span_text(LABEL_DEVICES), e);
	if (!failed)
		failed = add_u32(&fields, (uint32_t)b->device_count, e);
	for (size_t i = 0; i < b->device_count && !failed; i++)
		failed = add_device(&fields, sorted[i], e);
	return failed ? failed : digest_of(DIGEST_SHA384, buf_view(&fields), ret, e);
}

static int add_state(struct buf *to, const struct binding_state *s, struct err *e)
{
	const uint8_t modes[] = { s->cc, s->devtools, s->multi_gpu, s->environment };
	AUTO_BUF struct buf state = BUF_EMPTY;
	int failed = add(&state, modes, sizeof(modes), e);

	if (!failed)
		failed = add_field(&state, span_text(s->driver), e);
	if (!failed)
		failed = add_u32(&state, s->pci_count, e);
	return failed ? failed : add_field(to, buf_view(&state), e);
}

static int add_devices(struct buf *to, const struct binding *b, struct err *e)
{
	struct digest devices;
	int failed = devices_digest(b, &devices, e);

	if (!failed)
		failed = add_field(to, span(devices.at, devices.len), e);
	return failed ? failed : add_state(to, b->state, e);
}

static int add_composite(struct buf *to, const struct binding *b, struct err *e)
{
	int failed = add_field(to, b->key, e);

	if (!failed && b->has_devices)
		failed = add_devices(to, b, e);
	for (int i = 0; i < 2 && !failed && !b->has_devices; i++)
		failed = add_field(to, SPAN_EMPTY, e);
	return failed ? failed : add_field(to, b->log_head, e);
}

int binding_report_data(const struct binding *b, uint8_t ret[static BINDING_DATA_BYTES],
			struct err *e)
{
	AUTO_BUF struct buf fields = BUF_EMPTY;
	bool is_composite = b->has_devices || b->log_head.len;
	struct digest d;
	int failed;

	failed = add_field(&fields, span_text(is_composite ? LABEL_COMPOSITE : LABEL_ALONE), e);
	if (!failed)
		failed = add_field(&fields, span_text(b->caller), e);
	if (!failed)
		failed = add_field(&fields, b->nonce, e);
	if (!failed && is_composite)
		failed = add_composite(&fields, b, e);
	if (!failed)
		failed = digest_of(DIGEST_SHA512, buf_view(&fields), &d, e);
	if (!failed)
		memcpy(ret, d.at, BINDING_DATA_BYTES);
	return failed;
}
