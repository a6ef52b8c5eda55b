/* A volume, from a name and two keys to a mounted file system, and back. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/messages.h"
#include "base/secret.h"

struct volume_want {
	struct msg_volume_open asked; /* its keys are zero: they are in the secrets */
	struct secret wrap_key;
	struct secret mac_key;
};

#define AUTO_WANT __attribute__((cleanup(volume_want_done)))

/* Checks what came over the key socket, moves the keys to where they belong, and wipes `m`'s body
 * whatever the outcome. -FAIL_INPUT, -FAIL_SYS. */
int volume_want_read(struct ipc_msg *m, struct volume_want *ret, struct err *e);
void volume_want_done(struct volume_want *want);

/*
 * Opens it: finds the disk, authenticates its head, maps and mounts; makes it before if the
 * configuration allows it and the disk is blank. What was done is undone on failure.
 *
 *   ret  everything but state and text
 *
 * -FAIL_INPUT: no volume there, or one that may not be made; -FAIL_FORGED: it isn't what was
 * sealed; -FAIL_DENIED "volume-stale": another epoch, or a session that its anchor doesn't have;
 * -FAIL_LIMIT: no generation is left for another session; -FAIL_SYS.
 */
int volume_open(const struct volume_want *want, struct msg_volume *ret, struct err *e);

/* Closes the volume `name` at `mount`, by the names of its mappings alone: the disk is not read.
 * Goes on after a failure and reports the first one. */
int volume_close(const char *name, const char *mount, uint64_t deadline_ms, struct err *e);

/* Letters, digits, '-', '_', '.', the first a letter or digit, LIMIT_NAME_BYTES with its end. */
bool volume_is_name(const char *name);
