/* Which TEE this is, and the one way to ask it. */
#pragma once

#include "attest/config/config.h"
#include "attest/evidence/driver.h"
#include "base/err.h"

extern const struct evidence_driver evidence_snp;
extern const struct evidence_driver evidence_tdx;

/* No reports: never found, and used where the configuration names it and there is a launch secret.
 */
extern const struct evidence_driver evidence_sev;

/* A TPM alone: known only by name, since the host may be who runs it. */
extern const struct evidence_driver evidence_tpm;

/* A simulated TEE, for demos and tests: known only where SEALINIT_SAMPLE is defined. */
extern const struct evidence_driver evidence_sample;

/* Whether this build has it. */
bool evidence_has_sample(void);

/*
 * Looks at the hardware: what configfs-tsm names, else what there is a device of. In the order snp,
 * tdx.
 *
 *   dev   what there is; loans
 *   ret   its driver is NULL when there is no TEE, which is no failure yet
 *
 * -FAIL_INPUT: a provider that we don't know. -FAIL_SYS.
 */
int evidence_probe(const struct evidence_devices *dev, struct evidence *ret, struct err *e);

/*
 * What was found against what the configuration wants. `sample`, `tpm` and `sev` must be asked for
 * by name, be built in or there, and never stand in for a TEE with reports: a host that takes that
 * away must not get a weaker one. -FAIL_INPUT with the reason; -FAIL_DENIED: `sev`, and no launch
 * secret.
 */
int evidence_choose(struct evidence *ev, enum config_tee want, struct err *e);

/* The platform's register; a struct without one when there is no driver yet, and one that binds us
 * to the image where nothing will measure a disk either: beside a launch secret, or where this
 * build has no sample and the guest no TPM. As driver.platform. */
int evidence_platform(const struct evidence *ev, uint64_t deadline_ms,
		      struct evidence_platform *ret, struct err *e);

/* As driver.report, one at a time: any thread may call it, and waits its turn until the deadline
 * (-FAIL_AGAIN). `report_data` over REPORT_DATA_BYTES or empty: -FAIL_BUG. */
int evidence_report(struct evidence *ev, struct span report_data, uint64_t deadline_ms, cJSON **ret,
		    struct err *e);
