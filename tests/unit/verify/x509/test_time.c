/* Dates, as text and as certificates have them. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <time.h>

#include "attest/verify/x509/certs.h"
#include "tests/support/evidence/pki.h"

struct time_case {
	char text[40];
	int64_t at;
	int want;
};

static struct time_case time_cases[] = {
	{ "1970-01-01T00:00:00Z", 0, 0 },
	{ "1969-12-31T23:59:59Z", -1, 0 },
	{ "2000-02-29T12:00:00Z", 951825600, 0 },
	{ "2026-11-23T21:56:41Z", 1795471001, 0 },
	{ "2026-11-23T21:56:41.999999Z", 1795471001, 0 },
	{ "2049-12-31T23:59:59Z", 2524607999, 0 },
	{ "9999-12-31T23:59:59Z", 253402300799, 0 },
	{ "0000-01-01T00:00:00Z", -62167219200, 0 },
	{ "0000-03-01T00:00:00Z", -62162035200, 0 },
	{ "1900-02-29T00:00:00Z", 0, -FAIL_INPUT },
	{ "2026-11-31T00:00:00Z", 0, -FAIL_INPUT },
	{ "2026-00-10T00:00:00Z", 0, -FAIL_INPUT },
	{ "2026-13-10T00:00:00Z", 0, -FAIL_INPUT },
	{ "2026-10-00T00:00:00Z", 0, -FAIL_INPUT },
	{ "2026-10-10T24:00:00Z", 0, -FAIL_INPUT },
	{ "2026-10-10T23:60:00Z", 0, -FAIL_INPUT },
	{ "2026-10-10T23:59:60Z", 0, -FAIL_INPUT },
	{ "2026-10-10T23:59:59", 0, -FAIL_INPUT },
	{ "2026-10-10T23:59:59+00:00", 0, -FAIL_INPUT },
	{ "2026-10-10T23:59:59.Z", 0, -FAIL_INPUT },
	{ "2026-10-10T23:59:59Z ", 0, -FAIL_INPUT },
	{ "2026-10-10 23:59:59Z", 0, -FAIL_INPUT },
	{ "26-10-10T23:59:59Z", 0, -FAIL_INPUT },
	{ "+026-10-10T23:59:59Z", 0, -FAIL_INPUT },
	{ "20261010235959Z", 0, -FAIL_INPUT },
	{ "2026-10", 0, -FAIL_INPUT },
	{ "", 0, -FAIL_INPUT },
};

ParameterizedTestParameters(time, is_read_from_text)
{
	return cr_make_param_array(struct time_case, time_cases,
				   sizeof(time_cases) / sizeof(*time_cases));
}

ParameterizedTest(struct time_case *c, time, is_read_from_text)
{
	int64_t at = 77;

	cr_assert_eq(time_parse(c->text, &at, NULL), c->want, "%s", c->text);
	cr_assert_eq(at, c->want ? 77 : c->at, "%s: %ld", c->text, (long)at);
}

/* Against the C library, and there and back: one in every 9 hours or so from year 0 to 9999. */
Test(time, agrees_with_gmtime_for_ten_thousand_years)
{
	for (int64_t at = -62167219200; at <= 253402300799; at += 314159 * 7) {
		char ours[TIME_TEXT_BYTES], theirs[64];
		time_t t = (time_t)at;
		struct tm tm;
		int64_t back;

		time_text(at, ours);
		cr_assert_not_null(gmtime_r(&t, &tm));
		(void)snprintf(theirs, sizeof(theirs), "%04d-%02d-%02dT%02d:%02d:%02dZ",
			       tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			       tm.tm_sec);
		cr_assert_str_eq(ours, theirs);
		cr_assert_eq(time_parse(ours, &back, NULL), 0);
		cr_assert_eq(back, at);
	}
}

Test(time, beyond_its_range_is_its_end)
{
	char text[TIME_TEXT_BYTES];

	time_text(INT64_MAX, text);
	cr_assert_str_eq(text, "9999-12-31T23:59:59Z");
	time_text(INT64_MIN, text);
	cr_assert_str_eq(text, "0000-01-01T00:00:00Z");
}

Test(certs, have_dates_of_both_forms)
{
	static const int64_t dates[][2] = { { 0, 2524607999 },		    /* UTCTime         */
					    { 2524608000, 253402300799 } }; /* GeneralizedTime */
	EVP_PKEY *key = pki_p256(0);

	for (size_t i = 0; i < 2; i++) {
		X509 *cert = pki_cert(&(struct pki_spec){ .cn = "x",
							  .key = key,
							  .not_before = dates[i][0],
							  .not_after = dates[i][1] });
		int64_t at;

		cr_assert_eq(cert_not_before(cert, &at, NULL), 0);
		cr_assert_eq(at, dates[i][0]);
		cr_assert_eq(cert_not_after(cert, &at, NULL), 0);
		cr_assert_eq(at, dates[i][1]);
		X509_free(cert);
	}
	EVP_PKEY_free(key);
}

Test(certs, take_a_generalized_date_before_2050)
{
	static const char *const texts[] = { "20270101000000Z", "20270101000000+0000",
					     "202701010000Z", "20270101000000.5Z",
					     "20271301000000Z" };
	EVP_PKEY *key = pki_p256(0);
	X509 *cert = pki_cert(&(struct pki_spec){ .cn = "x", .key = key });
	int64_t at;

	for (size_t i = 0; i < 5; i++) {
		ASN1_TIME *t = X509_getm_notAfter(cert);

		cr_assert_eq(ASN1_STRING_set(t, texts[i], -1), 1);
		t->type = V_ASN1_GENERALIZEDTIME;
		cr_expect_eq(cert_not_after(cert, &at, NULL), i ? -FAIL_INPUT : 0, "%s", texts[i]);
	}
	cr_assert_eq(at, 1798761600);
	X509_free(cert);
	EVP_PKEY_free(key);
}
