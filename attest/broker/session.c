#include "attest/broker/session.h"

#include <string.h>

#include "attest/broker/token.h"
#include "attest/broker/wire.h"
#include "attest/jose/jwk.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"

#define PATH_AUTH   "/kbs/v0/auth"
#define PATH_ATTEST "/kbs/v0/attest"

#define DEFAULT_LIFE_MS 300000 /* the broker's own default (reference 1.2) */
#define MARGIN_MS	30000

void session_done(struct session *s)
{
	jwk_done(&s->key);
	explicit_bzero(s, sizeof(*s));
}

bool session_is_due(const struct session *s, uint64_t now_ms)
{
	uint64_t life = s->end_ms - s->begin_ms;
	uint64_t margin = MARGIN_MS < life / 2 ? MARGIN_MS : life / 2;

	if (margin < life / 5)
		margin = life / 5;
	return !s->key || now_ms + margin >= s->end_ms;
}

static enum refusal_action action_of(int failed)
{
	return failed == -FAIL_AGAIN ? REFUSAL_AGAIN : REFUSAL_FINAL;
}

int session_call(const struct session_peer *p, const struct http_request *request, const char *path,
		 uint64_t deadline_ms, struct answer *ret, enum refusal_action *ret_action,
		 struct err *e)
{
	AUTO_ANSWER struct answer a = { 0 };
	uint64_t begin_us = clock_boot_us();
	int failed = http_call(p->http, request, deadline_ms, &a, e);

	p->counts->waiting_us += clock_boot_us() - begin_us;
	p->counts->round_trips = http_round_trips(p->http);
	*ret_action = action_of(failed);
	if (failed)
		return failed;
	if (a.status != 200)
		return refusal_read(a.status, buf_view(&a.body),
				    path ? REFUSAL_FETCH : REFUSAL_HANDSHAKE, path, ret_action, e);
	*ret = a;
	a = (struct answer){ 0 };
	return 0;
}

static void shorten(struct session *s, uint64_t from_ms, uint64_t life_s)
{
	/* A year is as good as for ever, and no sum of it overflows. */
	uint64_t life_ms = (life_s < 31536000 ? life_s : 31536000) * 1000;

	if (life_s && from_ms + life_ms < s->end_ms)
		s->end_ms = from_ms + life_ms;
}

/* Request and challenge. */
static int ask(const struct session_peer *p, uint64_t deadline_ms, struct session *s,
	       struct wire_challenge *ret, enum refusal_action *ret_action, struct err *e)
{
	AUTO_BUF struct buf body = BUF_EMPTY;
	AUTO_ANSWER struct answer a = { 0 };
	struct http_request request = { "POST", PATH_AUTH, NULL, SPAN_EMPTY };
	struct cookie cookie = { 0 };
	bool found = false;
	int failed = wire_request(p->tee, &body, e);

	if (failed)
		return failed;
	request.json = buf_view(&body);
	failed = session_call(p, &request, NULL, deadline_ms, &a, ret_action, e);
	if (failed)
		return failed;
	if (!(failed = wire_challenge_read(buf_view(&a.body), ret, e)))
		failed = cookie_read(&a, &cookie, &found, e);
	if (!failed && !found)
		failed = FAIL(e, FAIL_INPUT, "the broker sets no %s cookie", COOKIE_NAME);
	*ret_action = action_of(failed);
	if (failed)
		return failed;
	memcpy(s->cookie, cookie.pair, sizeof(s->cookie));
	/* Fixed at this moment: attesting does not extend it (reference 1.2). */
	s->begin_ms = clock_boot_ms();
	s->end_ms = cookie.life_s ? UINT64_MAX : 0;
	shorten(s, s->begin_ms, cookie.life_s);
	return 0;
}

/* The additional evidence as text, which is what is hashed: "" where there is none. */
static int collect_devices(const struct session_peer *p, const struct wire_challenge *c,
			   const cJSON *jwk, uint64_t deadline_ms, struct buf *ret, struct err *e)
{
	AUTO_JSON cJSON *devices = NULL;
	struct digest data;
	int failed = 0;

	if (p->io->devices)
		failed = wire_report_data(c, jwk, NULL, &data, e);
	if (!failed && p->io->devices)
		failed = p->io->devices(p->io->ctx, span(data.at, data.len), deadline_ms, &devices,
					e);
	if (!failed && devices)
		return json_print(devices, LIMIT_EVIDENCE_BYTES, ret, e);
	return failed;
}

static int collect(const struct session_peer *p, const struct wire_challenge *c, const cJSON *jwk,
		   uint64_t deadline_ms, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf devices = BUF_EMPTY;
	cJSON *evidence = NULL;
	struct digest data;
	const char *additional;
	int failed = collect_devices(p, c, jwk, deadline_ms, &devices, e);

	if (failed)
		return failed;
	additional = devices.len ? (const char *)devices.at : "";
	failed = wire_report_data(c, jwk, additional, &data, e);
	if (failed)
		return failed;
	p->counts->evidence_requests++;
	failed = p->io->evidence(p->io->ctx, span(data.at, data.len), deadline_ms, &evidence, e);
	return failed ? failed
		      : wire_attestation(c, jwk, p->initdata, additional, evidence, ret, e);
}

/* What the answer to the attestation says about cookie and time. */
static int settle(const struct answer *a, struct session *s, struct err *e)
{
	AUTO_BUF struct buf token = BUF_EMPTY;
	struct cookie cookie = { 0 };
	uint64_t life_s = 0;
	bool found = false;
	int failed;

	if ((failed = wire_token_read(buf_view(&a->body), &token, e)) ||
	    (failed = cookie_read(a, &cookie, &found, e)))
		return failed;
	if (found)
		memcpy(s->cookie, cookie.pair, sizeof(s->cookie));
	/* A token that we can't read is the broker's to judge; the cookie's time is left. */
	if (token_life(buf_view(&token), &life_s, NULL) == 0 && !s->end_ms)
		s->end_ms = UINT64_MAX;
	shorten(s, clock_boot_ms(), life_s);
	if (!s->end_ms)
		s->end_ms = s->begin_ms + DEFAULT_LIFE_MS;
	return 0;
}

/* Attestation and response. */
static int prove(const struct session_peer *p, const struct wire_challenge *c, const cJSON *jwk,
		 uint64_t deadline_ms, struct session *s, enum refusal_action *ret_action,
		 struct err *e)
{
	AUTO_BUF struct buf body = BUF_EMPTY;
	AUTO_ANSWER struct answer a = { 0 };
	struct http_request request = { "POST", PATH_ATTEST, s->cookie, SPAN_EMPTY };
	int failed = collect(p, c, jwk, deadline_ms, &body, e);

	*ret_action = action_of(failed);
	if (failed)
		return failed;
	request.json = buf_view(&body);
	failed = session_call(p, &request, NULL, deadline_ms, &a, ret_action, e);
	if (failed)
		return failed;
	failed = settle(&a, s, e);
	*ret_action = action_of(failed);
	return failed;
}

int session_open(const struct session_peer *p, uint64_t deadline_ms, struct session *ret,
		 enum refusal_action *ret_action, struct err *e)
{
	AUTO_SESSION struct session s = { 0 };
	AUTO_CHALLENGE struct wire_challenge challenge = { 0 };
	AUTO_JSON cJSON *jwk = NULL;
	int failed;

	*ret_action = REFUSAL_FINAL;
	if ((failed = ask(p, deadline_ms, &s, &challenge, ret_action, e)) ||
	    (failed = jwk_generate(&s.key, e)) ||
	    (failed = jwk_public_json(s.key, JWK_ALG_TEE, &jwk, e)) ||
	    (failed = prove(p, &challenge, jwk, deadline_ms, &s, ret_action, e)))
		return failed;
	*ret = s;
	s = (struct session){ 0 };
	return 0;
}
