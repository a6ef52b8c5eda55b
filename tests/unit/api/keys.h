/* Sealing keys for tests. */
#pragma once

#include "api/seal/keyring.h"

/* A message with the key 00 01 02 .. 1f for one scope and epoch. */
struct msg_seal_keys keys_message(enum seal_scope scope, uint32_t epoch);

/* Adds another key, whose bytes are all `fill`. */
void keys_add(struct msg_seal_keys *m, enum seal_scope scope, uint32_t epoch, uint8_t fill);

/* One key for every scope, epoch 1. */
struct msg_seal_keys keys_all(void);

/* A ring of a message; fails the test if there is none to be had. */
struct keyring keys_ring(const struct msg_seal_keys *m);
