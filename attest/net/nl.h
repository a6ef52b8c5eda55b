/*
 * rtnetlink, over libmnl: one request and its answer at a time, and a socket that says that
 * something changed.
 * Spec: RFC 3549; Linux, include/uapi/linux/rtnetlink.h.
 */
#pragma once

#include <libmnl/libmnl.h>
#include <stdint.h>

#include "base/err.h"

struct nl {
	struct mnl_socket *socket;
	uint32_t seq;
	uint32_t port;
};

#define NL_MESSAGE_BYTES 512 /* our requests have few attributes */

#define NL_CLOSED ((struct nl){ NULL, 0, 0 })
#define AUTO_NL	  __attribute__((cleanup(nl_close)))

/* `groups`: RTMGRP_* bits whose events nl_wait() hears; 0 for a socket of requests. -FAIL_SYS. */
int nl_open(struct nl *ret, uint32_t groups, struct err *e);
void nl_close(struct nl *nl);

/* Begins a message in `buffer` (NL_MESSAGE_BYTES, aligned as nlmsghdr). */
struct nlmsghdr *nl_begin(uint8_t *buffer, uint16_t type, uint16_t flags);

/*
 * Sends `message` (NLM_F_REQUEST and a sequence number are added) and reads all of the answer;
 * `each` (or NULL) gets its messages. An NLM_F_ACK or NLM_F_DUMP belongs into the flags.
 * -FAIL_SYS with the kernel's errno; -FAIL_AGAIN no answer until `deadline_ms`.
 */
int nl_talk(struct nl *nl, struct nlmsghdr *message, mnl_cb_t each, void *ctx, uint64_t deadline_ms,
	    struct err *e);

/* Waits for an event and takes all that came. -FAIL_AGAIN at the deadline, -FAIL_SYS. */
int nl_wait(struct nl *events, uint64_t deadline_ms, struct err *e);
