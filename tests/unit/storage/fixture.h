/* Heads and keys that the tests of this folder share. */
#pragma once

#include "storage/head.h"

#define FIXTURE_SIZE 268435456u

extern const uint8_t FIXTURE_WRAP_KEY[VOLUME_KEY_BYTES];
extern const uint8_t FIXTURE_MAC_KEY[VOLUME_KEY_BYTES];

struct seal_with fixture_with(void); /* the name "data", FIXTURE_MAC_KEY */
struct seal fixture_seal(uint32_t state);

/* A head full of bytes that differ, without seals. The caller's to free(). */
uint8_t *fixture_head(void);

/* The same, with a seal in block A (generation 3) and B (2). */
uint8_t *fixture_volume(void);

/* Puts the MAC that belongs there into the seal block at `place`, by a way of its own. */
void fixture_reseal(uint8_t *head, size_t place);
