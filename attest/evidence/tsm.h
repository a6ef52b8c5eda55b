/*
 * Reports through configfs-tsm: one directory, made for us by PID 1, that only we write to.
 * Spec: Linux, Documentation/ABI/testing/configfs-tsm-report; cpu-evidence reference 1.4, 3.3.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define TSM_DATA_BYTES	   64
#define TSM_PROVIDER_BYTES 32

struct tsm_blobs {
	struct buf out; /* the report or quote                */
	struct buf aux; /* certificates of SNP; may be empty  */
};

#define TSM_BLOBS_EMPTY ((struct tsm_blobs){ BUF_EMPTY, BUF_EMPTY })
#define AUTO_TSM_BLOBS	__attribute__((cleanup(tsm_blobs_done)))

void tsm_blobs_done(struct tsm_blobs *b);

/* The driver's name, without its newline, terminated: "sev_guest", "tdx_guest".
 * -FAIL_INPUT (empty, not printable), -FAIL_LIMIT, -FAIL_SYS. `dir` stays open. */
int tsm_provider(int dir, char ret[static TSM_PROVIDER_BYTES], struct err *e);

/*
 * Asks the platform for a report that binds `data`.
 *
 *   dir    stays open
 *   data   exactly what the hardware gets
 *   snp    also sets privlevel where the kernel demands it, and reads the certificates
 *   ret    out is 1 .. LIMIT_REPORT_BYTES; the caller's to tsm_blobs_done()
 *
 * EBUSY, EINTR and a moved generation are tried again until `deadline_ms`, then -FAIL_AGAIN.
 * -FAIL_SYS (no device, I/O, the host has no quoting service), -FAIL_INPUT (odd counter, empty
 * report), -FAIL_LIMIT.
 */
int tsm_report(int dir, const uint8_t data[static TSM_DATA_BYTES], bool snp, uint64_t deadline_ms,
	       struct tsm_blobs *ret, struct err *e);
