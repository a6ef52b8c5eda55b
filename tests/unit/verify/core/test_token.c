/* Tokens of NVIDIA's service: refused whatever they say, so that none of them has to be judged. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "attest/verify/token.h"
#include "attest/verify/verify.h"
#include "base/b64.h"
#include "base/json.h"

struct token {
	char what[40];
	char head[64];
	char overall[192];
	char device[96];
};

#define ISSUER	  "\"iss\":\"https://nras.attestation.nvidia.com\""
#define OVERALL	  "\"x-nvidia-overall-att-result\":true"
#define DIGEST	  "\"submods\":{\"GPU-0\":[\"DIGEST\",[\"SHA-256\",\"00\"]]}"
#define NONCE	  "\"eat_nonce\":\"01\""
#define ES384	  "{\"alg\":\"ES384\",\"typ\":\"JWT\"}"
#define WHOLE	  "{" ISSUER "," OVERALL "," NONCE "," DIGEST "}"
#define OF_DEVICE "{" ISSUER "," NONCE "}"

static void add_part(struct buf *text, const char *json, const char *end)
{
	AUTO_BUF struct buf part = BUF_EMPTY;

	cr_assert_eq(b64_encode(B64_URL, span_text(json), 1024, &part, NULL), 0);
	cr_assert_eq(buf_append(text, buf_view(&part), 4096, NULL), 0);
	cr_assert_eq(buf_append(text, span_text(end), 4096, NULL), 0);
}

static void add_token(struct buf *text, const char *head, const char *claims)
{
	add_part(text, head, ".");
	add_part(text, claims, ".");
	if (!strstr(head, "none"))
		add_part(text, "96 bytes of a signature", "");
}

/* What the library says of it; never a verdict. */
static void must_refuse(const char *what, struct span text, enum verify_form form)
{
	struct verify_file file = { "nras.json", text };
	struct verify_request r = { .form = form, .files = &file, .file_count = 1 };
	struct verify_verdict *verdict = NULL;
	struct err e = { 0 };

	cr_expect_eq(verify_evidence(&r, &verdict, &e), -FAIL_INPUT, "%s", what);
	cr_expect(strstr(e.text, "another verifier's opinion"), "%s: %s", what, e.text);
	cr_expect_null(verdict);
	verify_free(verdict);
}

ParameterizedTestParameters(token, is_no_evidence)
{
	static struct token rows[] = {
		{ "with nothing wrong", ES384, WHOLE, OF_DEVICE },
		{ "without a signature", "{\"alg\":\"none\"}", WHOLE, OF_DEVICE },
		{ "of another issuer", ES384, "{\"iss\":\"https://nras.example\"," OVERALL "}",
		  OF_DEVICE },
		{ "whose digest is of another submodule", ES384, WHOLE,
		  "{" ISSUER "," NONCE ",\"hwmodel\":\"GB100\"}" },
		{ "with a submodule too many", ES384,
		  "{" ISSUER "," OVERALL
		  ",\"submods\":{\"GPU-0\":[\"DIGEST\",[]],\"GPU-1\":[\"DIGEST\",[]]}}",
		  OF_DEVICE },
		{ "without its submodule", ES384, "{" ISSUER "," OVERALL ",\"submods\":{}}",
		  OF_DEVICE },
		{ "with another nonce in a submodule", ES384, WHOLE,
		  "{" ISSUER ",\"eat_nonce\":\"02\"}" },
	};

	return cr_make_param_array(struct token, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct token *row, token, is_no_evidence)
{
	AUTO_BUF struct buf alone = BUF_EMPTY, list = BUF_EMPTY;

	add_token(&alone, row->head, row->overall);
	cr_expect(is_token(buf_view(&alone)));
	must_refuse(row->what, buf_view(&alone), VERIFY_AUTO);
	must_refuse(row->what, buf_view(&alone), VERIFY_GPU);

	cr_assert_eq(buf_printf(&list, 8192, NULL, "[[\"JWT\",\""), 0);
	add_token(&list, row->head, row->overall);
	cr_assert_eq(buf_printf(&list, 8192, NULL, "\"],{\"GPU-0\":\""), 0);
	add_token(&list, row->head, row->device);
	cr_assert_eq(buf_printf(&list, 8192, NULL, "\"}]"), 0);
	must_refuse(row->what, buf_view(&list), VERIFY_AUTO);
	must_refuse(row->what, buf_view(&list), VERIFY_GPU);
	printf("row %-4s token %-44s %s\n", "25", row->what, "unreadable: no evidence");
}

/* Whose first letters are a token's, and who is none. */
Test(token, is_told_from_text_that_looks_like_one)
{
	static const char *const others[] = { "",	 "eyJ",		"eyJ.eyJ",
					      "eyJ....", "eyJ=.eyJ.AA", "ey.eyJ.AA" };

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		cr_expect_not(is_token(span_text(others[i])), "%s", others[i]);
	cr_expect(is_token(span_text(" \neyJ.eyJ.AA-_\n")));
	cr_expect(is_token(span_text("eyJ.eyJ.")));
}
