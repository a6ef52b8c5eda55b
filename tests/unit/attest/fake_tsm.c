#include "tests/unit/attest/fake_tsm.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/scratch.h"

static int dir;

static bool put(const char *name, const void *bytes, size_t len)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool done = fd >= 0 && pwrite(fd, bytes, len, 0) == (ssize_t)len;

	close(fd);
	return done;
}

static int questions; /* inotify: inblob was written */

/* Whoever asks has read the last answer: else this report could run into that one. */
static bool is_asked(void)
{
	struct inotify_event event;

	return read(questions, &event, sizeof(event)) == (ssize_t)sizeof(event);
}

static void *serve(void *arg)
{
	struct fake_tsm *fake = arg;

	while (fake->given < fake->reports && is_asked()) {
		int out = openat(dir, "outblob", O_WRONLY | O_CLOEXEC), in;

		/* Nobody read: the test is over. */
		if (out < 0)
			return NULL;
		/* A FIFO a report: on the same one its reader would see the next, not its end. */
		(void)unlinkat(dir, "outblob", 0);
		(void)mkfifoat(dir, "outblob", 0600);
		in = openat(dir, "inblob", O_RDONLY | O_CLOEXEC);
		if (fake->data_at != SIZE_MAX)
			(void)!read(in, fake->out + fake->data_at, 64);
		close(in);
		fake->given++;
		if (fake->is_counting)
			(void)snprintf(fake->generation_after, sizeof(fake->generation_after),
				       "%d\n", fake->given);
		if (fake->given <= fake->foreign)
			fake->out[fake->data_at] ^= 1;
		(void)put("generation", fake->generation_after, strlen(fake->generation_after));
		if (fake->out_len)
			(void)!write(out, fake->out, fake->out_len);
		close(out);
	}
	return NULL;
}

int fake_tsm_dir(struct fake_tsm *fake)
{
	pthread_t thread;
	char inblob[256];

	dir = scratch_dir();
	cr_assert(put("provider", fake->provider, strlen(fake->provider)));
	cr_assert(put("generation", fake->generation_before, strlen(fake->generation_before)));
	cr_assert(put("inblob", "", 0));
	questions = inotify_init1(IN_CLOEXEC);
	(void)snprintf(inblob, sizeof(inblob), "%s/inblob", scratch_path());
	cr_assert_geq(inotify_add_watch(questions, inblob, IN_CLOSE_WRITE), 0);
	cr_assert(put("auxblob", fake->aux, fake->aux_len));
	if (*fake->floor) {
		cr_assert(put("privlevel_floor", fake->floor, strlen(fake->floor)));
		cr_assert(put("privlevel", "", 0));
	}
	cr_assert_eq(mkfifoat(dir, "outblob", 0600), 0);
	cr_assert_eq(pthread_create(&thread, NULL, serve, fake), 0);
	pthread_detach(thread);
	return dup(dir);
}
