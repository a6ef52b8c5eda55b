#include <stdlib.h>
#include <string.h>

#include "attest/verify/context.h"
#include "attest/verify/gpu/report.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"

#define HEX_MAX 128 /* bytes that are turned to text on the stack */

static int add_hex(cJSON *o, const char *name, struct span bytes, struct err *e)
{
	char small[2 * HEX_MAX + 1];
	AUTO_FREE char *large = NULL;
	char *text = small;

	if (bytes.len > HEX_MAX) {
		text = large = malloc(2 * bytes.len + 1);
		if (!text)
			return FAIL_ERRNO(e, "claims");
	}
	digest_hex(bytes, text);
	return json_add_text(o, name, text, e);
}

static int push(cJSON *list, cJSON *item, struct err *e)
{
	if (item && cJSON_AddItemToArray(list, item))
		return 0;
	cJSON_Delete(item);
	errno = ENOMEM;
	return FAIL_ERRNO(e, "claims");
}

static int push_hex(cJSON *list, struct span bytes, struct err *e)
{
	char text[2 * HEX_MAX + 1];

	digest_hex(span(bytes.at, bytes.len < HEX_MAX ? bytes.len : HEX_MAX), text);
	return push(list, cJSON_CreateString(text), e);
}

/* --- Opaque fields ---------------------------------------------------------------------------- */

static int add_pdis(cJSON *o, const char *name, struct span b, bool is_reversed, struct err *e)
{
	cJSON *list = cJSON_CreateArray();
	int failed = json_add(o, name, list, e);

	for (size_t i = 0; i + GPU_PDI_BYTES <= b.len && !failed; i += GPU_PDI_BYTES) {
		uint8_t pdi[GPU_PDI_BYTES];

		for (size_t k = 0; k < GPU_PDI_BYTES; k++)
			pdi[k] = b.at[i + (is_reversed ? GPU_PDI_BYTES - 1 - k : k)];
		failed = push_hex(list, span(pdi, sizeof(pdi)), e);
	}
	return failed;
}

static int add_counts(cJSON *o, const char *name, struct span b, struct err *e)
{
	cJSON *list = cJSON_CreateArray();
	int failed = json_add(o, name, list, e);

	for (size_t i = 0; i + 4 <= b.len && !failed; i += 4) {
		uint32_t count = (uint32_t)b.at[i] | (uint32_t)b.at[i + 1] << 8 |
				 (uint32_t)b.at[i + 2] << 16 | (uint32_t)b.at[i + 3] << 24;

		failed = push(list, cJSON_CreateNumber(count), e);
	}
	return failed;
}

static int add_gpus(cJSON *o, const char *name, struct span b, struct err *e)
{
	size_t pdis = (size_t)GPU_GROUP * GPU_PDI_BYTES;
	int failed = add_pdis(o, name, span(b.at, pdis), false, e);

	return failed ? failed : add_hex(o, "port_map", span(b.at + pdis, b.len - pdis), e);
}

static int add_field(const struct opaque *q, const struct opaque_row *row, cJSON *o, struct err *e)
{
	enum opaque_id id = (enum opaque_id)row->id;
	char text[OPAQUE_TEXT_BYTES];

	switch (row->form) {
	case OPAQUE_HEX:
		return add_hex(o, row->name, q->at[id], e);
	case OPAQUE_TEXT:
		opaque_text(q, id, text);
		return json_add_text(o, row->name, text, e);
	case OPAQUE_NUMBER:
		return json_add_u64(o, row->name, opaque_number(q, id), e);
	case OPAQUE_STATUS:
		return json_add_bool(o, row->name, opaque_number(q, id) == 0xaa, e);
	case OPAQUE_COUNTS:
		return add_counts(o, row->name, q->at[id], e);
	case OPAQUE_PDIS:
		return add_hex(o, row->name, q->at[id], e);
	case OPAQUE_LINKED:
		return add_pdis(o, row->name, q->at[id], true, e);
	case OPAQUE_GPUS:
		return add_gpus(o, row->name, q->at[id], e);
	case OPAQUE_VBIOS:
		opaque_vbios(q, text);
		return json_add_text(o, row->name, text, e);
	}
	return FAIL(e, FAIL_BUG, "opaque field %u has no form", row->id);
}

/* --- The whole -------------------------------------------------------------------------------- */

static int add_spdm(const struct spdm *s, cJSON *o, struct err *e)
{
	cJSON *list;
	int failed = json_add_text(o, "device_type", s->is_switch ? "nvswitch" : "gpu", e);

	if (!failed)
		failed = add_hex(o, "nonce", s->requester_nonce, e);
	if (!failed)
		failed = add_hex(o, "responder_nonce", s->responder_nonce, e);
	if (!failed)
		failed = json_add_u64(o, "slot", s->slot, e);
	if (!failed)
		failed = json_add_u64(o, "measurement_count", s->blocks, e);
	if (!failed)
		failed = json_add_u64(o, "trailing_bytes", s->trailing, e);
	list = failed ? NULL : cJSON_CreateArray();
	if (!failed)
		failed = json_add(o, "measured", list, e);
	for (size_t i = 0; i < s->blocks && !failed; i++)
		failed = push_hex(list, spdm_value(s, i), e);
	return failed;
}

int gpu_report_claims(const struct gpu_report *r, cJSON *ret, struct err *e)
{
	int failed = add_spdm(&r->spdm, ret, e);

	for (size_t id = 0; id < OPAQUE_IDS && !failed; id++)
		if (r->opaque.at[id].at)
			failed = add_field(&r->opaque, opaque_row(r->opaque.is_switch, id), ret, e);
	return failed;
}

int gpu_device_claims(const struct device *d, cJSON *ret, struct err *e)
{
	int failed = json_add_text(ret, "arch", d->arch, e);

	if (!failed)
		failed = json_add_text(ret, "hwmodel", d->model, e);
	if (!failed)
		failed = json_add_text(ret, "device_info", d->info, e);
	if (!failed)
		failed = add_hex(ret, "pdi", span(d->pdi, sizeof(d->pdi)), e);
	if (!failed)
		failed = add_hex(ret, "ueid", span(d->leaf_serial, d->leaf_serial_len), e);
	if (!failed)
		failed = add_hex(ret, "certified_fwid", span(d->fwid, sizeof(d->fwid)), e);
	return failed;
}

int gpu_show(struct span report, cJSON *ret, struct err *e)
{
	struct gpu_report r;
	int failed = gpu_report_parse(report, &r, e);

	return failed ? failed : gpu_report_claims(&r, ret, e);
}
