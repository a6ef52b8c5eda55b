/*
 * A TD quote straight from the host's quoting service, over a stream socket. The service belongs to
 * the host: it is told nothing that the host may not know, and nothing that it says is believed
 * before a verifier has seen the quote's signatures.
 * Spec: Intel, SGXDataCenterAttestationPrimitives, qgs_msg_lib.h; cpu-evidence reference 3.4.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define QGS_TDREPORT_BYTES 1024
#define QGS_HEAD_BYTES	   16 /* of any message                       */
#define QGS_QUOTE_BYTES	   24 /* of an answer, in front of id and quote */

/* A connected, non-blocking stream socket, the caller's; made before `deadline_ms`, or -kind. */
typedef int qgs_connect_fn(void *ctx, uint64_t deadline_ms, struct err *e);

/*
 * Has `tdreport` (QGS_TDREPORT_BYTES) quoted, by one connection, one question and one answer.
 *
 *   ret   1 .. LIMIT_REPORT_BYTES, the caller's; not checked against the report
 *
 * Whatever connect() says; -FAIL_AGAIN: the service went away or was too slow; -FAIL_DENIED: it
 * answered with an error, which the text names; -FAIL_INPUT: no answer to this question;
 * -FAIL_LIMIT: an answer too long for us; -FAIL_SYS (no memory).
 */
int qgs_quote(qgs_connect_fn *connect, void *ctx, struct span tdreport, uint64_t deadline_ms,
	      struct buf *ret, struct err *e);

/* The quote in an answer (without the frame's length), a loan from it. Kinds as above. */
int qgs_parse(struct span answer, struct span *ret, struct err *e);
