/* The frame around signed JSON: which bytes are signed, and what is not such a frame. */
#include <criterion/criterion.h>

#include "attest/verify/pcs/document.h"
#include "attest/verify/pcs/signer.h"
#include "tests/unit/verify/pcs/world.h"

static struct span text(const char *t)
{
	return span_text(t);
}

static int find(struct span body)
{
	struct pcs_document d = { 0 };
	struct err e = { 0 };

	return pcs_document_find(body, "tcbInfo", &d, &e);
}

/* Looks for a frame, checks it by the key and parses it, as collateral is taken. */
static int take(struct span body, EVP_PKEY *key)
{
	struct pcs_document d = { 0 };
	cJSON *tree = NULL;
	struct err e = { 0 };
	int failed = pcs_document_find(body, "tcbInfo", &d, &e);

	if (!failed)
		failed = pcs_document_check(&d, key, &e);
	if (!failed)
		failed = pcs_document_parse(&d, &tree, &e);
	cJSON_Delete(tree);
	return failed;
}

Test(pcs_document, takes_intels_layout_and_no_other)
{
	static const struct {
		enum pcs_layout layout;
		int want;
	} rows[] = {
		{ PCS_COMPACT, 0 },
		{ PCS_NEWLINE_BEHIND, 0 },
		{ PCS_SPACE_BEFORE, -FAIL_INPUT },
		{ PCS_SPACE_BEHIND, -FAIL_INPUT },
		{ PCS_SPACE_INSIDE, -FAIL_FORGED },
		{ PCS_REORDERED_INSIDE, -FAIL_FORGED },
		{ PCS_SIGNATURE_FIRST, -FAIL_INPUT },
		{ PCS_TWICE, -FAIL_FORGED },
		{ PCS_TWICE_SIGNED, -FAIL_INPUT },
		{ PCS_TWICE_INSIDE, -FAIL_INPUT },
		{ PCS_MEMBER_BEHIND, -FAIL_INPUT },
		{ PCS_NO_SIGNATURE, -FAIL_INPUT },
		{ PCS_OTHER_NAME, -FAIL_INPUT },
		{ PCS_TRAILING_BYTE, -FAIL_INPUT },
		{ PCS_SIGNATURE_SHORT, -FAIL_INPUT },
		{ PCS_SIGNATURE_NOT_HEX, -FAIL_INPUT },
		{ PCS_SIGNATURE_UPPER, -FAIL_INPUT },
	};
	EVP_PKEY *key = pki_p256(5);

	cr_assert_eq(sizeof(rows) / sizeof(*rows), PCS_LAYOUTS);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pcs_tcb_spec s = pcs_tcb_spec_tdx();

		s.layout = rows[i].layout;
		AUTO_BUF struct buf body = pcs_tcb_info(&s, key);

		cr_expect_eq(take(buf_view(&body), key), rows[i].want, "layout %d", rows[i].layout);
	}
	EVP_PKEY_free(key);
}

Test(pcs_document, gives_the_very_bytes_and_leaves_output_alone_on_failure)
{
	EVP_PKEY *key = pki_p256(5);
	const char value[] = "{\"version\": 3, \"list\":[\"}\"]}";
	AUTO_BUF struct buf body = pcs_body("tcbInfo", text(value), PCS_COMPACT, key);
	struct pcs_document d = { 0 };
	struct err e = { 0 };

	cr_assert_eq(pcs_document_find(buf_view(&body), "tcbInfo", &d, &e), 0);
	cr_expect(span_is_equal(d.signed_bytes, text(value)));
	d.signed_bytes = SPAN_EMPTY;
	cr_expect_eq(pcs_document_find(buf_view(&body), "enclaveIdentity", &d, &e), -FAIL_INPUT);
	cr_expect_null(d.signed_bytes.at);
	EVP_PKEY_free(key);
}

Test(pcs_document, needs_an_object)
{
	static const char *const values[] = { "",   "1",   "[]",  "\"{}\"", "{",
					      "}",  "{}{", "}{",  "{}}",    "{},{}",
					      "{ ", " {}", "{} ", "null",   "{\"a\":1,\"a\":2}" };
	EVP_PKEY *key = pki_p256(5);

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		AUTO_BUF struct buf body = pcs_body("tcbInfo", text(values[i]), PCS_COMPACT, key);

		cr_expect_eq(take(buf_view(&body), key), -FAIL_INPUT, "%s", values[i]);
	}
	EVP_PKEY_free(key);
}

Test(pcs_document, every_truncation_is_refused_within_its_bytes)
{
	EVP_PKEY *key = pki_p256(5);
	struct pcs_tcb_spec s = pcs_tcb_spec_tdx();
	AUTO_BUF struct buf body = pcs_tcb_info(&s, key);

	for (size_t len = 0; len < body.len; len++) {
		uint8_t *exact = malloc(len ? len : 1);

		cr_assert(exact != NULL);
		memcpy(exact, body.at, len);
		cr_expect_eq(find(span(exact, len)), -FAIL_INPUT, "%zu", len);
		cr_expect_eq(find(span(body.at + len + 1, body.len - len - 1)), -FAIL_INPUT);
		free(exact);
	}
	EVP_PKEY_free(key);
}

Test(pcs_document, depth_is_bounded)
{
	EVP_PKEY *key = pki_p256(5);
	char deep[4096] = "{\"a\":";

	memset(deep + 5, '[', 1000);
	memset(deep + 1005, ']', 1000);
	memcpy(deep + 2005, "}", 2);
	AUTO_BUF struct buf body = pcs_body("tcbInfo", text(deep), PCS_COMPACT, key);

	cr_expect_lt(take(buf_view(&body), key), 0);
	EVP_PKEY_free(key);
}

Test(pcs_document, percent_encoding_is_undone_strictly)
{
	static const struct {
		const char *from, *to; /* NULL: refused */
	} rows[] = {
		{ "plain", "plain" },	{ "%2D%2d%20%0A", "-- \n" },
		{ "a%2Bb+c", "a+b+c" }, { "%", NULL },
		{ "%2", NULL },		{ "%2G", NULL },
		{ "%G2", NULL },	{ "%00", NULL },
		{ "a%", NULL },		{ "%%41", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		AUTO_BUF struct buf got = BUF_EMPTY;
		struct err e = { 0 };
		int failed = percent_decode(text(rows[i].from), &got, &e);

		cr_expect_eq(failed, rows[i].to ? 0 : -FAIL_INPUT, "%s", rows[i].from);
		if (rows[i].to)
			cr_expect(span_is_equal(buf_view(&got), text(rows[i].to)), "%s",
				  rows[i].from);
	}
}
