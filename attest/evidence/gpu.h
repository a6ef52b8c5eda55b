/*
 * NVIDIA's devices, asked by sealinit-gpu: a process of its own, since NVML can hang, which PID 1
 * starts for one question and kills when that takes too long.
 */
#pragma once

#include <stdint.h>

#include "attest/evidence/gpu_answer.h"
#include "base/err.h"

/* How a thread gets at it. PID 1 answers on one socket for all; the low byte of an id says which
 * thread waits for it. */
struct gpu_way {
	int control;  /* to PID 1                                   */
	int answers;  /* where its answers come in; may be the same */
	uint8_t lane; /* whose they are                             */
	uint32_t asked;
};

static inline uint8_t gpu_way_lane(uint32_t id)
{
	return (uint8_t)id;
}

/*
 * Asks for all devices of this machine, be they none, over `nonce`; GPU_SET_READY also lets them
 * accept work, when all was well and nobody did before.
 *
 *   ret   gpus_done() it; as it was on failure
 *
 * As gpus_read(); -FAIL_AGAIN: not answered until `deadline_ms`; -FAIL_SYS: PID 1 is gone or can't
 * start it, or it ended without an answer, as it does when it is killed.
 */
int gpu_ask(struct gpu_way *way, enum gpu_action action,
	    const uint8_t nonce[static BINDING_NONCE_BYTES], uint64_t deadline_ms, struct gpus *ret,
	    struct err *e);
