#include "api/ctl/commands.h"

#include <stddef.h>

const struct command *const commands[] = {
	&command_status,
	&command_evidence,
	&command_event,
	&command_eventlog,
	&command_policy,
	&command_seal,
	&command_unseal,
	&command_secret,
	&command_volumes,
	&command_help,
	NULL,
};
