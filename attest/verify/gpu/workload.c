#include <string.h>

#include "attest/verify/gpu/judge.h"
#include "attest/verify/gpu/version.h"
#include "attest/verify/rim/rim.h"

struct manifests {
	struct rim driver, firmware;
	bool has_driver, has_firmware;
};

static void read_measured(const struct spdm *s, struct rim_measurement ret[static RIM_INDICES])
{
	memset(ret, 0, RIM_INDICES * sizeof(*ret));
	for (size_t i = 0; i < s->blocks && i < RIM_INDICES; i++) {
		ret[i].present = true;
		memcpy(ret[i].at, spdm_value(s, i).at, RIM_HASH_BYTES);
	}
}

static int load_driver(const struct context *c, const struct part *p, const struct gpu_device *g,
		       struct manifests *m, struct err *e)
{
	char id[RIM_ID_BYTES] = "";
	struct err why = { 0 };

	if (rim_id_driver(&g->report.opaque, g->device.chip, id, &why)) {
		verdict_err(c->verdict, p->index, GPU_NO_REFERENCE, &why);
		return 0;
	}
	verdict_text(c->verdict, verdict_claims(c->verdict, p->index), "driver_rim", id);
	return rim_load(c, p->index, RIM_DRIVER, id, g->device.chip, p->outcome.gpu.driver,
			&m->driver, &m->has_driver, e);
}

static int load_firmware(const struct context *c, const struct part *p, const struct gpu_device *g,
			 struct manifests *m, struct err *e)
{
	char id[RIM_ID_BYTES] = "";
	struct err why = { 0 };

	if (rim_id_firmware(&g->report.opaque, id, &why)) {
		verdict_err(c->verdict, p->index, GPU_NO_REFERENCE, &why);
		return 0;
	}
	verdict_text(c->verdict, verdict_claims(c->verdict, p->index),
		     g->device.is_switch ? "switch_bios_rim" : "vbios_rim", id);
	return rim_load(c, p->index, g->device.is_switch ? RIM_SWITCH : RIM_VBIOS, id,
			g->device.chip, p->outcome.gpu.vbios, &m->firmware, &m->has_firmware, e);
}

/* Compared even when a manifest could not be used: what is known to differ is said, and a manifest
 * that the policy lets be absent is not the same as nothing to compare with. */
int gpu_judge_workload(const struct context *c, const struct part *p, const struct gpu_device *g,
		       struct err *e)
{
	struct manifests m = { 0 };
	struct rim_measurement measured[RIM_INDICES];
	const struct rim *driver, *firmware;
	int failed = g->device.is_switch ? 0 : load_driver(c, p, g, &m, e);

	if (!failed)
		failed = load_firmware(c, p, g, &m, e);
	if (failed)
		return failed;
	read_measured(&g->report.spdm, measured);
	driver = m.has_driver ? &m.driver : NULL;
	firmware = m.has_firmware ? &m.firmware : NULL;
	rim_compare(c, p->index, g->device.is_switch ? firmware : driver,
		    g->device.is_switch ? NULL : firmware, measured,
		    (uint8_t)opaque_number(&g->report.opaque, OPAQUE_NVDEC0_STATUS));
	return 0;
}
