/*
 * HTTP/1.1 to one origin, one request after the other, on one connection for as long as the server
 * keeps it. No redirects, no proxies, no compression; nothing goes to any other origin.
 */
#pragma once

#include <stdint.h>
#include <sys/socket.h>

#include "attest/transport/answer.h"
#include "attest/transport/url.h"
#include "base/err.h"
#include "base/span.h"

struct http;

#define AUTO_HTTP __attribute__((cleanup(http_done)))

struct http_config {
	struct url url;
	struct span roots_pem;	 /* for https: see tls_new(); a loan for http_new() only    */
	const char *server_name; /* whom the certificate must name, so too; NULL: the URL's host */
	/* Turns a name into an address; port and literal addresses are seen to here. */
	int (*resolve)(void *ctx, const char *host, uint64_t deadline_ms,
		       struct sockaddr_storage *ret, socklen_t *ret_len, struct err *e);
	void *ctx;
};

/* Loans; all of it fit to be sent as it is: no white space, no control character. */
struct http_request {
	const char *method;
	const char *path;   /* behind the URL's base, "/..."                 */
	const char *cookie; /* "name=value", or NULL                         */
	struct span json;   /* the body; at == NULL: none                    */
};

/* Nothing is connected yet. tls_new()'s errors, -FAIL_SYS. */
int http_new(const struct http_config *config, struct http **ret, struct err *e);

/*
 * Sends `request` and reads its answer, until `deadline_ms` (clock_boot_ms) or LIMIT_CONNECT_MS and
 * LIMIT_EXCHANGE_MS have passed. A connection that the server closed while it was idle is opened
 * again, once: the requests here may be sent twice.
 *
 *   ret   status 200 .. 299 or 400 .. 599, complete; answer_done() it. Untouched on failure
 *
 * -FAIL_AGAIN   no connection, no complete answer, or too late
 * -FAIL_DENIED  a redirect (3xx), which is not followed
 * -FAIL_FORGED  the server's certificate
 * -FAIL_INPUT, -FAIL_LIMIT an answer that answer.h refuses; -FAIL_SYS; what resolve returns
 */
int http_call(struct http *h, const struct http_request *request, uint64_t deadline_ms,
	      struct answer *ret, struct err *e);

/* Requests that were sent, repeated ones included. */
uint32_t http_round_trips(const struct http *h);

void http_free(struct http *h);
void http_done(struct http **h);
