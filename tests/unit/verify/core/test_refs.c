#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/verify/refs.h"
#include "base/json.h"
#include "base/limits.h"

struct refusal {
	char json[200];
	size_t len;
	char why[40];
};

ParameterizedTestParameters(refs, refuse_what_is_no_list_of_values)
{
	static struct refusal rows[] = {
		{ "1", 2, "must be text" },
		{ "[1]", 2, "must be text" },
		{ "[[\"0102\"]]", 2, "must be text" },
		{ "{}", 2, "must be text" },
		{ "null", 2, "must be text" },
		{ "\"01\"", 2, "2 hex digits, must be 4" },
		{ "\"010203\"", 2, "6 hex digits" },
		{ "[\"0102\",\"01\"]", 2, "2 hex digits" },
		{ "\"01zz\"", 2, "is not hex" },
		{ "\" 102\"", 2, "is not hex" },
		{ "\"0x01\"", 2, "is not hex" },
		{ "\"\"", 0, "1 .. 64 bytes" },
		{ "\"0\"", 0, "1 .. 64 bytes" },
		{ "\"012\"", 0, "3 hex digits" },
	};
	return cr_make_param_array(struct refusal, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refusal *row, refs, refuse_what_is_no_list_of_values)
{
	AUTO_JSON cJSON *node = NULL;
	struct refs r = { 0 };
	struct err e = { 0 };

	cr_assert_eq(json_parse(span_text(row->json), 4096, &node, &e), 0);
	cr_expect_eq(refs_hex(node, "here", row->len, &r, &e), -FAIL_INPUT, "%s", row->json);
	cr_expect(strstr(e.text, row->why) != NULL, "%s: %s", row->json, e.text);
	cr_expect(strncmp(e.text, "here", 4) == 0);
	cr_expect_null(r.at);
}

static void read_hex(const char *json, size_t len, struct refs *ret)
{
	AUTO_JSON cJSON *node = NULL;
	struct err e = { 0 };

	cr_assert_eq(json_parse(span_text(json), 4096, &node, &e), 0);
	cr_assert_eq(refs_hex(node, "here", len, ret, &e), 0, "%s", e.text);
}

Test(refs, match_whole_values_in_either_case)
{
	struct refs r = { 0 };

	read_hex("[\"aBcd\",\"0102\"]", 2, &r);
	cr_expect_eq(refs_ask(&r, span("\xab\xcd", 2)), REFS_MATCH);
	cr_expect_eq(refs_ask(&r, span("\x01\x02", 2)), REFS_MATCH);
	cr_expect_eq(refs_ask(&r, span("\x01", 1)), REFS_MISMATCH);
	cr_expect_eq(refs_ask(&r, span("\x01\x02\x03", 3)), REFS_MISMATCH);
	cr_expect_eq(refs_ask(&r, SPAN_EMPTY), REFS_MISMATCH);
	refs_done(&r);
	cr_expect_eq(refs_ask(&r, span("\x01\x02", 2)), REFS_UNSET);
}

Test(refs, tell_an_empty_list_from_none)
{
	struct refs r = { 0 };
	struct err e = { 0 };

	read_hex("[]", 2, &r);
	cr_expect_eq(refs_ask(&r, span("\x01\x02", 2)), REFS_MISMATCH);
	cr_expect_eq(refs_hex(NULL, "here", 2, &r, &e), 0);
	cr_expect_eq(refs_ask(&r, span("\x01\x02", 2)), REFS_UNSET);
	refs_done(&r);
}

Test(refs, take_one_value_without_a_list_and_let_go_of_the_old)
{
	struct refs r = { 0 };

	read_hex("[\"0102\",\"0304\"]", 2, &r);
	read_hex("\"0506\"", 2, &r);
	cr_expect_eq(r.count, 1);
	cr_expect(refs_has(&r, span("\x05\x06", 2)));
	cr_expect_not(refs_has(&r, span("\x01\x02", 2)));
	refs_done(&r);
}

Test(refs, hold_values_of_up_to_64_bytes_and_not_one_more)
{
	char json[140] = "\"";
	AUTO_JSON cJSON *node = NULL;
	struct refs r = { 0 };
	struct err e = { 0 };

	memset(json + 1, 'a', 128);
	json[129] = '"';
	read_hex(json, 0, &r);
	cr_expect_eq(r.at[0].len, 64);
	refs_done(&r);
	memset(json + 1, 'a', 130);
	json[131] = '"';
	cr_assert_eq(json_parse(span_text(json), 4096, &node, &e), 0);
	cr_expect_eq(refs_hex(node, "here", 0, &r, &e), -FAIL_INPUT);
}

Test(refs, are_at_most_so_many)
{
	AUTO_JSON cJSON *list = cJSON_CreateArray();
	struct refs r = { 0 };
	struct err e = { 0 };

	for (int i = 0; i < LIMIT_VERIFY_REFS; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString("01"));
	cr_expect_eq(refs_hex(list, "here", 1, &r, &e), 0);
	cr_expect_eq(r.count, LIMIT_VERIFY_REFS);
	cJSON_AddItemToArray(list, cJSON_CreateString("01"));
	cr_expect_eq(refs_hex(list, "here", 1, &r, &e), -FAIL_LIMIT);
	cr_expect_null(r.at);
}

Test(refs, of_words_are_printable_and_of_bounded_length)
{
	static const char *const good[] = { "\"HOPPER\"", "[\"a b\",\"~\"]" };
	static const char *const bad[] = {
		"\"\"", "\"\\u0001\"", "\"\\u00e4\"", "[\"a\",2]",
		"\"0123456789012345678901234567890123456789012345678901234"
		"5678901234\""
	};
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		AUTO_JSON cJSON *node = NULL;
		struct refs r = { 0 };

		cr_assert_eq(json_parse(span_text(good[i]), 4096, &node, &e), 0);
		cr_expect_eq(refs_words(node, "here", &r, &e), 0, "%s", good[i]);
		refs_done(&r);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		AUTO_JSON cJSON *node = NULL;
		struct refs r = { 0 };

		cr_assert_eq(json_parse(span_text(bad[i]), 4096, &node, &e), 0);
		cr_expect_eq(refs_words(node, "here", &r, &e), -FAIL_INPUT, "%s", bad[i]);
		cr_expect_null(r.at);
	}
}
