/* What the machine was probed for at boot, and what became of it: for status. */
#pragma once

#include <stddef.h>

#include "attest/evidence/driver.h"
#include "base/messages.h"

#define FINDINGS 10

/* Finding number `i`, below FINDINGS, after evidence_choose(). FINDING_USED is what evidence, log
 * or configuration rest on; FINDING_PRESENT what is there besides. The text is ours. */
struct msg_finding finding(const struct evidence *ev, size_t i);
