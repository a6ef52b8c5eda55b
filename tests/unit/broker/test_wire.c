/* Reference 1.7, row by row, over a real connection: plain and in TLS. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attest/jose/jwe.h"
#include "attest/jose/jwk.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/broker/bounds.h"
#include "tests/broker/server.h"
#include "tests/broker/token.h"
#include "tests/support/scratch.h"
#include "tests/unit/broker/rig.h"

/* Who asks. */
enum who {
	NOBODY,
	STRANGER,   /* a cookie that was never given      */
	CHALLENGED, /* between /auth and /attest          */
	ATTESTED,
	ATTESTED_RSA,
	HOLDER, /* of a token, without a cookie       */
	HOLDER_FORGED,
	HOLDER_EXPIRED,
	HOLDER_JUNK,
	HOLDER_KEYLESS, /* a token without a TEE key          */
};

enum scene { PLAIN_SCENE, NO_RULES, BROKEN_POLICY };

struct row {
	enum who who;
	enum scene scene;
	char method[8];
	char path[64];
	char body[96];
	unsigned int status;
	char variant[24]; /* "": no JSON body */
	char detail[112]; /* whole, or "*"    */
	bool tls;
};

#define KEY	   "/kbs/v0/resource/default/test/key"
#define ATTEST	   "Attestation error: RCAR handshake Attest failed"
#define VERSION(v) "{\"version\":\"" v "\",\"tee\":\"sample\",\"extra-params\":{}}"

static const struct row rows[] = {
	/* bad or unknown version, bad JSON on auth */
	{ NOBODY, 0, "POST", "/kbs/v0/auth", VERSION("0.3.0"), 401, "AttestationError",
	  "Attestation error: RCAR handshake Auth failed: KBS Client Protocol Version Mismatch: "
	  "expect =0.4.0 while the",
	  0 },
	{ NOBODY, 0, "POST", "/kbs/v0/auth", "{", 401, "AttestationError", "*", 0 },
	{ NOBODY, 0, "POST", "/kbs/v0/auth", VERSION("0.4.0"), 200, "", "", 0 },
	/* no cookie, no session, bad JSON, no evidence on attest */
	{ NOBODY, 0, "POST", "/kbs/v0/attest", "{}", 401, "AttestationError", ATTEST, 0 },
	{ STRANGER, 0, "POST", "/kbs/v0/attest", "{}", 401, "AttestationError", ATTEST, 0 },
	{ CHALLENGED, 0, "POST", "/kbs/v0/attest", "{", 401, "AttestationError", ATTEST, 0 },
	{ CHALLENGED, 0, "POST", "/kbs/v0/attest", "{\"runtime-data\":{}}", 401, "AttestationError",
	  ATTEST, 0 },
	/* no session and no bearer */
	{ NOBODY, 0, "GET", KEY, "", 401, "TokenNotFound", "Attestation Token not found", 0 },
	{ STRANGER, 0, "GET", KEY, "", 401, "TokenNotFound", "Attestation Token not found", 0 },
	{ CHALLENGED, 0, "GET", KEY, "", 401, "TokenNotFound", "Attestation Token not found", 0 },
	/* bad, expired or untrusted token; no usable key in its claims */
	{ HOLDER_JUNK, 0, "GET", KEY, "", 401, "TokenVerifierError", "Token Verifier error", 0 },
	{ HOLDER_EXPIRED, 0, "GET", KEY, "", 401, "TokenVerifierError", "Token Verifier error", 0 },
	{ HOLDER_FORGED, 0, "GET", KEY, "", 401, "TokenVerifierError", "Token Verifier error", 0 },
	{ HOLDER_KEYLESS, 0, "GET", KEY, "", 401, "TokenVerifierError", "Token Verifier error", 0 },
	/* the policy */
	{ ATTESTED, NO_RULES, "GET", KEY, "", 401, "PolicyDeny", "Access denied by policy", 0 },
	{ ATTESTED, 0, "GET", "/kbs/v0/resource/other/test/key", "", 401, "PolicyDeny",
	  "Access denied by policy", 0 },
	{ ATTESTED, BROKEN_POLICY, "GET", KEY, "", 401, "PolicyEngineError", "*", 0 },
	/* a resource that isn't there, or no name of one */
	{ ATTESTED, 0, "GET", "/kbs/v0/resource/default/test/none", "", 401, "PluginInternalError",
	  "Plugin internal error", 0 },
	{ ATTESTED, 0, "GET", "/kbs/v0/resource/default/test/key/more", "", 401,
	  "PluginInternalError", "Plugin internal error", 0 },
	{ ATTESTED, 0, "GET", "/kbs/v0/resource/default/../policy.json", "", 401,
	  "PluginInternalError", "Plugin internal error", 0 },
	{ ATTESTED, 0, "GET", "/kbs/v0/resource/default/test/%6bey", "", 401, "PluginInternalError",
	  "Plugin internal error", 0 },
	/* a key that nothing wraps to */
	{ ATTESTED_RSA, 0, "GET", KEY, "", 401, "JweError", "JWE failed", 0 },
	/* an administrator's routes */
	{ ATTESTED, 0, "POST", KEY, "x", 401, "AdminAuthAccess", "*", 0 },
	{ ATTESTED, 0, "POST", "/kbs/v0/resource-policy", "x", 401, "AdminAuthAccess", "*", 0 },
	{ NOBODY, 0, "POST", "/kbs/v0/resource/\xff\xfe", "x", 401, "AdminAuthAccess", "*", 0 },
	{ NOBODY, 0, "POST", "/kbs/v0/attestation-policy", "x", 401, "AdminAuthAccess", "*", 0 },
	{ NOBODY, 0, "GET", "/kbs/v0/reference-value/x", "", 401, "AdminAuthAccess", "*", 0 },
	/* plugins that aren't there, before any token is looked at */
	{ NOBODY, 0, "GET", "/kbs/v0/auth", "", 404, "PluginNotFound", "Plugin auth not found", 0 },
	{ NOBODY, 0, "GET", "/kbs/v0/attest", "", 404, "PluginNotFound", "Plugin attest not found",
	  0 },
	{ ATTESTED, 0, "GET", "/kbs/v0/pkcs11/a/b", "", 404, "PluginNotFound",
	  "Plugin pkcs11 not found", 0 },
	{ NOBODY, 0, "GET", "/kbs/v0/\xff\"\\", "", 404, "PluginNotFound", "*", 0 },
	{ NOBODY, 0, "GET", "/kbs/v0/", "", 404, "PluginNotFound", "Plugin  not found", 0 },
	/* the framework around it */
	{ NOBODY, 0, "GET", "/kbs/v0/resource/a/b/c?x=%zz", "", 400, "", "", 0 },
	{ NOBODY, 0, "PUT", KEY, "x", 405, "", "", 0 },
	{ NOBODY, 0, "GET", "/", "", 404, "", "", 0 },
	{ NOBODY, 0, "GET", "/kbs/v1/auth", "", 404, "", "", 0 },
	{ NOBODY, 0, "GET", "/healthz", "", 200, "", "", 0 },
	/* what works */
	{ ATTESTED, 0, "GET", KEY, "", 200, "", "", 0 },
	{ ATTESTED, 0, "GET", KEY "?a=b", "", 200, "", "", 0 },
	{ HOLDER, 0, "GET", KEY, "", 200, "", "", 0 },
};

static struct buf crafted_token(struct rig *rig, enum who who)
{
	AUTO_JSON cJSON *runtime = NULL;
	AUTO_JWK EVP_PKEY *other = NULL;
	struct broker_facts facts = {
		.evidence = { .tee = "sample",
			      .svn = "1",
			      .measurement = "abcde",
			      .report_data = { .len = 48 } },
	};
	const char *text = who == HOLDER_KEYLESS ? "{\"nonce\":\"n\"}"
						 : "{\"nonce\":\"n\",\"tee-pubkey\":" GUEST_JWK "}";
	int64_t now = broker_now().wall - (who == HOLDER_EXPIRED ? 301 : 0);
	struct buf token = BUF_EMPTY;

	cr_assert_eq(json_parse(span_text(text), 4096, &runtime, NULL), 0);
	cr_assert_eq(jwk_generate(&other, NULL), 0);
	facts.runtime = runtime;
	cr_assert_eq(broker_token_make(who == HOLDER_FORGED ? other : rig->broker->signer, &facts,
				       now, 300, &token, NULL),
		     0);
	return token;
}

/* The headers with which `who` asks. */
static struct buf headers_of(struct rig *rig, enum who who)
{
	AUTO_BUF struct buf token = BUF_EMPTY;
	struct buf headers = BUF_EMPTY;
	struct guest_session s;

	cr_assert_eq(buf_printf(&headers, 65536, NULL, "Content-Type: application/json\r\n"), 0);
	switch (who) {
	case NOBODY:
		return headers;
	case STRANGER:
		cr_assert_eq(
			buf_printf(&headers, 65536, NULL,
				   "Cookie: kbs-session-id=0123456789abcdef0123456789abcdef\r\n"),
			0);
		return headers;
	case CHALLENGED:
	case ATTESTED:
	case ATTESTED_RSA:
		s = rig_session(rig,
				who == CHALLENGED ? NULL
				: who == ATTESTED ? GUEST_JWK
						  : GUEST_RSA_JWK,
				NULL);
		cr_assert_eq(buf_printf(&headers, 65536, NULL, "Cookie: %s\r\n", s.cookie), 0);
		return headers;
	case HOLDER:
		(void)rig_session(rig, GUEST_JWK, &token);
		break;
	case HOLDER_JUNK:
		cr_assert_eq(buf_printf(&token, 65536, NULL, "a.b.c"), 0);
		break;
	default:
		token = crafted_token(rig, who);
	}
	cr_assert_eq(buf_printf(&headers, 65536, NULL, "Authorization: Bearer %s\r\n",
				(const char *)token.at),
		     0);
	return headers;
}

static void expect_error(const struct reply *r, const struct row *row)
{
	const cJSON *type = NULL, *detail = NULL;
	const struct json_field fields[] = {
		{ "type", JSON_TEXT, true, &type },
		{ "detail", JSON_TEXT, true, &detail },
		{ 0 },
	};
	AUTO_JSON cJSON *body = NULL;
	struct err e = { 0 };
	char want[128];

	cr_assert_eq(json_parse(buf_view(&r->body), 4096, &body, &e), 0, "%s", e.text);
	cr_assert_eq(json_object(body, "error", fields, &e), 0, "%s", e.text);
	(void)snprintf(want, sizeof(want),
		       "https://github.com/confidential-containers/kbs/errors/%s", row->variant);
	cr_expect_str_eq(json_text(type), want);
	if (row->detail[0] != '*')
		cr_expect_eq(strncmp(json_text(detail), row->detail, strlen(row->detail)), 0, "%s",
			     json_text(detail));
	cr_expect_null(strstr(r->head, "content-type"), "Trustee's errors have none: %s", r->head);
}

ParameterizedTestParameters(wire, answers_as_the_reference_says)
{
	static struct row both[2 * COUNT_OF(rows)];

	for (size_t i = 0; i < COUNT_OF(both); i++) {
		both[i] = rows[i / 2];
		both[i].tls = i % 2;
	}
	return cr_make_param_array(struct row, both, COUNT_OF(both));
}

ParameterizedTest(struct row *row, wire, answers_as_the_reference_says, .timeout = 30)
{
	struct rig rig = rig_start(row->tls);
	AUTO_BUF struct buf headers = headers_of(&rig, row->who);
	AUTO_REPLY struct reply r = { 0 };

	if (row->scene == NO_RULES)
		guest_write("policy.json", "{\"version\":1,\"rules\":[]}");
	if (row->scene == BROKEN_POLICY)
		guest_write("policy.json", "{\"version\":1,");
	r = rig_ask(&rig, row->method, row->path, (const char *)headers.at, span_text(row->body));
	cr_expect_eq(r.status, row->status, "%s %s: %u", row->method, row->path, r.status);
	if (row->variant[0])
		expect_error(&r, row);
	rig_stop(&rig);
}

struct mode {
	bool tls;
};

#define BOTH_MODES(name)                                                         \
	ParameterizedTestParameters(wire, name)                                  \
	{                                                                        \
		static struct mode modes[] = { { false }, { true } };            \
		return cr_make_param_array(struct mode, modes, COUNT_OF(modes)); \
	}                                                                        \
	ParameterizedTest(struct mode *mode, wire, name, .timeout = 30)

static struct span zeros(size_t len)
{
	static uint8_t body[BROKER_BODY_BYTES + 1];

	return span(body, len);
}

BOTH_MODES(takes_a_body_of_2_mib_and_not_one_byte_more)
{
	struct rig rig = rig_start(mode->tls);
	AUTO_REPLY struct reply fits =
		rig_ask(&rig, "POST", "/kbs/v0/attest", "", zeros(BROKER_BODY_BYTES));
	AUTO_REPLY struct reply over =
		rig_ask(&rig, "POST", "/kbs/v0/attest", "", zeros(BROKER_BODY_BYTES + 1));

	cr_expect_eq(fits.status, 401);
	cr_expect_eq(over.status, 413);
	cr_expect_not_null(strstr(over.head, "content-type: text/plain"));
	rig_stop(&rig);
}

BOTH_MODES(serves_several_requests_on_one_connection)
{
	static const char one[] = "GET /healthz HTTP/1.1\r\n\r\n";
	struct rig rig = rig_start(mode->tls);
	struct wire w = wire_open(&rig);

	for (int i = 0; i < 3; i++) {
		AUTO_REPLY struct reply r = { 0 };

		wire_send(&w, span_text(one));
		r = wire_read(&w);
		cr_expect_eq(r.status, 200);
	}
	/* Both in one packet, and then the end. */
	wire_send(&w, span_text("GET /healthz HTTP/1.1\r\n\r\n"
				"GET /kbs/v0/auth HTTP/1.1\r\nConnection: close\r\n\r\n"));
	{
		AUTO_REPLY struct reply first = wire_read(&w), second = wire_read(&w),
					end = wire_read(&w);

		cr_expect_eq(first.status, 200);
		cr_expect_eq(second.status, 404);
		cr_expect_not_null(strstr(second.head, "connection: close"));
		cr_expect_eq(end.status, 0);
	}
	wire_close(&w);
	rig_stop(&rig);
}

BOTH_MODES(says_go_on_to_who_asks)
{
	struct rig rig = rig_start(mode->tls);
	struct wire w = wire_open(&rig);
	AUTO_REPLY struct reply r = { 0 };
	char go_on[32] = "";

	wire_send(&w, span_text("POST /kbs/v0/auth HTTP/1.1\r\nContent-Length: 2\r\n"
				"Expect: 100-continue\r\n\r\n"));
	for (size_t i = 0; i < 25; i++)
		cr_assert_eq(w.ssl ? SSL_read(w.ssl, go_on + i, 1) : (int)read(w.fd, go_on + i, 1),
			     1);
	cr_expect_str_eq(go_on, "HTTP/1.1 100 Continue\r\n\r\n");
	wire_send(&w, span_text("{}"));
	r = wire_read(&w);
	cr_expect_eq(r.status, 401);
	wire_close(&w);
	rig_stop(&rig);
}

BOTH_MODES(refuses_what_is_no_request_and_closes)
{
	static const struct {
		char text[64];
		unsigned int status;
	} bad[] = {
		{ "hello\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
	};
	struct rig rig = rig_start(mode->tls);

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct wire w = wire_open(&rig);
		AUTO_REPLY struct reply r = { 0 }, end = { 0 };

		wire_send(&w, span_text(bad[i].text));
		r = wire_read(&w);
		end = wire_read(&w);
		cr_expect_eq(r.status, bad[i].status, "%s", bad[i].text);
		cr_expect_eq(end.status, 0);
		wire_close(&w);
	}
	rig_stop(&rig);
}

BOTH_MODES(refuses_a_head_over_32_kib)
{
	struct rig rig = rig_start(mode->tls);
	struct wire w = wire_open(&rig);
	AUTO_BUF struct buf head = BUF_EMPTY;
	AUTO_REPLY struct reply r = { 0 };

	cr_assert_eq(buf_printf(&head, 1 << 20, NULL, "GET / HTTP/1.1\r\nA: "), 0);
	for (int i = 0; i < 33; i++)
		cr_assert_eq(buf_printf(&head, 1 << 20, NULL, "%01024d", 0), 0);
	wire_send(&w, buf_view(&head));
	r = wire_read(&w);
	cr_expect_eq(r.status, 431);
	wire_close(&w);
	rig_stop(&rig);
}

BOTH_MODES(lets_others_wait_until_one_of_its_connections_ends)
{
	struct rig rig = rig_start(mode->tls);
	struct wire all[BROKER_CONNECTIONS];
	AUTO_REPLY struct reply r = { 0 };
	struct rig plain = rig;
	struct wire late;

	for (size_t i = 0; i < COUNT_OF(all); i++)
		all[i] = wire_open(&rig);
	/* The kernel accepts it; the broker does so when a place is free. */
	plain.tls = false;
	late = wire_open(&plain);
	wire_close(&all[0]);
	if (mode->tls) {
		late.ssl = SSL_new(rig.client);
		cr_assert_eq(SSL_set_fd(late.ssl, late.fd), 1);
		cr_assert_eq(SSL_connect(late.ssl), 1);
	}
	wire_send(&late, span_text("GET /healthz HTTP/1.1\r\n\r\n"));
	r = wire_read(&late);
	cr_expect_eq(r.status, 200);
	wire_close(&late);
	for (size_t i = 1; i < COUNT_OF(all); i++)
		wire_close(&all[i]);
	rig_stop(&rig);
}

Test(wire, tls_is_pinned_to_the_root_and_to_1_2_and_up, .timeout = 30)
{
	struct rig rig = rig_start(true);
	struct wire good = wire_open(&rig), old = { 0 };
	struct rig plain = rig;

	cr_expect_geq(SSL_version(good.ssl), TLS1_2_VERSION);
	wire_close(&good);
	plain.tls = false;
	old = wire_open(&plain);
	SSL_CTX_set_security_level(rig.client, 0);
	cr_assert_eq(SSL_CTX_set_min_proto_version(rig.client, TLS1_VERSION), 1);
	cr_assert_eq(SSL_CTX_set_max_proto_version(rig.client, TLS1_1_VERSION), 1);
	old.ssl = SSL_new(rig.client);
	cr_assert_eq(SSL_set_fd(old.ssl, old.fd), 1);
	cr_expect_neq(SSL_connect(old.ssl), 1);
	wire_close(&old);
	rig_stop(&rig);
}

/* An implementation that shares no line with ours reads the answer. */
Test(wire, jwe_opens_with_jose, .timeout = 30)
{
	struct rig rig;
	struct guest_session s;
	AUTO_REPLY struct reply r = { 0 };
	char headers[128], command[600], got[64] = "";
	FILE *jose;

	if (access("/usr/bin/jose", X_OK) != 0)
		cr_skip_test("Debian's jose is not installed");
	rig = rig_start(true);
	s = rig_session(&rig, GUEST_JWK, NULL);
	(void)snprintf(headers, sizeof(headers), "Cookie: %s\r\n", s.cookie);
	r = rig_ask(&rig, "GET", KEY, headers, SPAN_EMPTY);
	cr_assert_eq(r.status, 200);
	guest_write("answer.jwe", (const char *)r.body.at);
	guest_write("guest.jwk", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" GUEST_X
				 "\",\"y\":\"" GUEST_Y "\",\"d\":\"" GUEST_D "\"}");
	(void)snprintf(command, sizeof(command),
		       "exec /usr/bin/jose jwe dec -i %s/answer.jwe -k %s/guest.jwk",
		       scratch_path(), scratch_path());
	jose = popen(command, "re");
	cr_assert_not_null(jose);
	cr_expect_eq(fread(got, 1, sizeof(got) - 1, jose), strlen("the key"));
	cr_expect_eq(pclose(jose), 0);
	cr_expect_str_eq(got, "the key");
	rig_stop(&rig);
}

/* And one checks the token, with the key that its header names. */
Test(wire, token_verifies_with_jose, .timeout = 30)
{
	struct rig rig;
	AUTO_BUF struct buf token = BUF_EMPTY;
	AUTO_JSON cJSON *jwk = NULL;
	char command[600], *text;

	if (access("/usr/bin/jose", X_OK) != 0)
		cr_skip_test("Debian's jose is not installed");
	rig = rig_start(false);
	(void)rig_session(&rig, GUEST_JWK, &token);
	cr_assert_eq(jwk_public_json(rig.broker->signer, JWK_ALG_TOKEN, &jwk, NULL), 0);
	text = cJSON_PrintUnformatted(jwk);
	guest_write("signer.jwk", text);
	cJSON_free(text);
	guest_write("token.jws", (const char *)token.at);
	(void)snprintf(command, sizeof(command),
		       "/usr/bin/jose jws ver -i %s/token.jws -k %s/signer.jwk", scratch_path(),
		       scratch_path());
	cr_expect_eq(system(command), 0);
	rig_stop(&rig);
}

struct address {
	char text[64];
};

ParameterizedTestParameters(address, listens_at_no_other_form_of_address)
{
	static struct address rows_of[] = {
		{ "" },
		{ ":0" },
		{ "127.0.0.1" },
		{ "127.0.0.1:" },
		{ "127.0.0.1:x" },
		{ "127.0.0.1:65536" },
		{ "127.0.0.1:-1" },
		{ "127.0.0.1:000000" },
		{ "localhost:0" },
		{ "127.1:0" },
		{ "[127.0.0.1]:0" },
		{ "[::1:0" },
		{ "[]:0" },
		{ "::1:0" },
	};
	return cr_make_param_array(struct address, rows_of, COUNT_OF(rows_of));
}

ParameterizedTest(struct address *row, address, listens_at_no_other_form_of_address, .timeout = 5)
{
	struct broker_server *server = NULL;

	cr_expect_eq(broker_server_open(guest_broker(), row->text, NULL, &server, NULL),
		     -FAIL_INPUT, "%s", row->text);
	cr_expect_null(server);
}

Test(address, listens_at_ipv6_too)
{
	struct broker_server *server = NULL;
	struct err e = { 0 };

	if (broker_server_open(guest_broker(), "[::1]:0", NULL, &server, &e) < 0)
		cr_skip_test("no IPv6 loopback here: %s", e.text);
	cr_expect_eq(strncmp(broker_server_url(server), "http://[::1]:", 13), 0);
	broker_server_close(server);
}
