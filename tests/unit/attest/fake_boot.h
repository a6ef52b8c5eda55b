/*
 * A boot without network, broker and PID 1: the ops are fakes, the control pair's other end is the
 * test's, the TEE is the sample.
 */
#pragma once

#include "attest/boot.h"
#include "base/ipc.h"
#include "base/messages.h"

#define FAKE_ROOT "default/sealinit/root"
#define FAKE_BROKER                                                                           \
	"\"tee\":\"sample\",\"broker\":{\"url\":\"http://kbs.example:1\",\"insecure\":true}," \
	"\"root_secret\":\"kbs:///" FAKE_ROOT "\""

struct fake_boot {
	struct boot boot;
	int init; /* PID 1's end */
	char path[300];
};

/* What the fakes saw, and what they are to do: kind of failure, 0 for none. */
extern struct fake_world {
	int net_fails, broker_fails, fetch_fails;
	int fetch_sys;
	size_t secret_len;
	bool asks_evidence;
	char *additional; /* what devices gave for it; NULL: nothing */
	char fetched[LIMIT_PATH_BYTES];
	char tee[16];
	struct span initdata;
	struct span evidence_data; /* points to a static copy */
	int drops, nets, frees;
} fake_world;

/* With `json` as the image's configuration. `fake` must stay where it is. */
void fake_boot_init(struct fake_boot *fake, const char *json);
void fake_boot_done(struct fake_boot *fake);

/* The next message to PID 1, which must be of `op`; *ret_fd (or NULL: closed) as ipc_recv. */
struct ipc_msg fake_boot_hears(struct fake_boot *fake, uint16_t op, int *ret_fd);

/* The next MSG_STAGE must say this. */
struct msg_stage fake_boot_hears_stage(struct fake_boot *fake, enum stage stage,
				       enum stage_state state);
