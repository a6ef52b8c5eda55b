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

/*
 * By TDREPORT from paths->tdx_device (which tells about debugging too), else from the file
 * mrconfigid in paths->tdx_measurements. -FAIL_SYS: neither can be read. -FAIL_INPUT: it has
 * another form.
 */
int tdx_registers(const struct evidence_paths *paths, struct evidence_platform *ret, struct err *e);

/* A TDREPORT's attributes and MRCONFIGID. -FAIL_INPUT: another length or type. */
int tdx_read_tdreport(struct span tdreport, struct evidence_platform *ret, struct err *e);
