/*
 * The guest as PID 1 sees it: its children, what they said, and what is to happen next. A state
 * machine that is driven by messages, ends of children and time; all that it does to the world goes
 * through guest_ops, which tests fill with fakes. Nothing in it waits.
 *
 *   guest.c     events in, dispatched
 *   resident.c  api and attest: started, wired, started again
 *   volume.c    storage runs
 *   gpu.c       the program that asks for GPUs
 *   agent.c     the payload
 *   halt.c      the one way down
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/messages.h"
#include "init/child.h"
#include "init/device.h"
#include "init/places.h"
#include "init/restart.h"
#include "init/timeline.h"

struct guest_ops {
	void *ctx;
	uint64_t (*now_us)(void *ctx);
	/* As child_spawn(), child_sync(), child_kill(). */
	int (*spawn)(void *ctx, const struct command *c, struct child *ret_child, struct err *e);
	int (*sync)(void *ctx, struct child *ret_child, struct err *e);
	void (*kill)(void *ctx, const struct child *c, int sig);
	/* Logs what a resident's memory comes to; 0 is PID 1 itself. */
	void (*log_memory)(void *ctx, const char *name, pid_t pid);
	/* The end; does not come back, except in tests. */
	void (*power_off)(void *ctx, const char *reason);
};

/* Every child has its place. */
enum child_slot {
	CHILD_API,
	CHILD_ATTEST,
	CHILD_PAYLOAD,
	CHILD_SYNC,
	CHILD_GPU,
	CHILD_GPU_KEEPER,
	CHILD_VOLUME,
	CHILD_COUNT = CHILD_VOLUME + LIMIT_VOLUMES,
};

#define RESIDENTS 2 /* CHILD_API and CHILD_ATTEST, which are their indices too */

struct resident {
	struct restarts restarts;
	int spare;	 /* its end of a service pair, until it runs; -1: none */
	uint32_t life;	 /* counts its starts                                  */
	bool is_over;	 /* it said why it ends, and isn't started again       */
	bool is_settled; /* this life of it has said MSG_READY                 */
};

enum volume_step {
	VOLUME_STEP_NONE, /* free, or its last run failed */
	VOLUME_STEP_OPENING,
	VOLUME_STEP_OPEN,
	VOLUME_STEP_CLOSING,
	VOLUME_STEP_CLOSED,
};

struct volume {
	enum volume_step step;
	char name[LIMIT_NAME_BYTES];
	struct msg_volume said; /* storage's result; state 0: none yet          */
	uint32_t id;		/* of the question that waits for the result    */
	uint32_t asker;		/* the life of attest that asked it             */
	bool is_again;		/* another life asked while the run was going on */
};

/* A start that attest asked for. */
struct gpu_start {
	uint32_t id;
	uint32_t asker; /* the life of attest that asked it */
	enum gpu_action action;
};

struct gpus {
	bool has_keeper; /* the image has one that was not started yet */
	struct gpu_start waiting[LIMIT_GPU_STARTS];
	size_t count;
};

enum agent_state {
	AGENT_WAITING,
	AGENT_RUNNING,
	AGENT_STOPPING,
	AGENT_KILLED,
	AGENT_ENDED,
	AGENT_STATES,
};

enum halt_step {
	HALT_NOT,
	HALT_API,
	HALT_PAYLOAD,
	HALT_ATTEST,
	HALT_VOLUMES,
	HALT_SYNC,
	HALT_OFF,
};

struct halt {
	enum halt_step step;
	uint64_t deadline_ms;
	bool is_forced; /* SIGKILL was sent in this step */
	char reason[200];
};

struct guest {
	const struct guest_ops *ops;
	uint64_t start_us; /* PID 1's first instruction                        */
	int listen[2];	   /* path, abstract                                   */
	int life;	   /* root of the scope `life`: never mapped here      */
	int eventlog;	   /* of the guest's own events: never mapped here     */
	int launch_secret; /* the owner's, from the EFI secret area; -1: none  */
	int initdata;	   /* the disk, until there is a document; -1: none    */
	int document;	   /* the verified configuration; -1: not yet          */
	int tsm;	   /* -1: none                                         */
	int devices[DEVICE_COUNT];
	struct places places; /* where the image says they are                    */
	bool is_weak;	      /* a lockdown setting was refused                   */
	bool has_config, is_ready, is_degraded;
	struct msg_config config;
	struct timeline timeline;
	struct child children[CHILD_COUNT];
	struct resident residents[RESIDENTS];
	struct volume volumes[LIMIT_VOLUMES];
	struct gpus gpus;
	enum agent_state agent;
	struct halt halt;
};

/* An empty guest; descriptors are -1. The caller fills in the resources, which are the guest's
 * from then on. */
void guest_init(struct guest *g, const struct guest_ops *ops, uint64_t start_us);

/* Ends the stage boot (`text` says what it found) and starts the residents. */
void guest_start(struct guest *g, const char *text);

/* Something came on a child's control socket, or its other end is gone. */
void guest_readable(struct guest *g, enum child_slot slot);

/* A child was reaped. Pids that aren't known are orphans of others. */
void guest_ended(struct guest *g, pid_t pid, struct ending how);

/* The time: kills what is late, goes on with halting. */
void guest_tick(struct guest *g);

/* When guest_tick() is due at the latest, in milliseconds of now_us; UINT64_MAX: no need. */
uint64_t guest_deadline(const struct guest *g);

/* Goes down, once; later reasons are not the reason. */
void guest_stop(struct guest *g, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- Between the files of this machine ------------------------------------------------------ */

uint64_t guest_now_ms(const struct guest *g);
bool guest_is_running(const struct guest *g, enum child_slot slot);
const char *guest_child_name(enum child_slot slot);

/* Starts the command in its place. */
int guest_spawn(struct guest *g, enum child_slot slot, const struct command *c, struct err *e);

/* Kills a child that broke the rules; its end follows as an event. */
void guest_kill(struct guest *g, enum child_slot slot, const char *why);

/* Sends to a child. One that isn't there is passed over; one that doesn't read is stuck, and
 * killed. */
void guest_tell(struct guest *g, enum child_slot slot, uint16_t op, uint32_t id, struct span body,
		int fd);

/* A stage of PID 1's own, or one that attest reports: kept, logged when it ends, told to the API.
 */
void guest_stage(struct guest *g, const struct msg_stage *said);
void guest_own_stage(struct guest *g, enum stage stage, enum stage_state state, uint64_t start_us,
		     const char *text);

/* Puts a word about an ending into `ret`: "exit status 1", "killed by signal 9". */
void ending_text(struct ending how, char *ret, size_t size);

void resident_start(struct guest *g, enum child_slot slot);
/* A message that has been checked; a descriptor that is kept is taken from `fd`. */
void resident_message(struct guest *g, const struct ipc_msg *m, int *fd);
void resident_ended(struct guest *g, enum child_slot slot, struct ending how);

void volume_start(struct guest *g, uint32_t id, const char *name);
void volume_message(struct guest *g, enum child_slot slot, const struct ipc_msg *m);
void volume_ended(struct guest *g, enum child_slot slot, struct ending how);
void volumes_close(struct guest *g);
void volumes_kill(struct guest *g);
bool volumes_are_closed(const struct guest *g);

void gpu_ask(struct guest *g, uint32_t id, enum gpu_action action);
void gpu_ended(struct guest *g, enum child_slot slot, struct ending how);

enum agent_event { AGENT_GO, AGENT_STOP, AGENT_LATE, AGENT_END, AGENT_EVENTS };
void agent_event(struct guest *g, enum agent_event event, struct ending how);

/* One row a state, one column an event. */
enum agent_action { AGENT_NOTHING, AGENT_START, AGENT_TERM, AGENT_KILL, AGENT_REPORT };
struct agent_cell {
	enum agent_action action;
	enum agent_state next;
};
const struct agent_cell *agent_cell(enum agent_state state, enum agent_event event);

void halt_begin(struct guest *g, const char *reason);
void halt_go_on(struct guest *g);
