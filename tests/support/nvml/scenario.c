#include "tests/support/nvml/scenario.h"

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 512

static bool path_of(const char *name, char ret[static PATH_BYTES])
{
	static char here;
	Dl_info self;
	int len;

	if (!dladdr(&here, &self) || !strrchr(self.dli_fname, '/'))
		return false;
	len = (int)(strrchr(self.dli_fname, '/') - self.dli_fname);
	(void)snprintf(ret, PATH_BYTES, "%.*s/%s", len, self.dli_fname, name);
	return true;
}

FILE *scenario_file(const char *name, const char *mode)
{
	char path[PATH_BYTES];

	return path_of(name, path) ? fopen(path, mode) : NULL;
}

bool scenario_has(const char *word)
{
	FILE *f = scenario_file("scenario", "re");
	char line[64];
	bool found = false;

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		found = found || !strcmp(line, word);
	}
	if (f)
		(void)fclose(f);
	return found;
}

unsigned scenario_load(const char *what, unsigned index, void *at, size_t size)
{
	char name[32];
	FILE *f;
	size_t n = 0;

	(void)snprintf(name, sizeof(name), "%s%u", what, index);
	f = scenario_file(name, "re");
	if (f) {
		n = fread(at, 1, size, f);
		(void)fclose(f);
	}
	return (unsigned)n;
}

void scenario_rename(const char *from, const char *to)
{
	char old[PATH_BYTES], new[PATH_BYTES];

	if (path_of(from, old) && path_of(to, new))
		(void)rename(old, new);
}

void scenario_hang(const char *word)
{
	if (!scenario_has(word))
		return;
	(void)scenario_file("hanging", "r+e");
	for (;;)
		(void)pause();
}
