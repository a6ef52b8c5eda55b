/* Versions as reports and policies write them, and the names of the manifests that go with them.
 * Spec: gpu-evidence reference 4.1. */
#pragma once

#include <stdbool.h>

#include "attest/verify/gpu/opaque.h"
#include "base/err.h"

#define RIM_ID_BYTES 65 /* the longest we take, with NUL */

/* Numbers with dots, one to six of at most eight digits: decimal (base 10) or hex (16). */
bool version_is_valid(const char *text, int base);

/* < 0, 0, > 0 as strcmp, number by number; a number that is missing is 0. Both must be valid. */
int version_compare(const char *a, const char *b, int base);

/*
 * The ids of the RIMs of a device. `chip` is the certified one. The driver's is for GPUs only.
 * Upper case, [A-Z0-9._] alone: they become names of files. -FAIL_INPUT: a field is missing or
 * unfit.
 */
int rim_id_driver(const struct opaque *o, const char *chip, char ret[static RIM_ID_BYTES],
		  struct err *e);
int rim_id_firmware(const struct opaque *o, char ret[static RIM_ID_BYTES], struct err *e);
