/*
 * NVSwitches: which ones there are, and whether they may be asked for a report. Of a machine
 * without any nothing is loaded. Spec: gpu-evidence reference 1.7, 7.3, 7.4.
 */
#pragma once

#include "attest/gpu/nscq.h"

struct switches {
	struct nscq library;
	struct nscq_list list;
};

#define AUTO_SWITCHES __attribute__((cleanup(switches_close)))

/*
 * Finds them, as many as the bus shows, each an LS10 and locked; no report is asked for.
 *   GPU_PCI   the bus shows another number
 *   GPU_ARCH  a generation that does not attest
 *   GPU_LOCK  one that is not locked; FAIL_AGAIN where fabric manager may still do it
 *   and those of nscq_open(), nscq_find()
 */
int switches_open(struct switches *ret, const char *library, unsigned on_bus, struct gpu_why *w);
void switches_close(struct switches *s);

/* GPU_COUNT: NSCQ knows others than before. GPU_CALL, GPU_ONCE, GPU_SIZE. */
int switches_same(const struct switches *s, struct gpu_why *w);
