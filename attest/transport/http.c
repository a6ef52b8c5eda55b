#include "attest/transport/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "attest/transport/stream.h"
#include "attest/transport/tls.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"

#define READ_BYTES (16 * 1024) /* as much as a TLS record holds */

struct http {
	struct http_config config; /* less the loans                          */
	struct tls *tls;	   /* NULL: plain                             */
	struct stream stream;
	uint32_t round_trips;
};

void http_free(struct http *h)
{
	if (!h)
		return;
	stream_done(&h->stream);
	tls_free(h->tls);
	free(h);
}

void http_done(struct http **h)
{
	http_free(*h);
	*h = NULL;
}

int http_new(const struct http_config *config, struct http **ret, struct err *e)
{
	AUTO_HTTP struct http *h = calloc(1, sizeof(*h));
	const char *name = config->server_name;
	int failed = 0;

	if (!h)
		return FAIL_ERRNO(e, "http: no memory");
	h->config = *config;
	h->stream = STREAM_CLOSED;
	if (config->url.tls)
		failed = tls_new(config->roots_pem, name ? name : config->url.host, &h->tls, e);
	if (failed)
		return failed;
	h->config.roots_pem = SPAN_EMPTY;
	h->config.server_name = NULL;
	*ret = h;
	h = NULL;
	return 0;
}

uint32_t http_round_trips(const struct http *h)
{
	return h->round_trips;
}

static uint64_t sooner(uint64_t deadline_ms, uint64_t limit_ms)
{
	uint64_t own = deadline_in(limit_ms);

	return own < deadline_ms ? own : deadline_ms;
}

static int set_port(struct sockaddr_storage *address, uint16_t port, struct err *e)
{
	if (address->ss_family == AF_INET)
		((struct sockaddr_in *)address)->sin_port = htons(port);
	else if (address->ss_family == AF_INET6)
		((struct sockaddr_in6 *)address)->sin6_port = htons(port);
	else
		return FAIL(e, FAIL_BUG, "http: an address of family %d", address->ss_family);
	return 0;
}

static int find_address(struct http *h, uint64_t deadline_ms, struct sockaddr_storage *ret,
			socklen_t *ret_len, struct err *e)
{
	const struct url *u = &h->config.url;
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
	int failed = 0;

	*ret = (struct sockaddr_storage){ 0 };
	if (inet_pton(AF_INET, u->host, &v4->sin_addr) == 1) {
		ret->ss_family = AF_INET;
		*ret_len = sizeof(*v4);
	} else if (inet_pton(AF_INET6, u->host, &v6->sin6_addr) == 1) {
		ret->ss_family = AF_INET6;
		*ret_len = sizeof(*v6);
	} else {
		failed = h->config.resolve(h->config.ctx, u->host, deadline_ms, ret, ret_len, e);
	}
	return failed ? failed : set_port(ret, u->port, e);
}

static int open_stream(struct http *h, uint64_t deadline_ms, struct err *e)
{
	AUTO_STREAM struct stream s = STREAM_CLOSED;
	struct sockaddr_storage address;
	socklen_t len = 0;
	int failed;

	deadline_ms = sooner(deadline_ms, LIMIT_CONNECT_MS);
	stream_done(&h->stream);
	if ((failed = find_address(h, deadline_ms, &address, &len, e)) ||
	    (failed = stream_connect((const struct sockaddr *)&address, len,
				     h->config.url.authority, deadline_ms, &s, e)) ||
	    (h->tls && (failed = tls_start(h->tls, &s, deadline_ms, e))))
		return failed;
	h->stream = s;
	s = STREAM_CLOSED;
	return 0;
}

static int write_request(const struct http *h, const struct http_request *r, struct buf *ret,
			 struct err *e)
{
	const struct url *u = &h->config.url;
	const size_t limit = LIMIT_BROKER_REQUEST_BYTES + LIMIT_HTTP_HEAD_BYTES;
	int failed = buf_printf(ret, limit, e,
				"%s %s%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: sealinit\r\n"
				"Accept: application/json\r\n",
				r->method, u->base, r->path, u->authority);

	if (!failed && r->cookie)
		failed = buf_printf(ret, limit, e, "Cookie: %s\r\n", r->cookie);
	if (!failed && r->json.at)
		failed = buf_printf(ret, limit, e,
				    "Content-Type: application/json\r\nContent-Length: %zu\r\n",
				    r->json.len);
	if (!failed)
		failed = buf_append(ret, span_text("\r\n"), limit, e);
	return failed ? failed : buf_append(ret, r->json, limit, e);
}

static int read_answer(struct http *h, uint64_t deadline_ms, struct answer *ret, struct err *e)
{
	AUTO_FREE uint8_t *bytes = malloc(READ_BYTES);
	int failed = 0;

	if (!bytes)
		return FAIL_ERRNO(e, "http: no memory");
	while (!failed && !answer_is_complete(ret)) {
		size_t n = 0;

		failed = stream_read(&h->stream, bytes, READ_BYTES, deadline_ms, &n, e);
		if (!failed)
			failed = n ? answer_take(ret, span(bytes, n), e) : answer_end(ret, e);
	}
	return failed;
}

static int exchange(struct http *h, struct span request, uint64_t deadline_ms, struct answer *ret,
		    struct err *e)
{
	struct err write_error = { 0 };
	int failed;

	h->round_trips++;
	failed = stream_write(&h->stream, request, deadline_ms, &write_error);
	/* A server that refuses a long body answers, then closes before it has read it. */
	if (!failed || (failed == -FAIL_AGAIN && deadline_left(deadline_ms)))
		return read_answer(h, deadline_ms, ret, e);
	if (e)
		*e = write_error;
	return failed;
}

static int refuse_redirect(const struct answer *a, struct err *e)
{
	struct span to = answer_field(a, "location", 0);

	if (a->status / 100 != 3)
		return 0;
	return FAIL(e, FAIL_DENIED, "the broker redirects (%u), which is not followed; to \"%.*s\"",
		    a->status, (int)(to.len < 80 ? to.len : 80), to.len ? (const char *)to.at : "");
}

/* The server may close an idle connection at any time: also just now, with our request on its way.
 * One that merely is slow has used up its time. */
static bool is_stale(int failed, const struct answer *a, uint64_t until)
{
	return failed == -FAIL_AGAIN && !a->head_bytes && deadline_left(until);
}

static int exchange_anywhere(struct http *h, struct span request, uint64_t deadline_ms,
			     struct answer *ret, struct err *e)
{
	uint64_t until = sooner(deadline_ms, LIMIT_EXCHANGE_MS);
	int failed;

	if (stream_is_quiet(&h->stream)) {
		failed = exchange(h, request, until, ret, e);
		if (!is_stale(failed, ret, until))
			return failed;
	}
	failed = open_stream(h, deadline_ms, e);
	if (failed)
		return failed;
	return exchange(h, request, sooner(deadline_ms, LIMIT_EXCHANGE_MS), ret, e);
}

int http_call(struct http *h, const struct http_request *request, uint64_t deadline_ms,
	      struct answer *ret, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_ANSWER struct answer a = { 0 };
	int failed = write_request(h, request, &text, e);

	if (failed)
		return failed;
	failed = exchange_anywhere(h, buf_view(&text), deadline_ms, &a, e);
	if (failed || !a.keep_alive)
		stream_done(&h->stream);
	if (!failed)
		failed = refuse_redirect(&a, e);
	if (failed)
		return failed;
	*ret = a;
	a = (struct answer){ 0 };
	return 0;
}
