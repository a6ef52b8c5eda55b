#include "init/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"

#define ROLLUP_BYTES 4096

/* The rest of the line that begins with `name`, in any line but the first, which is a range. */
static struct span find_line(struct span text, const char *name)
{
	size_t len = strlen(name);
	const uint8_t *end;

	while ((end = text.len ? memchr(text.at, '\n', text.len) : NULL)) {
		size_t line = (size_t)(end - text.at);

		if (line > len && !memcmp(text.at, name, len))
			return span(text.at + len, line - len);
		text = span(end + 1, text.len - line - 1);
	}
	return SPAN_EMPTY;
}

static int parse_kib(struct span text, const char *name, uint64_t *ret, struct err *e)
{
	struct span rest = find_line(text, name);
	uint64_t value = 0;
	size_t i = 0, digits;

	while (i < rest.len && rest.at[i] == ' ')
		i++;
	for (digits = i; i < rest.len && rest.at[i] >= '0' && rest.at[i] <= '9'; i++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(rest.at[i] - '0'), &value))
			return FAIL(e, FAIL_INPUT, "smaps_rollup: %s too large", name);
	if (i == digits || !span_is_equal(span(rest.at + i, rest.len - i), span_text(" kB")))
		return FAIL(e, FAIL_INPUT, "smaps_rollup: no %s", name);
	*ret = value;
	return 0;
}

int memory_parse(struct span rollup, struct memory *ret, struct err *e)
{
	struct memory m = { 0 };

	if (parse_kib(rollup, "Private_Dirty:", &m.private_dirty_kib, e) < 0 ||
	    parse_kib(rollup, "Anonymous:", &m.anonymous_kib, e) < 0 ||
	    parse_kib(rollup, "Pss:", &m.proportional_kib, e) < 0)
		return -(int)FAIL_INPUT;
	*ret = m;
	return 0;
}

int memory_of(pid_t pid, struct memory *ret, struct err *e)
{
	AUTO_FD int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_BUF struct buf text = BUF_EMPTY;
	char name[64];

	if (proc < 0)
		return FAIL_ERRNO(e, "open /proc: %s", strerror(errno));
	(void)snprintf(name, sizeof(name), "%d/smaps_rollup", (int)pid);
	if (file_read(proc, name, ROLLUP_BYTES, &text, e) < 0)
		return -(int)e->kind;
	return memory_parse(buf_view(&text), ret, e);
}
