/* attest/transport/tls: handshakes with servers that should and should not be believed. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <netinet/in.h>
#include <string.h>

#include "attest/transport/http.h"
#include "attest/transport/tls.h"
#include "base/clock.h"
#include "base/limits.h"
#include "tests/unit/attest/test_http_server.h"
#include "tests/unit/attest/test_tls_certs.h"

#define DAY    86400
#define BROKER "DNS:broker.test,IP:127.0.0.1"

static void say_hello(void *ctx, const char *request, struct server_answer *ret)
{
	(void)ctx;
	(void)request;
	server_say(ret, 200, "", span_text("hello"));
}

static int resolve(void *ctx, const char *host, uint64_t deadline_ms, struct sockaddr_storage *ret,
		   socklen_t *ret_len, struct err *e)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;

	(void)ctx;
	(void)host;
	(void)deadline_ms;
	(void)e;
	v4->sin_family = AF_INET;
	v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*ret_len = sizeof(*v4);
	return 0;
}

/* `count` calls to https://`host` with these roots; the last one's result. */
static int call(SSL_CTX *ctx, const char *host, const char *server_name, const struct cert *root,
		unsigned int count, unsigned int *ret_connections, struct err *e)
{
	const struct http_request get = { "GET", "/x", NULL, { NULL, 0 } };
	struct server server = { .handle = say_hello, .tls = ctx };
	AUTO_BUF struct buf roots = cert_pem(root);
	struct http_config config = { .resolve = resolve,
				      .roots_pem = buf_view(&roots),
				      .server_name = server_name };
	struct http *h = NULL;
	char text[64];
	int failed = 0;

	server_start(&server);
	(void)snprintf(text, sizeof(text), "https://%s:%u", host, server.port);
	cr_assert_eq(url_parse(span_text(text), &config.url, e), 0, "%s", e->text);
	cr_assert_eq(http_new(&config, &h, e), 0, "%s", e->text);
	for (unsigned int i = 0; i < count && !failed; i++) {
		AUTO_ANSWER struct answer a = { 0 };

		failed = http_call(h, &get, deadline_in(5000), &a, e);
		if (!failed)
			cr_assert(span_is_equal(buf_view(&a.body), span_text("hello")));
	}
	http_free(h);
	server_stop(&server);
	if (ret_connections)
		*ret_connections = server.connections;
	return failed;
}

struct believed {
	char host[32];
	char server_name[32]; /* "": the host */
	char names[64];	      /* in the certificate */
	int max_version;
};

ParameterizedTestParameters(tls, believes)
{
	static struct believed rows[] = {
		{ "broker.test", "", BROKER, 0 },
		{ "127.0.0.1", "", BROKER, 0 },
		{ "127.0.0.1", "broker.test", BROKER, 0 },
		{ "127.0.0.1", "kbs.example", "DNS:kbs.example", 0 },
		{ "a.broker.test", "", "DNS:*.broker.test", 0 },
		{ "broker.test", "", BROKER, TLS1_2_VERSION },
	};
	return cr_make_param_array(struct believed, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct believed *row, tls, believes, .timeout = 20)
{
	struct cert root = cert_make("root", NULL, true, NULL, -DAY, DAY);
	struct cert between = cert_make("between", &root, true, NULL, -DAY, DAY);
	struct cert leaf = cert_make("any", &between, false, row->names, -DAY, DAY);
	SSL_CTX *ctx = cert_server(&leaf, &between);
	unsigned int connections = 0;
	struct err e = { 0 };

	(void)SSL_CTX_set_max_proto_version(ctx, row->max_version);
	cr_expect_eq(call(ctx, row->host, *row->server_name ? row->server_name : NULL, &root, 3,
			  &connections, &e),
		     0, "%s: %s", row->host, e.text);
	cr_expect_eq(connections, 1, "session tickets are no reason to open another");
	SSL_CTX_free(ctx);
	cert_done(&leaf);
	cert_done(&between);
	cert_done(&root);
}

Test(tls, believes_a_pinned_certificate_that_signs_itself, .timeout = 20)
{
	struct cert leaf = cert_make("any", NULL, false, BROKER, -DAY, DAY);
	SSL_CTX *ctx = cert_server(&leaf, NULL);
	struct err e = { 0 };

	cr_expect_eq(call(ctx, "broker.test", NULL, &leaf, 1, NULL, &e), 0, "%s", e.text);
	SSL_CTX_free(ctx);
	cert_done(&leaf);
}

Test(tls, believes_an_intermediate_that_was_pinned, .timeout = 20)
{
	struct cert root = cert_make("root", NULL, true, NULL, -DAY, DAY);
	struct cert between = cert_make("between", &root, true, NULL, -DAY, DAY);
	struct cert leaf = cert_make("any", &between, false, BROKER, -DAY, DAY);
	SSL_CTX *ctx = cert_server(&leaf, NULL);
	struct err e = { 0 };

	cr_expect_eq(call(ctx, "broker.test", NULL, &between, 1, NULL, &e), 0, "%s", e.text);
	SSL_CTX_free(ctx);
	cert_done(&leaf);
	cert_done(&between);
	cert_done(&root);
}

struct disbelieved {
	char host[32];
	char server_name[32];
	char names[64];
	int64_t from_s;
	int64_t to_s;
	bool self_signed;
	bool other_root; /* pinned is one of the same name, but with another key */
	char says[72];
};

ParameterizedTestParameters(tls, disbelieves)
{
	static struct disbelieved rows[] = {
		{ "broker.test", "", BROKER, -DAY, DAY, false, true,
		  "is not signed by the configured roots" },
		{ "broker.test", "", BROKER, -DAY, DAY, true, false,
		  "is not signed by the configured roots" },
		{ "other.test", "", BROKER, -DAY, DAY, false, false, "does not name other.test" },
		{ "a.broker.test", "", BROKER, -DAY, DAY, false, false, "does not name a.broker" },
		{ "127.0.0.1", "", "IP:127.0.0.2", -DAY, DAY, false, false,
		  "does not name 127.0.0.1" },
		/* An address is not a name, whatever the certificate calls it. */
		{ "127.0.0.1", "", "DNS:127.0.0.1", -DAY, DAY, false, false, "does not name 127" },
		{ "127.0.0.1", "kbs.example", "IP:127.0.0.1", -DAY, DAY, false, false,
		  "does not name kbs.example" },
		{ "ab.broker.test", "", "DNS:a*.broker.test", -DAY, DAY, false, false,
		  "does not name" },
		{ "a.b.broker.test", "", "DNS:*.broker.test", -DAY, DAY, false, false,
		  "does not name" },
		/* Only the subject's common name says so: nobody reads that any more. */
		{ "commonname.test", "", "", -DAY, DAY, false, false, "does not name" },
		{ "broker.test", "", BROKER, -2 * DAY, -DAY, false, false, "has expired" },
		{ "broker.test", "", BROKER, DAY, 2 * DAY, false, false, "not valid yet" },
	};
	return cr_make_param_array(struct disbelieved, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct disbelieved *row, tls, disbelieves, .timeout = 20)
{
	struct cert root = cert_make("root", NULL, true, NULL, -DAY, DAY);
	struct cert other = cert_make("root", NULL, true, NULL, -DAY, DAY);
	struct cert leaf = cert_make("commonname.test", row->self_signed ? NULL : &root, false,
				     *row->names ? row->names : NULL, row->from_s, row->to_s);
	SSL_CTX *ctx = cert_server(&leaf, NULL);
	struct err e = { 0 };

	cr_expect_eq(call(ctx, row->host, *row->server_name ? row->server_name : NULL,
			  row->other_root ? &other : &root, 1, NULL, &e),
		     -FAIL_FORGED, "%s: %s", row->host, e.text);
	cr_expect(strstr(e.text, row->says), "%s: %s", row->host, e.text);
	SSL_CTX_free(ctx);
	cert_done(&leaf);
	cert_done(&other);
	cert_done(&root);
}

/* A leaf that signs certificates without being a CA. */
Test(tls, disbelieves_what_a_leaf_has_signed, .timeout = 20)
{
	struct cert root = cert_make("root", NULL, true, NULL, -DAY, DAY);
	struct cert between = cert_make("between", &root, false, NULL, -DAY, DAY);
	struct cert leaf = cert_make("any", &between, false, BROKER, -DAY, DAY);
	SSL_CTX *ctx = cert_server(&leaf, &between);
	struct err e = { 0 };

	cr_expect_eq(call(ctx, "broker.test", NULL, &root, 1, NULL, &e), -FAIL_FORGED, "%s",
		     e.text);
	SSL_CTX_free(ctx);
	cert_done(&leaf);
	cert_done(&between);
	cert_done(&root);
}

struct offer {
	int max_version;
	char ciphers[48];
};

ParameterizedTestParameters(tls, refuses_weak_servers)
{
	static struct offer rows[] = {
		{ TLS1_VERSION, "DEFAULT@SECLEVEL=0" },
		{ TLS1_1_VERSION, "DEFAULT@SECLEVEL=0" },
		{ TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256" },
		{ TLS1_2_VERSION, "ECDHE-ECDSA-AES256-SHA" },
	};
	return cr_make_param_array(struct offer, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct offer *row, tls, refuses_weak_servers, .timeout = 20)
{
	struct cert root = cert_make("root", NULL, true, NULL, -DAY, DAY);
	struct cert leaf = cert_make("any", &root, false, BROKER, -DAY, DAY);
	SSL_CTX *ctx = cert_server(&leaf, NULL);
	struct err e = { 0 };

	(void)SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
	(void)SSL_CTX_set_max_proto_version(ctx, row->max_version);
	cr_assert_eq(SSL_CTX_set_cipher_list(ctx, row->ciphers), 1);
	cr_expect_eq(call(ctx, "broker.test", NULL, &root, 1, NULL, &e), -FAIL_AGAIN, "%s", e.text);
	cr_expect(strstr(e.text, "TLS handshake"), "%s", e.text);
	SSL_CTX_free(ctx);
	cert_done(&leaf);
	cert_done(&root);
}

Test(tls, says_that_a_plain_server_does_not_speak_tls, .timeout = 20)
{
	const struct http_request get = { "GET", "/x", NULL, { NULL, 0 } };
	struct server server = { .handle = say_hello, .head_only = true };
	struct cert root = cert_make("root", NULL, true, NULL, -DAY, DAY);
	AUTO_BUF struct buf roots = cert_pem(&root);
	struct http_config config = { .resolve = resolve, .roots_pem = buf_view(&roots) };
	struct answer a = { 0 };
	struct http *h = NULL;
	struct err e = { 0 };
	char text[64];

	server_start(&server);
	(void)snprintf(text, sizeof(text), "https://127.0.0.1:%u", server.port);
	cr_assert_eq(url_parse(span_text(text), &config.url, &e), 0);
	cr_assert_eq(http_new(&config, &h, &e), 0, "%s", e.text);
	/* It waits for the end of a request line, we for its hello. */
	cr_assert_eq(http_call(h, &get, deadline_in(500), &a, &e), -FAIL_AGAIN);
	cr_assert_str_eq(e.text, "TLS handshake: no answer in time");
	http_free(h);
	server_stop(&server);
	cert_done(&root);
}

Test(tls, refuses_roots_that_are_none)
{
	struct cert root = cert_make("root", NULL, true, NULL, -DAY, DAY);
	AUTO_BUF struct buf pem = cert_pem(&root), text = BUF_EMPTY;
	struct tls *t = NULL;
	struct err e = { 0 };

	cr_expect_eq(tls_new(SPAN_EMPTY, "kbs", &t, &e), -FAIL_INPUT);
	cr_expect_str_eq(e.text, "the broker's roots hold no certificate");
	cr_expect_eq(tls_new(span_text("not a PEM"), "kbs", &t, &e), -FAIL_INPUT);
	cr_expect_eq(tls_new(span_text("-----BEGIN CERTIFICATE-----\nAAAA\n"
				       "-----END CERTIFICATE-----\n"),
			     "kbs", &t, &e),
		     -FAIL_INPUT);
	cr_expect_str_eq(e.text, "the broker's roots hold a certificate that is broken");
	cr_expect_eq(tls_new(span(pem.at, pem.len / 2), "kbs", &t, &e), -FAIL_INPUT, "cut");
	/* One good, one broken. */
	cr_assert_eq(buf_append(&text, buf_view(&pem), 65536, &e), 0);
	cr_assert_eq(buf_append(&text, span(pem.at, pem.len / 2), 65536, &e), 0);
	cr_expect_eq(tls_new(buf_view(&text), "kbs", &t, &e), -FAIL_INPUT);
	cr_expect_eq(tls_new(span(pem.at, LIMIT_ROOTS_BYTES + 1), "kbs", &t, &e), -FAIL_LIMIT);
	cr_expect_eq(tls_new(buf_view(&pem), "", &t, &e), -FAIL_INPUT);
	cr_expect_null(t);
	cert_done(&root);
}

Test(tls, reads_several_roots_with_words_between_them)
{
	struct cert a = cert_make("a", NULL, true, NULL, -DAY, DAY);
	struct cert b = cert_make("b", NULL, true, NULL, -DAY, DAY);
	AUTO_BUF struct buf pem = cert_pem(&a), more = cert_pem(&b), text = BUF_EMPTY;
	struct tls *t = NULL;
	struct err e = { 0 };

	cr_assert_eq(buf_printf(&text, 65536, &e, "# ours\n%s\n# theirs\n%s", (char *)pem.at,
				(char *)more.at),
		     0);
	cr_assert_eq(tls_new(buf_view(&text), "kbs", &t, &e), 0, "%s", e.text);
	tls_free(t);
	cert_done(&a);
	cert_done(&b);
}
