/* Where an image has its devices. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/places.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct places p;

	if (places_parse(span(data, size), &p, NULL) < 0)
		return 0;
	for (size_t i = 0; i < PLACE_COUNT; i++) {
		const char *path = p.at[i];

		if (!memchr(path, 0, sizeof(p.at[i])) || (*path && *path != '/') ||
		    strstr(path, "/../") || strstr(path, "//"))
			abort();
	}
	return 0;
}
