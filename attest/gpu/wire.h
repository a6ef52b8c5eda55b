/*
 * What sealinit-attest and sealinit-gpu say to each other, over one stream socket: one question,
 * one answer, the end. Both are of one build; the answer is checked as if they were not.
 *
 *   struct gpu_question
 *   struct gpu_answer, then for each device struct gpu_piece || report || chain
 */
#pragma once

#include <stdint.h>

#include "attest/gpu/abi.h"
#include "attest/gpu/report.h"
#include "base/messages.h" /* enum gpu_action */

#define GPU_WIRE_VERSION 1

struct gpu_question {
	uint32_t version;
	uint32_t action;
	uint8_t nonce[GPU_NONCE_LEN];
};

struct gpu_answer {
	uint32_t version;
	uint32_t kind;	 /* 0, or an enum err_kind           */
	uint32_t reason; /* enum gpu_reason                  */
	uint32_t count;
	uint32_t pci_count;
	uint8_t cc, devtools, multi_gpu, environment;
	uint32_t is_ready;		/* the devices accept work    */
	char driver[NVML_DRIVER_BYTES]; /* terminated */
	char text[160];			/* terminated; why not */
};

struct gpu_piece {
	uint32_t arch; /* NVML_HOPPER, NVML_BLACKWELL */
	uint32_t report_len;
	uint32_t chain_len;
};
