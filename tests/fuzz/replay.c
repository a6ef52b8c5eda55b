/* Runs a fuzz target over files and directories of files (its corpus): `replay PATH...`. */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"

#define LIMIT_INPUT_BYTES (64UL * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(int dir, const char *name)
{
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	AUTO_BUF struct buf input = BUF_EMPTY;
	AUTO_FREE uint8_t *exact = NULL;
	struct err e = { 0 };

	if (fd < 0 || fd_read_all(fd, LIMIT_INPUT_BYTES, &input, &e) < 0) {
		(void)fprintf(stderr, "replay: %s: %s\n", name, fd < 0 ? strerror(errno) : e.text);
		return -1;
	}
	/* Of exactly its size, so that ASan sees the first byte read beyond it. */
	exact = malloc(input.len ? input.len : 1);
	if (!exact)
		return -1;
	if (input.len)
		memcpy(exact, input.at, input.len);
	(void)LLVMFuzzerTestOneInput(exact, input.len);
	return 1;
}

/* How many inputs ran; -1 when one could not be read. */
static int run_dir(const char *path)
{
	DIR *dir = opendir(path);
	int count = 0;

	if (!dir) {
		(void)fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
		return -1;
	}
	for (struct dirent *entry; count >= 0 && (entry = readdir(dir));) {
		if (entry->d_type != DT_REG)
			continue;
		count = run_file(dirfd(dir), entry->d_name) < 0 ? -1 : count + 1;
	}
	(void)closedir(dir);
	return count;
}

int main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;
		int count;

		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			count = run_dir(argv[i]);
		else
			count = run_file(AT_FDCWD, argv[i]);
		if (count < 0)
			return EXIT_FAILURE;
		total += count;
	}
	/* A corpus that got lost must not look like one that passed. */
	(void)printf("          %d inputs\n", total);
	return total > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
