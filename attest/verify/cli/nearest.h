/* "Did you mean": the nearest of a list of names. */
#pragma once

#include <stddef.h>

#define NEAREST_BYTES 64

/*
 * How far `name` is from a word that was typed: insertions, deletions and replacements of one
 * character. Names longer than NEAREST_BYTES are SIZE_MAX away.
 */
size_t nearest_distance(const char *typed, const char *name);

/* True when a typing mistake explains the distance. */
_Bool nearest_is_close(size_t distance, const char *name);
