/*
 * What the boot does about GPUs: those that the configuration wants answer the broker's challenge
 * together with the CPU, and when it has released the root secret they may work.
 */
#pragma once

#include <cjson/cJSON.h>

#include "attest/config/config.h"
#include "attest/eventlog/ownlog.h"
#include "attest/evidence/gpu.h"
#include "base/err.h"
#include "base/span.h"

struct devices {
	struct config_gpus want;
	struct gpu_way way;
	struct gpus seen; /* by the broker, last */
};

void devices_done(struct devices *d);

/*
 * RCAR's additional evidence over the first 32 bytes of `report_data` (reference
 * coco-protocol, 1.4, 4.7); *ret stays NULL where none are wanted. -FAIL_DENIED: another number
 * than is wanted; else as gpu_ask().
 */
int devices_evidence(struct devices *d, struct span report_data, uint64_t deadline_ms, cJSON **ret,
		     struct err *e);

/*
 * Lets those that the broker saw accept work: once a boot, also when attest is started again,
 * which it tells by the log. -FAIL_DENIED: they did before this guest said so; -FAIL_FORGED: they
 * are others by now; else as gpu_ask() and the log's.
 */
int devices_let_work(struct devices *d, struct ownlog *log, uint64_t deadline_ms, struct err *e);
