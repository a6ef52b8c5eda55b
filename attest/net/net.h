/* The network stage: what the configuration names is set up, or waited for. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "attest/config/config.h"
#include "base/err.h"

/*
 * With "network": the interface appears, goes up, has carrier, gets its address and default route.
 * Without: waits until somebody else has given an interface a global address and the guest a
 * default route. Waiting is for netlink's events. Needs CAP_NET_ADMIN in the first case.
 *
 *   ret_text   one line about what there is now, terminated, cut to `size`
 *
 * -FAIL_AGAIN: not until `deadline_ms`; the text says what was missing. -FAIL_SYS.
 */
int net_up(const struct config_net *net, uint64_t deadline_ms, char *ret_text, size_t size,
	   struct err *e);
