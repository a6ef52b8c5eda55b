/*
 * Manifests judged as a device's verifier would: loaded from a store of their own, then compared
 * with measurements. Everything else about the device is said to be good, so the decision is the
 * manifests'.
 */
#pragma once

#include "attest/verify/rim/rim.h"
#include "tests/support/evidence/rim.h"
#include "tests/unit/verify/rig.h"

#define RIMS_DRIVER_ID	   "NV_GPU_DRIVER_GH100_550.90.07"
#define RIMS_VBIOS_ID	   "NV_GPU_VBIOS_1010_0200_882_96009F0001"
#define RIMS_SWITCH_ID	   "NV_SWITCH_BIOS_5612_0002_890_9610550001"
#define RIMS_VBIOS_VERSION "96.00.9F.00.01"
#define RIMS_NOW	   1790000000 /* 2026-09-21, as in rig_init() */

struct rims_file {
	bool is_asked;
	enum rim_kind kind;
	const char *id, *chip, *version;
	const char *suffix; /* "xml", "json"; NULL: the file is not there */
	struct span bytes;  /* of the first file: what rig_run() is given */
};

/* The question of the next rig_run(). */
struct rims {
	struct rims_file files[2]; /* driver or switch, VBIOS */
	struct rim_measurement measured[RIM_INDICES];
	uint8_t nvdec;
	const char *extra_name; /* one more file in the store, or NULL */
	struct span extra;
	bool is_quick; /* thousands of runs: rim_show() is not asked as well */
	bool found[2]; /* what rim_load() answered */
	struct rim loaded[2];
};

extern struct rims rims;

/* Judges the first asked file with the part's bytes for its content. */
rig_verify rims_judge;

/* A rig that trusts this signer's root, asks for no revocation lists and no driver's manifest. */
void rims_init(struct rig *r, const struct rim_signer *by);

/* Asks for one file, and for measurements that match the first alternative of these values. */
void rims_ask(enum rim_kind kind, const struct rim_spec *s);
void rims_measure(const struct rim_spec *s);

/* The usual: the VBIOS manifest `s` by `by`, judged. */
enum verify_decision rims_run(struct rig *r, const struct rim_spec *s, const struct rim_signer *by);

struct rim_signer rims_signer(void); /* for GH100 */
