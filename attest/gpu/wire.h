/*
 * What sealinit-attest and sealinit-gpu say to each other, over one stream socket: one question,
 * one answer, the end. Both are of one build; the answer is checked as if they were not.
 *
 *   struct gpu_question
 *   struct gpu_answer, then for each GPU and then each switch struct gpu_piece || report || chain
 */
#pragma once

#include <stdint.h>

#include "attest/gpu/abi.h"
#include "attest/gpu/nscq_abi.h"
#include "attest/gpu/report.h"
#include "base/limits.h"
#include "base/messages.h" /* enum gpu_action */

#define GPU_WIRE_VERSION 2

/* NSCQ's number of it, beyond those that NVML gives to GPUs. */
#define GPU_WIRE_LS10 (UINT32_C(0x100) | NSCQ_LS10)

struct gpu_question {
	uint32_t version;
	uint32_t action;
	uint8_t nonce[GPU_NONCE_LEN];
};

struct gpu_answer {
	uint32_t version;
	uint32_t kind;	 /* 0, or an enum err_kind           */
	uint32_t reason; /* enum gpu_reason                  */
	uint32_t count;	 /* of GPUs                          */
	uint32_t pci_count;
	uint8_t cc, devtools, multi_gpu, environment;
	uint32_t is_ready;		/* the devices accept work    */
	char driver[NVML_DRIVER_BYTES]; /* terminated */
	char text[160];			/* terminated; why not */
	uint32_t switches;		/* of which the bus shows as many */
};

struct gpu_piece {
	uint32_t arch; /* NVML_HOPPER, NVML_BLACKWELL, GPU_WIRE_LS10 */
	uint32_t report_len;
	uint32_t chain_len;
};

_Static_assert(sizeof(struct gpu_answer) +
			       LIMIT_GPUS * (sizeof(struct gpu_piece) + NVML_REPORT_BYTES +
					     NVML_CHAIN_BYTES) +
			       LIMIT_SWITCHES * (sizeof(struct gpu_piece) + NSCQ_REPORT_BYTES +
						 NSCQ_CHAIN_BYTES) <=
		       LIMIT_GPU_ANSWER_BYTES,
	       "the longest answer");
