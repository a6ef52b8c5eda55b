/* Certificates from hostile bytes: DER, PEM, names, extensions, serials, dates. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "attest/verify/x509/der.h"
#include "base/limits.h"
#include "tests/support/fault.h"
#include "tests/unit/verify/x509/authority.h"

static X509 *plain_cert(void)
{
	EVP_PKEY *key = pki_p256(0);
	X509 *cert = pki_cert(&(struct pki_spec){ .cn = "plain", .key = key });

	EVP_PKEY_free(key);
	return cert;
}

static struct buf plain_der(void)
{
	X509 *cert = plain_cert();
	struct buf der = pki_der(cert);

	X509_free(cert);
	return der;
}

static struct buf plain_pem(size_t count)
{
	X509 *cert = plain_cert();
	X509 *many[CERTS_MAX + 1];
	struct buf pem;

	for (size_t i = 0; i < count; i++)
		many[i] = cert;
	pem = pki_pem(many, count);
	X509_free(cert);
	return pem;
}

/* From a heap block of exactly that size, so that a read beyond it is seen. */
static int add_exact(struct certs *c, struct span bytes, struct err *e)
{
	uint8_t *exact = malloc(bytes.len ? bytes.len : 1);
	int failed;

	cr_assert_not_null(exact);
	memcpy(exact, bytes.at, bytes.len);
	failed = certs_add(c, span(exact, bytes.len), e);
	free(exact);
	return failed;
}

/* --- DER ---------------------------------------------------------------------------------------
 */

struct der_case {
	char what[48];
	uint8_t at[24];
	size_t len;
	int want;
};

static struct der_case der_cases[] = {
	{ "an empty SEQUENCE", { 0x30, 0x00 }, 2, 0 },
	{ "an INTEGER", { 0x02, 0x01, 0x80 }, 3, 0 },
	{ "an INTEGER with a needed zero", { 0x02, 0x02, 0x00, 0x80 }, 4, 0 },
	{ "nested", { 0x30, 0x05, 0x30, 0x00, 0x02, 0x01, 0x05 }, 7, 0 },
	{ "nothing", { 0 }, 0, -FAIL_INPUT },
	{ "a tag alone", { 0x30 }, 1, -FAIL_INPUT },
	{ "indefinite length", { 0x30, 0x80, 0x00, 0x00 }, 4, -FAIL_INPUT },
	{ "a long length for a short one", { 0x30, 0x81, 0x02, 0x05, 0x00 }, 5, -FAIL_INPUT },
	{ "a length with a leading zero", { 0x04, 0x82, 0x00, 0x81 }, 4, -FAIL_INPUT },
	{ "a length of five octets", { 0x04, 0x85, 1, 0, 0, 0, 0 }, 7, -FAIL_INPUT },
	{ "a length beyond the end", { 0x04, 0x03, 1, 2 }, 4, -FAIL_INPUT },
	{ "a length of 4 GiB", { 0x04, 0x84, 0xff, 0xff, 0xff, 0xff }, 6, -FAIL_INPUT },
	{ "a length cut", { 0x04, 0x82, 0x01 }, 3, -FAIL_INPUT },
	{ "bytes behind", { 0x30, 0x00, 0x00 }, 3, -FAIL_INPUT },
	{ "a second value behind", { 0x30, 0x00, 0x30, 0x00 }, 4, -FAIL_INPUT },
	{ "an inner length beyond the outer", { 0x30, 0x02, 0x02, 0x01 }, 4, -FAIL_INPUT },
	{ "a high tag number", { 0x3f, 0x81, 0x01, 0x00 }, 4, -FAIL_INPUT },
	{ "a primitive SEQUENCE", { 0x10, 0x00 }, 2, -FAIL_INPUT },
	{ "a constructed OCTET STRING", { 0x24, 0x04, 0x04, 0x02, 1, 2 }, 6, -FAIL_INPUT },
	{ "a BOOLEAN of 1", { 0x01, 0x01, 0x01 }, 3, -FAIL_INPUT },
	{ "a BOOLEAN of two octets", { 0x01, 0x02, 0xff, 0xff }, 4, -FAIL_INPUT },
	{ "an empty INTEGER", { 0x02, 0x00 }, 2, -FAIL_INPUT },
	{ "an INTEGER with a needless zero", { 0x02, 0x02, 0x00, 0x7f }, 4, -FAIL_INPUT },
	{ "an INTEGER with a needless sign", { 0x02, 0x02, 0xff, 0x80 }, 4, -FAIL_INPUT },
};

ParameterizedTestParameters(der, has_one_form)
{
	return cr_make_param_array(struct der_case, der_cases,
				   sizeof(der_cases) / sizeof(*der_cases));
}

ParameterizedTest(struct der_case *c, der, has_one_form)
{
	uint8_t *exact = malloc(c->len ? c->len : 1);

	cr_assert_not_null(exact);
	memcpy(exact, c->at, c->len);
	cr_assert_eq(der_check(span(exact, c->len), NULL), c->want, "%s", c->what);
	free(exact);
}

Test(der, is_not_deeper_than_its_bound)
{
	uint8_t nested[2 * (DER_DEPTH + 1)];

	for (size_t levels = 1; levels <= DER_DEPTH; levels++) {
		for (size_t i = 0; i < levels; i++) {
			nested[2 * i] = 0x30;
			nested[2 * i + 1] = (uint8_t)(2 * (levels - 1 - i));
		}
		cr_assert_eq(der_check(span(nested, 2 * levels), NULL),
			     levels < DER_DEPTH ? 0 : -FAIL_INPUT, "%zu levels", levels);
	}
}

Test(certs, keep_what_they_were_given)
{
	AUTO_CERTS struct certs c = { 0 };
	AUTO_BUF struct buf der = plain_der(), again = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(add_exact(&c, buf_view(&der), &e), 0, "%s", e.text);
	cr_assert_eq(c.count, 1);
	again = pki_der(c.at[0]);
	cr_assert(span_is_equal(buf_view(&der), buf_view(&again)));
}

Test(certs, refuse_bytes_behind_a_certificate)
{
	AUTO_CERTS struct certs c = { 0 };
	AUTO_BUF struct buf der = plain_der();

	cr_assert_eq(buf_append(&der, span("", 1), SIZE_MAX, NULL), 0);
	cr_assert_eq(add_exact(&c, buf_view(&der), NULL), -FAIL_INPUT);
	cr_assert_eq(c.count, 0);
}

Test(certs, refuse_one_that_is_too_long)
{
	static const uint8_t big[6000];
	const struct pki_extension x[] = { { "1.2.3.4", false, { big, sizeof(big) } },
					   { "1.2.3.5", false, { big, sizeof(big) } } };
	AUTO_CERTS struct certs c = { 0 };
	EVP_PKEY *key = pki_p256(0);
	X509 *cert = pki_cert(&(struct pki_spec){
		.cn = "big", .key = key, .extensions = x, .extension_count = 2 });
	AUTO_BUF struct buf der = pki_der(cert), pem = pki_pem(&cert, 1);

	cr_assert_gt(der.len, LIMIT_VERIFY_CERT_BYTES);
	cr_assert_eq(add_exact(&c, buf_view(&der), NULL), -FAIL_LIMIT);
	cr_assert_eq(add_exact(&c, buf_view(&pem), NULL), -FAIL_LIMIT);
	X509_free(cert);
	EVP_PKEY_free(key);
}

/* RFC 5280 4.2, for what OpenSSL knows and what it does not. */
Test(certs, refuse_an_extension_that_occurs_twice)
{
	static const uint8_t null[] = { 0x05, 0x00 }, agree[] = { 0x03, 0x02, 0x03, 0x08 };
	const struct pki_extension unknown[] = { { "1.2.3.4", false, { null, 2 } },
						 { "1.2.3.4", false, { null, 2 } } };
	const struct pki_extension usage[] = { { "2.5.29.15", true, { agree, sizeof(agree) } } };
	const struct pki_spec specs[] = {
		{ .cn = "twice", .extensions = unknown, .extension_count = 2 },
		{ .cn = "twice", .extensions = usage, .extension_count = 1 },
	};
	EVP_PKEY *key = pki_p256(0);

	for (size_t i = 0; i < 2; i++) {
		AUTO_CERTS struct certs c = { 0 };
		struct pki_spec s = specs[i];
		X509 *cert;

		s.key = key;
		cert = pki_cert(&s);
		AUTO_BUF struct buf der = pki_der(cert);
		cr_expect_eq(add_exact(&c, buf_view(&der), NULL), -FAIL_INPUT, "%zu", i);
		X509_free(cert);
	}
	EVP_PKEY_free(key);
}

Test(certs, refuse_a_damaged_extension)
{
	static const uint8_t basic[] = { 0x30, 0x03, 0x01, 0x01 };
	const struct pki_extension x = { "2.5.29.19", true, { basic, sizeof(basic) } };
	AUTO_CERTS struct certs c = { 0 };
	EVP_PKEY *key = pki_p256(0);
	X509 *cert = pki_cert(&(struct pki_spec){ .cn = "damaged",
						  .key = key,
						  .no_extensions = true,
						  .extensions = &x,
						  .extension_count = 1 });
	AUTO_BUF struct buf der = pki_der(cert);

	cr_assert_eq(add_exact(&c, buf_view(&der), NULL), -FAIL_INPUT);
	X509_free(cert);
	EVP_PKEY_free(key);
}

/* --- PEM ---------------------------------------------------------------------------------------
 */

/* Puts `by` in the place of the first `what` in `b`. */
static void replace(struct buf *b, const char *what, struct span by)
{
	struct buf made = BUF_EMPTY;
	const uint8_t *at = memmem(b->at, b->len, what, strlen(what));
	size_t head;

	cr_assert_not_null(at);
	head = (size_t)(at - b->at);
	cr_assert(!buf_append(&made, span(b->at, head), SIZE_MAX - 1, NULL) &&
		  !buf_append(&made, by, SIZE_MAX - 1, NULL) &&
		  !buf_append(&made, span(at + strlen(what), b->len - head - strlen(what)),
			      SIZE_MAX - 1, NULL));
	buf_done(b);
	*b = made;
}

static void replace_all(struct buf *b, char what, const char *by)
{
	struct buf made = BUF_EMPTY;

	for (size_t i = 0; i < b->len; i++)
		cr_assert_eq(b->at[i] == (uint8_t)what
				     ? buf_append(&made, span_text(by), SIZE_MAX - 1, NULL)
				     : buf_append(&made, span(b->at + i, 1), SIZE_MAX - 1, NULL),
			     0);
	buf_done(b);
	*b = made;
}

struct pem_case {
	char what[56];
	char from[40];
	char to[64];
	size_t to_len; /* 0: as text */
	int want;
};

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END   "-----END CERTIFICATE-----"

static struct pem_case pem_cases[] = {
	{ "white space before it", BEGIN, " \n\t\r\n" BEGIN, 0, 0 },
	{ "without a last newline", END "\n", END, 0, 0 },
	{ "with a NUL at its end", END "\n", END "\n", sizeof(END "\n"), 0 },
	{ "with a NUL and without a last newline", END "\n", END, sizeof(END), 0 },
	{ "with white space behind it", END "\n", END "\n \r\n", 0, 0 },
	{ "text before it", BEGIN, "subject=x\n" BEGIN, 0, -FAIL_INPUT },
	{ "text behind it", END "\n", END "\nmore", 0, -FAIL_INPUT },
	{ "two NULs behind it", END "\n", END "\n\0", sizeof(END "\n\0"), -FAIL_INPUT },
	{ "something behind a NUL", END "\n", END "\n\0\n", sizeof(END "\n\0"), -FAIL_INPUT },
	{ "another label", "BEGIN CERTIFICATE", "BEGIN TRUSTED CERTIFICATE", 0, -FAIL_INPUT },
	{ "another label at its end", "END CERTIFICATE", "END X509 CRL", 0, -FAIL_INPUT },
	{ "no end", END "\n", "", 0, -FAIL_INPUT },
	{ "a cut end", END "\n", "-----END CERTIFICATE----", 0, -FAIL_INPUT },
	{ "text behind the border", BEGIN "\n", BEGIN " x\n", 0, -FAIL_INPUT },
	{ "a header", BEGIN "\n", BEGIN "\nProc-Type: 4,ENCRYPTED\n\n", 0, -FAIL_INPUT },
	{ "a space in the base64", "MII", "M II", 0, -FAIL_INPUT },
	{ "the other alphabet", "MII", "-II", 0, -FAIL_INPUT },
	{ "padding in the middle", "MII", "MI=", 0, -FAIL_INPUT },
	{ "a NUL in the base64", "MII", "M\0I", 3, -FAIL_INPUT },
	{ "one base64 digit less", "MII", "MI", 0, -FAIL_INPUT },
};

ParameterizedTestParameters(pem, is_read_strictly)
{
	return cr_make_param_array(struct pem_case, pem_cases,
				   sizeof(pem_cases) / sizeof(*pem_cases));
}

ParameterizedTest(struct pem_case *c, pem, is_read_strictly)
{
	AUTO_CERTS struct certs certs = { 0 };
	AUTO_BUF struct buf pem = plain_pem(1);
	struct err e = { 0 };

	replace(&pem, c->from, c->to_len ? span(c->to, c->to_len) : span_text(c->to));
	cr_assert_eq(add_exact(&certs, buf_view(&pem), &e), c->want, "%s: %s", c->what, e.text);
	cr_assert_eq(certs.count, c->want == 0);
}

Test(pem, may_have_either_end_of_line)
{
	AUTO_CERTS struct certs certs = { 0 };
	AUTO_BUF struct buf pem = plain_pem(3);
	struct err e = { 0 };

	replace_all(&pem, '\n', "\r\n");
	cr_assert_eq(add_exact(&certs, buf_view(&pem), &e), 0, "%s", e.text);
	cr_assert_eq(certs.count, 3);
}

Test(pem, adds_nothing_when_one_of_several_is_bad)
{
	AUTO_CERTS struct certs certs = { 0 };
	AUTO_BUF struct buf pem = plain_pem(3);

	pem.at[pem.len - 40] = '*';
	cr_assert_eq(add_exact(&certs, buf_view(&pem), NULL), -FAIL_INPUT);
	cr_assert_eq(certs.count, 0);
}

Test(pem, of_nothing_is_refused)
{
	AUTO_CERTS struct certs certs = { 0 };

	cr_assert_eq(certs_add_pem(&certs, SPAN_EMPTY, NULL), -FAIL_INPUT);
	cr_assert_eq(certs_add_pem(&certs, span_text(" \n"), NULL), -FAIL_INPUT);
	cr_assert_eq(certs_add(&certs, SPAN_EMPTY, NULL), -FAIL_INPUT);
}

Test(pem, is_refused_at_every_truncation_but_its_newline)
{
	static const char end[] = "-----END CERTIFICATE-----\n";
	AUTO_BUF struct buf pem = plain_pem(2);
	/* Of these very bytes: another signature may have another length. */
	const uint8_t *first = memmem(pem.at, pem.len, end, sizeof(end) - 1);
	size_t one = (size_t)(first - pem.at) + sizeof(end) - 1;

	for (size_t len = 0; len < pem.len; len++) {
		AUTO_CERTS struct certs certs = { 0 };
		size_t whole = len >= pem.len - 1 ? 2 : len == one || len == one - 1;

		cr_expect_eq(add_exact(&certs, span(pem.at, len), NULL), whole ? 0 : -FAIL_INPUT,
			     "%zu bytes", len);
		cr_expect_eq(certs.count, whole);
	}
}

Test(certs, are_no_more_than_their_bound)
{
	AUTO_CERTS struct certs certs = { 0 };
	AUTO_BUF struct buf many = plain_pem(CERTS_MAX), more = plain_pem(CERTS_MAX + 1),
			    one = plain_pem(1), der = plain_der();

	cr_assert_eq(add_exact(&certs, buf_view(&more), NULL), -FAIL_LIMIT);
	cr_assert_eq(add_exact(&certs, buf_view(&many), NULL), 0);
	cr_assert_eq(add_exact(&certs, buf_view(&one), NULL), -FAIL_LIMIT);
	cr_assert_eq(add_exact(&certs, buf_view(&der), NULL), -FAIL_LIMIT);
	cr_assert_eq(certs_add_ref(&certs, certs.at[0], NULL), -FAIL_LIMIT);
	cr_assert_eq(certs.count, CERTS_MAX);
}

/* --- What stands in a certificate --------------------------------------------------------------
 */

Test(certs, have_fingerprints)
{
	X509 *cert = plain_cert();
	AUTO_BUF struct buf der = pki_der(cert);
	struct digest d;
	uint8_t sum[32], other[32];

	cr_assert_eq(digest_of(DIGEST_SHA256, buf_view(&der), &d, NULL), 0);
	cr_assert_eq(cert_sha256(cert, sum, NULL), 0);
	cr_assert_arr_eq(sum, d.at, 32);
	cr_assert_eq(cert_spki_sha256(cert, other, NULL), 0);
	cr_assert(memcmp(sum, other, 32));
	X509_free(cert);
}

struct cn_case {
	char what[32];
	char cn[80];
	size_t size;
	int want;
};

static struct cn_case cn_cases[] = {
	{ "usual", "ARK-Milan", 16, 0 },
	{ "that fits", "ARK-Milan", 10, 0 },
	{ "that does not fit", "ARK-Milan", 9, -FAIL_INPUT },
	{ "with a newline", "ARK\nMilan", 16, -FAIL_INPUT },
	{ "beyond ASCII", "ARK-M\xc3\xbclan", 16, -FAIL_INPUT },
};

ParameterizedTestParameters(certs, have_one_printable_cn)
{
	return cr_make_param_array(struct cn_case, cn_cases, sizeof(cn_cases) / sizeof(*cn_cases));
}

ParameterizedTest(struct cn_case *c, certs, have_one_printable_cn)
{
	EVP_PKEY *key = pki_p256(0);
	X509 *cert = pki_cert(&(struct pki_spec){ .cn = c->cn, .key = key });
	char cn[80] = "untouched";

	cr_assert_eq(cert_subject_cn(cert, cn, c->size, NULL), c->want, "%s", c->what);
	cr_assert_str_eq(cn, c->want ? "untouched" : c->cn);
	cr_assert_eq(cert_issuer_cn(cert, cn, c->size, NULL), c->want);
	X509_free(cert);
	EVP_PKEY_free(key);
}

Test(certs, without_a_cn_or_with_two_have_none)
{
	X509 *cert = plain_cert();
	X509_NAME *name = X509_NAME_new();
	char cn[16];

	cr_assert_eq(X509_set_subject_name(cert, name), 1);
	cr_assert_eq(cert_subject_cn(cert, cn, sizeof(cn), NULL), -FAIL_INPUT);
	for (int i = 0; i < 2; i++)
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"x", 1, -1,
					   0);
	cr_assert_eq(X509_set_subject_name(cert, name), 1);
	cr_assert_eq(cert_subject_cn(cert, cn, sizeof(cn), NULL), -FAIL_INPUT);
	X509_NAME_free(name);
	X509_free(cert);
}

Test(certs, give_the_content_of_an_extension)
{
	static const uint8_t raw[] = { 0x02, 0x41, 0xff };
	const struct pki_extension x = { "1.3.6.1.4.1.3704.1.4", false, { raw, sizeof(raw) } };
	EVP_PKEY *key = pki_p384(0);
	X509 *cert = pki_cert(&(struct pki_spec){
		.cn = "x", .key = key, .extensions = &x, .extension_count = 1 });
	struct span content = SPAN_EMPTY;
	bool found = false;

	cr_assert_eq(cert_extension(cert, "1.3.6.1.4.1.3704.1.4", &found, &content, NULL), 0);
	cr_assert(found);
	cr_assert(span_is_equal(content, span(raw, sizeof(raw))));
	cr_assert_eq(cert_extension(cert, "1.3.6.1.4.1.3704.1.5", &found, &content, NULL), 0);
	cr_assert_not(found);
	X509_free(cert);
	EVP_PKEY_free(key);
}

struct serial_case {
	uint8_t at[24];
	size_t len;
	size_t room;
	int want;
};

static struct serial_case serial_cases[] = {
	{ { 0 }, 1, 20, 0 },
	{ { 0x7f }, 1, 1, 0 },
	{ { 0xff, 0x00 }, 2, 20, 0 },
	{ { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 }, 20, 20, 0 },
	{ { 0xff, 0x00 }, 2, 1, -FAIL_INPUT },
};

ParameterizedTestParameters(certs, have_a_serial_without_leading_zeros)
{
	return cr_make_param_array(struct serial_case, serial_cases,
				   sizeof(serial_cases) / sizeof(*serial_cases));
}

ParameterizedTest(struct serial_case *c, certs, have_a_serial_without_leading_zeros)
{
	EVP_PKEY *key = pki_p256(0);
	X509 *cert = pki_cert(
		&(struct pki_spec){ .cn = "x", .key = key, .serial = c->at, .serial_len = c->len });
	uint8_t serial[24];
	size_t len = c->room;

	cr_assert_eq(cert_serial(cert, serial, &len, NULL), c->want);
	if (!c->want) {
		cr_assert_eq(len, c->len);
		cr_assert_arr_eq(serial, c->at, c->len);
	}
	X509_free(cert);
	EVP_PKEY_free(key);
}

Test(certs, refuse_a_negative_serial)
{
	X509 *cert = plain_cert();
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	uint8_t serial[24];
	size_t len = sizeof(serial);

	cr_assert(ASN1_INTEGER_set(n, -5) && X509_set_serialNumber(cert, n));
	cr_assert_eq(cert_serial(cert, serial, &len, NULL), -FAIL_INPUT);
	ASN1_INTEGER_free(n);
	X509_free(cert);
}

/* --- Faults ------------------------------------------------------------------------------------
 */

Test(certs, survive_a_lack_of_memory)
{
	AUTO_BUF struct buf pem = plain_pem(2);

	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_CERTS struct certs certs = { 0 };
		struct err e = { 0 };
		int failed = certs_add(&certs, buf_view(&pem), &e);

		cr_assert_eq(failed, fault_fired() ? -FAIL_SYS : 0, "fault %u: %s", n, e.text);
		cr_assert_eq(certs.count, failed ? 0 : 2);
	}
}
