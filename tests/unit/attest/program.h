/*
 * All that sealinit-attest is, in the test's process: loop, lanes, and the ends of the others,
 * which the test holds.
 */
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "attest/service.h"
#include "attest/work.h"
#include "base/err.h"
#include "base/ipc.h"
#include "tests/unit/attest/fake_boot.h"

#define WITH_BROKER "{\"version\":1," FAKE_BROKER "}"

struct program {
	struct fake_boot fake;
	struct service service;
	struct worker workers[LANE_COUNT];
	struct err e;
	pthread_t thread;
	int api; /* the test's end */
	int ended;
};

/* With lanes that boot and answer; or, with `ret_work`, with the test as the broker's, at the other
 * end of its pair. */
void program_start(struct program *p, const char *json, int *ret_work);

/* A service pair: returns the service's end. */
int program_new_api(int *ret_ours);

void program_stop(struct program *p);

/* Once: of a loop that was told to end, or ends by itself. */
void program_wait_for_end(struct program *p);

/* Reads what PID 1 is told until it is told that all is there. */
void program_wait_for_ready(struct program *p);

/* A question of the API's, and its answer; `*ret_fd` is the caller's, and may be NULL. */
struct ipc_msg program_ask(int api, uint16_t op, const void *body, size_t len, int *ret_fd);

/* MSG_READY reaches the test before the worker's word reaches the loop. */
struct ipc_msg program_ask_until_ready(int api, uint16_t op, const void *body, size_t len,
				       int *ret_fd);
