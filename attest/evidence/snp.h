/* What SEV-SNP gives besides evidence. */
#pragma once

#include "attest/evidence/driver.h"
#include "attest/evidence/sev_guest.h"
#include "attest/evidence/tsm.h"
#include "base/err.h"
#include "base/secret.h"

/* What is known of /dev/sev-guest: one for all threads, since a wiped key is the guest's, not the
 * caller's. Its ioctl is for tests to replace. */
extern struct sev_guest snp_device;

/*
 * A report over `data`, and about nothing else: through configfs-tsm where PID 1 found it, else by
 * ioctl. ret->out has SNP_REPORT_BYTES, ret->aux certificates or nothing.
 *
 * As sev_guest_report() and tsm_report(); -FAIL_FORGED: it binds other data, twice.
 */
int snp_report(const struct evidence_devices *dev, const uint8_t data[static REPORT_DATA_BYTES],
	       uint64_t deadline_ms, struct tsm_blobs *ret, struct err *e);

/*
 * The root secret "snp:derived": the key of this chip for this policy and measurement, and, by
 * HKDF, for this HOST_DATA, which the firmware can't mix in. 32 bytes; the caller's.
 *
 * As above; -FAIL_DENIED where the platform masks its chip's key: what the firmware derives from
 * then is not the chip's secret.
 */
int snp_derived_root(const struct evidence_devices *dev, uint64_t deadline_ms, struct secret *ret,
		     struct err *e);
