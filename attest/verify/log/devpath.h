/* EFI device paths as text. Spec: UEFI, 10.3, 10.6.1. */
#pragma once

#include "base/err.h"
#include "base/span.h"

#define DEVPATH_NODES	  32  /* of one path: boot entries have up to ten */
#define DEVPATH_NODE_TEXT 320 /* a file's name, mostly                    */

struct devpath {
	size_t count;
	char nodes[DEVPATH_NODES][DEVPATH_NODE_TEXT];
};

/* Takes nodes up to the end of the whole path. A node of a kind without a form of its own is
 * Path(type,subtype,hex). -FAIL_INPUT: no end, a node that is cut. -FAIL_LIMIT: too many. */
int devpath_read(struct span bytes, struct devpath *ret, struct err *e);
