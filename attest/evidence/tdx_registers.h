/*
 * MRCONFIGID, from the CPU itself. A quote would not do: it comes back through the host, and only a
 * verifier can tell whether it was touched.
 * Spec: Linux, include/uapi/linux/tdx-guest.h; Documentation/ABI/testing/
 * sysfs-devices-virtual-misc-tdx_guest; cpu-evidence reference 3.1, 3.2.
 */
#pragma once

#include "attest/evidence/driver.h"
#include "base/err.h"
#include "base/span.h"

#define TDREPORT_BYTES 1024

/* In a TDREPORT. */
#define TDREPORT_OFF_DATA 128
#define TDREPORT_OFF_TD	  512 /* TDINFO */

/* Asks the CPU, without the host, for a TDREPORT over `data`; it is not looked into. `device` is
 * /dev/tdx_guest and stays open. -FAIL_SYS. */
int tdx_tdreport(int device, const uint8_t data[static REPORT_DATA_BYTES],
		 uint8_t ret[static TDREPORT_BYTES], struct err *e);

/*
 * By TDREPORT from `device` (which tells about debugging too), else from the file mrconfigid in the
 * directory `measurements`; -1 is one that is not there, both stay open. -FAIL_SYS: neither can be
 * read. -FAIL_INPUT, -FAIL_LIMIT: it has another form.
 */
int tdx_registers(int device, int measurements, struct evidence_platform *ret, struct err *e);

/* A TDREPORT's attributes and MRCONFIGID. -FAIL_INPUT: another length or type. */
int tdx_read_tdreport(struct span tdreport, struct evidence_platform *ret, struct err *e);
