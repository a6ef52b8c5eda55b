#include "api/form.h"

#include "api/http.h"

static const struct {
	enum form form;
	const char *type;
} rows[] = {
	{ FORM_JSON, "application/json" },
	{ FORM_RAW, "application/octet-stream" },
	{ FORM_TEXT, "text/plain" },
	{ FORM_PROBLEM, "application/problem+json" },
};

static enum form named(struct span type)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (http_is_word(type, rows[i].type))
			return rows[i].form;
	return FORM_NONE;
}

enum form form_of_type(struct span type)
{
	enum form form = named(type);

	return form == FORM_JSON || form == FORM_RAW ? form : FORM_NONE;
}

const char *form_type(enum form form)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].form == form)
			return form == FORM_TEXT ? "text/plain; charset=utf-8" : rows[i].type;
	return "application/octet-stream";
}

/* RFC 9110, 12.4.2: q=0, in any of its spellings, is "not this". */
static bool is_refused(struct span parameters)
{
	struct span word;

	while (http_next(&parameters, ';', &word)) {
		size_t i = 2;

		if (word.len < 3 || (word.at[0] | 0x20) != 'q' || word.at[1] != '=')
			continue;
		while (i < word.len && (word.at[i] == '0' || word.at[i] == '.'))
			i++;
		if (i == word.len)
			return true;
	}
	return false;
}

/* The next range that is not refused, without its parameters. */
static bool next_range(struct span *accept, struct span *ret)
{
	struct span range;

	while (http_next(accept, ',', &range)) {
		if (http_next(&range, ';', ret) && !is_refused(range))
			return true;
	}
	return false;
}

enum form form_choose(struct span accept, unsigned int possible, enum form otherwise)
{
	struct span range;

	while (next_range(&accept, &range)) {
		enum form form = named(range);

		if (form & possible)
			return form;
		if (http_is_word(range, "*/*"))
			break;
	}
	return otherwise;
}

enum form form_of_problem(struct span accept)
{
	enum form form = form_choose(accept, FORM_TEXT | FORM_JSON | FORM_PROBLEM, FORM_PROBLEM);

	return form == FORM_TEXT ? FORM_TEXT : FORM_PROBLEM;
}
