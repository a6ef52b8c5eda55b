/*
 * An evidence driver: one way to a TEE. The rest of attest knows drivers through this alone.
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define REPORT_DATA_BYTES   64 /* what TDX and SNP bind */
#define INIT_DATA_MAX_BYTES 48

/* What the hardware measured at launch on the owner's behalf. */
struct evidence_platform {
	bool has_init_data; /* false: this TEE has no such register              */
	char name[32];	    /* "HOST_DATA", "MRCONFIGID", "none (sample)"        */
	size_t len;	    /* 32 or 48                                          */
	uint8_t at[INIT_DATA_MAX_BYTES];
	bool debug; /* the owner of the machine may look inside, or we can't tell */
};

/* Where things are in the guest; tests hand in their own. NULL: not there. */
struct evidence_paths {
	const char *ccel;	      /* the event log's bytes                           */
	const char *tdx_device;	      /* TDREPORT by ioctl                               */
	const char *tdx_measurements; /* directory with mrconfigid, kernel 6.16 and later */
};

struct evidence;

struct evidence_driver {
	const char *tee;      /* RCAR's name: "snp", "tdx", "sample"                     */
	const char *provider; /* configfs-tsm's name for it, or NULL                     */

	/* Fills *ret from the hardware itself, never from what passed through the host.
	 * -FAIL_SYS, -FAIL_INPUT, -FAIL_AGAIN (busy until the deadline). */
	int (*platform)(const struct evidence *self, uint64_t deadline_ms,
			struct evidence_platform *ret, struct err *e);

	/* CoCo's JSON for this TEE over `report_data`, 1 .. 64 bytes, padded as the TEE wants it.
	 * *ret is the caller's. -FAIL_INPUT, -FAIL_FORGED (a report that binds other data),
	 * -FAIL_SYS, -FAIL_LIMIT, -FAIL_AGAIN. */
	int (*report)(const struct evidence *self, struct span report_data, uint64_t deadline_ms,
		      cJSON **ret, struct err *e);
};

/* A driver, with what it stands on. Plain data; the descriptor and the paths are loans. */
struct evidence {
	const struct evidence_driver *driver; /* NULL: none found */
	int tsm_dir;			      /* or -1            */
	struct evidence_paths paths;
	bool busy;
};
