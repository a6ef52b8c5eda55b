/*
 * An evidence driver: one way to a TEE. The rest of attest knows drivers through this alone.
 */
#pragma once

#include <cjson/cJSON.h>
#include <pthread.h>
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

	/* Nothing measures what a disk brings: the configuration must be the image's. */
	bool is_image_only;
};

struct ownlog;
struct tdx_direct;
struct tpm;

/* What PID 1 found and opened (init/device.c). Loans; -1: not there. */
struct evidence_devices {
	int tsm;	      /* a configfs-tsm report directory that only we write to */
	int sev_guest;	      /* /dev/sev-guest                                        */
	int tdx_guest;	      /* /dev/tdx_guest                                        */
	int tdx_measurements; /* directory with mrconfigid, Linux 6.16 and later       */
	int rtmr;	      /* its file rtmr3:sha384, to read and extend             */
	int ccel;	      /* the firmware's event log                              */
	int launch_secret;    /* a memory file: what was injected for us at launch     */
	int tpmrm;	      /* /dev/tpmrm0                                           */

	/* Past configfs; NULL: only through it. */
	struct tdx_direct *tdx_direct;

	/* What `tpmrm` leads to; NULL: there is none. */
	struct tpm *tpm;

	unsigned gpus; /* of NVIDIA's, on the PCI bus: asked by sealinit-gpu */
};

#define EVIDENCE_NO_DEVICES \
	((struct evidence_devices){ -1, -1, -1, -1, -1, -1, -1, -1, NULL, NULL, 0 })

struct evidence;

struct evidence_driver {
	const char *tee;      /* RCAR's name: "snp", "tdx", "tpm", "sample"; "sev" asks none */
	const char *provider; /* configfs-tsm's name for it, or NULL                     */

	/* Fills *ret from the hardware itself, never from what passed through the host.
	 * -FAIL_SYS, -FAIL_INPUT, -FAIL_AGAIN (busy until the deadline). */
	int (*platform)(const struct evidence *self, uint64_t deadline_ms,
			struct evidence_platform *ret, struct err *e);

	/* CoCo's JSON for this TEE over `report_data`, 1 .. 64 bytes, padded as the TEE wants it.
	 * *ret is the caller's. -FAIL_INPUT, -FAIL_FORGED (a report that binds other data),
	 * -FAIL_SYS, -FAIL_LIMIT, -FAIL_AGAIN; -FAIL_DENIED: this TEE gives its guest none. */
	int (*report)(const struct evidence *self, struct span report_data, uint64_t deadline_ms,
		      cJSON **ret, struct err *e);
};

/* A driver, with what it stands on. All zero is a valid lock. */
struct evidence {
	const struct evidence_driver *driver; /* NULL: none found */
	struct evidence_devices dev;
	struct ownlog *log;   /* where hardware holds its head: NULL, or a loan */
	bool wants_gpus;      /* the boot shows them to the broker */
	pthread_mutex_t lock; /* one request at a time */
};
