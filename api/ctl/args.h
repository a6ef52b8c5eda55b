/* The command line: which subcommand, with what. No option carries a secret. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Options, as bits: a subcommand lists those that it takes. */
enum option {
	OPTION_SOCKET = 1 << 0,
	OPTION_TIMEOUT = 1 << 1,
	OPTION_WAIT = 1 << 2,
	OPTION_JSON = 1 << 3,
	OPTION_SCOPE = 1 << 4,
	OPTION_CONTEXT = 1 << 5,
	OPTION_NONCE = 1 << 6,
	OPTION_NONCE_HEX = 1 << 7,
	OPTION_NONCE_FILE = 1 << 8,
	OPTION_FORCE = 1 << 9,
	OPTION_HELP = 1 << 10,
	OPTION_VERSION = 1 << 11,
	OPTION_PARTS = 1 << 12,
};
#define OPTIONS_CALL (OPTION_SOCKET | OPTION_TIMEOUT | OPTION_WAIT | OPTION_HELP)

#define ARGS_WORDS	 3
#define ARGS_SECONDS_MAX 86400

struct command;

struct args {
	const struct command *command; /* NULL: none was named                     */
	unsigned given;		       /* enum option, or-ed                       */
	const char *socket;	       /* PATH or @name; NULL: look for it         */
	const char *scope;
	const char *context;
	const char *parts; /* "cpu,log"                                          */
	const char *nonce; /* as text, hex or file name, told by `given`            */
	uint64_t timeout_ms;
	uint64_t wait_ms; /* 0: don't try again                                  */
	const char *words[ARGS_WORDS];
	unsigned n_words;
};

/* A subcommand: one file each. */
struct command {
	const char *name;
	const char *usage; /* behind "sealctl NAME"                              */
	const char *about; /* one line                                           */
	const char *help;  /* what --help says below that                        */
	unsigned options;
	unsigned words_min;
	unsigned words_max;
	int (*run)(const struct args *args); /* returns the exit status          */
};

/*
 * Reads a command line. Options may stand on either side of the subcommand and of its words;
 * "--" ends them; "-" is a word. The strings of `ret` are loans from argv and `environment_socket`
 * (the value of SEALINIT_SOCKET, or NULL).
 *
 * -FAIL_INPUT: an option that is unknown, given twice, without its value or not for this
 * subcommand; a subcommand that is unknown; too few or too many words; a number that is none. With
 * --help or --version nothing else need be complete.
 */
int args_parse(int argc, char *const argv[], const struct command *const commands[],
	       const char *environment_socket, struct args *ret, struct err *e);

static inline bool args_has(const struct args *args, enum option option)
{
	return (args->given & (unsigned)option) != 0;
}
