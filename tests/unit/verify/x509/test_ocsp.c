/* OCSP answers: which are believed, and what they say. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "attest/verify/verify.h"
#include "base/limits.h"
#include "tests/unit/verify/x509/question.h"

typedef void maker(struct authority *a);

#define EKU_OID "2.5.29.37"
/* id-kp-OCSPSigning; id-kp-serverAuth */
static const uint8_t eku_ocsp[] = { 0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06,
				    0x01, 0x05, 0x05, 0x07, 0x03, 0x09 };
static const uint8_t eku_server[] = { 0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06,
				      0x01, 0x05, 0x05, 0x07, 0x03, 0x01 };

static struct pki_answer answer_of(const struct question *q, enum pki_status status)
{
	return (struct pki_answer){ .issuer = q->issuer,
				    .issuer_key = q->a.key[2],
				    .cert = q->cert,
				    .status = status,
				    .this_update = ISSUED,
				    .next_update = NEXT };
}

static void answer_with(struct question *q, const struct pki_answer *a)
{
	question_renew(q, pki_ocsp_answer(a));
}

struct ocsp_said {
	char what[40];
	enum pki_status status;
	int64_t next_update;
	int64_t at;
	char digest[8];
	bool by_key;
	enum crl_answer want;
};

static struct ocsp_said ocsp_said[] = {
	{ "good", PKI_GOOD, NEXT, NOW, "", false, CRL_GOOD },
	{ "good, by key", PKI_GOOD, NEXT, NOW, "", true, CRL_GOOD },
	{ "good, SHA-256", PKI_GOOD, NEXT, NOW, "SHA256", false, CRL_GOOD },
	{ "good, SHA-384", PKI_GOOD, NEXT, NOW, "SHA384", false, CRL_GOOD },
	{ "good, no clock", PKI_GOOD, NEXT, VERIFY_NO_CLOCK, "", false, CRL_GOOD },
	{ "good to its last second", PKI_GOOD, NEXT, NEXT, "", false, CRL_GOOD },
	{ "good, not yet", PKI_GOOD, NEXT, ISSUED - 1, "", false, CRL_STALE },
	{ "good, no longer", PKI_GOOD, NEXT, NEXT + 1, "", false, CRL_STALE },
	{ "good for an hour", PKI_GOOD, 0, ISSUED + 3600, "", false, CRL_GOOD },
	{ "good for an hour, no longer", PKI_GOOD, 0, ISSUED + 3601, "", false, CRL_STALE },
	{ "revoked", PKI_REVOKED, NEXT, NOW, "", false, CRL_REVOKED },
	{ "on hold", PKI_HOLD, NEXT, NOW, "", false, CRL_REVOKED },
	{ "revoked, stale", PKI_REVOKED, NEXT, NEXT + 1, "", false, CRL_REVOKED },
	{ "unknown", PKI_UNKNOWN, NEXT, NOW, "", false, CRL_UNKNOWN },
	{ "unknown, stale", PKI_UNKNOWN, NEXT, NEXT + 1, "", false, CRL_STALE },
};

ParameterizedTestParameters(ocsp, answers)
{
	return cr_make_param_array(struct ocsp_said, ocsp_said,
				   sizeof(ocsp_said) / sizeof(*ocsp_said));
}

ParameterizedTest(struct ocsp_said *s, ocsp, answers)
{
	static maker *const makers[] = { authority_intel, authority_short };

	for (size_t i = 0; i < 2; i++) {
		enum crl_answer answer = (enum crl_answer)0;
		struct question q;
		struct err e = { 0 };
		struct pki_answer a;

		question_init(&q, makers[i]);
		a = answer_of(&q, s->status);
		a.next_update = s->next_update;
		a.id_digest = s->digest[0] ? s->digest : NULL;
		a.by_key = s->by_key;
		answer_with(&q, &a);
		q.at = s->at;
		cr_assert_eq(question_ocsp(&q, &answer, &e), 0, "%s: %s", s->what, e.text);
		cr_assert_eq(answer, s->want, "%s", s->what);
		question_done(&q);
	}
}

/* How a responder's certificate differs from a good one's. */
struct delegate {
	char what[48];
	bool server; /* for servers, not for OCSP      */
	bool plain;  /* no extended key usage          */
	bool is_ca;  /* a CA                           */
	bool other;  /* issued by another CA           */
	bool forged; /* in the issuer's name           */
	bool expired;
	bool rsa; /* its own key */
	int want;
};

static struct delegate delegates[] = {
	{ .what = "responder certified for it" },
	{ .what = "responder with an RSA key", .rsa = true },
	{ .what = "responder for servers", .server = true, .want = -FAIL_FORGED },
	{ .what = "responder without a purpose", .plain = true, .want = -FAIL_FORGED },
	{ .what = "responder that is a CA", .is_ca = true, .want = -FAIL_FORGED },
	{ .what = "responder of another CA", .other = true, .want = -FAIL_FORGED },
	{ .what = "responder forged in the issuer's name", .forged = true, .want = -FAIL_FORGED },
	{ .what = "responder whose certificate has ended", .expired = true, .want = -FAIL_FORGED },
};

ParameterizedTestParameters(ocsp, trusts_delegates_that_the_issuer_certified)
{
	return cr_make_param_array(struct delegate, delegates,
				   sizeof(delegates) / sizeof(*delegates));
}

ParameterizedTest(struct delegate *d, ocsp, trusts_delegates_that_the_issuer_certified)
{
	const struct pki_extension x = { EKU_OID,
					 true,
					 { d->server ? eku_server : eku_ocsp, sizeof(eku_ocsp) } };
	EVP_PKEY *key = d->rsa ? pki_rsa4096(0) : pki_p256(6), *stranger = pki_p256(7);
	enum crl_answer answer = (enum crl_answer)0;
	struct pki_answer a;
	struct pki_spec s;
	struct question q;
	struct err e = { 0 };
	X509 *signer;
	int got;

	question_init(&q, authority_intel);
	s = (struct pki_spec){
		.cn = "responder",
		.key = key,
		.issuer = q.a.cert[d->other ? 1 : 2],
		.issuer_key = d->forged ? stranger : q.a.key[d->other ? 1 : 2],
		.is_ca = d->is_ca,
		.path_len = -1,
		.not_before = d->expired ? 1 : 0,
		.not_after = d->expired ? ISSUED : 0,
		.extensions = &x,
		.extension_count = !d->plain,
	};
	signer = pki_cert(&s);
	a = answer_of(&q, PKI_GOOD);
	a.signer = signer;
	a.signer_key = key;
	if (d->rsa) {
		a.alg = PKI_PSS_SHA384_32;
		answer_with(&q, &a);
		cr_assert_eq(question_ocsp(&q, &answer, &e), -FAIL_FORGED);
		a.alg = PKI_PKCS1_SHA384;
	}
	answer_with(&q, &a);
	got = question_ocsp(&q, &answer, &e);
	printf("row %-4s %-50s %s: %s\n", "g13", d->what, got ? err_kind_name(e.kind) : "good",
	       got ? e.text : "");
	cr_assert_eq(got, d->want, "%s: %s", d->what, e.text);
	if (!got)
		cr_assert_eq(answer, CRL_GOOD);
	/* Without a clock the responder's dates are not judged, like all others. */
	q.at = VERIFY_NO_CLOCK;
	cr_assert_eq(question_ocsp(&q, &answer, &e), d->expired ? 0 : d->want);
	X509_free(signer);
	EVP_PKEY_free(key);
	EVP_PKEY_free(stranger);
	question_done(&q);
}

static void ocsp_empty(struct question *q)
{
	question_renew(q, BUF_EMPTY);
}

static void ocsp_trailing(struct question *q)
{
	const struct pki_answer a = answer_of(q, PKI_GOOD);

	answer_with(q, &a);
	question_append(q, span("", 1));
}

static void ocsp_too_long(struct question *q)
{
	static const uint8_t zero[LIMIT_OCSP_BYTES];
	const struct pki_answer a = answer_of(q, PKI_GOOD);

	answer_with(q, &a);
	question_append(q, span(zero, sizeof(zero)));
}

static void ocsp_try_later(struct question *q)
{
	static const uint8_t later[] = { 0x30, 0x03, 0x0a, 0x01, 0x03 };

	question_renew(q, BUF_EMPTY);
	question_append(q, span(later, sizeof(later)));
}

/* Says that all is well, and has nothing to say it about. */
static void ocsp_success_alone(struct question *q)
{
	static const uint8_t success[] = { 0x30, 0x03, 0x0a, 0x01, 0x00 };

	question_renew(q, BUF_EMPTY);
	question_append(q, span(success, sizeof(success)));
}

static void ocsp_about_another(struct question *q)
{
	struct pki_answer a = answer_of(q, PKI_GOOD);
	struct pki_spec s = authority_spec(&q->a, 1);
	X509 *other;

	s.serial = other_serial;
	s.serial_len = sizeof(other_serial);
	other = pki_cert(&s);
	a.cert = other;
	answer_with(q, &a);
	X509_free(other);
}

static void ocsp_sha512(struct question *q)
{
	struct pki_answer a = answer_of(q, PKI_GOOD);

	a.id_digest = "SHA512";
	answer_with(q, &a);
}

static void ocsp_two_answers(struct question *q)
{
	struct pki_answer a = answer_of(q, PKI_GOOD);

	a.answers = 2;
	answer_with(q, &a);
}

/* A responder of the issuer's name, with another key and its own certificate beside the answer. */
static void ocsp_wrong_key(struct question *q)
{
	struct pki_answer a = answer_of(q, PKI_GOOD);
	struct pki_spec s = authority_spec(&q->a, 2);
	EVP_PKEY *key = pki_p256(7);

	s.key = key;
	a.signer = pki_cert(&s);
	a.signer_key = key;
	answer_with(q, &a);
	X509_free(a.signer);
	EVP_PKEY_free(key);
}

/* The same, named by its key: it is found, and no one has certified it. */
static void ocsp_wrong_key_by_key(struct question *q)
{
	struct pki_answer a = answer_of(q, PKI_GOOD);
	struct pki_spec s = authority_spec(&q->a, 2);
	EVP_PKEY *key = pki_p256(7);

	s.key = key;
	a.signer = pki_cert(&s);
	a.signer_key = key;
	a.by_key = true;
	answer_with(q, &a);
	X509_free(a.signer);
	EVP_PKEY_free(key);
}

static void ocsp_wrong_issuer(struct question *q)
{
	struct pki_answer a = answer_of(q, PKI_GOOD);

	a.issuer = q->a.cert[1];
	a.issuer_key = q->a.key[1];
	a.cert = q->a.cert[0];
	answer_with(q, &a);
}

static void ocsp_broken(struct question *q)
{
	struct pki_answer a = answer_of(q, PKI_GOOD);

	answer_with(q, &a);
	q->bytes.at[q->bytes.len - 1] ^= 1;
}

struct ocsp_case {
	char what[56];
	void (*spoil)(struct question *q);
	int want;
};

static const struct ocsp_case ocsp_cases[] = {
	{ "empty", ocsp_empty, FAIL_INPUT },
	{ "byte behind its end", ocsp_trailing, FAIL_INPUT },
	{ "more than the limit", ocsp_too_long, FAIL_LIMIT },
	{ "a CRL in its place", NULL, FAIL_INPUT },
	{ "\"try later\"", ocsp_try_later, FAIL_INPUT },
	{ "\"successful\" without a response", ocsp_success_alone, FAIL_INPUT },
	{ "about another certificate", ocsp_about_another, FAIL_INPUT },
	{ "CertID of SHA-512", ocsp_sha512, FAIL_INPUT },
	{ "two answers about one certificate", ocsp_two_answers, FAIL_INPUT },
	{ "in the issuer's name by another key", ocsp_wrong_key, FAIL_FORGED },
	{ "by another key that calls itself the issuer", ocsp_wrong_key_by_key, FAIL_FORGED },
	{ "of another issuer", ocsp_wrong_issuer, FAIL_FORGED },
	{ "signature broken", ocsp_broken, FAIL_FORGED },
};

static int ocsp_rows[sizeof(ocsp_cases) / sizeof(*ocsp_cases)];

ParameterizedTestParameters(ocsp, refuses)
{
	for (size_t i = 0; i < sizeof(ocsp_rows) / sizeof(*ocsp_rows); i++)
		ocsp_rows[i] = (int)i;
	return cr_make_param_array(int, ocsp_rows, sizeof(ocsp_rows) / sizeof(*ocsp_rows));
}

ParameterizedTest(int *row, ocsp, refuses)
{
	const struct ocsp_case *c = &ocsp_cases[*row];
	enum crl_answer answer = (enum crl_answer)0;
	struct question q;
	struct err e = { 0 };
	int got;

	question_init(&q, authority_intel);
	if (c->spoil)
		c->spoil(&q);
	got = question_ocsp(&q, &answer, &e);
	printf("row %-4s %-50s %s: %s\n", "g13", c->what, err_kind_name(e.kind), e.text);
	cr_assert_eq(got, -c->want, "%s: %d, %s", c->what, got, e.text);
	cr_assert_eq(answer, 0, "the answer was touched");
	question_done(&q);
}

Test(ocsp, is_refused_after_any_change_and_at_any_truncation)
{
	enum crl_answer answer;
	struct question q;
	struct pki_answer a;

	question_init(&q, authority_intel);
	a = answer_of(&q, PKI_GOOD);
	answer_with(&q, &a);
	for (size_t bit = 0; bit < q.bytes.len * 8; bit++) {
		q.bytes.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_expect_lt(question_ocsp(&q, &answer, NULL), 0, "bit %zu", bit);
		q.bytes.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t len = q.bytes.len; len-- > 0;) {
		q.bytes.len = len;
		cr_expect_lt(question_ocsp(&q, &answer, NULL), 0, "%zu bytes", len);
	}
	question_done(&q);
}
