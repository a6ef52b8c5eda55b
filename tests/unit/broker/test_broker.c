/* The broker without a network: what depends on time, on files, on what a guest claims. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/jose/jwe.h"
#include "attest/jose/jwk.h"
#include "base/b64.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/broker/token.h"
#include "tests/support/fault.h"
#include "tests/support/scratch.h"
#include "tests/unit/broker/guest.h"

static void expect_key(const struct broker_answer *a, const char *want)
{
	AUTO_JWK EVP_PKEY *key = guest_key();
	AUTO_SECRET struct secret plain = SECRET_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(a->status, 200, "%s", (const char *)a->body.at);
	cr_expect_str_eq(a->type, "application/json");
	cr_assert_eq(jwe_decrypt(buf_view(&a->body), key, &plain, &e), 0, "%s", e.text);
	cr_expect(span_is_equal(secret_view(&plain), span_text(want)));
}

Test(broker, releases_a_resource_to_an_attested_session)
{
	struct broker *b = guest_broker();
	struct guest_session s = guest_session(b, GUEST_JWK, GUEST_INITDATA);
	AUTO_ANSWER struct broker_answer a = guest_ask(b, GUEST_GET(&s), "");

	expect_key(&a, "the key");
	cr_expect_eq(b->counts.sessions, 1);
	cr_expect_eq(b->counts.attestations, 1);
	cr_expect_eq(b->counts.released, 1);
	cr_expect_eq(b->counts.refused, 0);
}

Test(broker, releases_many_resources_on_one_session)
{
	struct broker *b = guest_broker();
	struct guest_session s = guest_session(b, GUEST_JWK, NULL);

	guest_write("res/default/test/other", "another");
	for (int i = 0; i < 3; i++) {
		AUTO_ANSWER struct broker_answer one = guest_ask(b, GUEST_GET(&s), "");
		AUTO_ANSWER struct broker_answer two =
			guest_ask(b, guest_get(&s, "default/test/other"), "");

		expect_key(&one, "the key");
		expect_key(&two, "another");
	}
	cr_expect_eq(b->counts.attestations, 1);
}

/* The serialisation order that guest-components' own decryption leans on. */
Test(broker, orders_the_members_of_a_jwe_as_upstream)
{
	static const char want[] = "{\"protected\":\"";
	struct broker *b = guest_broker();
	struct guest_session s = guest_session(b, GUEST_JWK, NULL);
	AUTO_ANSWER struct broker_answer a = guest_ask(b, GUEST_GET(&s), "");
	const char *at = (const char *)a.body.at;

	cr_assert_eq(strncmp(at, want, strlen(want)), 0, "%s", at);
	for (size_t i = 0; i < 4; i++) {
		static const char *const names[] = { "\",\"encrypted_key\":\"", "\",\"iv\":\"",
						     "\",\"ciphertext\":\"", "\",\"tag\":\"" };

		at = strstr(at, names[i]);
		cr_assert_not_null(at, "%s", names[i]);
	}
	/* base64url of {"alg":"ECDH-ES+A256KW","enc":"A256GCM","epk": */
	cr_expect(guest_has(&a,
			    "{\"protected\":\"eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkEyNTZHQ00i"
			    "LCJlcGsiOn"),
		  "%s", (const char *)a.body.at);
}

Test(broker, session_ends_at_its_time_however_it_was_used)
{
	struct broker *b = guest_broker();
	struct guest_session s = guest_session(b, GUEST_JWK, NULL);

	guest_time.boot_ms += 299999;
	{
		AUTO_ANSWER struct broker_answer a = guest_ask(b, GUEST_GET(&s), "");

		cr_expect_eq(a.status, 200);
	}
	guest_time.boot_ms += 1;
	{
		AUTO_ANSWER struct broker_answer a = guest_ask(b, GUEST_GET(&s), "");

		cr_expect_eq(a.status, 401);
		cr_expect(guest_has(&a, "/TokenNotFound\""));
	}
}

Test(broker, attesting_after_the_session_ended_is_refused)
{
	struct broker *b = guest_broker();
	struct guest_session s = guest_session(b, NULL, NULL);
	const struct guest_claim claim = { .nonce = s.nonce, .jwk = GUEST_JWK };
	AUTO_BUF struct buf body = guest_attestation(&claim);
	AUTO_ANSWER struct broker_answer a = { 0 };
	char head[256];

	guest_time.boot_ms += 300000;
	(void)snprintf(head, sizeof(head), "POST /kbs/v0/attest HTTP/1.1\r\nCookie: %s", s.cookie);
	a = guest_ask(b, head, (const char *)body.at);
	cr_expect_eq(a.status, 401);
	cr_expect(guest_has(&a, "/AttestationError\""));
	cr_expect_eq(b->counts.attestations, 0);
}

Test(broker, token_that_expires_before_its_session_is_a_verifier_error)
{
	struct broker *b = guest_broker();
	struct guest_session s = guest_session(b, GUEST_JWK, NULL);
	AUTO_ANSWER struct broker_answer a = { 0 };

	guest_time.wall += 300;
	a = guest_ask(b, GUEST_GET(&s), "");
	cr_expect_eq(a.status, 401);
	cr_expect(guest_has(&a, "/TokenVerifierError\""));
}

Test(broker, attesting_twice_gives_the_old_token_unverified)
{
	struct broker *b = guest_broker();
	struct guest_session s = guest_session(b, GUEST_JWK, NULL);
	const struct guest_claim good = { .nonce = s.nonce, .jwk = GUEST_JWK };
	const struct guest_claim bad = { .nonce = "another",
					 .jwk = GUEST_RSA_JWK,
					 .is_forged = true };
	AUTO_BUF struct buf good_body = guest_attestation(&good),
			    bad_body = guest_attestation(&bad);
	AUTO_ANSWER struct broker_answer one = { 0 }, two = { 0 };
	char head[256];

	(void)snprintf(head, sizeof(head), "POST /kbs/v0/attest HTTP/1.1\r\nCookie: %s", s.cookie);
	guest_time.wall += 10;
	one = guest_ask(b, head, (const char *)good_body.at);
	two = guest_ask(b, head, (const char *)bad_body.at);
	cr_expect_eq(one.status, 200);
	cr_expect_eq(two.status, 200);
	cr_expect(span_is_equal(buf_view(&one.body), buf_view(&two.body)));
	cr_expect_str_eq(one.cookie, two.cookie);
	cr_expect_eq(b->counts.attestations, 1);
}

Test(broker, reads_the_policy_again_on_every_request)
{
	struct broker *b = guest_broker();
	struct guest_session s = guest_session(b, GUEST_JWK, NULL);
	AUTO_ANSWER struct broker_answer yes = { 0 }, no = { 0 }, again = { 0 };

	yes = guest_ask(b, GUEST_GET(&s), "");
	guest_write("policy.json", "{\"version\":1,\"rules\":[]}");
	no = guest_ask(b, GUEST_GET(&s), "");
	guest_set_policy("any");
	again = guest_ask(b, GUEST_GET(&s), "");
	cr_expect_eq(yes.status, 200);
	cr_expect_eq(no.status, 401);
	cr_expect(guest_has(&no, "/PolicyDeny\""));
	cr_expect_eq(again.status, 200);
}

Test(broker, denies_other_initdata)
{
	struct broker *b = guest_broker();
	struct guest_session s = guest_session(
		b, GUEST_JWK, "version = \"0.1.0\"\nalgorithm = \"sha256\"\n[data]\n");
	AUTO_ANSWER struct broker_answer a = guest_ask(b, GUEST_GET(&s), "");

	cr_expect_eq(a.status, 401);
	cr_expect(guest_has(&a, "/PolicyDeny\""));
}

Test(broker, asks_for_a_hash_where_the_guest_can)
{
	static const char can[] =
		"{\"version\":\"0.4.0\",\"tee\":\"sample\",\"extra-params\":"
		"{\"supported-hash-algorithms\":[\"sha256\",\"sha512\",\"sm3\"]}}";
	struct broker *b = guest_broker();
	AUTO_ANSWER struct broker_answer yes = { 0 }, no = { 0 };

	b->hash = DIGEST_SHA512;
	yes = guest_ask(b, "POST /kbs/v0/auth", can);
	no = guest_ask(b, "POST /kbs/v0/auth", GUEST_AUTH);
	cr_expect(guest_has(&yes, ",\"extra-params\":{\"selected-hash-algorithm\":\"sha512\"}}"));
	cr_expect(guest_has(&no, ",\"extra-params\":\"\"}"));
	cr_expect_eq(b->sessions.at[0].hash, DIGEST_SHA512);
	cr_expect_eq(b->sessions.at[1].hash, DIGEST_SHA384);
}

Test(broker, is_behind_a_proxy_until_it_is_available)
{
	struct broker *b = guest_broker();
	AUTO_ANSWER struct broker_answer early = { 0 }, late = { 0 };

	b->unavailable_until = guest_time.boot_ms + 1000;
	early = guest_ask(b, "GET /healthz", "");
	guest_time.boot_ms += 1000;
	late = guest_ask(b, "GET /healthz", "");
	cr_expect_eq(early.status, 503);
	cr_expect_str_eq(early.type, "text/html");
	cr_expect_eq(late.status, 200);
	cr_expect_eq(late.body.len, 0);
}

Test(broker, never_leaves_its_directory)
{
	struct broker *b = guest_broker();
	struct guest_session s = guest_session(b, GUEST_JWK, NULL);
	AUTO_FD int dir = scratch_dir();
	char target[256];

	(void)snprintf(target, sizeof(target), "%s/policy.json", scratch_path());
	cr_assert_eq(symlinkat(target, dir, "res/default/test/link"), 0);
	cr_assert_eq(mkdirat(dir, "res/default/test/dir", 0700), 0);
	cr_assert_eq(mknodat(dir, "res/default/test/fifo", S_IFIFO | 0600, 0), 0);
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "default/test/link", "default/test/dir",
						     "default/test/fifo" };
		AUTO_ANSWER struct broker_answer a = guest_ask(b, guest_get(&s, names[i]), "");

		cr_expect_eq(a.status, 401, "%s", names[i]);
		cr_expect(guest_has(&a, "/PluginInternalError\""), "%s", names[i]);
	}
}

struct claim {
	char name[40];
	char jwk[300];
	char additional[200];
	char initdata[100];
	bool is_forged;
	unsigned int want;
};

#define DEVICE(rd) "{\"sampledevice\":{\"svn\":\"2\",\"report_data\":\"" rd "\"}}"

ParameterizedTestParameters(broker, judges_claims)
{
	static struct claim rows[] = {
		{ "as it should be", GUEST_JWK, "", "", false, 200 },
		{ "an RSA key, which waits for the resource", GUEST_RSA_JWK, "", "", false, 200 },
		{ "report data of another nonce", GUEST_JWK, "", "", true, 401 },
		{ "a key with a member that was hashed too",
		  "{\"alg\":\"ECDH-ES+A256KW\",\"crv\":\"P-256\",\"kid\":\"1\",\"kty\":\"EC\","
		  "\"x\":\"" GUEST_X "\",\"y\":\"" GUEST_Y "\"}",
		  "", "", false, 401 },
		{ "a key in another order",
		  "{\"kty\":\"EC\",\"alg\":\"ECDH-ES+A256KW\",\"crv\":\"P-256\",\"x\":\"" GUEST_X
		  "\",\"y\":\"" GUEST_Y "\"}",
		  "", "", false, 401 },
		{ "a key without alg", "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"a\",\"y\":\"b\"}",
		  "", "", false, 401 },
		{ "devices that are no JSON", GUEST_JWK, "x", "", false, 401 },
		{ "devices that are no object", GUEST_JWK, "[]", "", false, 401 },
		{ "a device with other report data", GUEST_JWK, DEVICE("AAAA"), "", false, 401 },
		{ "a device that nobody here verifies", GUEST_JWK, "{\"nvidia\":{}}", "", false,
		  401 },
		{ "a CPU as a device", GUEST_JWK,
		  "{\"sample\":{\"svn\":\"1\",\"report_data\":\"\"}}", "", false, 401 },
		{ "initdata that is none", GUEST_JWK, "", "x", false, 401 },
	};
	return cr_make_param_array(struct claim, rows, COUNT_OF(rows));
}

ParameterizedTest(struct claim *row, broker, judges_claims, .timeout = 10)
{
	struct broker *b = guest_broker();
	struct guest_session s = guest_session(b, NULL, NULL);
	const struct guest_claim claim = {
		.nonce = s.nonce,
		.jwk = row->jwk,
		.additional = row->additional,
		.initdata = row->initdata[0] ? row->initdata : NULL,
		.is_forged = row->is_forged,
	};
	AUTO_BUF struct buf body = guest_attestation(&claim);
	AUTO_ANSWER struct broker_answer a = { 0 };
	char head[256];

	(void)snprintf(head, sizeof(head), "POST /kbs/v0/attest HTTP/1.1\r\nCookie: %s", s.cookie);
	a = guest_ask(b, head, (const char *)body.at);
	cr_expect_eq(a.status, row->want, "%s", row->name);
	if (row->want == 401)
		cr_expect(guest_has(&a, "\"Attestation error: RCAR handshake Attest failed\""),
			  "the cause is hidden: %s", row->name);
	cr_expect_eq(b->counts.attestations, row->want == 200);
}

/* With the device digest worked out as reference 1.4 says. */
Test(broker, verifies_a_sampledevice)
{
	struct broker *b = guest_broker();
	struct guest_session s = guest_session(b, NULL, NULL);
	AUTO_BUF struct buf canonical = BUF_EMPTY, body = BUF_EMPTY, rd = BUF_EMPTY;
	AUTO_ANSWER struct broker_answer a = { 0 };
	struct guest_claim claim = { .nonce = s.nonce, .jwk = GUEST_JWK };
	struct digest digest;
	char head[256], device[200];

	cr_assert_eq(buf_printf(&canonical, 4096, NULL, "{\"nonce\":\"%s\",\"tee-pubkey\":%s}",
				s.nonce, GUEST_JWK),
		     0);
	cr_assert_eq(digest_of(DIGEST_SHA384, buf_view(&canonical), &digest, NULL), 0);
	cr_assert_eq(b64_encode(B64_STANDARD, span(digest.at, digest.len), 100, &rd, NULL), 0);
	(void)snprintf(device, sizeof(device), DEVICE("%s"), (const char *)rd.at);
	claim.additional = device;
	body = guest_attestation(&claim);
	(void)snprintf(head, sizeof(head), "POST /kbs/v0/attest HTTP/1.1\r\nCookie: %s", s.cookie);
	a = guest_ask(b, head, (const char *)body.at);
	cr_expect_eq(a.status, 200);
}

struct message {
	char body[160];
};

ParameterizedTestParameters(broker, refuses_auth)
{
	static struct message rows[] = {
		{ "" },
		{ "null" },
		{ "{\"version\":\"0.4.0\",\"tee\":\"sample\"}" },
		{ "{\"version\":\"0.4.0\",\"tee\":\"ample\",\"extra-params\":\"\"}" },
		{ "{\"version\":\"0.4.0\",\"tee\":1,\"extra-params\":\"\"}" },
		{ "{\"tee\":\"sample\",\"extra-params\":\"\"}" },
		{ "{\"version\":\"0.4.1\",\"tee\":\"sample\",\"extra-params\":\"\"}" },
		{ "{\"version\":\"0.4\",\"tee\":\"sample\",\"extra-params\":\"\"}" },
		{ "{\"version\":\"0.4.0\",\"version\":\"0.4.0\",\"tee\":\"sample\",\"extra-"
		  "params\":\"\"}" },
		{ GUEST_AUTH "x" },
	};
	return cr_make_param_array(struct message, rows, COUNT_OF(rows));
}

ParameterizedTest(struct message *row, broker, refuses_auth, .timeout = 10)
{
	struct broker *b = guest_broker();
	AUTO_ANSWER struct broker_answer a = guest_ask(b, "POST /kbs/v0/auth", row->body);

	cr_expect_eq(a.status, 401, "%s", row->body);
	cr_expect(guest_has(&a, "/AttestationError\""), "%s", row->body);
	cr_expect_str_empty(a.cookie);
	cr_expect_eq(b->counts.sessions, 0);
}

Test(broker, without_memory_answers_500_or_refuses, .timeout = 120)
{
	struct broker *b = guest_broker();
	struct guest_session s = guest_session(b, GUEST_JWK, NULL);
	const struct broker_request get = {
		.method = span_text("GET"),
		.path = span_text("/kbs/v0/resource/default/test/key"),
		.cookie = span_text(s.cookie + strlen("kbs-session-id=")),
		.has_cookie = true,
	};

	FAULT_EACH(n, FAULT_MEMORY | FAULT_IO)
	{
		AUTO_ANSWER struct broker_answer a = { 0 };

		broker_respond(b, &get, &a);
		cr_expect(fault_fired() || a.status == 200, "call %u", n);
		cr_expect(a.status == 200 || a.status == 401 || a.status == 500, "call %u", n);
	}
}
