#include "attest/verify/store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/limits.h"

#define NAME_MAX_BYTES 200

struct entry {
	struct buf name; /* text */
	struct buf bytes;
};

struct verify_store {
	int dir; /* -1: none */
	struct entry *at;
	size_t count;
	size_t total;			 /* bytes of all entries */
	const struct verify_store *next; /* NULL: none */
};

static const char *entry_name(const struct entry *n)
{
	return (const char *)n->name.at;
}

static void entry_done(struct entry *n)
{
	buf_done(&n->name);
	buf_done(&n->bytes);
}

int verify_store_new(struct verify_store **ret, struct err *e)
{
	struct verify_store *s = calloc(1, sizeof(*s));

	if (!s)
		return FAIL_ERRNO(e, "store: no memory");
	s->dir = -1;
	*ret = s;
	return 0;
}

void verify_store_directory(struct verify_store *s, int dir)
{
	s->dir = dir;
}

void store_under(struct verify_store *s, const struct verify_store *next)
{
	s->next = next;
}

void verify_store_free(struct verify_store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		entry_done(&s->at[i]);
	free(s->at);
	free(s);
}

/* A name that a file of the directory may have; what can climb or hide is not among them. */
static bool is_name(const char *name)
{
	size_t len = strlen(name);

	if (!len || len > NAME_MAX_BYTES || name[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '.' || c == '_' || c == '-'))
			return false;
	}
	return true;
}

/* Users call their own files as they like; what is added is never opened by name. */
static bool is_label(const char *name)
{
	size_t len = strlen(name);

	if (!len || len > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f || name[i] == '/')
			return false;
	return true;
}

static const struct entry *entry_find(const struct verify_store *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (!strcmp(entry_name(&s->at[i]), name))
			return &s->at[i];
	return NULL;
}

int verify_store_add(struct verify_store *s, const char *name, struct span bytes, struct err *e)
{
	__attribute__((cleanup(entry_done))) struct entry fresh = { 0 };
	const struct entry *same;
	struct entry *grown;

	if (!is_label(name))
		return FAIL(e, FAIL_INPUT, "\"%.60s\" is no file name: 1 .. %d bytes without '/'",
			    name, NAME_MAX_BYTES);
	same = entry_find(s, name);
	if (same && span_is_equal(buf_view(&same->bytes), bytes))
		return 0;
	if (same)
		return FAIL(e, FAIL_INPUT, "%s: given twice, with different bytes", name);
	if (bytes.len > LIMIT_VERIFY_STORE_BYTES - s->total)
		return FAIL(e, FAIL_LIMIT, "%s: all files together exceed %d bytes", name,
			    LIMIT_VERIFY_STORE_BYTES);
	if (s->count == LIMIT_VERIFY_STORE_FILES)
		return FAIL(e, FAIL_LIMIT, "%s: more than %d files", name,
			    LIMIT_VERIFY_STORE_FILES);

	if (buf_append(&fresh.name, span_text(name), NAME_MAX_BYTES, e) < 0 ||
	    buf_append(&fresh.bytes, bytes, LIMIT_VERIFY_STORE_BYTES, e) < 0)
		return -(int)FAIL_SYS;
	grown = realloc(s->at, (s->count + 1) * sizeof(*grown));
	if (!grown)
		return FAIL_ERRNO(e, "store: no memory");
	s->at = grown;
	s->at[s->count++] = fresh;
	s->total += bytes.len;
	fresh = (struct entry){ 0 };
	return 0;
}

/* O_NONBLOCK, so that a FIFO of that name can't hold us up before it is refused. */
static int find_in_directory(int dir, const char *name, size_t limit, struct buf *ret,
			     struct err *e)
{
	struct err why = { 0 };
	AUTO_FD int fd = fd_open_in(dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &why);
	struct stat st;
	int failed;

	if (fd < 0 && why.sys == ENOENT)
		return FAIL(e, FAIL_AGAIN, "%s: not in the store", name);
	/* A symbolic link, a socket, a device without a driver. */
	if (fd < 0 && (why.sys == ELOOP || why.sys == ENXIO || why.sys == ENODEV))
		return FAIL(e, FAIL_INPUT, "%s: not a regular file", name);
	if (fd < 0)
		return FAIL(e, FAIL_SYS, "%s", why.text);
	if (fstat(fd, &st) < 0)
		return FAIL_ERRNO(e, "%s: %s", name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return FAIL(e, FAIL_INPUT, "%s: not a regular file", name);
	failed = fd_read_all(fd, limit, ret, e);
	if (failed)
		(void)err_add(e, "%s", name);
	return failed;
}

static int find_here(const struct verify_store *s, const char *name, size_t limit, struct buf *ret,
		     struct err *e)
{
	AUTO_BUF struct buf copy = BUF_EMPTY;
	const struct entry *found = entry_find(s, name);

	if (!found && s->dir < 0)
		return FAIL(e, FAIL_AGAIN, "%s: not in the store", name);
	if (!found)
		return find_in_directory(s->dir, name, limit, ret, e);
	if (found->bytes.len > limit)
		return FAIL(e, FAIL_LIMIT, "%s: more than %zu bytes", name, limit);
	if (buf_append(&copy, buf_view(&found->bytes), limit, e) < 0)
		return -(int)FAIL_SYS;
	buf_done(ret);
	*ret = buf_take(&copy);
	return 0;
}

int store_find(const struct verify_store *s, const char *name, size_t limit, struct buf *ret,
	       struct err *e)
{
	int failed = -FAIL_AGAIN;

	if (!is_name(name))
		return FAIL(e, FAIL_INPUT, "\"%.60s\" is no name of the store", name);
	for (; s && failed == -FAIL_AGAIN; s = s->next)
		failed = find_here(s, name, limit, ret, e);
	return failed;
}

size_t store_count(const struct verify_store *s)
{
	return s->count;
}

void store_at(const struct verify_store *s, size_t i, const char **ret_name, struct span *ret)
{
	*ret_name = entry_name(&s->at[i]);
	*ret = buf_view(&s->at[i].bytes);
}
