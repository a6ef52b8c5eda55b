/* attest/transport/url */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/transport/url.h"

struct good {
	char text[96];
	bool tls;
	bool is_literal;
	uint16_t port;
	char host[32];
	char authority[40];
	char base[32];
};

ParameterizedTestParameters(url, reads)
{
	static struct good rows[] = {
		{ "https://kbs.example", true, false, 443, "kbs.example", "kbs.example", "" },
		{ "https://KBS.example:443/", true, false, 443, "kbs.example", "kbs.example", "" },
		{ "https://kbs:8443/a/b.c~d_e-f/", true, false, 8443, "kbs", "kbs:8443",
		  "/a/b.c~d_e-f" },
		{ "http://10.0.2.2:8080", false, true, 8080, "10.0.2.2", "10.0.2.2:8080", "" },
		{ "http://kbs:443", false, false, 443, "kbs", "kbs:443", "" },
		{ "https://[fd00::1]:65535/kbs", true, true, 65535, "fd00::1", "[fd00::1]:65535",
		  "/kbs" },
		{ "https://[::FFFF:1.2.3.4]", true, true, 443, "::ffff:1.2.3.4", "[::ffff:1.2.3.4]",
		  "" },
		{ "https://my_kbs.ns-1.svc", true, false, 443, "my_kbs.ns-1.svc", "my_kbs.ns-1.svc",
		  "" },
	};
	return cr_make_param_array(struct good, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct good *row, url, reads)
{
	struct url u = { 0 };
	struct err e = { 0 };

	cr_assert_eq(url_parse(span_text(row->text), &u, &e), 0, "%s: %s", row->text, e.text);
	cr_expect_eq(u.tls, row->tls);
	cr_expect_eq(u.is_literal, row->is_literal);
	cr_expect_eq(u.port, row->port);
	cr_expect_str_eq(u.host, row->host);
	cr_expect_str_eq(u.authority, row->authority);
	cr_expect_str_eq(u.base, row->base);
}

struct bad {
	char text[96];
};

ParameterizedTestParameters(url, refuses)
{
	static struct bad rows[] = {
		{ "" },
		{ "kbs.example" },
		{ "//kbs.example" },
		{ "HTTPS://kbs.example" },
		{ "ftp://kbs.example" },
		{ "https:/kbs.example" },
		{ "https://" },
		{ "https://:8443" },
		{ "https:///kbs" },
		{ "https://user@kbs.example" },
		{ "https://user:1@kbs.example" },
		{ "https://kbs.example/@me" },
		{ "https://kbs.example?x=1" },
		{ "https://kbs.example/a?x=1" },
		{ "https://kbs.example#top" },
		{ "https://kbs.example/a#top" },
		{ "https://kbs.example:" },
		{ "https://kbs.example:0" },
		{ "https://kbs.example:65536" },
		{ "https://kbs.example:123456" },
		{ "https://kbs.example:+1" },
		{ "https://kbs.example:80a" },
		{ "https://kbs..example" },
		{ "https://kbs.example." },
		{ "https://.example" },
		{ "https://-kbs.example" },
		{ "https://kbs-.example" },
		{ "https://kbs ex" },
		{ "https://kbs\r\nX: y" },
		{ "https://k\xc3\xa4se" },
		{ "https://kbs%41" },
		{ "https://1.2.3" },
		{ "https://1.2.3.256" },
		{ "https://0x7f.1" },
		{ "https://2130706433" },
		{ "https://[fd00::1" },
		{ "https://[fd00::1]x" },
		{ "https://[fe80::1%25eth0]" },
		{ "https://[kbs]" },
		{ "https://[10.0.2.2]" },
		{ "https://fd00::1" },
		{ "https://kbs.example//" },
		{ "https://kbs.example/a//b" },
		{ "https://kbs.example/./a" },
		{ "https://kbs.example/a/.." },
		{ "https://kbs.example/a b" },
		{ "https://kbs.example/%2e%2e" },
		{ "https://kbs.example/a\\b" },
		{ "https://kbs.example/a\nb" },
	};
	return cr_make_param_array(struct bad, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct bad *row, url, refuses)
{
	struct url u = { 0 };
	struct err e = { 0 };

	cr_assert_eq(url_parse(span_text(row->text), &u, &e), -FAIL_INPUT, "%s", row->text);
	cr_assert_eq(u.port, 0, "output untouched");
}

Test(url, refuses_a_nul_and_what_is_too_long)
{
	char text[LIMIT_URL_BYTES + 1] = "https://kbs/";
	struct url u = { 0 };
	size_t len = strlen(text);

	cr_assert_eq(url_parse(span("https://k\0s", 11), &u, NULL), -FAIL_INPUT);
	memset(text + len, 'a', LIMIT_URL_BYTES - len);
	cr_assert_eq(url_parse(span(text, LIMIT_URL_BYTES), &u, NULL), -FAIL_LIMIT);
	cr_assert_eq(url_parse(span(text, LIMIT_URL_BYTES - 1), &u, NULL), 0);
	memset(text + 8, 'a', 300);
	cr_assert_eq(url_parse(span(text, LIMIT_URL_BYTES - 1), &u, NULL), -FAIL_INPUT);
}
