/*
 * What the boot writes into the guest's own event log, under the domain "sealinit". Each of these
 * stands in it once a boot, also when attest is started again and boots once more.
 *
 *   config   {"digest","source","register"}   before anything is done with it
 *   policy   {"digest"}                       of what tenants may, likewise (policy.h)
 *   secret   {"path"}                         before it is used or handed out
 *   volume   {"name","epoch","session","created"}   when it is open, and its anchor raised;
 *                                             without an anchor there is no session
 *   gpus     {"devices","driver"}             before they are let work, by identity
 *   ready    {}                               everything that was promised is there; what stands
 *                                             behind it, tenants had a part in
 */
#pragma once

#include "attest/config/source.h"
#include "attest/eventlog/ownlog.h"
#include "attest/evidence/gpu_answer.h"
#include "base/err.h"
#include "base/messages.h"
#include "base/span.h"

/* All as ownlog_once(), within LIMIT_LOG_MS. */
int events_config(struct ownlog *log, const struct loaded *loaded, struct err *e);
int events_policy(struct ownlog *log, struct span text, struct err *e);
int events_secret(struct ownlog *log, const char *path, struct err *e);
int events_volume(struct ownlog *log, const struct msg_volume *v, struct err *e);
int events_gpus(struct ownlog *log, const struct gpus *g, struct err *e);

/* Whether an earlier life of ours came that far. */
int events_has_gpus(struct ownlog *log, const struct gpus *g, bool *ret, struct err *e);
int events_ready(struct ownlog *log, struct err *e);
