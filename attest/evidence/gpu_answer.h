/*
 * NVIDIA's devices as sealinit-gpu answered for them. That program has loaded somebody else's
 * library by then: its answer is outside bytes. Signatures are the verifier's to check.
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "attest/gpu/wire.h"
#include "base/binding.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"

#define GPUS_MAX (LIMIT_GPUS + LIMIT_SWITCHES)

struct gpu_device {
	const char *arch;   /* CoCo's word: "HOPPER", "BLACKWELL", "LS10"    */
	struct span report; /* to the end of its signature; a loan           */
	struct span chain;  /* PEM, leaf first; a loan                       */
	struct binding_device bound;
};

struct gpus {
	struct buf message; /* what the loans are of */
	struct binding_state state;
	bool is_ready;	  /* they accept work           */
	size_t gpu_count; /* the first so many are GPUs */
	size_t count;	  /* with NVSwitches            */
	struct gpu_device at[GPUS_MAX];
};

#define GPUS_EMPTY ((struct gpus){ .count = 0 })
#define AUTO_GPUS  __attribute__((cleanup(gpus_done)))

void gpus_done(struct gpus *g);

/*
 * Reads a whole answer over `nonce`.
 *
 *   message   taken over, also on failure
 *   ret       gpus_done() it; as it was on failure
 *
 * The kind and text of an answer that says why not; -FAIL_INPUT and -FAIL_LIMIT: not of that form,
 * or certificates without a device's identity; -FAIL_FORGED: a report over another nonce, or a
 * device twice; -FAIL_SYS (no memory).
 */
int gpus_read(struct buf *message, const uint8_t nonce[static BINDING_NONCE_BYTES],
	      struct gpus *ret, struct err *e);

/* The member "devices" of our own evidence (BINDING.md), and CoCo's value for "nvidia" (reference
 * coco-protocol, 4.7). *ret is the caller's. -FAIL_SYS. */
int gpus_json(const struct gpus *g, cJSON **ret, struct err *e);
int gpus_json_coco(const struct gpus *g, cJSON **ret, struct err *e);

/* Whether these are the same devices, in any order: by identity, not by what they reported. */
bool gpus_are_same(const struct gpus *a, const struct gpus *b);
