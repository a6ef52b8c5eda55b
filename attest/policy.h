/*
 * What the measured configuration lets tenants do, in words of our own: the event log has its
 * digest, and tenants read it. The same configuration gives the same bytes.
 *
 *   {"version":1,"seal":["life","container","pod"],"secrets":true}
 *
 *   seal     scopes that they may seal in: those that have a key
 *   secrets  whether they may ask the broker for its resources; never for the root secret
 */
#pragma once

#include "attest/config/config.h"
#include "base/err.h"
#include "base/span.h"

/* At most LIMIT_POLICY_BYTES of JSON, the caller's to free. -FAIL_SYS (no memory). */
int policy_text(const struct config *config, struct buf *ret, struct err *e);
