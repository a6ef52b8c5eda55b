#include "attest/gpu/load.h"

#include <dlfcn.h>
#include <string.h>

int load_library(const char *path, const struct load_symbol *symbols, size_t count, void *ret,
		 struct gpu_why *w)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!library) {
		const char *why = dlerror();

		return WHY(w, GPU_LIBRARY, FAIL_SYS, "%s", why ? why : path);
	}
	for (size_t i = 0; i < count; i++) {
		void *at = dlsym(library, symbols[i].name);

		if (!at && !symbols[i].is_optional)
			return WHY(w, GPU_SYMBOL, FAIL_SYS, "no %s in %s", symbols[i].name, path);
		memcpy((char *)ret + symbols[i].at, &at, sizeof(at));
	}
	return 0;
}
