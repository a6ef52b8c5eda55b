/* The larger members of sealinit.json, each in a file of its own; config.c puts them together.
 * `node` may be NULL: the member isn't there. All: -FAIL_INPUT, -FAIL_LIMIT, -FAIL_SYS (ENOMEM). */
#pragma once

#include <cjson/cJSON.h>

#include "attest/config/config.h"
#include "base/err.h"

int config_read_network(const cJSON *node, struct config_net *ret, struct err *e);
int config_read_broker(const cJSON *node, struct config_broker *ret, struct err *e);

/* "kbs:///..." goes together with a broker, and "efi:secret" with "tee": "sev" and none: both have
 * been read. Other roots do without. */
int config_read_root(const cJSON *node, struct config *c, struct err *e);

/* Reads c->root, which must be the broker's: its release is the verdict that lets devices work. */
int config_read_gpus(const cJSON *node, struct config *c, struct err *e);

/* Reads c->root: without one that outlives the guest only volumes that are always made anew can
 * open; and c->init.degraded, with which none can be held by an anchor. */
int config_read_volumes(const cJSON *node, struct config *c, struct err *e);

int config_read_payload(const cJSON *node, struct msg_config *ret, struct err *e);
