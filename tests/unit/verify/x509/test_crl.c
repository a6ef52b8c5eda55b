/* Revocation lists: which are believed, and what they say. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "attest/verify/verify.h"
#include "base/limits.h"
#include "tests/unit/verify/x509/question.h"

static struct pki_serial listed(const X509 *cert)
{
	const ASN1_INTEGER *n = X509_get0_serialNumber(cert);

	return (struct pki_serial){ ASN1_STRING_get0_data(n), (size_t)ASN1_STRING_length(n) };
}

/* --- What it says ------------------------------------------------------------------------------
 */

typedef void maker(struct authority *a);

static void each_maker(void (*test)(struct question *q))
{
	static maker *const makers[] = { authority_amd, authority_intel, authority_short };

	for (size_t i = 0; i < 3; i++) {
		struct question q;

		question_init(&q, makers[i]);
		test(&q);
		question_done(&q);
	}
}

static void test_answers(struct question *q)
{
	const struct pki_serial serials[] = { { other_serial, 2 }, listed(q->cert) };
	enum crl_answer answer = (enum crl_answer)0;
	struct err e = { 0 };

	cr_assert_eq(question_crl(q, &answer, &e), 0, "%s", e.text);
	cr_assert_eq(answer, CRL_GOOD);
	q->at = ISSUED - 1;
	cr_assert_eq(question_crl(q, &answer, &e), 0);
	cr_assert_eq(answer, CRL_STALE);
	q->at = NEXT + 1;
	cr_assert_eq(question_crl(q, &answer, &e), 0);
	cr_assert_eq(answer, CRL_STALE);
	q->at = VERIFY_NO_CLOCK;
	cr_assert_eq(question_crl(q, &answer, &e), 0);
	cr_assert_eq(answer, CRL_GOOD);

	question_renew(q,
		       pki_crl(q->issuer, q->a.key[2], (enum pki_alg)0, ISSUED, NEXT, serials, 2));
	cr_assert_eq(question_crl(q, &answer, &e), 0, "%s", e.text);
	cr_assert_eq(answer, CRL_REVOKED);
	q->at = NEXT + 1;
	cr_assert_eq(question_crl(q, &answer, &e), 0);
	cr_assert_eq(answer, CRL_REVOKED);
}

Test(crl, answers_for_each_maker)
{
	each_maker(test_answers);
}

Test(crl, tells_when_it_was_issued)
{
	struct question q;
	enum crl_answer answer;
	int64_t issued = 0;

	question_init(&q, authority_intel);
	cr_assert_eq(crl_check(buf_view(&q.bytes), q.issuer, q.cert, NOW, &answer, &issued, NULL),
		     0);
	cr_assert_eq(issued, ISSUED);
	question_done(&q);
}

/* --- Its forms ---------------------------------------------------------------------------------
 */

static void to_hex(struct question *q, const char *end)
{
	struct buf text = BUF_EMPTY;

	for (size_t i = 0; i < q->bytes.len; i++)
		cr_assert_eq(buf_printf(&text, SIZE_MAX - 1, NULL, i % 2 ? "%02x" : "%02X",
					q->bytes.at[i]),
			     0);
	cr_assert_eq(buf_append(&text, span_text(end), SIZE_MAX - 1, NULL), 0);
	question_renew(q, text);
}

static void to_pem(struct question *q)
{
	const uint8_t *at = q->bytes.at;
	X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)q->bytes.len);
	BIO *bio = BIO_new(BIO_s_mem());
	struct buf text = BUF_EMPTY;
	char *pem;
	long len;

	cr_assert_eq(PEM_write_bio_X509_CRL(bio, crl), 1);
	len = BIO_get_mem_data(bio, &pem);
	cr_assert_eq(buf_append(&text, span(pem, (size_t)len), SIZE_MAX - 1, NULL), 0);
	BIO_free(bio);
	X509_CRL_free(crl);
	question_renew(q, text);
}

Test(crl, may_be_hex_or_pem)
{
	static const char *const ends[] = { "", "\n", "\r\n" };
	enum crl_answer answer;
	struct err e = { 0 };

	for (size_t i = 0; i < 4; i++) {
		struct question q;

		question_init(&q, authority_intel);
		if (i < 3)
			to_hex(&q, ends[i]);
		else
			to_pem(&q);
		cr_assert_eq(question_crl(&q, &answer, &e), 0, "%zu: %s", i, e.text);
		cr_assert_eq(answer, CRL_GOOD);
		question_done(&q);
	}
}

/* --- Refusals ----------------------------------------------------------------------------------
 */

static void hex_odd(struct question *q)
{
	to_hex(q, "0");
}

static void hex_with_text(struct question *q)
{
	to_hex(q, "zz");
}

static void pem_twice(struct question *q)
{
	struct buf text = BUF_EMPTY;

	to_pem(q);
	for (int i = 0; i < 2; i++)
		cr_assert_eq(buf_append(&text, buf_view(&q->bytes), SIZE_MAX - 1, NULL), 0);
	question_renew(q, text);
}

static void empty(struct question *q)
{
	question_renew(q, BUF_EMPTY);
}

static void trailing_byte(struct question *q)
{
	question_append(q, span("", 1));
}

static void too_long(struct question *q)
{
	static const uint8_t zero[LIMIT_VERIFY_CRL_BYTES];

	question_append(q, span(zero, sizeof(zero)));
}

/* S15: by the CA below in the root's place. */
static void signed_by_the_ca(struct question *q)
{
	question_renew(q,
		       pki_crl(q->a.cert[1], q->a.key[1], (enum pki_alg)0, ISSUED, NEXT, NULL, 0));
}

static void name_of_the_root_key_of_the_ca(struct question *q)
{
	question_renew(q,
		       pki_crl(q->a.cert[2], q->a.key[1], (enum pki_alg)0, ISSUED, NEXT, NULL, 0));
}

static void signature_broken(struct question *q)
{
	q->bytes.at[q->bytes.len - 1] ^= 1;
}

static void other_digest(struct question *q)
{
	bool p256 = EVP_PKEY_get_bits(q->a.key[2]) == 256;

	question_renew(q,
		       pki_crl(q->issuer, q->a.key[2], p256 ? PKI_ECDSA_SHA384 : PKI_ECDSA_SHA256,
			       ISSUED, NEXT, NULL, 0));
}

static void of_another_issuer_than_asked(struct question *q)
{
	q->cert = q->a.cert[0];
}

static void no_next_update(struct question *q)
{
	question_renew(q, pki_crl(q->issuer, q->a.key[2], (enum pki_alg)0, ISSUED, 0, NULL, 0));
}

static void with_extension(struct question *q, const char *oid, bool critical, struct span value)
{
	const struct pki_extension x = { oid, critical, value };

	question_renew(q, pki_crl_with(q->issuer, q->a.key[2], (enum pki_alg)0, ISSUED, NEXT, NULL,
				       0, &x, 1));
}

#define IDP "2.5.29.28"

static void critical_unknown(struct question *q)
{
	static const uint8_t null[] = { 0x05, 0x00 };

	with_extension(q, "1.2.3.4", true, span(null, sizeof(null)));
}

static void indirect(struct question *q)
{
	static const uint8_t idp[] = { 0x30, 0x03, 0x84, 0x01, 0xff };

	with_extension(q, IDP, true, span(idp, sizeof(idp)));
}

static void indirect_and_not_critical(struct question *q)
{
	static const uint8_t idp[] = { 0x30, 0x03, 0x84, 0x01, 0xff };

	with_extension(q, IDP, false, span(idp, sizeof(idp)));
}

static void some_reasons(struct question *q)
{
	static const uint8_t idp[] = { 0x30, 0x04, 0x83, 0x02, 0x06, 0x40 };

	with_extension(q, IDP, true, span(idp, sizeof(idp)));
}

static void attributes_only(struct question *q)
{
	static const uint8_t idp[] = { 0x30, 0x03, 0x85, 0x01, 0xff };

	with_extension(q, IDP, true, span(idp, sizeof(idp)));
}

static void users_only(struct question *q)
{
	static const uint8_t idp[] = { 0x30, 0x03, 0x81, 0x01, 0xff };

	with_extension(q, IDP, true, span(idp, sizeof(idp)));
}

static void idp_damaged(struct question *q)
{
	static const uint8_t idp[] = { 0x30, 0x03, 0x81, 0x01 };

	with_extension(q, IDP, true, span(idp, sizeof(idp)));
}

static void delta(struct question *q)
{
	static const uint8_t base[] = { 0x02, 0x01, 0x01 };

	with_extension(q, "2.5.29.27", false, span(base, sizeof(base)));
}

/* A VCEK-like certificate has no right to sign lists; nor has a leaf. */
static void issuer_without_crl_sign(struct question *q)
{
	q->issuer = q->a.cert[0];
	q->cert = q->a.cert[0];
	X509_set_issuer_name(q->cert, X509_get_subject_name(q->issuer));
	question_renew(q, pki_crl(q->issuer, q->a.key[0], (enum pki_alg)0, ISSUED, NEXT, NULL, 0));
}

struct crl_case {
	char id[8];
	char what[56];
	void (*spoil)(struct question *q);
	int want;
};

static const struct crl_case crl_cases[] = {
	{ "", "empty", empty, FAIL_INPUT },
	{ "", "byte behind its end", trailing_byte, FAIL_INPUT },
	{ "", "more than the limit", too_long, FAIL_LIMIT },
	{ "", "odd number of hex digits", hex_odd, FAIL_INPUT },
	{ "", "text behind the hex", hex_with_text, FAIL_INPUT },
	{ "", "PEM twice", pem_twice, FAIL_INPUT },
	{ "S15", "CRL signed by the ASK, not the ARK", signed_by_the_ca, FAIL_FORGED },
	{ "S15", "CRL in the root's name by another key", name_of_the_root_key_of_the_ca,
	  FAIL_FORGED },
	{ "S15", "CRL altered since it was signed", signature_broken, FAIL_FORGED },
	{ "", "signed with the wrong SHA-2", other_digest, FAIL_FORGED },
	{ "T16", "CRL of the other CA", of_another_issuer_than_asked, FAIL_FORGED },
	{ "", "no nextUpdate", no_next_update, FAIL_INPUT },
	{ "", "unknown critical extension", critical_unknown, FAIL_FORGED },
	{ "", "indirect", indirect, FAIL_FORGED },
	{ "", "indirect, and says so quietly", indirect_and_not_critical, FAIL_FORGED },
	{ "", "for some reasons only", some_reasons, FAIL_FORGED },
	{ "", "for attribute certificates only", attributes_only, FAIL_FORGED },
	{ "", "for users only, asked about a CA", users_only, FAIL_FORGED },
	{ "", "damaged distribution point", idp_damaged, FAIL_FORGED },
	{ "", "delta", delta, FAIL_FORGED },
	{ "", "issuer without cRLSign", issuer_without_crl_sign, FAIL_FORGED },
};

static int crl_rows[sizeof(crl_cases) / sizeof(*crl_cases)];

ParameterizedTestParameters(crl, refuses)
{
	for (size_t i = 0; i < sizeof(crl_rows) / sizeof(*crl_rows); i++)
		crl_rows[i] = (int)i;
	return cr_make_param_array(int, crl_rows, sizeof(crl_rows) / sizeof(*crl_rows));
}

ParameterizedTest(int *row, crl, refuses)
{
	const struct crl_case *c = &crl_cases[*row];
	enum crl_answer answer = (enum crl_answer)0;
	struct question q;
	struct err e = { 0 };
	int got;

	question_init(&q, authority_intel);
	c->spoil(&q);
	got = question_crl(&q, &answer, &e);
	printf("row %-4s %-50s %s: %s\n", c->id, c->what, err_kind_name(e.kind), e.text);
	cr_assert_eq(got, -c->want, "%s: %d, %s", c->what, got, e.text);
	cr_assert_eq(answer, 0, "the answer was touched");
	question_done(&q);
}

Test(crl, for_users_only_answers_about_users)
{
	static const uint8_t idp[] = { 0x30, 0x03, 0x81, 0x01, 0xff };
	const struct pki_extension x = { IDP, true, { idp, sizeof(idp) } };
	enum crl_answer answer;
	struct question q;

	question_init(&q, authority_intel);
	q.issuer = q.a.cert[1];
	q.cert = q.a.cert[0];
	question_renew(&q, pki_crl_with(q.issuer, q.a.key[1], (enum pki_alg)0, ISSUED, NEXT, NULL,
					0, &x, 1));
	cr_assert_eq(question_crl(&q, &answer, NULL), 0);
	cr_assert_eq(answer, CRL_GOOD);
	question_done(&q);
}

Test(crl, is_refused_after_any_change_and_at_any_truncation)
{
	enum crl_answer answer;
	struct question q;
	uint8_t *whole;

	question_init(&q, authority_intel);
	for (size_t bit = 0; bit < q.bytes.len * 8; bit++) {
		q.bytes.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_expect_lt(question_crl(&q, &answer, NULL), 0, "bit %zu", bit);
		q.bytes.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	whole = q.bytes.at;
	cr_assert_not_null(whole);
	for (size_t len = q.bytes.len; len-- > 0;) {
		q.bytes.len = len;
		cr_expect_lt(question_crl(&q, &answer, NULL), 0, "%zu bytes", len);
	}
	question_done(&q);
}
