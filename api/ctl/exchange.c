#include "api/ctl/exchange.h"

#include <inttypes.h>
#include <string.h>

#include "api/ctl/conn.h"
#include "api/ctl/exits.h"
#include "api/ctl/limits.h"
#include "base/fd.h"
#include "base/mem.h"

/* What is sent: the head, then the body, piece by piece. */
struct sender {
	const struct request *rq;
	struct buf head;
	uint64_t head_sent;
	uint64_t body_sent;
	uint64_t piece_at; /* where in the body the piece below begins */
	size_t piece_len;
	bool is_over; /* everything is sent, or nobody listens         */
};

static int make_head(const struct request *rq, struct buf *ret, struct err *e)
{
	const char *text = strcmp(rq->want, MEDIA_TEXT) == 0 ? "" : ", " MEDIA_TEXT;
	int rc;

	rc = buf_printf(ret, CTL_HEAD_BYTES, e,
			"%s %s HTTP/1.1\r\nHost: sealinit\r\nAccept: %s%s\r\nConnection: close\r\n",
			rq->body ? "POST" : "GET", rq->target, rq->want, text);
	if (rc == 0 && rq->body)
		rc = buf_printf(ret, CTL_HEAD_BYTES, e,
				"Content-Type: %s\r\nContent-Length: %" PRIu64 "\r\n", rq->type,
				rq->body->len);
	if (rc == 0)
		rc = buf_append(ret, span_text("\r\n"), CTL_HEAD_BYTES, e);
	return rc < 0 ? err_add(e, "request") : 0;
}

/* The next bytes to send; reads another piece of the body when the last one is gone. */
static int next_piece(struct sender *s, uint8_t *piece, struct span *ret, struct err *e)
{
	uint64_t left;
	int rc;

	*ret = SPAN_EMPTY;
	if (s->is_over)
		return 0;
	if (s->head_sent < s->head.len) {
		*ret = span(s->head.at + s->head_sent, (size_t)(s->head.len - s->head_sent));
		return 0;
	}
	if (s->body_sent == s->piece_at + s->piece_len) {
		left = s->rq->body ? s->rq->body->len - s->body_sent : 0;
		s->piece_at = s->body_sent;
		s->piece_len = left < CTL_PIECE_BYTES ? (size_t)left : CTL_PIECE_BYTES;
		s->is_over = s->piece_len == 0;
		if (s->is_over)
			return 0;
		rc = input_read(s->rq->body, s->piece_at, piece, s->piece_len, e);
		if (rc < 0)
			return rc;
	}
	*ret = span(piece + (s->body_sent - s->piece_at),
		    (size_t)(s->piece_at + s->piece_len - s->body_sent));
	return 0;
}

static void note_sent(struct sender *s, const struct swap *swap)
{
	if (s->head_sent < s->head.len)
		s->head_sent += swap->sent;
	else
		s->body_sent += swap->sent;
	s->is_over = s->is_over || swap->is_deaf;
}

/* A success goes to the output, anything else is a short text about why not. */
static int keep_body(struct outcome *a, struct output *out, struct span body, struct err *e)
{
	if (a->head.status < 300) {
		a->code = CODE_LOCAL;
		if (output_write(out, body, e) < 0)
			return -(int)e->kind;
	} else {
		a->code = CODE_BAD_ANSWER;
		if (buf_append(&a->text, body, CTL_FAILURE_BYTES, e) < 0)
			return err_add(e, "the reason of a failure");
	}
	return 0;
}

static int take_bytes(struct outcome *a, struct output *out, struct span in, struct err *e)
{
	struct span body;
	size_t used;
	int rc;

	for (; in.len > 0; in = span(in.at + used, in.len - used)) {
		a->code = CODE_BAD_ANSWER;
		rc = response_feed(&a->head, in, &used, &body, e);
		if (rc == 0 && body.len > 0)
			rc = keep_body(a, out, body, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Sends and receives until the answer is complete. */
static int converse(int fd, struct sender *s, uint64_t deadline_ms, struct output *out,
		    struct outcome *a, struct err *e)
{
	AUTO_WIPE(piece, CTL_PIECE_BYTES);
	AUTO_WIPE(in, CTL_PIECE_BYTES);
	struct swap swap;
	struct span more;
	int rc;

	while (!response_is_done(&a->head)) {
		a->code = CODE_LOCAL;
		rc = next_piece(s, piece, &more, e);
		if (rc < 0)
			return rc;
		rc = conn_swap(fd, more, in, sizeof(in), deadline_ms, &swap, e);
		if (rc < 0) {
			a->code = rc == -FAIL_AGAIN ? CODE_NO_ANSWER : CODE_LOST;
			return rc;
		}
		note_sent(s, &swap);
		rc = take_bytes(a, out, span(in, swap.got), e);
		if (rc < 0)
			return rc;
		if (swap.has_closed && response_end(&a->head, e) < 0) {
			/* Every answer has its length: a service that ends early has died. */
			a->code = CODE_LOST;
			return -(int)e->kind;
		}
	}
	return 0;
}

static int judge(const struct request *rq, struct outcome *a, struct err *e)
{
	const struct response *h = &a->head;

	if (h->status >= 300) {
		a->code = h->problem[0] ? h->problem : exits_code_of_status(h->status);
		return FAIL(e, FAIL_DENIED, "HTTP status %u", h->status);
	}
	if (strcmp(h->type, rq->want) != 0) {
		a->code = CODE_BAD_ANSWER;
		return FAIL(e, FAIL_INPUT, "the answer is '%s', not %s", h->type, rq->want);
	}
	a->code = NULL;
	return 0;
}

int exchange(const char *socket, const struct request *rq, uint64_t deadline_ms, struct output *out,
	     struct outcome *ret, struct err *e)
{
	struct sender s = { .rq = rq, .head = BUF_EMPTY };
	AUTO_BUF struct buf head = BUF_EMPTY;
	AUTO_FD int fd = -1;
	int rc;

	outcome_done(ret);
	response_init(&ret->head, CTL_OUTPUT_BYTES);
	ret->code = CODE_LOCAL;
	rc = make_head(rq, &head, e);
	if (rc < 0)
		return rc;
	s.head = head;

	rc = conn_open(socket, deadline_ms, &fd, e);
	if (rc < 0) {
		ret->code = rc == -FAIL_SYS	? CODE_NO_SOCKET
			    : rc == -FAIL_AGAIN ? CODE_NO_ANSWER
						: CODE_USAGE;
		return rc;
	}
	rc = converse(fd, &s, deadline_ms, out, ret, e);
	return rc < 0 ? rc : judge(rq, ret, e);
}

void outcome_done(struct outcome *a)
{
	buf_done(&a->text);
	a->code = NULL;
}
