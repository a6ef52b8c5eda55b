/* forge KIND --out DIR [--break WHAT]: writes test evidence; forge KIND --list: what can be wrong.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/mem.h"
#include "tests/forge/forge.h"

static const struct forge_kind *const kinds[] = { &forge_snp, &forge_tdx, &forge_gpu,
						  &forge_tpm, &forge_log, &forge_machine };

static _Noreturn void usage(void)
{
	(void)fputs("usage: forge snp|tdx|gpu|tpm|log|machine --out DIR [--break WHAT]\n"
		    "       forge KIND --list\n"
		    "Writes evidence that looks real under roots that only tests trust.\n",
		    stderr);
	exit(2);
}

static const struct forge_kind *find_kind(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (!strcmp(kinds[i]->name, name))
			return kinds[i];
	usage();
}

static void check_breakage(const struct forge_kind *kind, const char *what)
{
	for (const char *const *b = kind->breaks; *b; b++)
		if (!strcmp(*b, what))
			return;
	forge_fail(kind->name, "this can't be broken: forge KIND --list");
}

static int open_dir(int parent, const char *path)
{
	int fd;

	if (mkdirat(parent, path, 0755) < 0 && errno != EEXIST)
		forge_fail(path, strerror(errno));
	fd = openat(parent, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		forge_fail(path, strerror(errno));
	return fd;
}

static void make(const struct forge_kind *kind, const char *path, const char *breakage)
{
	AUTO_FD int dir = open_dir(AT_FDCWD, path);
	AUTO_FD int cache = open_dir(dir, "cache");
	const struct forge f = { dir, cache, breakage };

	forge_line(&f, "at", FORGE_AT_TEXT);
	kind->make(&f);
}

int main(int argc, char *argv[])
{
	const struct forge_kind *kind = argc > 1 ? find_kind(argv[1]) : NULL;
	const char *breakage = "";

	if (kind && argc == 3 && !strcmp(argv[2], "--list")) {
		for (const char *const *b = kind->breaks; *b; b++)
			(void)puts(*b);
		return 0;
	}
	if (!kind || (argc != 4 && argc != 6) || strcmp(argv[2], "--out") != 0)
		usage();
	if (argc == 6) {
		if (strcmp(argv[4], "--break") != 0)
			usage();
		breakage = argv[5];
		check_breakage(kind, breakage);
	}
	make(kind, argv[3], breakage);
	return 0;
}
