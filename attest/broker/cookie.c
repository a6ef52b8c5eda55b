#include "attest/broker/cookie.h"

#include <string.h>
#include <strings.h>
#include <time.h>

/* `count` decimal digits at `at`, which the caller knows to be there. */
static int digits(const uint8_t *at, size_t count)
{
	int value = 0;

	for (size_t i = 0; i < count; i++) {
		if (at[i] < '0' || at[i] > '9')
			return -1;
		value = value * 10 + (at[i] - '0');
	}
	return value;
}

static int month_of(const uint8_t *at)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int m = 0; m < 12; m++)
		if (!memcmp(at, names + 3 * m, 3))
			return m;
	return -1;
}

int cookie_http_date(struct span text, uint64_t *ret_seconds, struct err *e)
{
	static const char form[] = "xxx, xx xxx xxxx xx:xx:xx GMT";
	const uint8_t *c = text.at;
	struct tm t = { 0 };
	time_t seconds;
	int day;

	if (text.len != sizeof(form) - 1)
		return FAIL(e, FAIL_INPUT, "not an HTTP date");
	for (size_t i = 0; i < text.len; i++)
		if (form[i] != 'x' && form[i] != (char)c[i])
			return FAIL(e, FAIL_INPUT, "not an HTTP date");
	t.tm_mday = digits(c + 5, 2);
	t.tm_mon = month_of(c + 8);
	t.tm_year = digits(c + 12, 4) - 1900;
	t.tm_hour = digits(c + 17, 2);
	t.tm_min = digits(c + 20, 2);
	t.tm_sec = digits(c + 23, 2);
	if (t.tm_mday < 1 || t.tm_mday > 31 || t.tm_mon < 0 || t.tm_year < 70 || t.tm_hour < 0 ||
	    t.tm_hour > 23 || t.tm_min < 0 || t.tm_min > 59 || t.tm_sec < 0 || t.tm_sec > 59)
		return FAIL(e, FAIL_INPUT, "not an HTTP date");
	day = t.tm_mday;
	/* timegm() turns 31 June into 1 July and writes that back. */
	seconds = timegm(&t);
	if (t.tm_mday != day)
		return FAIL(e, FAIL_INPUT, "an HTTP date that no calendar has");
	*ret_seconds = (uint64_t)seconds;
	return 0;
}

/* Cuts off what stands before `stop` (or the end), without the blanks around it. */
static struct span next_part(struct span *rest, char stop)
{
	const uint8_t *at = rest->len ? memchr(rest->at, stop, rest->len) : NULL;
	struct span part = span(rest->at, at ? (size_t)(at - rest->at) : rest->len);
	size_t used = part.len + (at ? 1 : 0);

	*rest = span(rest->at + used, rest->len - used);
	while (part.len && part.at[0] == ' ')
		part = span(part.at + 1, part.len - 1);
	while (part.len && part.at[part.len - 1] == ' ')
		part.len--;
	return part;
}

static bool is_fit(struct span value)
{
	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.at[i];

		if ((c < '0' || c > '9') && ((c | 0x20) < 'a' || (c | 0x20) > 'z') && c != '-' &&
		    c != '.' && c != '_' && c != '~')
			return false;
	}
	return value.len && value.len < LIMIT_COOKIE_BYTES;
}

/* Seconds from the answer's Date to the cookie's Expires; 0 when that can't be told. */
static uint64_t life_of(const struct answer *a, struct span attributes)
{
	uint64_t now = 0, until = 0;

	if (cookie_http_date(answer_field(a, "date", 0), &now, NULL) < 0)
		return 0;
	while (attributes.len) {
		struct span rest = next_part(&attributes, ';'), name = next_part(&rest, '=');
		struct span value = next_part(&rest, ';');

		if (name.len == 7 && !strncasecmp((const char *)name.at, "expires", 7) &&
		    cookie_http_date(value, &until, NULL) < 0)
			return 0;
	}
	return until > now ? until - now : 0;
}

int cookie_read(const struct answer *a, struct cookie *ret, bool *ret_found, struct err *e)
{
	struct cookie c = { .pair = COOKIE_NAME "=" };
	bool found = false;
	struct span rest;

	for (unsigned int n = 0; (rest = answer_field(a, "set-cookie", n)).at; n++) {
		struct span value = next_part(&rest, ';'), name = next_part(&value, '=');

		if (!span_is_equal(name, span_text(COOKIE_NAME)))
			continue;
		if (found)
			return FAIL(e, FAIL_INPUT, "the broker sets its session cookie twice");
		if (!is_fit(value))
			return FAIL(e, FAIL_INPUT, "the broker's session cookie is malformed");
		memcpy(c.pair + sizeof(COOKIE_NAME "=") - 1, value.at, value.len);
		c.life_s = life_of(a, rest);
		found = true;
	}
	if (found)
		*ret = c;
	*ret_found = found;
	return 0;
}
