#include "tests/unit/attest/test_kbs_broker.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "attest/jose/jwe.h"
#include "attest/jose/jwk.h"
#include "base/b64.h"
#include "base/digest.h"
#include "base/json.h"

static void complain(struct broker *b, const char *what)
{
	if (!*b->complaint)
		(void)snprintf(b->complaint, sizeof(b->complaint), "request %u: %s", b->requests,
			       what);
}

static const char *body_of(const char *request)
{
	return strstr(request, "\r\n\r\n") + 4;
}

static void say_json(struct server_answer *ret, int status, const char *fields, const char *body)
{
	server_say(ret, status, fields, span_text(body));
}

static void auth(struct broker *b, const char *request, struct server_answer *ret)
{
	char fields[300], body[300];

	b->auths++;
	if (strstr(request, "Cookie:"))
		complain(b, "a cookie where no session is");
	if (strcmp(body_of(request),
		   "{\"extra-params\":{\"supported-hash-algorithms\":[\"sha256\","
		   "\"sha384\",\"sha512\"]},\"version\":\"0.4.0\",\"tee\":\"sample\"}"))
		complain(b, "not the request");
	(void)snprintf(b->nonce, sizeof(b->nonce), "no/nce+%u=", b->auths);
	(void)snprintf(b->cookie, sizeof(b->cookie), "kbs-session-id=session%u", b->auths);
	(void)snprintf(fields, sizeof(fields), "Set-Cookie: %s\r\n", b->cookie);
	(void)snprintf(body, sizeof(body), "{\"nonce\":\"%s\",\"extra-params\":%s}", b->nonce,
		       *b->challenge_params ? b->challenge_params : "\"\"");
	say_json(ret, 200, *b->fields ? b->fields : fields, body);
}

static void check_attestation(struct broker *b, const cJSON *body)
{
	const cJSON *runtime = cJSON_GetObjectItem(body, "runtime-data");
	const cJSON *initdata = cJSON_GetObjectItem(body, "init-data");
	const char *nonce = json_text(cJSON_GetObjectItem(runtime, "nonce"));
	char *key = cJSON_PrintUnformatted(cJSON_GetObjectItem(runtime, "tee-pubkey"));
	char text[600];
	struct digest want;

	if (!nonce || strcmp(nonce, b->nonce))
		complain(b, "another nonce");
	if (*b->want_initdata
		    ? strcmp(json_text(cJSON_GetObjectItem(initdata, "body")), b->want_initdata)
		    : !cJSON_IsNull(initdata))
		complain(b, "another initdata");
	(void)snprintf(b->keys[(b->attests - 1) % 8], sizeof(b->keys[0]), "%s", key);
	(void)snprintf(text, sizeof(text),
		       "{\"additional-evidence\":\"\",\"nonce\":\"%s\",\"tee-pubkey\":%s}",
		       b->nonce, key);
	cJSON_free(key);
	cr_assert_eq(
		digest_of(strstr(b->challenge_params, "sha256") ? DIGEST_SHA256 : DIGEST_SHA384,
			  span_text(text), &want, NULL),
		0);
	if (!span_is_equal(span(want.at, want.len), span(b->report_data, b->report_data_len)))
		complain(b, "other report data");
}

static void make_token(const struct broker *b, struct buf *ret)
{
	(void)buf_append(ret, span_text("{\"token\":\"e30."), 1000, NULL);
	(void)b64_encode(B64_URL, span_text(*b->claims ? b->claims : "{\"iat\":1000,\"exp\":1300}"),
			 1000, ret, NULL);
	(void)buf_append(ret, span_text(".c2ln\"}"), 1000, NULL);
}

static void attest(struct broker *b, const char *request, struct server_answer *ret)
{
	AUTO_JSON cJSON *body = cJSON_Parse(body_of(request));
	AUTO_BUF struct buf token = BUF_EMPTY;

	b->attests++;
	check_attestation(b, body);
	make_token(b, &token);
	say_json(ret, b->refuse_attests ? 401 : 200, "",
		 b->refuse_attests ? b->refuse_attests : (char *)token.at);
}

static void resource(struct broker *b, struct server_answer *ret)
{
	AUTO_JSON cJSON *jwk = cJSON_Parse(b->keys[(b->attests - 1) % 8]);
	AUTO_JWK EVP_PKEY *key = NULL;
	AUTO_BUF struct buf jwe = BUF_EMPTY;
	struct err e = { 0 };

	b->gets++;
	if (jwk_parse(jwk, "tee key", JWK_ALG_TEE, &key, &e) < 0 ||
	    jwe_encrypt(span_text(BROKER_SECRET), key, &jwe, &e) < 0)
		complain(b, e.text);
	if (b->refuse_gets)
		say_json(ret, 401, "", b->refuse_gets);
	else
		server_say(ret, 200, "", buf_view(&jwe));
}

static void handle(void *ctx, const char *request, struct server_answer *ret)
{
	struct broker *b = ctx;
	const struct plan *plan = b->requests - b->plan.at < b->plan.times ? &b->plan : NULL;
	bool is_auth = !strncmp(request, "POST /kbs/v0/auth HTTP/1.1\r\n", 28);
	bool is_attest = !strncmp(request, "POST /kbs/v0/attest HTTP/1.1\r\n", 30);

	(void)sscanf(request, "%*s %299s", b->last_path);
	b->order[b->requests % (sizeof(b->order) - 1)] = is_auth ? 'a' : is_attest ? 't' : 'g';
	if (!is_auth && (!*b->cookie || !strstr(request, b->cookie)))
		complain(b, "not the session's cookie");
	if (plan && plan->status)
		say_json(ret, plan->status, "", plan->body);
	else if (plan)
		ret->close = true;
	else if (is_auth)
		auth(b, request, ret);
	else if (is_attest)
		attest(b, request, ret);
	else
		resource(b, ret);
	b->requests++;
}

void broker_start(struct broker *b)
{
	b->server.handle = handle;
	b->server.ctx = b;
	server_start(&b->server);
}

pid_t broker_fork(struct broker *b)
{
	b->server.handle = handle;
	b->server.ctx = b;
	return server_fork(&b->server);
}

void broker_stop(struct broker *b)
{
	server_stop(&b->server);
	cr_expect_str_eq(b->complaint, "");
}

static int evidence(void *ctx, struct span report_data, uint64_t deadline_ms, cJSON **ret,
		    struct err *e)
{
	struct broker *b = ctx;

	(void)deadline_ms;
	b->evidences++;
	memcpy(b->report_data, report_data.at, report_data.len);
	b->report_data_len = report_data.len;
	if (b->evidence_failures) {
		b->evidence_failures--;
		return FAIL(e, (enum err_kind) - b->evidence_result, "the device is in a mood");
	}
	*ret = cJSON_CreateObject();
	return 0;
}

static int resolve(void *ctx, const char *host, uint64_t deadline_ms, struct sockaddr_storage *ret,
		   socklen_t *ret_len, struct err *e)
{
	(void)ctx;
	(void)deadline_ms;
	(void)ret;
	(void)ret_len;
	return FAIL(e, FAIL_AGAIN, "nobody knows %s", host);
}

static int client_of(struct broker *b, const char *scheme, struct span roots, struct span initdata,
		     struct kbs **ret, struct err *e)
{
	const struct kbs_io io = { .resolve = resolve, .evidence = evidence, .ctx = b };
	struct kbs_config config = { .roots_pem = roots, .insecure = !roots.len };
	char url[64];

	(void)snprintf(url, sizeof(url), "%s://127.0.0.1:%u/", scheme, b->server.port);
	config.url = url;
	return kbs_new(&config, "sample", initdata, &io, ret, e);
}

int broker_try(struct broker *b, struct kbs **ret, struct err *e)
{
	return client_of(b, "http", SPAN_EMPTY, SPAN_EMPTY, ret, e);
}

struct kbs *broker_client(struct broker *b, struct span initdata)
{
	struct kbs *k = NULL;
	struct err e = { 0 };

	cr_assert_eq(client_of(b, "http", SPAN_EMPTY, initdata, &k, &e), 0, "%s", e.text);
	return k;
}

struct kbs *broker_tls_client(struct broker *b, struct span roots)
{
	struct kbs *k = NULL;
	struct err e = { 0 };

	cr_assert_eq(client_of(b, "https", roots, SPAN_EMPTY, &k, &e), 0, "%s", e.text);
	return k;
}
