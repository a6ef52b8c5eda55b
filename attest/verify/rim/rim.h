/*
 * Reference integrity manifests of NVIDIA: a strict XML reader, one signature profile, golden
 * values. Spec: gpu-evidence reference 4 and 5.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/verify/context.h"

#define RIM_INDICES	 64
#define RIM_ALTERNATIVES 8
#define RIM_HASH_BYTES	 48

struct rim_golden {
	bool active;
	uint8_t count; /* alternatives */
	uint8_t at[RIM_ALTERNATIVES][RIM_HASH_BYTES];
};

enum rim_kind { RIM_DRIVER, RIM_VBIOS, RIM_SWITCH };

/* A RIM whose signature and chain hold. */
struct rim {
	enum rim_kind kind;
	char version[32];   /* colloquialVersion */
	uint8_t sha256[32]; /* of the file     */
	struct rim_golden golden[RIM_INDICES];
};

/*
 * Finds nvidia-rim-<id>.xml in the store (or nvidia-rim-<id>.json, the RIM service's answer),
 * verifies it and says RIM_* findings on `part`, which must be judged genuine already. `chip` is
 * the certified chip ("GH100"), which the signer's CA must name; `version` what the report says.
 *
 * *ret_found false: it can't be used, and a finding of dimension workload says why. The one
 * exception is a driver's manifest that is missing while the policy has driver_rim_if_present.
 * True: rim_compare() must follow, since a finding that the policy allows (an expired signer) is
 * no comparison. `ret` is written only then. 0, or -FAIL_SYS.
 */
int rim_load(const struct context *c, size_t part, enum rim_kind kind, const char *id,
	     const char *chip, const char *version, struct rim *ret, bool *ret_found,
	     struct err *e);

/* One measurement of a report: 0-based index, 48 bytes. */
struct rim_measurement {
	bool present;
	uint8_t at[RIM_HASH_BYTES];
};

/*
 * Compares index by index (reference section 5) and says RIM_MATCH or each mismatch, claims under
 * "measurements". `vbios` NULL for a switch. `nvdec` is field 11 (0 when absent).
 *
 * A GPU's manifest that could not be loaded is NULL: the other one is compared all the same, and
 * the word stays "unknown" at best (RIM_MISSING), unless it is the driver's and the policy has
 * driver_rim_if_present. With none at all: RIM_UNCOMPARED.
 */
void rim_compare(const struct context *c, size_t part, const struct rim *driver_or_switch,
		 const struct rim *vbios, const struct rim_measurement measured[static RIM_INDICES],
		 uint8_t nvdec);
