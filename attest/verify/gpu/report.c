#include "attest/verify/gpu/report.h"

#include <string.h>

int gpu_report_parse(struct span bytes, struct gpu_report *ret, struct err *e)
{
	struct gpu_report r;
	int failed = spdm_parse(bytes, &r.spdm, e);

	if (!failed)
		failed = opaque_parse(r.spdm.opaque, r.spdm.is_switch, &r.opaque, e);
	if (!failed)
		*ret = r;
	return failed;
}

/* NVLink partners stand in the report with their bytes reversed (reference 7.4). */
static void read_links(struct span field, struct gpu_facts *f)
{
	f->has_links = true;
	for (size_t i = 0; i < field.len && i < sizeof(f->links); i++)
		f->links[i / GPU_PDI_BYTES][GPU_PDI_BYTES - 1 - i % GPU_PDI_BYTES] = field.at[i];
}

static void read_gpu(const struct opaque *o, struct gpu_facts *f)
{
	opaque_text(o, OPAQUE_DRIVER_VERSION, f->driver);
	if (opaque_has(o, OPAQUE_PROTECTED_PCIE)) {
		f->has_ppcie = true;
		f->ppcie = opaque_number(o, OPAQUE_PROTECTED_PCIE) == 0xaa;
	}
	/* Before version 1 the flag has no meaning. */
	if (opaque_has(o, OPAQUE_FEATURE_FLAG) && opaque_number(o, OPAQUE_VERSION) >= 1) {
		f->has_feature = true;
		f->feature = (uint16_t)opaque_number(o, OPAQUE_FEATURE_FLAG);
	}
	if (opaque_has(o, OPAQUE_LINKS))
		read_links(o->at[OPAQUE_LINKS], f);
}

static void read_switch(const struct opaque *o, struct gpu_facts *f)
{
	f->has_own_pdi = opaque_has(o, OPAQUE_LINKS);
	if (f->has_own_pdi)
		memcpy(f->own_pdi, o->at[OPAQUE_LINKS].at, sizeof(f->own_pdi));
	f->has_gpus = opaque_has(o, OPAQUE_SWITCH_GPUS);
	if (f->has_gpus)
		memcpy(f->gpus, o->at[OPAQUE_SWITCH_GPUS].at, sizeof(f->gpus));
	f->has_position = opaque_has(o, OPAQUE_POSITION_ID);
	f->position = (uint16_t)opaque_number(o, OPAQUE_POSITION_ID);
	f->has_lock = opaque_has(o, OPAQUE_LOCK_STATUS);
	f->lock = (uint16_t)opaque_number(o, OPAQUE_LOCK_STATUS);
}

void gpu_report_facts(const struct gpu_report *r, const struct device *d, struct gpu_facts *ret)
{
	struct gpu_facts f = { .is_switch = d->is_switch, .leaf_serial_len = d->leaf_serial_len };

	memcpy(f.arch, d->arch, sizeof(f.arch));
	memcpy(f.pdi, d->pdi, sizeof(f.pdi));
	memcpy(f.leaf_serial, d->leaf_serial, sizeof(f.leaf_serial));
	opaque_vbios(&r->opaque, f.vbios);
	if (d->is_switch)
		read_switch(&r->opaque, &f);
	else
		read_gpu(&r->opaque, &f);
	*ret = f;
}
