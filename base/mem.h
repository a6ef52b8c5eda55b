/* Scope-bound cleanup for the types that are not ours. */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline void auto_free(void *p)
{
	free(*(void **)p);
}

struct wipe_range {
	void *at;
	size_t len;
};

static inline void auto_wipe(struct wipe_range *w)
{
	explicit_bzero(w->at, w->len);
}

#define AUTO_FREE __attribute__((cleanup(auto_free)))

/* Declares `uint8_t name[size]`, wiped when its scope ends. */
#define AUTO_WIPE(name, size)              \
	uint8_t name[size];                \
	__attribute__((cleanup(auto_wipe), \
		       unused)) struct wipe_range name##_wipe = { name, sizeof(name) }

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
