/*
 * The other programs: what each may do, and the words and descriptors that it is started with.
 * Pure: nothing here asks the kernel for anything.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/messages.h"

enum program_id {
	PROGRAM_API,
	PROGRAM_ATTEST,
	PROGRAM_STORAGE,
	PROGRAM_PAYLOAD,
	PROGRAM_GPU,	    /* to ask                                       */
	PROGRAM_GPU_READY,  /* the same as administrator, to set the state  */
	PROGRAM_GPU_KEEPER, /* NVIDIA's, which keeps the devices open       */
	PROGRAM_COUNT,
};

struct program {
	const char *name;  /* its argv[0], and what the log calls it      */
	const char *path;  /* NULL: the first word of the command         */
	uid_t uid;	   /* and gid; no other groups                    */
	uint64_t bounding; /* capabilities it may ever have, 1 << CAP_x  */
	uint64_t ambient;  /* those that a uid other than 0 starts with  */
	uint64_t clone;	   /* namespaces, CLONE_x                        */
	bool is_payload;   /* may gain privileges, has its own /proc     */
	uint64_t memlock;  /* RLIMIT_MEMLOCK in bytes; 0: as it is       */
	uint64_t files;	   /* RLIMIT_NOFILE; 0: as it is                 */
	const char *oom;   /* oom_score_adj; NULL: as it is              */
	const char *const *env;
};

const struct program *program_row(enum program_id id);

#define COMMAND_FDS	   16
#define COMMAND_WORDS	   40
#define COMMAND_TEXT_BYTES 1024
#define COMMAND_FIRST_FD   3

/* A program about to be started. The descriptors stay their owner's. */
struct command {
	const struct program *program;
	size_t argc, fd_count, text_len;
	int fds[COMMAND_FDS];	       /* become 3, 4, 5 ... */
	char *argv[COMMAND_WORDS + 1]; /* into text          */
	char text[COMMAND_TEXT_BYTES];
};

/* An empty command: argv[0] is the program's name, the payload has none yet. */
void command_init(struct command *c, enum program_id id);

/* One word more. -FAIL_LIMIT when the command is full. */
int command_word(struct command *c, const char *word, struct err *e);

/* "OPTION N", N being the number that `fd` will have there. An `fd` of -1 adds nothing.
 * -FAIL_LIMIT. */
int command_fd(struct command *c, const char *option, int fd, struct err *e);

/* The payload's words, from a message that message_check() has let pass. */
int command_payload(struct command *c, const struct msg_config *config, struct err *e);
