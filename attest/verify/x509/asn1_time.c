#include "attest/verify/x509/asn1_time.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "attest/verify/x509/certs.h"

#define DAY_S	   86400
/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z */
#define TIME_FIRST (-62167219200)
#define TIME_LAST  253402300799

struct date {
	int64_t year, month, day, hour, minute, second;
};

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool is_date(const struct date *d)
{
	static const int8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return d->month >= 1 && d->month <= 12 && d->day >= 1 &&
	       d->day <= days[d->month - 1] + (d->month == 2 && is_leap(d->year)) &&
	       d->hour <= 23 && d->minute <= 59 && d->second <= 59;
}

/* Days from 0000-03-01 are counted in eras of 400 years, so that no table of leap years is needed.
 */
static int64_t date_seconds(const struct date *d)
{
	int64_t year = d->year - (d->month <= 2) + 400; /* never negative */
	int64_t era = year / 400, of_era = year % 400;
	int64_t of_year = (153 * (d->month + (d->month > 2 ? -3 : 9)) + 2) / 5 + d->day - 1;
	int64_t days = of_era * 365 + of_era / 4 - of_era / 100 + of_year + (era - 1) * 146097;

	return (days - 719468) * DAY_S + d->hour * 3600 + d->minute * 60 + d->second;
}

/* Two or four decimal digits at the front of `*at`. */
static bool digits(const char **at, int count, int64_t *ret)
{
	int64_t value = 0;

	for (; count; count--, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		value = value * 10 + (**at - '0');
	}
	*ret = value;
	return true;
}

int asn1_time(const ASN1_TIME *t, int64_t *ret, struct err *e)
{
	bool utc = ASN1_STRING_type(t) == V_ASN1_UTCTIME;
	int len = ASN1_STRING_length(t);
	char text[16] = { 0 };
	const char *at = text;
	struct date d;

	if (len != (utc ? 13 : 15))
		return FAIL(e, FAIL_INPUT, "date of %d characters", len);
	memcpy(text, ASN1_STRING_get0_data(t), (size_t)len);
	if (!digits(&at, utc ? 2 : 4, &d.year) || !digits(&at, 2, &d.month) ||
	    !digits(&at, 2, &d.day) || !digits(&at, 2, &d.hour) || !digits(&at, 2, &d.minute) ||
	    !digits(&at, 2, &d.second) || strcmp(at, "Z") != 0)
		return FAIL(e, FAIL_INPUT, "\"%s\" is no date", text);
	if (utc)
		d.year += d.year < 50 ? 2000 : 1900;
	if (!is_date(&d))
		return FAIL(e, FAIL_INPUT, "\"%s\" is no date", text);
	*ret = date_seconds(&d);
	return 0;
}

int cert_not_before(const X509 *cert, int64_t *ret, struct err *e)
{
	return asn1_time(X509_get0_notBefore(cert), ret, e);
}

int cert_not_after(const X509 *cert, int64_t *ret, struct err *e)
{
	return asn1_time(X509_get0_notAfter(cert), ret, e);
}

static bool literal(const char **at, char c)
{
	return *(*at)++ == c;
}

/* ".123": at least one digit. */
static void skip_fraction(const char **at)
{
	const char *p = *at;

	if (*p++ != '.' || *p < '0' || *p > '9')
		return;
	while (*p >= '0' && *p <= '9')
		p++;
	*at = p;
}

int time_parse(const char *text, int64_t *ret, struct err *e)
{
	const char *at = text;
	struct date d;

	if (!digits(&at, 4, &d.year) || !literal(&at, '-') || !digits(&at, 2, &d.month) ||
	    !literal(&at, '-') || !digits(&at, 2, &d.day) || !literal(&at, 'T') ||
	    !digits(&at, 2, &d.hour) || !literal(&at, ':') || !digits(&at, 2, &d.minute) ||
	    !literal(&at, ':') || !digits(&at, 2, &d.second))
		return FAIL(e, FAIL_INPUT, "\"%.32s\" is no time as 2026-11-23T21:56:41Z", text);
	skip_fraction(&at);
	if (strcmp(at, "Z") != 0 || !is_date(&d))
		return FAIL(e, FAIL_INPUT, "\"%.32s\" is no time as 2026-11-23T21:56:41Z", text);
	*ret = date_seconds(&d);
	return 0;
}

void time_text(int64_t at, char ret[static TIME_TEXT_BYTES])
{
	int64_t days, rest, era, of_era, year, of_year, month;

	at = at < TIME_FIRST ? TIME_FIRST : at > TIME_LAST ? TIME_LAST : at;
	days = at / DAY_S - (at % DAY_S < 0);
	rest = at - days * DAY_S;
	days += 719468 + 146097; /* of the era before 0000-03-01, so as never to be negative */
	era = days / 146097 - 1;
	of_era = days % 146097;
	year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * year + year / 4 - year / 100);
	month = (5 * of_year + 2) / 153;
	year += era * 400 + (month >= 10);
	(void)snprintf(ret, TIME_TEXT_BYTES, "%04u-%02u-%02uT%02u:%02u:%02uZ",
		       (unsigned)year % 10000, (unsigned)(month < 10 ? month + 3 : month - 9),
		       (unsigned)(of_year - (153 * month + 2) / 5 + 1), (unsigned)(rest / 3600),
		       (unsigned)(rest / 60 % 60), (unsigned)(rest % 60));
}
