#include "init/places.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "base/fd.h"

const char *place_name(size_t place)
{
	switch (place) {
	case PLACE_NVML:
		return "nvml";
	case PLACE_NSCQ:
		return "nscq";
	default:
		return device_rows[place].option + strlen("--");
	}
}

/* Up to the first blank. */
static struct span take_name(struct span *rest)
{
	struct span name = span(rest->at, 0);

	while (name.len < rest->len && rest->at[name.len] != ' ' && rest->at[name.len] != '\t')
		name.len++;
	*rest = span_trim(span(rest->at + name.len, rest->len - name.len));
	return name;
}

static bool is_segment(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= ' ' || s.at[i] > '~')
			return false;
	return s.len && !span_is_equal(s, span_text(".")) && !span_is_equal(s, span_text(".."));
}

static bool is_path(struct span s)
{
	if (!s.len || s.at[0] != '/' || s.at[s.len - 1] == '/')
		return false;
	(void)span_cut(&s, '/');
	while (s.len)
		if (!is_segment(span_cut(&s, '/')))
			return false;
	return true;
}

static int find_place(struct span name, struct err *e)
{
	for (size_t i = 0; i < PLACE_COUNT; i++)
		if (span_is_equal(name, span_text(place_name(i))))
			return (int)i;
	return FAIL(e, FAIL_INPUT, "\"%.*s\" is no name of a place: sealinit(8) lists them",
		    name.len > 32 ? 32 : (int)name.len, (const char *)name.at);
}

static int parse_line(struct span line, struct places *p, struct err *e)
{
	struct span path = span_trim(line), name = take_name(&path);
	int place;

	if (!name.len || name.at[0] == '#')
		return 0;
	place = find_place(name, e);
	if (place < 0)
		return place;
	if (path.len >= LIMIT_PATH_BYTES)
		return FAIL(e, FAIL_LIMIT, "%s: a path of %zu bytes", place_name((size_t)place),
			    path.len);
	if (!is_path(path))
		return FAIL(e, FAIL_INPUT, "%s: one absolute path, printable, without . and ..",
			    place_name((size_t)place));
	if (p->at[place][0])
		return FAIL(e, FAIL_INPUT, "%s: stands here twice", place_name((size_t)place));
	memcpy(p->at[place], path.at, path.len);
	return 0;
}

int places_parse(struct span text, struct places *ret, struct err *e)
{
	struct places p = { 0 };

	for (size_t n = 1; text.len; n++)
		if (parse_line(span_cut(&text, '\n'), &p, e) < 0)
			return err_add(e, "line %zu", n);
	*ret = p;
	return 0;
}

int places_read(int root, const char *path, struct places *ret, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct err why = { 0 };
	AUTO_FD int fd = fd_open_in(root, path, O_RDONLY, 0, &why);

	if (fd < 0 && why.sys != ENOENT) {
		*e = why;
		return err_add(e, "/%s", path);
	}
	if (fd < 0) {
		*ret = (struct places){ 0 };
		return 0;
	}
	if (fd_read_all(fd, LIMIT_PLACES_BYTES, &text, e) < 0 ||
	    places_parse(buf_view(&text), ret, e) < 0)
		return err_add(e, "/%s", path);
	return 0;
}
