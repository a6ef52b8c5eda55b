/* Network interfaces. */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "attest/net/nl.h"
#include "base/err.h"

struct link {
	unsigned int index;
	char name[IFNAMSIZ];
	bool is_up;	  /* set up by somebody                       */
	bool has_carrier; /* and the other side of the wire is there  */
};

/* The interface `name`, or the lowest numbered one that isn't a loopback when it is "".
 * -FAIL_AGAIN: not there (yet). -FAIL_SYS. */
int link_find(struct nl *nl, const char *name, uint64_t deadline_ms, struct link *ret,
	      struct err *e);

/* Sets it up. -FAIL_SYS (EPERM without CAP_NET_ADMIN). */
int link_up(struct nl *nl, unsigned int index, uint64_t deadline_ms, struct err *e);
