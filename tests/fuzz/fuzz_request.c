/*
 * What a tenant sends, without the sockets: one HTTP request. Head, query, chunks, JSON and raw
 * bodies go through the code that serves them, up to the question to attest.
 */
#include <stdlib.h>
#include <string.h>

#include "api/chunk.h"
#include "api/exchange.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/json.h"
#include "base/limits.h"

static struct status guest = { .is_told_ready = true, .has_keys = true, .modules_fd = -1 };
static struct keyring ring;
static int answers;

/* Attest is busy, after a look at what it was asked. */
static int ask(void *arg, const struct question *q, answer_fn *answered, void *answered_arg,
	       uint32_t *ret_id, struct err *e)
{
	struct msg_evidence evidence;
	struct msg_secret secret;

	(void)arg;
	(void)answered;
	(void)answered_arg;
	(void)ret_id;
	if (q->op == MSG_EVIDENCE) {
		if (q->body.len != sizeof(evidence))
			abort();
		memcpy(&evidence, q->body.at, sizeof(evidence));
		if (!evidence.nonce_len || evidence.nonce_len > LIMIT_NONCE_BYTES)
			abort();
	} else {
		if (q->body.len != sizeof(secret))
			abort();
		memcpy(&secret, q->body.at, sizeof(secret));
		if (!ipc_is_text(secret.path, sizeof(secret.path)) ||
		    strstr(secret.path, "..") == secret.path)
			abort();
	}
	return FAIL(e, FAIL_AGAIN, "busy");
}

static void cancel(void *arg, uint32_t id)
{
	(void)arg;
	(void)id;
	abort();
}

static const struct status *status(void *arg)
{
	(void)arg;
	return &guest;
}

static const struct keyring *keyring(void *arg)
{
	(void)arg;
	return &ring;
}

static void done(struct exchange *x)
{
	AUTO_BUF struct buf head = BUF_EMPTY;
	struct err e;

	answers++;
	if (!x->reply.status || reply_head(&x->reply, true, &head, &e) < 0)
		abort();
}

static int take_chunks(struct span in, struct buf *ret)
{
	struct chunk c = { 0 };
	struct span piece;
	struct err e;

	while (in.len && !chunk_is_done(&c))
		if (chunk_next(&c, &in, &piece, &e) < 0 ||
		    buf_append(ret, piece, LIMIT_API_BODY_BYTES, &e) < 0)
			return -1;
	return chunk_is_done(&c) ? 0 : -1;
}

static int take_body(const struct exchange *x, struct span rest, struct buf *ret)
{
	struct err e;

	if (x->head.is_chunked)
		return take_chunks(rest, ret);
	if (x->head.content_length < rest.len)
		rest.len = x->head.content_length;
	return buf_append(ret, rest, LIMIT_API_BODY_BYTES, &e);
}

static void serve(struct span head, struct span rest)
{
	static const struct services services = { NULL, ask, cancel, status, keyring };
	struct exchange x = { .services = &services, .done = done };
	struct err e;

	answers = 0;
	if (http_head_parse(head, &x.head, &e) < 0)
		return;
	if (exchange_begin(&x) && take_body(&x, rest, &x.body) == 0) {
		exchange_run(&x);
		if (answers != 1)
			abort();
	}
	exchange_done(&x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct msg_seal_keys keys = { .count = 1, .keys = { { SCOPE_CONTAINER, 1, { 1 } } } };
	size_t scanned = 0;
	struct err e;
	long head;

	if (!ring.count) {
		json_init();
		if (keyring_load(&ring, &keys, &e) < 0)
			abort();
	}
	head = http_head_scan(span(data, size), &scanned, &e);
	if (head > 0)
		serve(span(data, (size_t)head), span(data + head, size - (size_t)head));
	return 0;
}
