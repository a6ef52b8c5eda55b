#include "image/build/manifest.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/mem.h"

#define BLANKS		       " \t"
#define LIMIT_WORDS	       6
#define LIMIT_GUEST_PATH_BYTES 1024

/* One line on its way into the manifest. */
struct line {
	struct manifest *into;
	struct variables vars;
	const char *where;
	unsigned int depth;
	char *word[LIMIT_WORDS + 1];
	size_t words;
};

static int read_file(struct manifest *m, const char *file, struct variables vars,
		     unsigned int depth, struct err *e);

static void entry_done(struct entry *x)
{
	free(x->path);
	free(x->source);
	free(x->where);
}

void manifest_done(struct manifest *m)
{
	for (size_t i = 0; i < m->count; i++)
		entry_done(&m->at[i]);
	free(m->at);
	*m = MANIFEST_EMPTY;
}

static struct entry *find(const struct manifest *m, const char *path)
{
	for (size_t i = 0; i < m->count; i++)
		if (!strcmp(m->at[i].path, path))
			return &m->at[i];
	return NULL;
}

/* A number in `base` up to `max` that fills the word. */
static bool number(const char *word, int base, uint32_t max, uint32_t *ret)
{
	char *end;
	unsigned long long n;

	if (*word < '0' || *word > '9')
		return false;
	errno = 0;
	n = strtoull(word, &end, base);
	if (errno || *end || n > max)
		return false;
	*ret = (uint32_t)n;
	return true;
}

/* "first:second", decimal. Writes into the word. */
static bool number_pair(char *word, uint32_t *ret_first, uint32_t *ret_second)
{
	char *colon = strchr(word, ':');

	if (!colon)
		return false;
	*colon = 0;
	return number(word, 10, UINT32_MAX, ret_first) &&
	       number(colon + 1, 10, UINT32_MAX, ret_second);
}

static bool is_path(const char *path)
{
	const char *from = path;

	if (*path != '/' || strlen(path) >= LIMIT_GUEST_PATH_BYTES)
		return false;
	for (const char *c = path; *c; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	while (*from) {
		size_t len = strcspn(++from, "/");

		if (!len || (len <= 2 && !strncmp(from, "..", len)))
			return false;
		from += len;
	}
	return true;
}

/* The value of the variable whose name is `len` bytes at `name`, or NULL. */
static const char *variable(struct variables vars, const char *name, size_t len)
{
	for (size_t i = 0; i < vars.count; i++)
		if (strlen(vars.at[i].name) == len && !strncmp(vars.at[i].name, name, len))
			return vars.at[i].value;
	return NULL;
}

/* @NAME@ becomes its value. *ret is the caller's to free. */
static int expand(const struct line *l, const char *word, char **ret, struct err *e)
{
	AUTO_BUF struct buf out = BUF_EMPTY;

	for (;;) {
		size_t plain = strcspn(word, "@");
		const char *name = word + plain + 1;
		const char *value;

		if (buf_append(&out, span(word, plain), LIMIT_MANIFEST_BYTES, e) < 0)
			return err_add(e, "%s", l->where);
		if (!word[plain])
			break;
		value = variable(l->vars, name, strcspn(name, "@"));
		word = name + strcspn(name, "@");
		if (!value || *word++ != '@')
			return FAIL(e, FAIL_INPUT, "%s: \"@%s\" begins no variable that is set",
				    l->where, name);
		if (buf_append(&out, span_text(value), LIMIT_MANIFEST_BYTES, e) < 0)
			return err_add(e, "%s", l->where);
	}
	*ret = strdup(out.at ? (const char *)out.at : "");
	return *ret ? 0 : FAIL_ERRNO(e, "%s: no memory", l->where);
}

static int add(const struct line *l, struct entry *x, bool replace, struct err *e)
{
	struct manifest *m = l->into;
	struct entry *old = find(m, x->path);

	if (!old && replace)
		return FAIL(e, FAIL_INPUT, "%s: %s: nothing there to replace", l->where, x->path);
	if (old && !replace)
		return FAIL(e, FAIL_INPUT, "%s: %s is at %s already (!replace?)", l->where, x->path,
			    old->where);
	if (!old && m->count == m->room) {
		size_t room = m->room ? m->room * 2 : 64;
		struct entry *grown = reallocarray(m->at, room, sizeof(*grown));

		if (!grown)
			return FAIL_ERRNO(e, "%s: no memory", l->where);
		m->at = grown;
		m->room = room;
	}
	if (old)
		entry_done(old);
	else
		old = &m->at[m->count++];
	*old = *x;
	*x = (struct entry){ 0 };
	return 0;
}

static int parse_type(const char *word, enum entry_type *ret)
{
	static const char names[][5] = { "dir", "file", "link", "char" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (!strcmp(word, names[i])) {
			*ret = (enum entry_type)i;
			return 0;
		}
	}
	return -1;
}

/* What stands behind the owner, by type. */
static int parse_source(const struct line *l, char *word, struct entry *x, struct err *e)
{
	if (!word != (x->type == ENTRY_DIR))
		return FAIL(e, FAIL_INPUT, "%s: %s: a directory has no source, all else has one",
			    l->where, x->path);
	if (x->type == ENTRY_CHAR && !number_pair(word, &x->major, &x->minor))
		return FAIL(e, FAIL_INPUT, "%s: %s: the source of a device is major:minor",
			    l->where, x->path);
	if (x->type == ENTRY_LINK && x->mode != 0777)
		return FAIL(e, FAIL_INPUT, "%s: %s: a link's mode is 0777", l->where, x->path);
	if (x->type == ENTRY_FILE)
		return expand(l, word, &x->source, e);
	x->source = strdup(x->type == ENTRY_LINK ? word : "");
	return x->source ? 0 : FAIL_ERRNO(e, "%s: no memory", l->where);
}

/* path type mode owner [source] */
static int parse_entry(const struct line *l, char *const *word, size_t words, bool replace,
		       struct err *e)
{
	__attribute__((cleanup(entry_done))) struct entry x = { 0 };
	int failed;

	if (words < 4 || words > 5)
		return FAIL(e, FAIL_INPUT, "%s: want path, type, mode, owner and source", l->where);
	if (!is_path(word[0]))
		return FAIL(e, FAIL_INPUT, "%s: %s: not an absolute path without \"..\"", l->where,
			    word[0]);
	if (parse_type(word[1], &x.type) < 0)
		return FAIL(e, FAIL_INPUT, "%s: %s: no such type of file", l->where, word[1]);
	if (!number(word[2], 8, 01777, &x.mode))
		return FAIL(e, FAIL_INPUT, "%s: %s: not an octal mode up to 1777", l->where,
			    word[2]);
	if (!number_pair(word[3], &x.uid, &x.gid))
		return FAIL(e, FAIL_INPUT, "%s: the owner is uid:gid, in numbers", l->where);
	x.path = strdup(word[0]);
	x.where = strdup(l->where);
	if (!x.path || !x.where)
		return FAIL_ERRNO(e, "%s: no memory", l->where);
	failed = parse_source(l, words == 5 ? word[4] : NULL, &x, e);
	return failed ? failed : add(l, &x, replace, e);
}

static int parse_include(const struct line *l, struct err *e)
{
	AUTO_FREE char *file = NULL;
	int failed;

	if (l->words != 2)
		return FAIL(e, FAIL_INPUT, "%s: !include wants one file", l->where);
	if (l->depth >= LIMIT_MANIFEST_DEPTH)
		return FAIL(e, FAIL_LIMIT, "%s: manifests include each other", l->where);
	failed = expand(l, l->word[1], &file, e);
	return failed ? failed : read_file(l->into, file, l->vars, l->depth + 1, e);
}

/* Writes into the text. */
static int parse_line(struct line *l, char *text, struct err *e)
{
	char *rest = NULL;

	text[strcspn(text, "#")] = 0;
	l->words = 0;
	for (char *w = strtok_r(text, BLANKS, &rest); w; w = strtok_r(NULL, BLANKS, &rest)) {
		if (l->words == LIMIT_WORDS)
			return FAIL(e, FAIL_INPUT, "%s: more words than a line has", l->where);
		l->word[l->words++] = w;
	}
	if (!l->words)
		return 0;
	if (!strcmp(l->word[0], "!include"))
		return parse_include(l, e);
	if (!strcmp(l->word[0], "!replace"))
		return parse_entry(l, l->word + 1, l->words - 1, true, e);
	return parse_entry(l, l->word, l->words, false, e);
}

/* One line without its newline. */
static int parse_numbered(struct line *l, struct span bytes, const char *name, unsigned int number,
			  struct err *e)
{
	AUTO_BUF struct buf where = BUF_EMPTY;
	AUTO_BUF struct buf text = BUF_EMPTY;
	int failed = buf_printf(&where, LIMIT_MANIFEST_BYTES, e, "%s:%u", name, number);

	if (!failed)
		failed = buf_append(&text, bytes, LIMIT_MANIFEST_BYTES, e);
	if (failed)
		return failed;
	if (memchr(text.at, 0, text.len))
		return FAIL(e, FAIL_INPUT, "%s:%u: a zero byte", name, number);
	l->where = (const char *)where.at;
	return parse_line(l, (char *)text.at, e);
}

static int parse(struct manifest *m, struct span text, const char *name, struct variables vars,
		 unsigned int depth, struct err *e)
{
	struct line l = { .into = m, .vars = vars, .depth = depth };
	unsigned int number = 0;
	int failed = 0;

	while (!failed && text.len) {
		const uint8_t *newline = memchr(text.at, '\n', text.len);
		size_t len;

		if (!newline)
			return FAIL(e, FAIL_INPUT, "%s: the last line has no end", name);
		len = (size_t)(newline - text.at);
		failed = parse_numbered(&l, span(text.at, len), name, ++number, e);
		text = span(newline + 1, text.len - len - 1);
	}
	return failed;
}

int manifest_parse(struct manifest *m, struct span text, const char *name, struct variables vars,
		   struct err *e)
{
	return parse(m, text, name, vars, 0, e);
}

static int read_file(struct manifest *m, const char *file, struct variables vars,
		     unsigned int depth, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_FD int fd = open(file, O_RDONLY | O_CLOEXEC);
	int failed;

	if (fd < 0)
		return FAIL_ERRNO(e, "%s: %s", file, strerror(errno));
	failed = fd_read_all(fd, LIMIT_MANIFEST_BYTES, &text, e);
	if (failed)
		return err_add(e, "%s", file);
	return parse(m, buf_view(&text), file, vars, depth, e);
}

int manifest_read(struct manifest *m, const char *file, struct variables vars, struct err *e)
{
	return read_file(m, file, vars, 0, e);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

static int has_parent(const struct manifest *m, const struct entry *x, struct err *e)
{
	AUTO_FREE char *parent = strdup(x->path);
	const struct entry *dir;

	if (!parent)
		return FAIL_ERRNO(e, "%s: no memory", x->where);
	*strrchr(parent, '/') = 0;
	if (!*parent)
		return 0;
	dir = find(m, parent);
	if (!dir || dir->type != ENTRY_DIR)
		return FAIL(e, FAIL_INPUT, "%s: %s: %s is not declared as a directory", x->where,
			    x->path, parent);
	return 0;
}

int manifest_order(struct manifest *m, struct err *e)
{
	int failed = 0;

	for (size_t i = 0; !failed && i < m->count; i++)
		failed = has_parent(m, &m->at[i], e);
	if (failed)
		return failed;
	if (m->count)
		qsort(m->at, m->count, sizeof(*m->at), by_path);
	return 0;
}
