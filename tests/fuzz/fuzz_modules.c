/* The list of modules. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct module_list list;
	size_t i;

	if (module_list_parse(span(data, size), &list, NULL) < 0)
		return 0;
	if (list.count > LIMIT_MODULES)
		abort();
	for (i = 0; i < list.count; i++)
		if (strlen(list.at[i].name) < 4 || strchr(list.at[i].name, '/'))
			abort();
	return 0;
}
