#include "tests/broker/initdata.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

struct envelope {
	struct span version;
	struct span algorithm;
};

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct span skip_blanks(struct span s)
{
	while (s.len && is_blank(s.at[0]))
		s = span(s.at + 1, s.len - 1);
	return s;
}

static bool is_end(struct span s)
{
	s = skip_blanks(s);
	return !s.len || s.at[0] == '#';
}

static struct span cut_line(struct span *rest)
{
	struct span line = span_cut(rest, '\n');

	if (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* A key, bare or quoted, in front of "=". */
static struct span cut_key(struct span *line)
{
	const uint8_t *equals = memchr(line->at, '=', line->len);
	struct span key = SPAN_EMPTY;

	if (!equals)
		return key;
	key = skip_blanks(span(line->at, (size_t)(equals - line->at)));
	while (key.len && is_blank(key.at[key.len - 1]))
		key.len--;
	*line = span(equals + 1, line->len - (size_t)(equals - line->at) - 1);
	if (key.len >= 2 && (key.at[0] == '"' || key.at[0] == '\'') &&
	    key.at[key.len - 1] == key.at[0])
		key = span(key.at + 1, key.len - 2);
	return key;
}

/* A one-line string without escapes; none of the two values has use for one. */
static bool read_text(struct span line, struct span *ret)
{
	const uint8_t *end;

	line = skip_blanks(line);
	if (line.len < 2 || (line.at[0] != '"' && line.at[0] != '\''))
		return false;
	end = memchr(line.at + 1, line.at[0], line.len - 1);
	if (!end || memchr(line.at, '\\', (size_t)(end - line.at)) ||
	    !is_end(span(end + 1, (size_t)(line.at + line.len - end - 1))))
		return false;
	*ret = span(line.at + 1, (size_t)(end - line.at - 1));
	return true;
}

static int read_line(struct span line, struct envelope *ret, struct err *e)
{
	const struct {
		const char *name;
		struct span *value;
	} keys[] = { { "version", &ret->version }, { "algorithm", &ret->algorithm } };
	struct span key = cut_key(&line);

	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		if (!span_is_equal(key, span_text(keys[i].name)))
			continue;
		if (keys[i].value->at)
			return FAIL(e, FAIL_INPUT, "initdata: %s twice", keys[i].name);
		if (!read_text(line, keys[i].value))
			return FAIL(e, FAIL_INPUT, "initdata: %s must be text on one line",
				    keys[i].name);
		return 0;
	}
	return FAIL(e, FAIL_INPUT, "initdata: only version and algorithm stand before [data]");
}

static bool is_data_table(struct span line)
{
	static const char head[] = "[data]";

	return line.len >= sizeof(head) - 1 && !memcmp(line.at, head, sizeof(head) - 1) &&
	       is_end(span(line.at + sizeof(head) - 1, line.len - sizeof(head) + 1));
}

static int read_envelope(struct span body, struct envelope *ret, struct err *e)
{
	while (body.len) {
		struct span line = skip_blanks(cut_line(&body));
		int failed = 0;

		if (is_data_table(line))
			return 0;
		if (!is_end(line))
			failed = read_line(line, ret, e);
		if (failed)
			return failed;
	}
	return FAIL(e, FAIL_INPUT, "initdata: no [data]");
}

int broker_initdata_digest(struct span body, enum digest_alg *ret_alg, struct digest *ret,
			   struct err *e)
{
	struct envelope envelope = { 0 };
	enum digest_alg alg;
	int failed = read_envelope(body, &envelope, e);

	if (failed)
		return failed;
	if (!span_is_equal(envelope.version, span_text("0.1.0")))
		return FAIL(e, FAIL_INPUT, "initdata: version must be \"0.1.0\"");
	if ((failed = digest_alg_parse(envelope.algorithm, &alg, e)) ||
	    (failed = digest_of(alg, body, ret, e)))
		return failed;
	*ret_alg = alg;
	return 0;
}
