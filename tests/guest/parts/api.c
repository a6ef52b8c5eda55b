#include "tests/guest/parts/api.h"

#include <stdio.h>
#include <string.h>

#include "api/ctl/call.h"
#include "api/ctl/exits.h"

#define CALL_MS 30000

static struct ending call(const struct request *rq, uint64_t wait_ms, struct buf *ret)
{
	const struct args args = { .timeout_ms = CALL_MS, .wait_ms = wait_ms };
	AUTO_OUTPUT struct output out = OUTPUT_EMPTY;
	AUTO_OUTCOME struct outcome outcome = { 0 };
	struct ending end = { 0 };
	struct err e = { 0 };

	end.is_ok = call_make(&args, rq, call_can_wait, &out, &outcome, &e) == 0;
	end.http = outcome.head.status;
	if (end.is_ok) {
		*ret = buf_take(&out.mem);
		return end;
	}
	(void)snprintf(end.code, sizeof(end.code), "%s", outcome.code);
	end.is_lost = strcmp(end.code, CODE_LOST) == 0 || strcmp(end.code, CODE_NO_SOCKET) == 0;
	end.is_told_to_wait = outcome.head.has_retry;
	/* A status is one even if it is a failure: the guest's. */
	if (strcmp(rq->want, MEDIA_TEXT) == 0)
		*ret = buf_take(&outcome.text);
	return end;
}

struct ending api_status(uint64_t wait_ms, struct buf *ret)
{
	return call(&(struct request){ .target = "/v1/status", .want = MEDIA_TEXT }, wait_ms, ret);
}

struct ending api_evidence(uint64_t wait_ms, struct buf *ret)
{
	const struct input body = input_of(span_text("{\"nonce\":\"bm9uY2U=\"}"));

	return call(&(struct request){ "/v1/attestation/evidence", MEDIA_JSON, MEDIA_JSON, &body },
		    wait_ms, ret);
}

static struct ending evidence_with(const char *part, uint64_t wait_ms, struct buf *ret)
{
	struct input body;
	char text[96];

	(void)snprintf(text, sizeof(text), "{\"nonce\":\"bm9uY2U=\",\"parts\":[\"cpu\",%s]}", part);
	body = input_of(span_text(text));
	return call(&(struct request){ "/v1/attestation/evidence", MEDIA_JSON, MEDIA_JSON, &body },
		    wait_ms, ret);
}

struct ending api_evidence_log(uint64_t wait_ms, struct buf *ret)
{
	return evidence_with("\"log\"", wait_ms, ret);
}

struct ending api_evidence_gpu(uint64_t wait_ms, struct buf *ret)
{
	return evidence_with("\"gpu\",\"log\"", wait_ms, ret);
}

/* Once: a second call would be a second event. */
struct ending api_event(const char *domain, const char *operation, struct buf *ret)
{
	char text[256];
	struct input body;

	(void)snprintf(text, sizeof(text),
		       "{\"domain\":\"%s\",\"operation\":\"%s\",\"content\":\"from a container\"}",
		       domain, operation);
	body = input_of(span_text(text));
	return call(&(struct request){ "/v1/attestation/events", MEDIA_JSON, MEDIA_JSON, &body }, 0,
		    ret);
}

struct ending api_eventlog(struct buf *ret)
{
	return call(&(struct request){ .target = "/v1/attestation/eventlog", .want = MEDIA_JSON },
		    0, ret);
}

struct ending api_policy(struct buf *ret)
{
	return call(&(struct request){ .target = "/v1/policy", .want = MEDIA_JSON }, 0, ret);
}

struct ending api_secret(const char *path, uint64_t wait_ms, struct buf *ret)
{
	char target[300];

	(void)snprintf(target, sizeof(target), "/v1/secrets/%s", path);
	return call(&(struct request){ .target = target, .want = MEDIA_RAW }, wait_ms, ret);
}

struct ending api_seal(const char *scope, struct span plain, uint64_t wait_ms, struct buf *ret)
{
	const struct input body = input_of(plain);
	char target[64];

	(void)snprintf(target, sizeof(target), "/v1/seal?scope=%s&context=guest", scope);
	return call(&(struct request){ target, MEDIA_RAW, MEDIA_RAW, &body }, wait_ms, ret);
}

struct ending api_unseal(struct span blob, uint64_t wait_ms, struct buf *ret)
{
	const struct input body = input_of(blob);

	return call(&(struct request){ "/v1/unseal?context=guest", MEDIA_RAW, MEDIA_RAW, &body },
		    wait_ms, ret);
}
