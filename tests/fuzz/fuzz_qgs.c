/* What a quoting service sends: the first byte tells whether it is a message, a connection's bytes
 * or the file that says where the service is. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attest/evidence/qgs.h"
#include "attest/evidence/qgs_vsock.h"
#include "attest/evidence/tdx_quote.h"
#include "base/clock.h"
#include "base/limits.h"

#define SOCKET_BYTES 65536 /* less than a socket holds unread */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse_message(struct span message)
{
	struct tdx_quote q;
	struct span quote = SPAN_EMPTY;

	if (qgs_parse(message, &quote, NULL) < 0)
		return;
	if (!quote.len || quote.at + quote.len != message.at + message.len)
		abort();
	if (tdx_quote_parse(quote, &q, NULL) == 0 && q.bytes.len > quote.len)
		abort();
}

/* Sends all, and hangs up. */
static int connect_to(void *ctx, uint64_t deadline_ms, struct err *e)
{
	const struct span *bytes = ctx;
	static int last = -1;
	int pair[2];

	(void)deadline_ms;
	(void)e;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0 ||
	    send(pair[1], bytes->at, bytes->len, MSG_NOSIGNAL) != (ssize_t)bytes->len ||
	    shutdown(pair[1], SHUT_WR) < 0)
		abort();
	/* The question goes to a socket that stays open until the next one. */
	if (last >= 0)
		(void)close(last);
	last = pair[1];
	return pair[0];
}

static void hear(struct span bytes)
{
	static const uint8_t tdreport[QGS_TDREPORT_BYTES];
	AUTO_BUF struct buf quote = BUF_EMPTY;
	int failed = qgs_quote(connect_to, &bytes, span(tdreport, sizeof(tdreport)),
			       deadline_in(5000), &quote, NULL);

	if (!failed != (quote.len != 0) || quote.len > LIMIT_REPORT_BYTES)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest;
	uint32_t port = 0;

	if (!size || size > SOCKET_BYTES)
		return 0;
	rest = span(data + 1, size - 1);
	if (*data == 'c') {
		if (qgs_conf_port(rest, &port, NULL) == 0 && (!port || port == UINT32_MAX))
			abort();
	} else if (*data == 's') {
		hear(rest);
	} else {
		parse_message(rest);
	}
	return 0;
}
