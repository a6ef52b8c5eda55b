#include "base/messages.h"

const char *const stage_names[STAGE_COUNT] = {
	[STAGE_BOOT] = "boot",	     [STAGE_CONFIG] = "config",	    [STAGE_NET] = "net",
	[STAGE_BROKER] = "broker",   [STAGE_EVIDENCE] = "evidence", [STAGE_KEYS] = "keys",
	[STAGE_VOLUMES] = "volumes", [STAGE_PAYLOAD] = "payload",
};

_Static_assert(sizeof(struct msg_config) <= IPC_BODY_BYTES, "a body fits a message");
_Static_assert(sizeof(struct msg_volume) <= IPC_BODY_BYTES, "a body fits a message");
_Static_assert(sizeof(struct msg_volume_open) <= IPC_BODY_BYTES, "a body fits a message");
_Static_assert(sizeof(struct msg_seal_keys) <= IPC_BODY_BYTES, "a body fits a message");
