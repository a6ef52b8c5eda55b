#include "tests/unit/broker/guest.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "attest/jose/jwk.h"
#include "base/b64.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "tests/support/scratch.h"

#define TEXT_LIMIT (4 * 1024 * 1024)

struct broker_moment guest_time = { 1000000, 1800000000 };

static struct broker_moment now(void)
{
	return guest_time;
}

static void must(int failed)
{
	cr_assert_eq(failed, 0);
}

/* JSON text of a string that has no controls: quotes and backslashes, and line ends. */
static void add_quoted(struct buf *to, const char *text)
{
	must(buf_append(to, span_text("\""), TEXT_LIMIT, NULL));
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			must(buf_append(to, span_text("\\"), TEXT_LIMIT, NULL));
		if (*text == '\n')
			must(buf_append(to, span_text("\\n"), TEXT_LIMIT, NULL));
		else
			must(buf_append(to, span(text, 1), TEXT_LIMIT, NULL));
	}
	must(buf_append(to, span_text("\""), TEXT_LIMIT, NULL));
}

static void add_text(struct buf *to, const char *text)
{
	must(buf_append(to, span_text(text), TEXT_LIMIT, NULL));
}

/* Reference 1.4, by hand. */
static struct buf report_data(const struct guest_claim *c)
{
	AUTO_BUF struct buf canonical = BUF_EMPTY;
	struct buf text = BUF_EMPTY;
	struct digest digest;

	add_text(&canonical, "{\"additional-evidence\":");
	add_quoted(&canonical, c->additional ? c->additional : "");
	add_text(&canonical, ",\"nonce\":");
	add_quoted(&canonical, c->is_forged ? "another" : c->nonce);
	add_text(&canonical, ",\"tee-pubkey\":");
	add_text(&canonical, c->jwk);
	add_text(&canonical, "}");
	must(digest_of(c->hash ? c->hash : DIGEST_SHA384, buf_view(&canonical), &digest, NULL));
	must(b64_encode(B64_STANDARD, span(digest.at, digest.len), TEXT_LIMIT, &text, NULL));
	return text;
}

struct buf guest_attestation(const struct guest_claim *c)
{
	AUTO_BUF struct buf rd = report_data(c);
	struct buf body = BUF_EMPTY;

	add_text(&body, "{\"init-data\":");
	if (c->initdata) {
		add_text(&body, "{\"format\":\"toml\",\"body\":");
		add_quoted(&body, c->initdata);
		add_text(&body, "}");
	} else {
		add_text(&body, "null");
	}
	add_text(&body, ",\"runtime-data\":{\"nonce\":");
	add_quoted(&body, c->nonce);
	add_text(&body, ",\"tee-pubkey\":");
	add_text(&body, c->jwk);
	add_text(&body, "},\"tee-evidence\":{\"primary_evidence\":{\"svn\":\"1\",\"report_data\":");
	add_quoted(&body, (const char *)rd.at);
	add_text(&body, "},\"additional_evidence\":");
	add_quoted(&body, c->additional ? c->additional : "");
	add_text(&body, "}}");
	return body;
}

EVP_PKEY *guest_key(void)
{
	AUTO_BUF struct buf d = BUF_EMPTY;
	EVP_PKEY *key = NULL;

	must(b64_decode(B64_URL, span_text(GUEST_D), JWK_COORD_BYTES, &d, NULL));
	must(jwk_from_scalar(d.at, &key, NULL));
	return key;
}

void guest_write(const char *name, const char *text)
{
	AUTO_FD int dir = scratch_dir();
	AUTO_FD int fd = fd_open_in(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600, NULL);

	cr_assert_geq(fd, 0);
	must(fd_write_all(fd, span_text(text), NULL));
}

void guest_set_policy(const char *initdata)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
		       "{\"version\":1,\"rules\":[{\"tee\":\"sample\",\"measurement\":[\"abcde\"],"
		       "\"initdata\":[\"%s\",\"" GUEST_INITDATA_DIGEST
		       "\"],\"resources\":[\"default/\"]}]}",
		       initdata);
	guest_write("policy.json", text);
}

struct broker *guest_broker(void)
{
	static struct broker broker;
	static char policy[256];
	AUTO_FD int dir = scratch_dir();

	json_init();
	log_set_level(LOG_LEVEL_ERROR);
	must(mkdirat(dir, "res", 0700));
	must(mkdirat(dir, "res/default", 0700));
	must(mkdirat(dir, "res/default/test", 0700));
	guest_write("res/default/test/key", "the key");
	guest_set_policy("none");
	(void)snprintf(policy, sizeof(policy), "%s/policy.json", scratch_path());
	broker.policy = policy;
	broker.resources = fd_open_in(dir, "res", O_PATH | O_DIRECTORY, 0, NULL);
	broker.session_seconds = 300;
	broker.now = now;
	must(jwk_generate(&broker.signer, NULL));
	return &broker;
}

struct broker_answer guest_ask(struct broker *b, const char *head, const char *body)
{
	struct broker_answer answer = { 0 };
	struct broker_request request;
	struct err e = { 0 };
	char text[8192];

	(void)snprintf(text, sizeof(text), "%s HTTP/1.1\r\n\r\n", head);
	if (strstr(head, "\r\n"))
		(void)snprintf(text, sizeof(text), "%s\r\n\r\n", head);
	cr_assert_eq(broker_request_parse(span_text(text), &request, &e), 0, "%s", e.text);
	request.body = span_text(body);
	broker_respond(b, &request, &answer);
	return answer;
}

struct guest_session guest_session(struct broker *b, const char *jwk, const char *initdata)
{
	AUTO_ANSWER struct broker_answer auth = guest_ask(b, "POST /kbs/v0/auth", GUEST_AUTH);
	AUTO_ANSWER struct broker_answer attest = { 0 };
	AUTO_BUF struct buf body = BUF_EMPTY;
	struct guest_session s = { "", "" };
	struct guest_claim claim = { .nonce = s.nonce, .jwk = jwk, .initdata = initdata };
	char head[256];

	cr_assert_eq(auth.status, 200);
	cr_assert_eq(sscanf(auth.cookie, "%63[^;]", s.cookie), 1);
	cr_assert_eq(sscanf((const char *)auth.body.at, "{\"nonce\":\"%63[^\"]", s.nonce), 1);
	if (!jwk)
		return s;
	body = guest_attestation(&claim);
	(void)snprintf(head, sizeof(head), "POST /kbs/v0/attest HTTP/1.1\r\nCookie: %s", s.cookie);
	attest = guest_ask(b, head, (const char *)body.at);
	cr_assert_eq(attest.status, 200, "%s", (const char *)attest.body.at);
	return s;
}

const char *guest_get(const struct guest_session *s, const char *name)
{
	static char head[512];

	(void)snprintf(head, sizeof(head), "GET /kbs/v0/resource/%s HTTP/1.1\r\nCookie: %s", name,
		       s->cookie);
	return head;
}

bool guest_has(const struct broker_answer *a, const char *text)
{
	return a->body.at && strstr((const char *)a->body.at, text) != NULL;
}
