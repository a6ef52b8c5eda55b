/* The "gpu" member of a policy. All zero is the safe default. */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "attest/verify/refs.h"

#define GPU_VERSION_BYTES 32 /* a version text, with NUL */

enum gpu_mode {
	GPU_MODE_ANY,	 /* "any"                                                          */
	GPU_MODE_SINGLE, /* "single": protected PCIe must be off                           */
	GPU_MODE_PPCIE,	 /* "ppcie": on, and the devices must be one whole group           */
};

struct gpu_policy {
	bool has_count, has_switches;
	uint64_t count, switches;		 /* devices demanded, exactly                */
	struct refs arch;			 /* words: "HOPPER", "BLACKWELL", "LS10"     */
	struct refs pdi;			 /* 8 bytes: certified device identities     */
	char min_driver[GPU_VERSION_BYTES];	 /* "" none, as the next two                 */
	char min_vbios[GPU_VERSION_BYTES];	 /* of GPUs                                  */
	char min_switch_bios[GPU_VERSION_BYTES]; /* of NVSwitches                            */
	enum gpu_mode mode;
	bool revocation_if_present; /* "revocation": "if-present"; otherwise required         */
	bool driver_rim_if_present; /* "driver_rim": "if-present"; otherwise required         */
	bool allow_old_format;	    /* reports of driver 535, which do not name their firmware */
	bool rim_expired_signer;    /* RIMs whose signer's certificate has ended are taken      */
	struct refs rim_sha256;	    /* 32 bytes: the only RIM files that are taken              */
};

/*
 * Strict: an unknown member is -FAIL_INPUT. Releases what `ret` held on failure too.
 * Versions are numbers with dots; drivers decimal ("550.90.07"), firmware pairs of hex digits
 * ("96.00.9F.00.01").
 */
int gpu_policy_parse(const cJSON *node, struct gpu_policy *ret, struct err *e);
void gpu_policy_done(struct gpu_policy *p);
