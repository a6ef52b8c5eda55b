#include "attest/broker/kbs.h"

#include <openssl/rand.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/broker/session.h"
#include "attest/broker/wire.h"
#include "attest/jose/jwe.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"

#define PATH_RESOURCE "/kbs/v0/resource/"

#define BACKOFF_FIRST_MS 200
#define BACKOFF_LAST_MS	 5000

struct kbs {
	struct kbs_io io;
	struct kbs_counts counts;
	struct http *http;
	struct span initdata;
	struct session session;
	char tee[16];
};

/* What one fetch has been through. */
struct attempts {
	uint64_t begin_ms;
	uint64_t deadline_ms;
	uint32_t backoff_ms;
	uint32_t tries;
	uint32_t rejections; /* REFUSAL_FEW, so far         */
	bool renewed;	     /* REFUSAL_ATTEST, once so far */
};

void kbs_free(struct kbs *k)
{
	if (!k)
		return;
	session_done(&k->session);
	http_free(k->http);
	free(k);
}

void kbs_done(struct kbs **k)
{
	kbs_free(*k);
	*k = NULL;
}

struct kbs_counts kbs_counts(const struct kbs *k)
{
	return k->counts;
}

static int check_config(const struct kbs_config *c, const struct url *u, struct err *e)
{
	if (!u->tls && !c->insecure)
		return FAIL(e, FAIL_INPUT,
			    "broker: an http:// URL needs \"insecure\": true; use https://");
	if (u->tls && !c->roots_pem.len)
		return FAIL(e, FAIL_INPUT, "broker: an https:// URL needs roots");
	return 0;
}

int kbs_new(const struct kbs_config *config, const char *tee, struct span initdata_toml,
	    const struct kbs_io *io, struct kbs **ret, struct err *e)
{
	AUTO_KBS struct kbs *k = calloc(1, sizeof(*k));
	struct http_config http = {
		.roots_pem = config->roots_pem,
		.server_name = config->server_name,
		.resolve = io->resolve,
		.ctx = io->ctx,
	};
	int failed;

	if (!k)
		return FAIL_ERRNO(e, "kbs: no memory");
	if (strlen(tee) >= sizeof(k->tee))
		return FAIL(e, FAIL_INPUT, "kbs: no TEE has the name \"%.24s\"", tee);
	memcpy(k->tee, tee, strlen(tee));
	k->io = *io;
	k->initdata = initdata_toml;
	if ((failed = url_parse(span_text(config->url), &http.url, e)) ||
	    (failed = check_config(config, &http.url, e)) ||
	    (failed = http_new(&http, &k->http, e)))
		return failed;
	*ret = k;
	k = NULL;
	return 0;
}

static bool is_segment_char(char c, bool first)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' ||
	       c == '-' || (c == '.' && !first);
}

/* Three segments, as the broker wants them (reference 1.6): no byte needs escaping in a URL. */
static int check_path(const char *path, struct err *e)
{
	bool first = true;
	int slashes = 0;

	for (const char *c = path; *c; c++) {
		if (*c == '/' && !first && slashes < 2) {
			slashes++;
			first = true;
		} else if (is_segment_char(*c, first)) {
			first = false;
		} else {
			slashes = -1;
			break;
		}
	}
	if (slashes != 2 || first || strlen(path) >= LIMIT_PATH_BYTES)
		return FAIL(e, FAIL_INPUT, "\"%.80s\" is not repository/type/tag", path);
	return 0;
}

static int get(struct kbs *k, const struct session_peer *peer, const char *path,
	       uint64_t deadline_ms, struct secret *ret, enum refusal_action *ret_action,
	       struct err *e)
{
	char target[sizeof(PATH_RESOURCE) + LIMIT_PATH_BYTES];
	const struct http_request request = { "GET", target, k->session.cookie, SPAN_EMPTY };
	AUTO_ANSWER struct answer a = { 0 };
	int failed;

	(void)snprintf(target, sizeof(target), PATH_RESOURCE "%s", path);
	failed = session_call(peer, &request, path, deadline_ms, &a, ret_action, e);
	if (failed)
		return failed;
	failed = wire_expect_object(buf_view(&a.body), e);
	*ret_action = failed ? REFUSAL_AGAIN : REFUSAL_FINAL;
	return failed ? failed : jwe_decrypt(buf_view(&a.body), k->session.key, ret, e);
}

static int fetch_once(struct kbs *k, const char *path, uint64_t deadline_ms, struct secret *ret,
		      enum refusal_action *ret_action, struct err *e)
{
	const struct session_peer peer = { k->http, k->tee, k->initdata, &k->io, &k->counts };
	int failed;

	if (session_is_due(&k->session, clock_boot_ms())) {
		session_done(&k->session);
		failed = session_open(&peer, deadline_ms, &k->session, ret_action, e);
		if (failed)
			return failed;
	}
	return get(k, &peer, path, deadline_ms, ret, ret_action, e);
}

/* Up to half as much again, so that guests which start together part ways. */
static uint32_t with_jitter(uint32_t ms)
{
	uint32_t random = 0;

	(void)RAND_bytes((uint8_t *)&random, sizeof(random));
	return ms + random % (ms / 2 + 1);
}

/* Waits before the next try; false when the deadline leaves none. */
static bool back_off(struct kbs *k, struct attempts *a)
{
	uint64_t begin_us = clock_boot_us(), now = clock_boot_ms(), until;
	uint32_t ms = with_jitter(a->backoff_ms);

	if (now + BACKOFF_FIRST_MS >= a->deadline_ms)
		return false;
	until = now + (ms < BACKOFF_LAST_MS ? ms : BACKOFF_LAST_MS);
	/* The last try comes while there is time for an answer. */
	if (until + BACKOFF_FIRST_MS > a->deadline_ms)
		until = a->deadline_ms - BACKOFF_FIRST_MS;
	while (deadline_left(until))
		(void)poll(NULL, 0, deadline_left(until));
	a->backoff_ms = a->backoff_ms < BACKOFF_LAST_MS / 2 ? a->backoff_ms * 2 : BACKOFF_LAST_MS;
	k->counts.waiting_us += clock_boot_us() - begin_us;
	return true;
}

static int give_up(const struct attempts *a, struct err *e)
{
	uint64_t ms = clock_boot_ms() - a->begin_ms;

	return err_add(e, "broker: %u %s in %llu.%llu s, the last", a->tries,
		       a->tries == 1 ? "try" : "tries", (unsigned long long)(ms / 1000),
		       (unsigned long long)(ms / 100 % 10));
}

/* Whether to try once more. If not, `e` is what to say. */
static bool may_retry(struct kbs *k, struct attempts *a, enum refusal_action action, struct err *e)
{
	switch (action) {
	case REFUSAL_FINAL:
		return false;
	case REFUSAL_ATTEST:
		session_done(&k->session);
		if (a->renewed) {
			(void)err_add(e, "again after a new attestation");
			return false;
		}
		a->renewed = true;
		if (deadline_left(a->deadline_ms))
			return true;
		(void)give_up(a, e);
		return false;
	case REFUSAL_FEW:
		if (++a->rejections >= LIMIT_ATTEST_TRIES) {
			(void)give_up(a, e);
			return false;
		}
		break;
	case REFUSAL_AGAIN:
		break;
	}
	/* Somebody may be watching a console on which nothing moves. */
	if (a->tries == 1)
		log_info("broker: not yet: %s; trying for %d s more", e->text,
			 deadline_left(a->deadline_ms) / 1000);
	if (back_off(k, a))
		return true;
	(void)give_up(a, e);
	return false;
}

int kbs_fetch(struct kbs *k, const char *path, uint64_t deadline_ms, struct secret *ret,
	      struct err *e)
{
	struct attempts a = {
		.begin_ms = clock_boot_ms(),
		.deadline_ms = deadline_ms,
		.backoff_ms = BACKOFF_FIRST_MS,
	};
	enum refusal_action action;
	struct err why = { 0 };
	int failed = check_path(path, &why);

	if (!failed) {
		do {
			a.tries++;
			action = REFUSAL_FINAL;
			failed = fetch_once(k, path, deadline_ms, ret, &action, &why);
		} while (failed && may_retry(k, &a, action, &why));
	}
	if (failed && e)
		*e = why;
	return failed;
}
