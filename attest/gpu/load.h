/* NVIDIA's libraries, loaded when they are needed, and their calls. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "attest/gpu/why.h"

struct load_symbol {
	const char *name;
	size_t at; /* in the struct of calls */
	bool is_optional;
};

/*
 * Loads `path`, as dlopen() takes it, and fills the function pointers of `ret`, NULL for an
 * optional one that is missing. The library stays loaded until the process ends. GPU_LIBRARY  can't
 * be loaded GPU_SYMBOL   a call is missing
 */
int load_library(const char *path, const struct load_symbol *symbols, size_t count, void *ret,
		 struct gpu_why *w);
