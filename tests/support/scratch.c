#include "tests/support/scratch.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/sealinit-test-XXXXXX";
static pid_t owner;

static int remove_one(const char *name, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(name);
}

/* A forked child of the test must not take the directory away. */
static void remove_all(void)
{
	if (owner == getpid())
		(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int scratch_dir(void)
{
	int fd;

	if (!owner) {
		if (!mkdtemp(path))
			abort();
		owner = getpid();
		(void)atexit(remove_all);
	}
	fd = open(path, O_DIRECTORY | O_PATH | O_CLOEXEC);
	if (fd < 0)
		abort();
	return fd;
}

const char *scratch_path(void)
{
	return owner ? path : NULL;
}
