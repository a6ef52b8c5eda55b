/* A child of PID 1: started with what its row allows, and nothing else. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "init/program.h"

struct child {
	pid_t pid;	  /* 0: not running                                       */
	int pidfd;	  /* -1 likewise                                          */
	int control;	  /* our end of its control pair; -1: none                */
	uint64_t kill_ms; /* when it gets SIGKILL, in clock_boot_ms(); 0: never   */
};

#define CHILD_NONE ((struct child){ 0, -1, -1, 0 })

/* How a child ended. */
struct ending {
	bool is_signal;
	int number; /* of the signal, or the exit status */
};

/*
 * Starts the command in a session of its own: default signals, empty mask, descriptors 0..2 as
 * PID 1 has them, the command's from 3 on, all others closed, identity, capabilities and limits of
 * its row. An exec that fails is the child's exit status 127, with a line in the log.
 * *ret_child gets pid and pidfd; the rest of it stays. -FAIL_SYS.
 */
int child_spawn(const struct command *c, struct child *ret_child, struct err *e);

/* Starts a child that calls sync() and ends: the host may stall the disk, PID 1 mustn't wait. */
int child_sync(struct child *ret_child, struct err *e);

/* Sends a signal; a child that has ended already is fine. */
void child_kill(const struct child *c, int sig);

/* Reaps one child that has ended: its pid, or 0 when there is none. */
pid_t child_reap(struct ending *ret);
