/*
 * NVIDIA's part of the guests of the tests: a library that says what NVML says (nvml.c), and a
 * program that stands for driver, devices and nvidia-persistenced (keeper.c). One question a
 * connection.
 */
#pragma once

#include <stdint.h>

#define NVIDIA_DIR    "/run/nvidia-persistenced"
#define NVIDIA_KEEPER NVIDIA_DIR "/socket"
#define NVIDIA_DRIVER NVIDIA_DIR "/driver"
#define NVIDIA_PCI    NVIDIA_DIR "/pci"
#define NVIDIA_BYTES  8192

enum nvidia_op {
	NVIDIA_STATE = 1, /* environment, CC feature, DevTools, multi-GPU mode: a u32 each */
	NVIDIA_COUNT,
	NVIDIA_CHAIN,
	NVIDIA_REPORT,
	NVIDIA_GET_READY,
	NVIDIA_SET_READY,
};

struct nvidia_question {
	uint32_t op, index;
	uint8_t nonce[32];
};

struct nvidia_answer {
	int32_t code; /* as NVML returns it */
	uint32_t len;
	uint8_t at[NVIDIA_BYTES];
};
