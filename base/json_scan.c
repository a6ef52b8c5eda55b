#include "base/json_scan.h"

#include <string.h>

#include "base/limits.h"

#define NUMBER_BYTES 40 /* cJSON reads the first 63 bytes of a number and no more */

struct scan {
	struct span text;
	size_t at;
	unsigned int depth;  /* levels left */
	unsigned int values; /* so far      */
	struct err *e;
};

/* 0 at the end: a NUL inside the text is no token either. */
static uint8_t peek(const struct scan *s)
{
	return s->at < s->text.len ? s->text.at[s->at] : 0;
}

static int refuse(struct scan *s, const char *what)
{
	return FAIL(s->e, FAIL_INPUT, "%s at byte %zu", what, s->at);
}

static void skip_blanks(struct scan *s)
{
	while (s->at < s->text.len && memchr(" \t\r\n", peek(s), 4))
		s->at++;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static int scan_digits(struct scan *s)
{
	if (!is_digit(peek(s)))
		return refuse(s, "a digit is missing");
	while (is_digit(peek(s)))
		s->at++;
	return 0;
}

static int scan_number(struct scan *s)
{
	size_t from = s->at;

	if (peek(s) == '-')
		s->at++;
	if (peek(s) == '0')
		s->at++;
	else if (scan_digits(s) < 0)
		return -(int)FAIL_INPUT;
	if (peek(s) == '.') {
		s->at++;
		if (scan_digits(s) < 0)
			return -(int)FAIL_INPUT;
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		s->at++;
		if (peek(s) == '+' || peek(s) == '-')
			s->at++;
		if (scan_digits(s) < 0)
			return -(int)FAIL_INPUT;
	}
	if (is_digit(peek(s)))
		return refuse(s, "a number with a leading zero");
	return s->at - from > NUMBER_BYTES ? refuse(s, "a number of too many digits") : 0;
}

static int hex_value(uint8_t c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int scan_hex4(struct scan *s, unsigned int *ret)
{
	unsigned int value = 0;

	for (int i = 0; i < 4; i++, s->at++) {
		int v = hex_value(peek(s));

		if (v < 0)
			return refuse(s, "a bad \\u escape");
		value = value << 4 | (unsigned int)v;
	}
	*ret = value;
	return 0;
}

static int scan_unicode_escape(struct scan *s)
{
	unsigned int high, low;

	if (scan_hex4(s, &high) < 0)
		return -(int)FAIL_INPUT;
	if (!high)
		return refuse(s, "a NUL in a string");
	if (high >= 0xdc00 && high <= 0xdfff)
		return refuse(s, "half a surrogate pair");
	if (high < 0xd800 || high > 0xdbff)
		return 0;
	if (peek(s) != '\\' || s->at + 1 >= s->text.len || s->text.at[s->at + 1] != 'u')
		return refuse(s, "half a surrogate pair");
	s->at += 2;
	if (scan_hex4(s, &low) < 0)
		return -(int)FAIL_INPUT;
	return low >= 0xdc00 && low <= 0xdfff ? 0 : refuse(s, "half a surrogate pair");
}

static int scan_escape(struct scan *s)
{
	uint8_t c = peek(s);

	if (!c || !strchr("\"\\/bfnrtu", c))
		return refuse(s, "an unknown escape");
	s->at++;
	return c == 'u' ? scan_unicode_escape(s) : 0;
}

/* One character of two to four bytes: shortest form, no surrogates, up to U+10FFFF (RFC 3629). */
static int scan_utf8(struct scan *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t c = peek(s);
	size_t len = c >= 0xf0 && c < 0xf8   ? 4
		     : c >= 0xe0 && c < 0xf0 ? 3
		     : c >= 0xc2 && c < 0xe0 ? 2
					     : 0;
	uint32_t value;

	if (!len || s->text.len - s->at < len)
		return refuse(s, "bad UTF-8");
	value = c & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		uint8_t more = s->text.at[s->at + i];

		if ((more & 0xc0) != 0x80)
			return refuse(s, "bad UTF-8");
		value = value << 6 | (more & 0x3fu);
	}
	if (value < least[len] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return refuse(s, "bad UTF-8");
	s->at += len;
	return 0;
}

static int scan_string(struct scan *s)
{
	if (peek(s) != '"')
		return refuse(s, "a string is missing");
	s->at++;
	while (s->at < s->text.len) {
		uint8_t c = peek(s);

		if (c == '"') {
			s->at++;
			return 0;
		}
		if (c < 0x20)
			return refuse(s, "a control character in a string");
		if (c >= 0x80) {
			if (scan_utf8(s) < 0)
				return -(int)FAIL_INPUT;
			continue;
		}
		s->at++;
		if (c == '\\' && scan_escape(s) < 0)
			return -(int)FAIL_INPUT;
	}
	return refuse(s, "a string without end");
}

static int scan_value(struct scan *s);

/* One more value, the `n`th (from 0) of its object or array. */
static int count_value(struct scan *s, uint8_t close, unsigned int n)
{
	if (++s->values > LIMIT_JSON_VALUES)
		return FAIL(s->e, FAIL_LIMIT, "more than %d values", LIMIT_JSON_VALUES);
	if (close == '}' && n == LIMIT_JSON_MEMBERS)
		return FAIL(s->e, FAIL_LIMIT, "an object of more than %d members",
			    LIMIT_JSON_MEMBERS);
	return 0;
}

/* Members or elements up to `close`; the opening bracket is at s->at. */
static int scan_list(struct scan *s, uint8_t close)
{
	if (!s->depth)
		return FAIL(s->e, FAIL_LIMIT, "nested too deep at byte %zu", s->at);
	s->depth--;
	s->at++;
	skip_blanks(s);
	for (unsigned int n = 0; peek(s) != close; n++) {
		int failed = count_value(s, close, n);

		if (failed)
			return failed;
		if (n) {
			if (peek(s) != ',')
				return refuse(s, "a comma is missing");
			s->at++;
			skip_blanks(s);
		}
		if (close == '}') {
			if (scan_string(s) < 0)
				return -(int)FAIL_INPUT;
			skip_blanks(s);
			if (peek(s) != ':')
				return refuse(s, "a colon is missing");
			s->at++;
		}
		failed = scan_value(s);
		if (failed)
			return failed;
		skip_blanks(s);
	}
	s->at++;
	s->depth++;
	return 0;
}

static int scan_word(struct scan *s, const char *word)
{
	size_t len = strlen(word);

	if (s->text.len - s->at < len || memcmp(s->text.at + s->at, word, len))
		return refuse(s, "no value");
	s->at += len;
	return 0;
}

static int scan_value(struct scan *s)
{
	skip_blanks(s);
	switch (peek(s)) {
	case '{':
		return scan_list(s, '}');
	case '[':
		return scan_list(s, ']');
	case '"':
		return scan_string(s);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	default:
		return scan_number(s);
	}
}

int json_scan(struct span text, unsigned int depth, struct err *e)
{
	struct scan s = { .text = text, .depth = depth, .e = e };
	int failed = scan_value(&s);

	if (failed)
		return failed;
	skip_blanks(&s);
	return s.at == text.len ? 0 : refuse(&s, "something behind the end");
}

bool json_scan_number(struct span text, size_t *at, struct span *ret)
{
	struct scan s = { .text = text, .at = *at };

	while (s.at < text.len) {
		if (peek(&s) == '"') {
			(void)scan_string(&s);
			continue;
		}
		if (peek(&s) == '-' || is_digit(peek(&s))) {
			size_t from = s.at;

			(void)scan_number(&s);
			*at = s.at;
			*ret = span(text.at + from, s.at - from);
			return true;
		}
		s.at++;
	}
	return false;
}
