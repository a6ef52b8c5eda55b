/*
 * Which bits of signed bytes are changed, one after the other. `make flips` changes every one,
 * which takes many minutes of signatures; `make check` one of each byte, another from byte to byte.
 */
#pragma once

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static inline _Bool flips_are_all(void)
{
	const char *flips = getenv("FLIPS");

	return flips && !strcmp(flips, "all");
}

/* The first bit of the n-th who share the bytes among them. */
static inline size_t flips_first_of(size_t n, size_t bytes)
{
	return flips_are_all() ? 0 : 8 * (n % bytes);
}

/* The bit to change after `bit`, one of every `bytes`-th byte. */
static inline size_t flips_next_of(size_t bit, size_t bytes)
{
	size_t byte = bit / 8 + bytes;

	return flips_are_all() ? bit + 1 : 8 * byte + byte / bytes % 8;
}

static inline size_t flips_next(size_t bit)
{
	return flips_next_of(bit, 1);
}
