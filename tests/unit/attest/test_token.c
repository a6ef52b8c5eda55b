/* attest/broker/token and cookie: how long a session lives, and what is echoed. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/broker/cookie.h"
#include "attest/broker/session.h"
#include "attest/broker/token.h"
#include "attest/jose/jwk.h"
#include "base/b64.h"

struct jwt {
	char claims[96];
	int want;
	uint64_t life;
};

ParameterizedTestParameters(token, reads_a_life)
{
	static struct jwt rows[] = {
		{ "{\"iat\":1000,\"exp\":1300}", 0, 300 },
		{ "{\"exp\":18446744073709551615,\"iat\":0,\"submods\":{}}", 0, UINT64_MAX },
		{ "{\"iat\":1000,\"exp\":1000}", -FAIL_INPUT, 0 },
		{ "{\"iat\":1000,\"exp\":999}", -FAIL_INPUT, 0 },
		{ "{\"exp\":1300}", -FAIL_INPUT, 0 },
		{ "{\"iat\":1000}", -FAIL_INPUT, 0 },
		{ "{\"iat\":1000.5,\"exp\":1300}", -FAIL_INPUT, 0 },
		{ "{\"iat\":-1,\"exp\":1300}", -FAIL_INPUT, 0 },
		{ "{\"iat\":\"1000\",\"exp\":1300}", -FAIL_INPUT, 0 },
		{ "{\"iat\":1000,\"exp\":1300,\"exp\":9999}", -FAIL_INPUT, 0 },
		{ "[1000,1300]", -FAIL_INPUT, 0 },
		{ "", -FAIL_INPUT, 0 },
	};
	return cr_make_param_array(struct jwt, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct jwt *row, token, reads_a_life)
{
	AUTO_BUF struct buf jwt = BUF_EMPTY;
	struct err e = { 0 };
	uint64_t life = 0;

	cr_assert_eq(buf_printf(&jwt, 1000, &e, "eyJhbGciOiJFUzI1NiJ9."), 0);
	cr_assert_eq(b64_encode(B64_URL, span_text(row->claims), 1000, &jwt, &e), 0);
	cr_assert_eq(buf_printf(&jwt, 1000, &e, ".c2ln"), 0);
	cr_assert_eq(token_life(buf_view(&jwt), &life, &e), row->want, "%s: %s", row->claims,
		     e.text);
	cr_assert_eq(life, row->life);
}

struct text {
	char text[64];
};

ParameterizedTestParameters(token, refuses)
{
	static struct text rows[] = {
		{ "" },		 { "." },     { ".." },	      { "a.b" },     { "a.b.c.d" },
		{ "a.e30.c.d" }, { "a.!.c" }, { "a.e30=.c" }, { "a.e30.c" },
	};
	return cr_make_param_array(struct text, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct text *row, token, refuses)
{
	uint64_t life = 7;

	cr_assert_eq(token_life(span_text(row->text), &life, NULL), -FAIL_INPUT, "%s", row->text);
	cr_assert_eq(life, 7);
}

Test(token, refuses_what_is_too_long)
{
	static uint8_t zeros[LIMIT_TOKEN_BYTES + 1];
	uint64_t life = 0;

	cr_assert_eq(token_life(span(zeros, sizeof(zeros)), &life, NULL), -FAIL_LIMIT);
}

struct date {
	char text[48];
	int want;
	uint64_t seconds;
};

ParameterizedTestParameters(cookie, reads_http_dates)
{
	static struct date rows[] = {
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 0, 784111777 },
		{ "Thu, 01 Jan 1970 00:00:00 GMT", 0, 0 },
		{ "Thu, 29 Feb 2024 23:59:59 GMT", 0, 1709251199 },
		{ "Fri, 29 Feb 2023 00:00:00 GMT", -FAIL_INPUT, 0 },
		{ "Sun, 31 Jun 2024 00:00:00 GMT", -FAIL_INPUT, 0 },
		{ "Sun, 00 Nov 1994 08:49:37 GMT", -FAIL_INPUT, 0 },
		{ "Sun, 06 nov 1994 08:49:37 GMT", -FAIL_INPUT, 0 },
		{ "Sun, 06 Nov 1969 08:49:37 GMT", -FAIL_INPUT, 0 },
		{ "Sun, 06 Nov 1994 24:00:00 GMT", -FAIL_INPUT, 0 },
		{ "Sun, 06 Nov 1994 08:60:37 GMT", -FAIL_INPUT, 0 },
		{ "Sun, 06 Nov 1994 08:49:60 GMT", -FAIL_INPUT, 0 },
		{ "Sun, 06 Nov 1994 08:49:-7 GMT", -FAIL_INPUT, 0 },
		{ "Sun, 06 Nov 1994 08:49:37 UTC", -FAIL_INPUT, 0 },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", -FAIL_INPUT, 0 },
		{ "Sun Nov  6 08:49:37 1994", -FAIL_INPUT, 0 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT ", -FAIL_INPUT, 0 },
		{ "784111777", -FAIL_INPUT, 0 },
		{ "", -FAIL_INPUT, 0 },
	};
	return cr_make_param_array(struct date, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct date *row, cookie, reads_http_dates)
{
	uint64_t seconds = 0;

	cr_assert_eq(cookie_http_date(span_text(row->text), &seconds, NULL), row->want, "%s",
		     row->text);
	cr_assert_eq(seconds, row->seconds);
}

#define ID   "0123456789abcdef0123456789abcdef"
#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

struct set {
	char fields[400];
	int want;
	bool found;
	uint64_t life;
	char pair[64];
};

ParameterizedTestParameters(cookie, reads)
{
	static struct set rows[] = {
		{ DATE "Set-Cookie: kbs-session-id=" ID
		       "; Expires=Sun, 06 Nov 1994 08:54:37 GMT\r\n",
		  0, true, 300, "kbs-session-id=" ID },
		{ DATE "Set-Cookie: kbs-session-id=" ID
		       ";expires = Sun, 06 Nov 1994 08:54:37 GMT;a\r\n",
		  0, true, 300, "kbs-session-id=" ID },
		{ "Set-Cookie: kbs-session-id=" ID "; Expires=Sun, 06 Nov 1994 08:54:37 GMT\r\n", 0,
		  true, 0, "kbs-session-id=" ID },
		{ DATE "Set-Cookie: kbs-session-id=" ID "; Expires=tomorrow\r\n", 0, true, 0,
		  "kbs-session-id=" ID },
		{ DATE "Set-Cookie: kbs-session-id=" ID
		       "; Expires=Sun, 06 Nov 1994 08:49:36 GMT\r\n",
		  0, true, 0, "kbs-session-id=" ID },
		{ DATE "Set-Cookie: kbs-session-id=" ID "\r\n", 0, true, 0, "kbs-session-id=" ID },
		{ "Set-Cookie: kbs-session-id=a; Path=/; HttpOnly; Domain=elsewhere\r\n", 0, true,
		  0, "kbs-session-id=a" },
		{ "Set-Cookie: route=1\r\nSet-Cookie: kbs-session-id=a-b._~Z\r\nSet-Cookie: c\r\n",
		  0, true, 0, "kbs-session-id=a-b._~Z" },
		{ "Set-Cookie: KBS-session-id=a\r\n", 0, false, 0, "" },
		{ "Set-Cookie: xkbs-session-id=a\r\n", 0, false, 0, "" },
		{ "Set-Cookie: route=1; kbs-session-id=a\r\n", 0, false, 0, "" },
		{ "Cookie: kbs-session-id=a\r\n", 0, false, 0, "" },
		{ "Set-Cookie: kbs-session-id=a\r\nSet-Cookie: kbs-session-id=b\r\n", -FAIL_INPUT,
		  false, 0, "" },
		{ "Set-Cookie: kbs-session-id=\r\n", -FAIL_INPUT, false, 0, "" },
		{ "Set-Cookie: kbs-session-id\r\n", -FAIL_INPUT, false, 0, "" },
		{ "Set-Cookie: kbs-session-id=\"a\"\r\n", -FAIL_INPUT, false, 0, "" },
		{ "Set-Cookie: kbs-session-id=a b\r\n", -FAIL_INPUT, false, 0, "" },
		{ "Set-Cookie: kbs-session-id=a\tb\r\n", -FAIL_INPUT, false, 0, "" },
		{ "Set-Cookie: kbs-session-id=a,b\r\n", -FAIL_INPUT, false, 0, "" },
		{ "Set-Cookie: kbs-session-id=a=b\r\n", -FAIL_INPUT, false, 0, "" },
		{ "Set-Cookie: kbs-session-id=\xc3\xa4\r\n", -FAIL_INPUT, false, 0, "" },
		{ "Set-Cookie: kbs-session-id=" ID ID ID ID "\r\n", -FAIL_INPUT, false, 0, "" },
	};
	return cr_make_param_array(struct set, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct set *row, cookie, reads)
{
	AUTO_ANSWER struct answer a = { 0 };
	struct cookie c = { 0 };
	struct err e = { 0 };
	bool found = false;

	cr_assert_eq(answer_take(&a, span_text("HTTP/1.1 200 OK\r\n"), &e), 0);
	cr_assert_eq(answer_take(&a, span_text(row->fields), &e), 0, "%s", e.text);
	cr_assert_eq(answer_take(&a, span_text("Content-Length: 0\r\n\r\n"), &e), 0);
	cr_assert_eq(cookie_read(&a, &c, &found, &e), row->want, "%s", row->fields);
	cr_expect_eq(found, row->found, "%s", row->fields);
	cr_expect_eq(c.life_s, row->life, "%s", row->fields);
	cr_expect_str_eq(c.pair, row->pair);
}

struct due {
	uint64_t life_ms;
	uint64_t age_ms;
	bool due;
};

ParameterizedTestParameters(session, is_due_in_time)
{
	static struct due rows[] = {
		/* Five minutes: a fifth. */
		{ 300000, 0, false },
		{ 300000, 239999, false },
		{ 300000, 240000, true },
		/* A minute and a half: 30 s. */
		{ 90000, 59999, false },
		{ 90000, 60000, true },
		/* Ten seconds: half. */
		{ 10000, 4999, false },
		{ 10000, 5000, true },
		{ 300000, 300001, true },
		{ 1, 0, false },
		{ 0, 0, true },
	};
	return cr_make_param_array(struct due, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct due *row, session, is_due_in_time)
{
	AUTO_SESSION struct session s = { .begin_ms = 5000, .end_ms = 5000 + row->life_ms };

	cr_assert(session_is_due(&s, 5000 + row->age_ms), "no key, no session");
	cr_assert_eq(jwk_generate(&s.key, NULL), 0);
	cr_assert_eq(session_is_due(&s, 5000 + row->age_ms), row->due);
}
