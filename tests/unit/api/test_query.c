/* Query, forms, JSON bodies: what a tenant writes. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "api/body.h"
#include "api/form.h"
#include "api/query.h"
#include "api/wrap.h"
#include "tests/support/fault.h"

static int query(const char *text, struct buf *scope, struct buf *context)
{
	const struct query_field fields[] = { { "scope", 8, scope },
					      { "context", 16, context },
					      { 0 } };
	struct err e = { 0 };

	return query_parse(span_text(text), fields, &e);
}

Test(query, decodes_text)
{
	AUTO_BUF struct buf scope = BUF_EMPTY;
	AUTO_BUF struct buf context = BUF_EMPTY;

	cr_assert_eq(query("context=db%2Fa/b:@%20%C3%a4!&scope=pod", &scope, &context), 0);
	cr_assert_str_eq((char *)context.at, "db/a/b:@ \xc3\xa4!");
	cr_assert_str_eq((char *)scope.at, "pod");
}

Test(query, tells_an_empty_value_from_an_absent_one)
{
	AUTO_BUF struct buf scope = BUF_EMPTY;
	AUTO_BUF struct buf context = BUF_EMPTY;

	cr_assert_eq(query("", &scope, &context), 0);
	cr_assert_null(scope.at);
	cr_assert_eq(query("scope=", &scope, &context), 0);
	cr_assert_not_null(scope.at);
	cr_assert_eq(scope.len, 0);
	cr_assert_null(context.at);
}

struct text {
	char text[64];
	int want;
};

ParameterizedTestParameters(query, refuses)
{
	static struct text rows[] = {
		{ "scope", -FAIL_INPUT },
		{ "&", -FAIL_INPUT },
		{ "scope=a&", -FAIL_INPUT },
		{ "=a", -FAIL_INPUT },
		{ "Scope=a", -FAIL_INPUT },
		{ "sc%6fpe=a", -FAIL_INPUT },
		{ "other=a", -FAIL_INPUT },
		{ "scope=a&scope=a", -FAIL_INPUT },
		{ "scope=&scope=", -FAIL_INPUT },
		{ "scope=a+b", -FAIL_INPUT },
		{ "scope=a=b", -FAIL_INPUT },
		{ "scope=a;b", -FAIL_INPUT },
		{ "scope=a?b", -FAIL_INPUT },
		{ "scope=%", -FAIL_INPUT },
		{ "scope=%4", -FAIL_INPUT },
		{ "scope=%4g", -FAIL_INPUT },
		{ "scope=%u0041", -FAIL_INPUT },
		{ "scope=%00", -FAIL_INPUT },
		{ "scope=%ff", -FAIL_INPUT },
		{ "scope=%c0%af", -FAIL_INPUT },
		{ "scope=%ed%a0%80", -FAIL_INPUT },
		{ "scope=%f4%90%80%80", -FAIL_INPUT },
		{ "scope=%e2%82", -FAIL_INPUT },
		{ "scope=123456789", -FAIL_LIMIT },
		{ "context=%41%41%41%41%41%41%41%41%41%41%41%41%41%41%41%41%41", -FAIL_LIMIT },
	};
	return cr_make_param_array(struct text, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct text *row, query, refuses)
{
	AUTO_BUF struct buf scope = BUF_EMPTY;
	AUTO_BUF struct buf context = BUF_EMPTY;

	cr_assert_eq(query(row->text, &scope, &context), row->want, "%s", row->text);
}

Test(query, fails_cleanly_without_memory)
{
	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_BUF struct buf scope = BUF_EMPTY;
		AUTO_BUF struct buf context = BUF_EMPTY;
		int failed = query("scope=pod&context=", &scope, &context);

		fault_disarm_keep();
		cr_assert(failed == 0 || failed == -FAIL_SYS);
	}
}

Test(query, knows_utf8)
{
	cr_assert(is_utf8_text(span_text("")));
	cr_assert(is_utf8_text(span_text("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x91\xf4\x8f\xbf\xbf")));
	cr_assert_not(is_utf8_text(span("a\0b", 3)));
	cr_assert_not(is_utf8_text(span_text("\x80")));
	cr_assert_not(is_utf8_text(span_text("\xe0\x80\x80")));
	cr_assert_not(is_utf8_text(span_text("\xf5\x80\x80\x80")));
	cr_assert_not(is_utf8_text(span_text("\xf0\x9f\x94")));
}

struct accept {
	char accept[96];
	enum form want, problem;
};

ParameterizedTestParameters(form, follows_accept)
{
	static struct accept rows[] = {
		{ "", FORM_JSON, FORM_PROBLEM },
		{ "*/*", FORM_JSON, FORM_PROBLEM },
		{ "text/plain", FORM_TEXT, FORM_TEXT },
		{ "Text/Plain; charset=utf-8", FORM_TEXT, FORM_TEXT },
		{ "application/json, text/plain", FORM_JSON, FORM_PROBLEM },
		{ "text/plain;q=0.1, application/json", FORM_TEXT, FORM_TEXT },
		{ "text/plain;q=0, application/json", FORM_JSON, FORM_PROBLEM },
		{ "text/plain; Q=0.000", FORM_JSON, FORM_PROBLEM },
		{ "*/*, text/plain", FORM_JSON, FORM_PROBLEM },
		{ "text/html, image/png", FORM_JSON, FORM_PROBLEM },
		{ "application/octet-stream, text/plain", FORM_TEXT, FORM_TEXT },
		{ ",,;;, text/plain", FORM_TEXT, FORM_TEXT },
	};
	return cr_make_param_array(struct accept, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct accept *row, form, follows_accept)
{
	cr_expect_eq(form_choose(span_text(row->accept), FORM_JSON | FORM_TEXT, FORM_JSON),
		     row->want, "%s", row->accept);
	cr_expect_eq(form_of_problem(span_text(row->accept)), row->problem, "%s", row->accept);
}

Test(form, knows_two_types_of_bodies)
{
	cr_assert_eq(form_of_type(span_text("application/JSON")), FORM_JSON);
	cr_assert_eq(form_of_type(span_text("application/octet-stream")), FORM_RAW);
	cr_assert_eq(form_of_type(span_text("text/plain")), FORM_NONE);
	cr_assert_eq(form_of_type(SPAN_EMPTY), FORM_NONE);
}

Test(body, counts_structure_outside_of_strings_only)
{
	AUTO_JSON cJSON *root = NULL;
	struct err e;

	cr_assert_eq(body_parse(span_text("{\"a\":\"[[[[[[[[[[[[[[[[[[[[,,,,,,,,,,,,,,,,\\\"{{\"}"),
				&root, &e),
		     0);
}

Test(body, refuses_what_would_blow_up_the_parser, .timeout = 5)
{
	const size_t len = (size_t)8 * 1024 * 1024;
	AUTO_BUF struct buf text = BUF_EMPTY;
	cJSON *root = NULL;
	struct err e;

	cr_assert_eq(buf_reserve(&text, len, &e), 0);
	text.len = len;
	memset(text.at, '[', len);
	cr_expect_eq(body_parse(buf_view(&text), &root, &e), -FAIL_INPUT);
	for (size_t i = 0; i < len; i++)
		text.at[i] = (uint8_t)("1,"[i % 2]);
	text.at[0] = '[';
	cr_expect_eq(body_parse(buf_view(&text), &root, &e), -FAIL_INPUT);
	cr_expect_null(root);
}

Test(wrap, makes_an_object_of_bytes)
{
	AUTO_BUF struct buf json = BUF_EMPTY;
	struct err e;

	cr_assert_eq(wrap_b64("blob", span("\xff\x00z", 3), &json, &e), 0);
	cr_assert_str_eq((char *)json.at, "{\"blob\":\"/wB6\"}");
	cr_assert_eq(wrap_b64("blob", SPAN_EMPTY, &json, &e), 0);
	cr_assert_str_eq((char *)json.at, "{\"blob\":\"\"}");
	cr_assert_eq(wrap_b64("x", span("ab", 2), &json, &e), 0);
	cr_assert_str_eq((char *)json.at, "{\"x\":\"YWI=\"}");
}
