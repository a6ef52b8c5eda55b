/*
 * What ties the parts of an answer to one CPU's report: the guest computes it, and a verifier
 * again. Spec: attest/evidence/BINDING.md.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define BINDING_DATA_BYTES   64 /* what goes into the CPU's report */
#define BINDING_NONCE_BYTES  32 /* what devices are asked          */
#define BINDING_PDI_BYTES    8
#define BINDING_SHA384_BYTES 48
#define BINDING_DRIVER_BYTES 80 /* with its terminator */

struct binding_device {
	bool is_switch;
	uint8_t pdi[BINDING_PDI_BYTES];
	uint8_t report_sha384[BINDING_SHA384_BYTES]; /* to the end of its signature */
	uint8_t chain_sha384[BINDING_SHA384_BYTES];  /* of the DER, leaf first      */
};

/* NVML's words. */
struct binding_state {
	uint8_t cc, devtools, multi_gpu, environment;
	char driver[BINDING_DRIVER_BYTES];
	uint32_t pci_count;
};

/* Loans. */
struct binding {
	const char *caller;
	struct span nonce;
	struct span key;		      /* DER; may be empty                            */
	bool has_devices;		      /* asked for: they count, be there none         */
	const struct binding_device *devices; /* in any order             */
	size_t device_count;
	const struct binding_state *state; /* NULL unless has_devices     */
	struct span log_head;		   /* empty: not asked for        */
};

/* -FAIL_LIMIT (a field over 65535 bytes, or all of them too long), -FAIL_SYS; `ret` is untouched
 * then. */
int binding_gpu_nonce(struct span nonce, struct span key, uint8_t ret[static BINDING_NONCE_BYTES],
		      struct err *e);
int binding_report_data(const struct binding *b, uint8_t ret[static BINDING_DATA_BYTES],
			struct err *e);
