/* Addresses of interfaces. */
#pragma once

#include <netinet/in.h>
#include <stdint.h>

#include "attest/net/nl.h"
#include "base/err.h"

/* Gives the interface an IPv4 address; fine when it has it already. -FAIL_SYS. */
int addr_set(struct nl *nl, unsigned int index, struct in_addr address, uint8_t prefix,
	     uint64_t deadline_ms, struct err *e);

/* 0 when some interface but lo has a global address that can be used now (IPv6: no longer
 * tentative); *ret_index is the interface. -FAIL_AGAIN: none has. -FAIL_SYS. */
int addr_find_global(struct nl *nl, uint64_t deadline_ms, unsigned int *ret_index, struct err *e);
