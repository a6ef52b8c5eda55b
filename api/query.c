#include "api/query.h"

#include <string.h>

/* RFC 3986, 3.4, without what some write or read in another sense: "+", "&", "=", ";", "?", "$". */
static bool is_plain(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-._~/:@!'()*,", c));
}

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int decode(struct span value, const struct query_field *f, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;

	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.at[i];
		int failed;

		if (c == '%') {
			int high = value.len - i > 2 ? hex_value(value.at[i + 1]) : -1;
			int low = value.len - i > 2 ? hex_value(value.at[i + 2]) : -1;

			if (high < 0 || low < 0)
				return FAIL(e, FAIL_INPUT, "%s: a malformed %%XX", f->name);
			c = (uint8_t)(high << 4 | low);
			i += 2;
		} else if (!is_plain(c)) {
			return FAIL(e, FAIL_INPUT, "%s: '%c' must be written %%%02X", f->name, c,
				    c);
		}
		failed = buf_append(&text, span(&c, 1), f->limit, e);
		if (failed)
			return err_add(e, "%s", f->name);
	}
	if (!is_utf8_text(buf_view(&text)))
		return FAIL(e, FAIL_INPUT, "%s: not UTF-8 text", f->name);
	/* Given and empty differs from absent for whoever looks for "twice". */
	if (buf_reserve(&text, 1, e) < 0)
		return -(int)FAIL_SYS;
	*f->ret = buf_take(&text);
	return 0;
}

static struct span cut(struct span *rest, char separator, bool *found)
{
	*found = span_has(*rest, separator);
	return span_cut(rest, separator);
}

static int take_pair(struct span pair, const struct query_field *f, struct err *e)
{
	bool has_value;
	struct span name = cut(&pair, '=', &has_value);

	for (; f->name; f++) {
		if (!span_is_equal(name, span_text(f->name)))
			continue;
		if (!has_value)
			return FAIL(e, FAIL_INPUT, "query: %s has no value", f->name);
		if (f->ret->at)
			return FAIL(e, FAIL_INPUT, "query: %s is there twice", f->name);
		return decode(pair, f, e);
	}
	return FAIL(e, FAIL_INPUT, "query: unknown parameter \"%.*s\"",
		    name.len < 40 ? (int)name.len : 40, name.at ? (const char *)name.at : "");
}

int query_parse(struct span query, const struct query_field *fields, struct err *e)
{
	bool more = query.len > 0;

	while (more) {
		struct span pair = cut(&query, '&', &more);
		int failed = take_pair(pair, fields, e);

		if (failed)
			return failed;
	}
	return 0;
}

/* Bytes of the sequence that begins `text`, 0 if it is none: RFC 3629, 4. */
static size_t sequence_len(struct span text)
{
	static const struct {
		uint8_t first, last; /* of the lead byte         */
		uint8_t second_from, second_to;
		uint8_t len;
	} rows[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	const uint8_t *at = text.at;

	if (at[0] < 0x80)
		return at[0] ? 1 : 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t k;

		if (at[0] < rows[i].first || at[0] > rows[i].last)
			continue;
		if (text.len < rows[i].len || at[1] < rows[i].second_from ||
		    at[1] > rows[i].second_to)
			return 0;
		for (k = 2; k < rows[i].len; k++)
			if (at[k] < 0x80 || at[k] > 0xbf)
				return 0;
		return rows[i].len;
	}
	return 0;
}

bool is_utf8_text(struct span text)
{
	while (text.len) {
		size_t n = sequence_len(text);

		if (!n)
			return false;
		text = span(text.at + n, text.len - n);
	}
	return true;
}
