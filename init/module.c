#include "init/module.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

static bool is_name_byte(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.';
}

static bool is_module_name(struct span name)
{
	size_t i;

	if (name.len < 4 || name.len >= LIMIT_NAME_BYTES || name.at[0] == '.')
		return false;
	for (i = 0; i < name.len; i++)
		if (!is_name_byte(name.at[i]))
			return false;
	return !memcmp(name.at + name.len - 3, ".ko", 3);
}

static int parse_line(struct span line, struct module *ret)
{
	struct module m = { .may_fail = line.len && line.at[0] == '?' };

	if (m.may_fail)
		line = span(line.at + 1, line.len - 1);
	if (!is_module_name(line))
		return -(int)FAIL_INPUT;
	memcpy(m.name, line.at, line.len);
	*ret = m;
	return 0;
}

int module_list_parse(struct span text, struct module_list *ret, struct err *e)
{
	struct module_list list = { 0 };

	while (text.len) {
		struct span line = span_cut(&text, '\n');

		if (list.count == LIMIT_MODULES)
			return FAIL(e, FAIL_LIMIT, "more than %d modules", LIMIT_MODULES);
		if (parse_line(line, &list.at[list.count]) < 0)
			return FAIL(e, FAIL_INPUT, "line %zu: \"%.*s\" is no module's name",
				    list.count + 1, line.len > 64 ? 64 : (int)line.len,
				    (const char *)line.at);
		list.count++;
	}
	*ret = list;
	return 0;
}

static int load_one(int dir, const char *name, struct err *e)
{
	AUTO_FD int fd = fd_open_in(dir, name, O_RDONLY, 0, e);

	if (fd < 0)
		return fd;
	if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)
		return FAIL_ERRNO(e, "%s: %s", name, strerror(errno));
	return 0;
}

static int load_list(int dir, const struct module_list *list, size_t *ret_loaded, struct err *e)
{
	size_t i, loaded = 0;

	for (i = 0; i < list->count; i++) {
		const struct module *m = &list->at[i];

		if (load_one(dir, m->name, e) == 0)
			loaded++;
		else if (m->may_fail)
			log_debug("module not loaded: %s", e->text);
		else
			return -(int)e->kind;
	}
	*ret_loaded = loaded;
	return 0;
}

/* In an initial ramfs a file is memory, and these have done their work: modules_disabled follows.
 */
static void free_files(int dir, const struct module_list *list)
{
	struct statfs fs;
	size_t i;

	if (fstatfs(dir, &fs) < 0 || (fs.f_type != RAMFS_MAGIC && fs.f_type != TMPFS_MAGIC))
		return;
	for (i = 0; i < list->count; i++)
		(void)unlinkat(dir, list->at[i].name, 0);
}

int modules_load(const char *dir, const char *list, size_t *ret_loaded, struct err *e)
{
	AUTO_FD int modules = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD int file = open(list, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct module_list parsed;

	if (file < 0 && errno == ENOENT) {
		log_debug("no list of modules");
		*ret_loaded = 0;
		return 0;
	}
	if (file < 0 || modules < 0)
		return FAIL_ERRNO(e, "open %s: %s", file < 0 ? list : dir, strerror(errno));
	if (fd_read_all(file, LIMIT_MODULES_BYTES, &text, e) < 0 ||
	    module_list_parse(buf_view(&text), &parsed, e) < 0)
		return err_add(e, "%s", list);
	if (load_list(modules, &parsed, ret_loaded, e) < 0)
		return -(int)e->kind;
	free_files(modules, &parsed);
	return 0;
}
