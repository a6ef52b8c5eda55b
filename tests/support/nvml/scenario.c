#include "tests/support/nvml/scenario.h"

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

FILE *scenario_file(const char *name, const char *mode)
{
	static char here;
	char path[512];
	Dl_info self;
	int len;

	if (!dladdr(&here, &self) || !strrchr(self.dli_fname, '/'))
		return NULL;
	len = (int)(strrchr(self.dli_fname, '/') - self.dli_fname);
	(void)snprintf(path, sizeof(path), "%.*s/%s", len, self.dli_fname, name);
	return fopen(path, mode);
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

void scenario_hang(const char *word)
{
	if (!scenario_has(word))
		return;
	(void)scenario_file("hanging", "r+e");
	for (;;)
		(void)pause();
}
