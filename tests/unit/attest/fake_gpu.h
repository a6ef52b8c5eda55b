/*
 * PID 1 and sealinit-gpu behind it, as far as GPUs go: a thread that hears what attest tells PID 1,
 * keeps the order of it, and answers for a machine of any number of devices.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "attest/gpu/wire.h"
#include "base/messages.h"
#include "base/span.h"

enum fake_gpu_mode {
	FAKE_GPU_GOOD,
	FAKE_GPU_REFUSED, /* PID 1 says no                              */
	FAKE_GPU_NO_SOCKET,
	FAKE_GPU_DIES,	  /* the program ends without a word            */
	FAKE_GPU_UNHEARD, /* before it heard the question               */
	FAKE_GPU_SILENT,  /* until the other side goes                  */
	FAKE_GPU_CC_OFF,  /* an answer that says why not                */
	FAKE_GPU_NONCE,	  /* reports over another nonce                 */
	FAKE_GPU_STALE,	  /* an answer to an earlier question comes first */
};

struct fake_gpu {
	enum fake_gpu_mode mode;
	unsigned count; /* of devices                                          */
	uint8_t first;	/* the first one's name: the last byte of its PDI      */
	uint8_t then;	/* likewise, in answers to GPU_SET_READY; 0: the same  */
	bool is_ready;	/* they accept work                                    */
	int init;	/* PID 1's end, a loan                                 */
	pthread_t thread;
	unsigned collects, sets;
	char heard[2048]; /* "evidence:1 gpu:1 evidence:2 ... is-ready", stages by name and state */
};

/* Starts and ends the thread; it ends by itself when the other end of `init` closes. */
void fake_gpu_start(struct fake_gpu *f, int init);
void fake_gpu_stop(struct fake_gpu *f);

/* A whole answer for `count` devices named from `first` on. */
struct buf fake_gpu_message(const uint8_t nonce[static GPU_NONCE_LEN], unsigned count,
			    uint8_t first, bool is_ready);
