#include "image/build/cpio.h"

#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

#define BLOCK 512

static int pad(struct cpio *c, size_t to, struct err *e)
{
	static const uint8_t zeros[BLOCK];

	return buf_append(&c->out, span(zeros, (to - c->out.len % to) % to), LIMIT_ARCHIVE_BYTES,
			  e);
}

/* The head, the name and its padding; `content` only counts here. */
static int head(struct cpio *c, const struct entry *x, const char *name, uint32_t mode,
		size_t content, struct err *e)
{
	uint32_t links = x->type == ENTRY_DIR ? 2 : 1;
	int failed;

	if (content > UINT32_MAX)
		return FAIL(e, FAIL_LIMIT, "%s: %zu bytes", name, content);
	failed = buf_printf(&c->out, LIMIT_ARCHIVE_BYTES, e,
			    "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s",
			    c->count, mode, x->uid, x->gid, links, c->mtime, (uint32_t)content, 0U,
			    0U, x->major, x->minor, (uint32_t)strlen(name) + 1, 0U, name);
	if (!failed)
		failed = buf_append(&c->out, span("", 1), LIMIT_ARCHIVE_BYTES, e);
	return failed ? failed : pad(c, 4, e);
}

int cpio_add(struct cpio *c, const struct entry *x, struct span content, struct err *e)
{
	static const uint32_t formats[] = {
		[ENTRY_DIR] = S_IFDIR,
		[ENTRY_FILE] = S_IFREG,
		[ENTRY_LINK] = S_IFLNK,
		[ENTRY_CHAR] = S_IFCHR,
	};
	int failed;

	c->count++;
	/* The kernel unpacks names as they are, below its root. */
	failed = head(c, x, x->path + 1, formats[x->type] | x->mode, content.len, e);
	if (!failed)
		failed = buf_append(&c->out, content, LIMIT_ARCHIVE_BYTES, e);
	return failed ? failed : pad(c, 4, e);
}

int cpio_end(struct cpio *c, struct err *e)
{
	const struct entry none = { .type = ENTRY_FILE };
	const uint32_t mtime = c->mtime;
	int failed;

	c->count = 0;
	c->mtime = 0;
	failed = head(c, &none, "TRAILER!!!", 0, 0, e);
	c->mtime = mtime;
	return failed ? failed : pad(c, BLOCK, e);
}
