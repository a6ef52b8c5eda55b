/* Routes of the main table. */
#pragma once

#include <netinet/in.h>
#include <stdint.h>

#include "attest/net/nl.h"
#include "base/err.h"

/* The IPv4 default route, by `gateway` on that interface; replaces one that is there. -FAIL_SYS
 * (ENETUNREACH: the gateway isn't on the interface's network). */
int route_set_default(struct nl *nl, unsigned int index, struct in_addr gateway,
		      uint64_t deadline_ms, struct err *e);

/* 0 when there is a default route, of IPv4 or IPv6. -FAIL_AGAIN: none. -FAIL_SYS. */
int route_find_default(struct nl *nl, uint64_t deadline_ms, struct err *e);
