/*
 * What Intel certifies of a platform: the SGX extension of a PCK certificate.
 * Spec: Intel SGX PCK Certificate and CRL Profile, 1.5; cpu-evidence reference 4.2.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define PCK_EXTENSION_OID "1.2.840.113741.1.13.1"

/* The PPID is checked for its form and not kept: it tells a machine for ever. */
struct pck {
	uint8_t components[16];
	uint16_t pcesvn;
	uint8_t cpusvn[16];
	uint8_t pceid[2];
	uint8_t fmspc[6];
	uint8_t sgx_type; /* 0 standard, 1 scalable, 2 scalable with integrity */
	bool has_instance;
	uint8_t instance[16];
	bool has_dynamic, is_dynamic;
	bool has_cached, is_cached;
	bool has_smt, is_smt;
};

/*
 * Reads what stands inside the extension. Members come in any order, each once; one that Intel has
 * not defined is passed over. DER alone. -FAIL_INPUT.
 */
int pck_parse(struct span extension, struct pck *ret, struct err *e);
