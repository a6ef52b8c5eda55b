/*
 * Where the quoting service is: on the host, at the port that /etc/tdx-attest.conf of the image
 * names, by default 4050.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define QGS_CONF_PATH	 "/etc/tdx-attest.conf"
#define QGS_PORT_DEFAULT 4050

/* A qgs_connect_fn; `path` names the file (QGS_CONF_PATH), which need not be there. Gives up after
 * LIMIT_QGS_CONNECT_MS: whoever is on the same machine answers at once. -FAIL_INPUT, -FAIL_LIMIT:
 * the file. -FAIL_SYS, -FAIL_AGAIN: as vsock_connect(). */
int qgs_vsock_connect(void *path, uint64_t deadline_ms, struct err *e);

/* The port in such a file: one line "port = N", N of 1 .. 4294967294, blanks as you like. Other
 * lines are passed over; without it, the default. -FAIL_INPUT: another number, or two of them. */
int qgs_conf_port(struct span text, uint32_t *ret, struct err *e);
