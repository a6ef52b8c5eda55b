/* A world for the guest's state machine: time stands still, children are descriptors in our hands.
 */
#pragma once

#include <stdbool.h>

#include "init/guest.h"

#define FAKE_CHILDREN 64
#define FAKE_FDS      COMMAND_FDS

struct fake_child {
	pid_t pid;
	const struct program *program;
	char line[256];	   /* its words, a blank between them                            */
	int fds[FAKE_FDS]; /* what it would have as 3, 4, 5 ...: ours; -1 when closed */
	int signals[8];	   /* what it was sent, in order                                 */
	int signal_count;
};

struct fake {
	struct guest guest;
	struct guest_ops ops;
	uint64_t now_us;
	struct fake_child children[FAKE_CHILDREN];
	int count, syncs, memories, power_offs;
	int refuse_spawns; /* that many next ones fail */
	char reason[200];
};

/* A guest that has listening sockets (of /dev/null), a life page, and no initdata. */
struct fake *fake_new(void);

void fake_pass_ms(struct fake *f, uint64_t ms);

/* The youngest child of that program; fails the test if there is none. */
struct fake_child *fake_child(struct fake *f, enum program_id id);
int fake_count(const struct fake *f, enum program_id id);

/* Its end of the descriptor behind the option ("--control"). */
int fake_fd(const struct fake_child *c, const char *option);

/* What a child says to PID 1, which hears it at once. */
void fake_say(struct fake *f, struct fake_child *c, uint16_t op, uint32_t id, struct span body,
	      int fd);

/* The end of a child, as the kernel would do it: its descriptors are closed, it is reaped. */
void fake_end(struct fake *f, struct fake_child *c, struct ending how);

/* What it was told, if anything; *ret_fd is the test's. False: nothing. */
bool fake_hears(struct fake_child *c, struct ipc_msg *ret, int *ret_fd);

/* Reads on to the message with that operation; fails the test if there is none. */
struct ipc_msg fake_hear(struct fake_child *c, uint16_t op, int *ret_fd);

bool fake_has_signal(const struct fake_child *c, int sig);
