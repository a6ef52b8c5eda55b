/*
 * The opaque data of a report: fields of NVIDIA's own, each [id u16][size u16][bytes], little
 * endian. Spec: gpu-evidence reference 2.4 and 4.1.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

enum opaque_id {
	OPAQUE_DRIVER_VERSION = 3,
	OPAQUE_VBIOS_VERSION = 6,
	OPAQUE_NVDEC0_STATUS = 11,
	OPAQUE_CHIP_SKU = 15,
	OPAQUE_PROJECT = 17,
	OPAQUE_PROJECT_SKU = 18,
	OPAQUE_FWID = 20,
	OPAQUE_PROTECTED_PCIE = 21,
	OPAQUE_LINKS = 22, /* GPU: the switch at each NVLink. Switch: its own PDI */
	OPAQUE_POSITION_ID = 24,
	OPAQUE_LOCK_STATUS = 25,
	OPAQUE_SWITCH_GPUS = 26,
	OPAQUE_VERSION = 34,
	OPAQUE_CHIP_INFO = 35,
	OPAQUE_FEATURE_FLAG = 36,
	OPAQUE_IDS
};

#define OPAQUE_TEXT_BYTES 32 /* the longest text field, with its NUL */

enum opaque_form {
	OPAQUE_HEX,    /* bytes                                                 */
	OPAQUE_TEXT,   /* printable ASCII, then nothing but NULs                */
	OPAQUE_NUMBER, /* 1 to 8 bytes                                          */
	OPAQUE_STATUS, /* 0xaa on, 0x55 off                                     */
	OPAQUE_COUNTS, /* u32 each                                              */
	OPAQUE_PDIS,   /* 8 bytes each, as a PDI is written in a certificate    */
	OPAQUE_LINKED, /* 8 bytes each, reversed                                */
	OPAQUE_GPUS,   /* 8 PDIs, then a map of ports                           */
	OPAQUE_VBIOS,  /* 8 bytes: a version, see opaque_vbios()                */
};

struct opaque_row {
	uint16_t id;
	enum opaque_form form;
	uint16_t min, max, step; /* bytes */
	const char *name;	 /* the claim's */
};

/* Loans of the report; a field that is absent has a NULL `at`. */
struct opaque {
	bool is_switch;
	struct span at[OPAQUE_IDS];
};

/*
 * Reads all fields to the last byte. A field that is there twice, that the table doesn't know, of
 * another size or form, a version above 1, a GPU without driver or VBIOS version, a switch without
 * firmware version: -FAIL_INPUT.
 */
int opaque_parse(struct span bytes, bool is_switch, struct opaque *ret, struct err *e);

/* What the table knows of an id; NULL: nothing. */
const struct opaque_row *opaque_row(bool is_switch, size_t id);

bool opaque_has(const struct opaque *o, enum opaque_id id);
/* Little endian; 0 when absent. */
uint64_t opaque_number(const struct opaque *o, enum opaque_id id);
/* Without NULs; "" when absent. */
void opaque_text(const struct opaque *o, enum opaque_id id, char ret[static OPAQUE_TEXT_BYTES]);
/* "96.00.9F.00.01", upper case. */
void opaque_vbios(const struct opaque *o, char ret[static OPAQUE_TEXT_BYTES]);
