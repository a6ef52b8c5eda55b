/* Sockets to the host that no network lies between. Spec: Linux, vsock(7). */
#pragma once

#include <stdint.h>

#include "attest/transport/stream.h"
#include "base/err.h"

/* As stream_connect(), to `port` of the machine `cid` (VMADDR_CID_HOST: the host). -FAIL_SYS: this
 * kernel has no vsock. -FAIL_AGAIN: no device, nobody listens, or too late. */
int vsock_connect(uint32_t cid, uint32_t port, uint64_t deadline_ms, struct stream *ret,
		  struct err *e);
