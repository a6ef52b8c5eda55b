/* The larger members of sealinit.json, each in a file of its own; config.c puts them together.
 * `node` may be NULL: the member isn't there. All: -FAIL_INPUT, -FAIL_LIMIT, -FAIL_SYS (ENOMEM). */
#pragma once

#include <cjson/cJSON.h>

#include "attest/config/config.h"
#include "base/err.h"

int config_read_network(const cJSON *node, struct config_net *ret, struct err *e);
int config_read_broker(const cJSON *node, struct config_broker *ret, struct err *e);

/* Reads c->broker.is_given: without a broker only volumes that are always made anew can open. */
int config_read_volumes(const cJSON *node, struct config *c, struct err *e);

int config_read_payload(const cJSON *node, struct msg_config *ret, struct err *e);
