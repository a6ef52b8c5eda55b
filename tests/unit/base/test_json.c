#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "tests/support/fault.h"

struct text_row {
	char text[96];
	int want;
};

ParameterizedTestParameters(json, refuses)
{
	static struct text_row rows[] = {
		{ "", -FAIL_INPUT },
		{ "{\"a\":1,\"a\":2}", -FAIL_INPUT },
		{ "[{\"x\":{\"a\":1,\"b\":2,\"a\":3}}]", -FAIL_INPUT },
		{ "{\"a\":1,\"\\u0061\":2}", -FAIL_INPUT },
		{ "{\"a\":1} x", -FAIL_INPUT },
		{ "{\"a\":1}{\"b\":1}", -FAIL_INPUT },
		{ "{\"a\":1,}", -FAIL_INPUT },
		{ "[1,]", -FAIL_INPUT },
		{ "[,1]", -FAIL_INPUT },
		{ "{a:1}", -FAIL_INPUT },
		{ "{'a':1}", -FAIL_INPUT },
		{ "{\"a\" 1}", -FAIL_INPUT },
		{ "{\"a\":1", -FAIL_INPUT },
		{ "\"abc", -FAIL_INPUT },
		{ "\"a\\", -FAIL_INPUT },
		{ "\"a\tb\"", -FAIL_INPUT },
		{ "\"\\x41\"", -FAIL_INPUT },
		{ "\"\\u12g4\"", -FAIL_INPUT },
		{ "\"\\u0000\"", -FAIL_INPUT },
		{ "\"\\ud800\"", -FAIL_INPUT },
		{ "\"\\udc00\\ud800\"", -FAIL_INPUT },
		{ "\"\\ud800\\u0041\"", -FAIL_INPUT },
		{ "\"\xc0\xaf\"", -FAIL_INPUT },
		{ "\"\xed\xa0\x80\"", -FAIL_INPUT },
		{ "\"\xf4\x90\x80\x80\"", -FAIL_INPUT },
		{ "\"\xe2\x82\"", -FAIL_INPUT },
		{ "\xef\xbb\xbf{}", -FAIL_INPUT },
		{ "01", -FAIL_INPUT },
		{ "+1", -FAIL_INPUT },
		{ ".5", -FAIL_INPUT },
		{ "1.", -FAIL_INPUT },
		{ "1e", -FAIL_INPUT },
		{ "-", -FAIL_INPUT },
		{ "0x10", -FAIL_INPUT },
		{ "NaN", -FAIL_INPUT },
		{ "nul", -FAIL_INPUT },
		{ "True", -FAIL_INPUT },
		{ "12345678901234567890123456789012345678901", -FAIL_INPUT },
		{ "/* c */ 1", -FAIL_INPUT },
		{ "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
		  -FAIL_LIMIT },
	};

	return cr_make_param_array(struct text_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct text_row *row, json, refuses)
{
	AUTO_JSON cJSON *root = NULL;
	struct err e = { 0 };

	cr_expect_eq(json_parse(span_text(row->text), 1000, &root, &e), row->want, "%s: %s",
		     row->text, e.text);
	cr_expect_null(root);
}

Test(json, refuses_a_nul_inside_the_text_and_more_than_its_limit)
{
	AUTO_JSON cJSON *root = NULL;
	struct err e = { 0 };

	cr_assert_eq(json_parse(span("{}\0", 3), 10, &root, &e), -FAIL_INPUT);
	cr_assert_eq(json_parse(span("\"a\0b\"", 5), 10, &root, &e), -FAIL_INPUT);
	cr_assert_eq(json_parse(span_text("{ }"), 2, &root, &e), -FAIL_LIMIT);
}

/* An object or an array of `count` numbers. */
static int parse_many(bool is_object, int count)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_JSON cJSON *root = NULL;
	struct err e = { 0 };

	for (int i = 0; i < count; i++) {
		const char *before = i ? "," : is_object ? "{" : "[";
		int got = is_object ? buf_printf(&text, SIZE_MAX - 1, &e, "%s\"m%d\":0", before, i)
				    : buf_printf(&text, SIZE_MAX - 1, &e, "%s0", before);

		cr_assert_eq(got, 0);
	}
	cr_assert_eq(buf_append(&text, span_text(is_object ? "}" : "]"), SIZE_MAX - 1, &e), 0);
	return json_parse(buf_view(&text), SIZE_MAX - 1, &root, &e);
}

Test(json, bounds_the_work_that_a_document_can_make)
{
	cr_expect_eq(parse_many(true, LIMIT_JSON_MEMBERS), 0);
	cr_expect_eq(parse_many(true, LIMIT_JSON_MEMBERS + 1), -FAIL_LIMIT);
	cr_expect_eq(parse_many(false, LIMIT_JSON_VALUES), 0);
	cr_expect_eq(parse_many(false, LIMIT_JSON_VALUES + 1), -FAIL_LIMIT);
}

Test(json, keeps_64_bit_integers_exact)
{
	AUTO_JSON cJSON *root = NULL;
	AUTO_JSON cJSON *made = cJSON_CreateObject();
	AUTO_BUF struct buf text = BUF_EMPTY;
	const cJSON *max = NULL, *odd = NULL, *list = NULL;
	const struct json_field fields[] = { { "max", JSON_U64, true, &max },
					     { "odd", JSON_U64, true, &odd },
					     { "list", JSON_ARRAY, true, &list },
					     { 0 } };
	struct err e = { 0 };
	uint64_t value = 0;

	cr_assert_eq(json_parse(span_text("{\"x1\":\"\\\"2\",\"list\":[1e2,-3,4.5],"
					  "\"max\":18446744073709551615,\"odd\":9007199254740993}"),
				1000, &root, &e),
		     0, "%s", e.text);
	cr_assert_eq(json_object(root, "t", fields, &e), -FAIL_INPUT, "x1 is unknown");
	cr_assert_eq(json_object_open(root, "t", fields, &e), 0, "%s", e.text);
	cr_assert_eq(json_u64(max, &value, &e), 0);
	cr_assert_eq(value, UINT64_MAX);
	cr_assert_eq(json_u64(odd, &value, &e), 0);
	cr_assert_eq(value, 9007199254740993u);
	for (const cJSON *n = list->child; n; n = n->next)
		cr_expect_eq(json_u64(n, &value, &e), -FAIL_INPUT);

	cr_assert_eq(json_add_u64(made, "n", UINT64_MAX, &e), 0);
	cr_assert_eq(json_print(made, 100, &text, &e), 0);
	cr_assert_str_eq((char *)text.at, "{\"n\":18446744073709551615}");
}

Test(json, number_too_large_for_64_bits_is_no_u64)
{
	AUTO_JSON cJSON *root = NULL;
	struct err e = { 0 };
	uint64_t value;

	cr_assert_eq(json_parse(span_text("18446744073709551616"), 100, &root, &e), 0);
	cr_assert_eq(json_u64(root, &value, &e), -FAIL_INPUT);
}

ParameterizedTestParameters(json, object_refuses)
{
	static struct text_row rows[] = {
		{ "[]", 0 },
		{ "{}", 0 },
		{ "{\"name\":1}", 0 },
		{ "{\"name\":\"a\",\"Name\":\"b\"}", 0 },
		{ "{\"name\":\"a\",\"on\":\"true\"}", 0 },
		{ "{\"name\":null}", 0 },
	};

	return cr_make_param_array(struct text_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct text_row *row, json, object_refuses)
{
	AUTO_JSON cJSON *root = NULL;
	const cJSON *name = NULL, *on = NULL;
	const struct json_field fields[] = { { "name", JSON_TEXT, true, &name },
					     { "on", JSON_BOOL, false, &on },
					     { 0 } };
	struct err e = { 0 };

	cr_assert_eq(json_parse(span_text(row->text), 1000, &root, &e), 0);
	cr_expect_eq(json_object(root, "t", fields, &e), -FAIL_INPUT, "%s", row->text);
	cr_expect_null(name);
}

Test(json, survives_every_failing_allocation)
{
	static const char text[] = "{\"a\":[1,2,\"\\u00e4\"],\"b\":{\"c\":true}}";

	json_init();
	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_JSON cJSON *root = NULL;
		AUTO_BUF struct buf out = BUF_EMPTY;
		struct err e = { 0 };
		int got = json_parse(span_text(text), 1000, &root, &e);

		if (!got)
			got = json_add_b64(root, "k", span_text("foo"), &e);
		if (!got)
			got = json_print(root, 1000, &out, &e);
		fault_disarm_keep();
		cr_assert_eq(got, fault_fired() ? -FAIL_SYS : 0, "call %u: %d %s", n, got, e.text);
	}
}
