/*
 * SEV and SEV-ES, which give a guest no report: what stands in for one is the launch secret, which
 * the owner injects after judging the launch. PID 1 took it out of the EFI secret area
 * (init/secret_area.h).
 * Spec: cpu-evidence reference, section 5.
 */
#pragma once

#include "attest/evidence/driver.h"
#include "base/err.h"
#include "base/secret.h"

/* 0 where there is one. -FAIL_DENIED: the owner gave none; the text says where it belongs. */
int sev_check_secret(const struct evidence_devices *dev, struct err *e);

/*
 * The bytes that were injected, ROOT_SECRET_MIN_BYTES or more; the caller's.
 *
 * -FAIL_DENIED as above; -FAIL_INPUT: the memory file has another length; -FAIL_SYS.
 */
int sev_launch_secret(const struct evidence_devices *dev, struct secret *ret, struct err *e);
