/* Kernel modules, in the order that the image's builder worked out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"

struct module {
	char name[LIMIT_NAME_BYTES]; /* "dm-crypt.ko" */
	bool may_fail;		     /* hardware that isn't everywhere */
};

struct module_list {
	size_t count;
	struct module at[LIMIT_MODULES];
};

/*
 * Parses "NAME.ko" or "?NAME.ko", one a line, letters, digits, '_', '-' and '.' only.
 * -FAIL_INPUT names the line; -FAIL_LIMIT more than LIMIT_MODULES rows. `ret` untouched on failure.
 */
int module_list_parse(struct span text, struct module_list *ret, struct err *e);

/*
 * Loads what the file `list` names from the directory `dir`. A kernel without modules has no list:
 * 0 of them. -FAIL_SYS with the name of the first that is needed and refuses; *ret_loaded counts
 * those that are there now. In a ramfs or tmpfs the files are removed once all are loaded.
 */
int modules_load(const char *dir, const char *list, size_t *ret_loaded, struct err *e);
