/* A machine with devices for tests: libraries, a PCI bus and reports, in a scratch directory. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/gpu/collect.h"
#include "base/limits.h"
#include "base/span.h"

#define GPU_RIG_DEVICES (LIMIT_GPUS + LIMIT_SWITCHES)

struct gpu_rig {
	int dir;
	char program[512], library[512], switch_library[512], pci[512];
	struct collect_paths paths;
};

/* `is_old`: the library that lacks the settings call. */
void gpu_rig_init(struct gpu_rig *r, bool is_old);

/* What NVML or NSCQ is to do, a word of tests/support/nvml/nvml.c or nscq.c. */
void gpu_rig_word(struct gpu_rig *r, const char *word);

/* A device with this report and PEM, on the bus too. `index` counts from 0. */
void gpu_rig_device(struct gpu_rig *r, unsigned index, struct span report, struct span pem);

/* The same, made: GH100 over `nonce`, its PDI ending in `name`. */
void gpu_rig_make(struct gpu_rig *r, unsigned index, const uint8_t nonce[static GPU_NONCE_LEN],
		  uint8_t name);

/* A switch likewise, as NSCQ gives it. */
void gpu_rig_switch(struct gpu_rig *r, unsigned index, struct span report, struct span pem);

/* The first so many of a protected PCIe group, and NVML in that mode. */
void gpu_rig_group(struct gpu_rig *r, unsigned gpus, unsigned switches,
		   const uint8_t nonce[static GPU_NONCE_LEN]);

/* A function on the bus, by its sysfs words. */
void gpu_rig_function(struct gpu_rig *r, unsigned slot, const char *class, const char *vendor);

/* A message's head. */
struct gpu_answer gpu_rig_head(const struct buf *message);

struct gpu_rig_piece {
	uint32_t arch;
	struct span report, chain; /* loans of the message */
};

/* The devices of a message, checked to fill it exactly: their number. */
unsigned gpu_rig_walk(const struct buf *message, struct gpu_rig_piece ret[static GPU_RIG_DEVICES]);

/* Whether somebody set the ready state. */
bool gpu_rig_was_set(const struct gpu_rig *r);

/* Checks that it is refused for this reason, whatever is asked, with nothing given away or set. */
void gpu_rig_refused(const struct gpu_rig *r, const uint8_t nonce[static GPU_NONCE_LEN],
		     enum gpu_reason reason, int want);
