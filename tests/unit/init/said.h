/* What children of a fake guest say, and guests that have heard it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/unit/init/fake.h"

/* Ways in which a child ends. */
extern const struct ending crash, killed, clean, failed;

/* After its boot; and when attest is ready, with that payload. */
struct fake *said_started(void);
struct fake *said_ready(enum payload_kind payload);

/* Attest. */
void say_stage(struct fake *f, enum stage stage, enum stage_state state);
void say_config(struct fake *f, bool degraded, enum payload_kind payload);
void say_ready(struct fake *f);
void say_failed(struct fake *f, enum err_kind kind);
void say_start(struct fake *f, uint32_t id, const char *name);

/* Storage. */
void say_result(struct fake *f, const char *name, enum volume_state state);

/* Ends what still runs, in the order that it was told to. */
void said_to_end(struct fake *f);
