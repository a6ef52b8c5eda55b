#include "attest/config/toml.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Inside a text that is bounded already; a string never grows by being read. */
#define NO_LIMIT (SIZE_MAX / 4)

static size_t line_of(const struct toml *t)
{
	size_t i, line = 1;

	for (i = 0; i < t->at && i < t->text.len; i++)
		line += t->text.at[i] == '\n';
	return line;
}

static int bad(const struct toml *t, const char *what, struct err *e)
{
	return FAIL(e, FAIL_INPUT, "initdata, line %zu: %s", line_of(t), what);
}

/* The byte at the cursor, or -1 at the end. */
static int peek(const struct toml *t)
{
	return t->at < t->text.len ? t->text.at[t->at] : -1;
}

static bool is_next(const struct toml *t, const char *word)
{
	size_t len = strlen(word);

	return t->text.len - t->at >= len && !memcmp(t->text.at + t->at, word, len);
}

static bool skip(struct toml *t, const char *word)
{
	bool found = is_next(t, word);

	if (found)
		t->at += strlen(word);
	return found;
}

static bool skip_newline(struct toml *t)
{
	return skip(t, "\n") || skip(t, "\r\n");
}

static void skip_blanks(struct toml *t)
{
	while (peek(t) == ' ' || peek(t) == '\t')
		t->at++;
}

/* Length of the UTF-8 sequence at `at`, 0 if it isn't one (overlong, surrogate, beyond 10FFFF). */
static size_t utf8_len(const uint8_t *at, size_t left)
{
	uint32_t c = at[0];
	size_t len = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : 4;

	if (len == 1)
		return 1;
	if (c < 0xc2 || c > 0xf4 || left < len)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	if ((c == 0xe0 && at[1] < 0xa0) || (c == 0xed && at[1] > 0x9f) ||
	    (c == 0xf0 && at[1] < 0x90) || (c == 0xf4 && at[1] > 0x8f))
		return 0;
	return len;
}

static bool is_allowed(const uint8_t *at, size_t left)
{
	if (*at == '\r')
		return left > 1 && at[1] == '\n';
	return *at == '\t' || *at == '\n' || (*at >= 0x20 && *at != 0x7f);
}

int toml_init(struct toml *ret, struct span text, struct err *e)
{
	struct toml t = { text, 0 };
	size_t len;

	while (t.at < text.len) {
		len = utf8_len(text.at + t.at, text.len - t.at);
		if (!len)
			return bad(&t, "not UTF-8", e);
		if (!is_allowed(text.at + t.at, text.len - t.at))
			return bad(&t, "a control character", e);
		t.at += len;
	}
	*ret = (struct toml){ text, 0 };
	return 0;
}

/* Copies what lies between `from` and the cursor. */
static int copy(struct toml *t, size_t from, struct buf *ret, struct err *e)
{
	return buf_append(ret, span(t->text.at + from, t->at - from), NO_LIMIT, e);
}

static bool is_bare(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

static int read_hex(struct toml *t, size_t digits, uint32_t *ret, struct err *e)
{
	uint32_t value = 0;

	while (digits--) {
		int c = peek(t);
		int low = c | 0x20;

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint32_t)(c - '0');
		else if (low >= 'a' && low <= 'f')
			value = value << 4 | (uint32_t)(low - 'a' + 10);
		else
			return bad(t, "\\u wants four hexadecimal digits, \\U eight", e);
		t->at++;
	}
	*ret = value;
	return 0;
}

static int append_char(struct toml *t, uint32_t c, struct buf *ret, struct err *e)
{
	uint8_t at[4];
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (!c)
		return bad(t, "a NUL character isn't taken", e);
	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return bad(t, "an escape that isn't a Unicode scalar value", e);
	if (len == 1) {
		at[0] = (uint8_t)c;
	} else {
		for (size_t i = len; --i; c >>= 6)
			at[i] = (uint8_t)(0x80 | (c & 0x3f));
		at[0] = (uint8_t)((0xf00 >> len & 0xf0) | c);
	}
	return buf_append(ret, span(at, len), NO_LIMIT, e);
}

/* The cursor is behind the backslash. */
static int read_escape(struct toml *t, struct buf *ret, struct err *e)
{
	static const char names[] = "btnfr\"\\", values[] = "\b\t\n\f\r\"\\";
	int c = peek(t);
	const char *name = c > 0 ? strchr(names, c) : NULL;
	uint32_t value;

	if (name) {
		t->at++;
		return append_char(t, (uint8_t)values[name - names], ret, e);
	}
	if (c != 'u' && c != 'U')
		return bad(t, "an unknown escape", e);
	t->at++;
	if (read_hex(t, c == 'u' ? 4 : 8, &value, e) < 0)
		return -(int)FAIL_INPUT;
	return append_char(t, value, ret, e);
}

/* "..." or '...', cursor behind the opening quote. */
static int read_line_string(struct toml *t, int quote, struct buf *ret, struct err *e)
{
	int failed = 0;

	while (!failed && peek(t) != quote) {
		size_t from = t->at;

		while (peek(t) >= 0 && peek(t) != quote && peek(t) != '\n' &&
		       (quote == '\'' || peek(t) != '\\'))
			t->at++;
		failed = copy(t, from, ret, e);
		if (failed || peek(t) == quote)
			continue;
		if (peek(t) != '\\')
			return bad(t, "a string that isn't closed on its line", e);
		t->at++;
		failed = read_escape(t, ret, e);
	}
	t->at++;
	return failed;
}

/* A backslash at a line's end takes the white space up to the next word with it. */
static bool skip_continuation(struct toml *t)
{
	size_t from = t->at;

	skip_blanks(t);
	if (!skip_newline(t)) {
		t->at = from;
		return false;
	}
	do
		skip_blanks(t);
	while (skip_newline(t));
	return true;
}

/* Quotes at the cursor: up to two belong to the text, three close it, and two more may stand
 * before those three (TOML 1.0, "String"). */
static int read_quotes(struct toml *t, int quote, bool *ret_closed, struct buf *ret, struct err *e)
{
	size_t from = t->at, n;

	while (peek(t) == quote)
		t->at++;
	n = t->at - from;
	if (n > 5)
		return bad(t, "too many quotes at the end of a string", e);
	*ret_closed = n >= 3;
	return buf_append(ret, span(t->text.at + from, n < 3 ? n : n - 3), NO_LIMIT, e);
}

/* """...""" or '''...''', cursor behind the opening quotes. */
static int read_long_string(struct toml *t, int quote, struct buf *ret, struct err *e)
{
	bool closed = false;
	int failed = 0;

	(void)skip_newline(t);
	while (!failed && !closed) {
		size_t from = t->at;

		while (peek(t) >= 0 && peek(t) != quote && (quote == '\'' || peek(t) != '\\'))
			t->at++;
		failed = copy(t, from, ret, e);
		if (failed)
			break;
		if (peek(t) < 0)
			return bad(t, "a string that never ends", e);
		if (peek(t) == quote) {
			failed = read_quotes(t, quote, &closed, ret, e);
			continue;
		}
		t->at++;
		if (!skip_continuation(t))
			failed = read_escape(t, ret, e);
	}
	return failed;
}

static int read_value(struct toml *t, struct buf *ret, struct err *e)
{
	if (skip(t, "\"\"\""))
		return read_long_string(t, '"', ret, e);
	if (skip(t, "'''"))
		return read_long_string(t, '\'', ret, e);
	if (skip(t, "\""))
		return read_line_string(t, '"', ret, e);
	if (skip(t, "'"))
		return read_line_string(t, '\'', ret, e);
	return bad(t, "only strings are taken as values here", e);
}

static int read_key(struct toml *t, struct buf *ret, struct err *e)
{
	size_t from = t->at;
	int failed;

	if (is_next(t, "\"\"\"") || is_next(t, "'''"))
		return bad(t, "a key can't have three quotes", e);
	if (skip(t, "\"")) {
		failed = read_line_string(t, '"', ret, e);
	} else if (skip(t, "'")) {
		failed = read_line_string(t, '\'', ret, e);
	} else {
		while (is_bare(peek(t)))
			t->at++;
		if (t->at == from)
			return bad(t, "expected a key", e);
		failed = copy(t, from, ret, e);
	}
	if (failed)
		return failed;
	skip_blanks(t);
	if (peek(t) == '.')
		return bad(t, "dotted keys aren't taken here; put quotes around the whole", e);
	return 0;
}

/* White space and a comment, then the end of the line or of the text. */
static int end_line(struct toml *t, struct err *e)
{
	skip_blanks(t);
	if (peek(t) == '#')
		while (peek(t) >= 0 && !is_next(t, "\n") && !is_next(t, "\r\n"))
			t->at++;
	if (peek(t) >= 0 && !skip_newline(t))
		return bad(t, "more on a line than belongs there", e);
	return 0;
}

static int read_table(struct toml *t, struct buf *key, struct err *e)
{
	int failed;

	if (skip(t, "["))
		return bad(t, "arrays of tables aren't taken here", e);
	skip_blanks(t);
	failed = read_key(t, key, e);
	if (failed)
		return failed;
	if (!skip(t, "]"))
		return bad(t, "a table's name ends with ]", e);
	return end_line(t, e);
}

static int read_pair(struct toml *t, struct buf *key, struct buf *value, struct err *e)
{
	int failed = read_key(t, key, e);

	if (failed)
		return failed;
	if (!skip(t, "="))
		return bad(t, "expected = behind the key", e);
	skip_blanks(t);
	failed = read_value(t, value, e);
	return failed ? failed : end_line(t, e);
}

int toml_next(struct toml *t, enum toml_item *ret, struct buf *key, struct buf *value,
	      struct err *e)
{
	enum toml_item item;
	int failed;

	buf_done(key);
	buf_done(value);
	for (skip_blanks(t); peek(t) == '#' || peek(t) == '\n' || peek(t) == '\r'; skip_blanks(t))
		if (end_line(t, e) < 0)
			return -(int)FAIL_INPUT;
	if (peek(t) < 0) {
		*ret = TOML_END;
		return 0;
	}
	item = skip(t, "[") ? TOML_TABLE : TOML_PAIR;
	failed = item == TOML_TABLE ? read_table(t, key, e) : read_pair(t, key, value, e);
	if (!failed)
		*ret = item;
	return failed;
}
