/* The subcommands; each lives in the file of its name. */
#pragma once

#include "api/ctl/args.h"

extern const struct command command_status;
extern const struct command command_evidence;
extern const struct command command_event;
extern const struct command command_eventlog;
extern const struct command command_policy;
extern const struct command command_seal;
extern const struct command command_unseal;
extern const struct command command_secret;
extern const struct command command_volumes;
extern const struct command command_help;

/* In the order of `sealctl help`; NULL ends it. */
extern const struct command *const commands[];

/* Prints the help of one subcommand, or with NULL the list of them, to stdout. */
void help_print(const struct command *command);
