#include "api/ctl/output.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/ctl/limits.h"
#include "base/fd.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int open_dir(const char *path, int *ret, struct err *e)
{
	AUTO_BUF struct buf dir = BUF_EMPTY;
	size_t len = (size_t)(base_name(path) - path);

	if (buf_append(&dir, len ? span(path, len) : span_text("."), 4096, e) < 0)
		return err_add(e, "the path of the output");
	*ret = open((const char *)dir.at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret < 0)
		return FAIL_ERRNO(e, "%s: %s", (const char *)dir.at, strerror(errno));
	return 0;
}

/* Replacing /dev/null or a link by a file is never what was meant. */
static int check_target(int dir, const char *path, struct err *e)
{
	const char *name = base_name(path);
	struct stat st;

	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return FAIL(e, FAIL_INPUT, "%s is a directory", path);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : FAIL_ERRNO(e, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return FAIL(e, FAIL_INPUT, "%s is not a regular file ('-' is standard output)",
			    path);
	return 0;
}

static int make_temp_name(struct output *out, struct err *e)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return FAIL_ERRNO(e, "random name: %s", strerror(errno));
	(void)snprintf(out->temp, sizeof(out->temp), ".sealctl-%016llx",
		       (unsigned long long)random);
	return 0;
}

static void proc_path(int fd, char ret[static 32])
{
	(void)snprintf(ret, 32, "/proc/self/fd/%d", fd);
}

/* A file without a name vanishes with the process, however that ends. It gets its name through
 * /proc, which a container may lack, as its file system may lack O_TMPFILE: then a name it is. */
static int open_file(struct output *out, struct err *e)
{
	char proc[32];

	out->fd = openat(out->dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (out->fd >= 0) {
		proc_path(out->fd, proc);
		if (faccessat(AT_FDCWD, proc, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return 0;
		fd_done(&out->fd);
	}
	if (make_temp_name(out, e) < 0)
		return err_add(e, "output");
	out->fd = openat(out->dir, out->temp, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW,
			 0600);
	if (out->fd < 0) {
		out->temp[0] = '\0';
		return FAIL_ERRNO(e, "%s: %s", out->path, strerror(errno));
	}
	return 0;
}

int output_open(const char *path, struct output *ret, struct err *e)
{
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	int rc;

	if (path && strcmp(path, "-") != 0) {
		out.path = path;
		rc = open_dir(path, &out.dir, e);
		if (rc == 0)
			rc = check_target(out.dir, path, e);
		if (rc == 0)
			rc = open_file(&out, e);
		if (rc < 0)
			return rc;
	}
	*ret = out;
	out = OUTPUT_EMPTY;
	return 0;
}

int output_refuse_terminal(const struct output *out, struct err *e)
{
	if (out->dir < 0 && isatty(STDOUT_FILENO))
		return FAIL(e, FAIL_DENIED,
			    "standard output is a terminal: name a file, or say --force");
	return 0;
}

int output_write(struct output *out, struct span bytes, struct err *e)
{
	if (bytes.len > CTL_OUTPUT_BYTES - out->len)
		return FAIL(e, FAIL_LIMIT, "the answer has more than %d bytes", CTL_OUTPUT_BYTES);
	if (out->dir < 0 ? buf_append(&out->mem, bytes, CTL_OUTPUT_BYTES, e) < 0
			 : fd_write_all(out->fd, bytes, e) < 0)
		return err_add(e, "%s", out->path ? out->path : "standard output");
	out->len += bytes.len;
	return 0;
}

int output_reset(struct output *out, struct err *e)
{
	out->len = 0;
	if (out->dir < 0) {
		buf_done(&out->mem);
		return 0;
	}
	if (ftruncate(out->fd, 0) < 0 || lseek(out->fd, 0, SEEK_SET) < 0)
		return FAIL_ERRNO(e, "%s: %s", out->path, strerror(errno));
	return 0;
}

void output_clean_text(struct output *out)
{
	for (size_t i = 0; i < out->mem.len; i++) {
		uint8_t *c = &out->mem.at[i];

		if ((*c < ' ' && *c != '\n' && *c != '\t') || *c == 0x7f)
			*c = '?';
	}
}

/* linkat() can't replace a file, rename() can: the nameless file gets a passing name first. */
static int give_temp_name(struct output *out, struct err *e)
{
	char proc[32];

	if (out->temp[0] != '\0')
		return 0;
	if (make_temp_name(out, e) < 0)
		return err_add(e, "output");
	proc_path(out->fd, proc);
	if (linkat(AT_FDCWD, proc, out->dir, out->temp, AT_SYMLINK_FOLLOW) < 0) {
		out->temp[0] = '\0';
		return FAIL_ERRNO(e, "%s: %s", out->path, strerror(errno));
	}
	return 0;
}

static int commit_file(struct output *out, struct err *e)
{
	if (fsync(out->fd) < 0)
		return FAIL_ERRNO(e, "%s: %s", out->path, strerror(errno));
	if (give_temp_name(out, e) < 0)
		return -(int)e->kind;
	if (renameat(out->dir, out->temp, out->dir, base_name(out->path)) < 0)
		return FAIL_ERRNO(e, "%s: %s", out->path, strerror(errno));
	out->temp[0] = '\0';
	/* The file is there; that its name outlives a crash is more than some file systems give. */
	(void)fsync(out->dir);
	return 0;
}

int output_commit(struct output *out, struct err *e)
{
	if (out->dir >= 0)
		return commit_file(out, e);
	if (fd_write_all(STDOUT_FILENO, buf_view(&out->mem), e) < 0)
		return err_add(e, "standard output");
	return 0;
}

void output_done(struct output *out)
{
	if (out->dir >= 0 && out->temp[0] != '\0')
		(void)unlinkat(out->dir, out->temp, 0);
	fd_done(&out->fd);
	fd_done(&out->dir);
	buf_done(&out->mem);
}
