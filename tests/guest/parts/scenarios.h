/* What the container of the test image can be told to do. Each prints lines that begin with
 * "payload: " and returns the exit status; 0 only if everything was as promised. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/roles.h"
#include "base/span.h"
#include "tests/guest/parts/api.h"

int scenario_hello(void);
int scenario_write_forever(void);
int scenario_secrets(void);
int scenario_degraded(void);
int scenario_invisible(void);
int scenario_load_kill_api(void);
int scenario_kill_attest(void);
int scenario_evidence(void);
int scenario_events(void);
int scenario_tee_dead(void);
int scenario_kill_attest_events(void);
int scenario_time_evidence(void);
int scenario_time_evidence_gpu(void);
int scenario_slow_tee(void);
int scenario_evidence_gpu(void);
int scenario_gpu_denied(void);
int scenario_no_evidence(void);
int scenario_kill_attest_launch(void);

/* Prints "payload: <line>", at once. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints why a scenario failed; returns its exit status, 1. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* fail() for a call. */
int fail_call(const char *what, const struct ending *end);

/* Ends a program as a crash would: "api", "attest" (tests/guest/crash.c); false after a fail(). */
bool crash(const char *program);

/* Prints evidence with the log, over the nonce "nonce", in lines that begin with `name`; false
 * after a fail(). */
bool shows_evidence(const char *name);

/* Where the volume is, as everybody sees it who has /run/sealinit. */
#define VOLUME PATH_VOLUMES "/data"

/* Writes a file of the volume, whole and on the disk, in the place of an older one; false after a
 * fail(). */
bool volume_write(const char *name, struct span bytes);

/* Reads one. *ret_found tells if there is one; false after a fail(). */
bool volume_read(const char *name, struct buf *ret, bool *ret_found);

/* Unseals and compares; false after a fail(). */
bool opens_to(const char *what, struct span blob, struct span want);
