#include "tests/broker/conn.h"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/mem.h"
#include "tests/broker/bounds.h"

/* Room for a whole request, and one byte that tells a head over its bound. */
#define READ_AHEAD_BYTES (BROKER_HEAD_BYTES + BROKER_BODY_BYTES + 1)

enum conn_state {
	CONN_HEAD,   /* waiting for a head, or for the rest of it   */
	CONN_BODY,   /* waiting for the body                        */
	CONN_ANSWER, /* waiting for the peer to take its answer     */
	CONN_DRAIN,  /* answered, and reading off what still comes  */
};

struct broker_conn {
	LIST_ENTRY(broker_conn) link;
	struct broker_peers *peers;
	struct bufferevent *bev;
	struct event *timer;
	enum conn_state state;
	bool is_begun;	/* bytes of a request have come              */
	bool is_last;	/* close when the answer is out              */
	bool is_broken; /* the peer may still be sending: drain it   */
	struct buf head;
	struct broker_request request; /* loans from `head` */
};

static void conn_free(struct broker_conn *c)
{
	struct broker_peers *peers = c->peers;

	LIST_REMOVE(c, link);
	peers->count--;
	if (c->timer)
		event_free(c->timer);
	bufferevent_free(c->bev);
	buf_done(&c->head);
	free(c);
	if (peers->gone)
		peers->gone(peers->context);
}

static void set_deadline(struct broker_conn *c, unsigned int ms)
{
	struct timeval after = { .tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000 };

	(void)event_add(c->timer, &after);
}

static bool is_printed(struct broker_conn *c, const struct broker_answer *answer)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct err e = { 0 };

	if (broker_answer_print(answer, c->is_last, &text, &e) == 0 &&
	    bufferevent_write(c->bev, text.at, text.len) == 0)
		return true;
	log_warning("answer: no memory");
	return false;
}

/* Nothing more is read until the answer is out, so a peer that doesn't read holds one answer. */
static bool send_answer(struct broker_conn *c, const struct broker_answer *answer)
{
	c->state = CONN_ANSWER;
	c->is_begun = false;
	buf_done(&c->head);
	(void)bufferevent_disable(c->bev, EV_READ);
	set_deadline(c, BROKER_ANSWER_MS);
	return is_printed(c, answer);
}

/* An answer to what is no request, or too much of one. False: there is nothing left to do for the
 * peer. */
static bool reject(struct broker_conn *c, unsigned int status, const char *text)
{
	AUTO_ANSWER struct broker_answer answer = { 0 };

	log_info("request: REFUSED: %s", text);
	c->is_last = true;
	c->is_broken = true;
	return broker_answer_plain(status, text, &answer, NULL) == 0 && send_answer(c, &answer);
}

static bool respond(struct broker_conn *c, struct evbuffer *input)
{
	AUTO_ANSWER struct broker_answer answer = { 0 };
	size_t len = (size_t)c->request.body_len;

	if (len) {
		c->request.body = span(evbuffer_pullup(input, (ev_ssize_t)len), len);
		if (!c->request.body.at)
			return false;
	}
	c->is_last = c->request.is_last;
	broker_respond(c->peers->broker, &c->request, &answer);
	(void)evbuffer_drain(input, len);
	return send_answer(c, &answer);
}

/* Takes `len` bytes of head out of the input and reads them. */
static bool take_head(struct broker_conn *c, struct evbuffer *input, size_t len)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct err e = { 0 };

	if (buf_reserve(&c->head, len, &e) < 0)
		return false;
	(void)evbuffer_remove(input, c->head.at, len);
	c->head.len = len;
	if (broker_request_parse(buf_view(&c->head), &c->request, &e) < 0)
		return reject(c, e.kind == FAIL_LIMIT ? 431 : 400, e.text);
	if (c->request.body_len > BROKER_BODY_BYTES)
		return reject(c, 413, "a body over 2 MiB");
	c->state = CONN_BODY;
	if (c->request.wants_100 && evbuffer_get_length(input) < c->request.body_len)
		return bufferevent_write(c->bev, go_on, sizeof(go_on) - 1) == 0;
	return true;
}

static bool read_head(struct broker_conn *c, struct evbuffer *input)
{
	struct evbuffer_ptr end = evbuffer_search(input, "\r\n\r\n", 4, NULL);

	if (end.pos >= 0 && end.pos + 4 <= BROKER_HEAD_BYTES)
		return take_head(c, input, (size_t)end.pos + 4);
	if (evbuffer_get_length(input) > BROKER_HEAD_BYTES)
		return reject(c, 431, "a head over 32 KiB");
	return true;
}

/* As far as the bytes that have come allow. False: the connection can't go on. */
static bool advance(struct broker_conn *c)
{
	struct evbuffer *input = bufferevent_get_input(c->bev);

	if (c->state == CONN_DRAIN)
		return evbuffer_drain(input, evbuffer_get_length(input)) == 0;
	if (!c->is_begun && evbuffer_get_length(input)) {
		c->is_begun = true;
		set_deadline(c, BROKER_REQUEST_MS);
	}
	if (c->state == CONN_HEAD && !read_head(c, input))
		return false;
	if (c->state == CONN_BODY && evbuffer_get_length(input) >= c->request.body_len)
		return respond(c, input);
	return true;
}

static void on_read(struct bufferevent *bev, void *context)
{
	struct broker_conn *c = context;

	(void)bev;
	if (!advance(c))
		conn_free(c);
}

/* Says that no more will come, so that the peer needn't wait for the end of the drain. */
static void half_close(struct broker_conn *c)
{
	SSL *ssl = bufferevent_openssl_get_ssl(c->bev);

	if (ssl)
		(void)SSL_shutdown(ssl);
	(void)shutdown(bufferevent_getfd(c->bev), SHUT_WR);
}

/* The output has run empty: a "100 Continue" in the middle of a request, or an answer. */
static void on_written(struct bufferevent *bev, void *context)
{
	struct broker_conn *c = context;

	if (c->state != CONN_ANSWER)
		return;
	if (c->is_last && !c->is_broken) {
		conn_free(c);
		return;
	}
	/* Closing with unread bytes would reset the connection, and the peer might lose the answer.
	 */
	if (c->is_broken)
		half_close(c);
	c->state = c->is_broken ? CONN_DRAIN : CONN_HEAD;
	set_deadline(c, c->is_broken ? BROKER_DRAIN_MS : BROKER_IDLE_MS);
	(void)bufferevent_enable(bev, EV_READ);
	on_read(bev, c);
}

static void on_event(struct bufferevent *bev, short what, void *context)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
		conn_free(context);
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
	struct broker_conn *c = context;

	(void)fd;
	(void)what;
	if (c->is_begun)
		log_info("request: REFUSED: it took longer than %d s", BROKER_REQUEST_MS / 1000);
	conn_free(c);
}

int broker_conn_start(struct broker_peers *peers, struct bufferevent *bev, struct err *e)
{
	struct broker_conn *c = calloc(1, sizeof(*c));

	if (!c) {
		bufferevent_free(bev);
		return FAIL_ERRNO(e, "connection: no memory");
	}
	c->peers = peers;
	c->bev = bev;
	LIST_INSERT_HEAD(&peers->all, c, link);
	peers->count++;
	c->timer = event_new(peers->base, -1, 0, on_timer, c);
	bufferevent_setcb(bev, on_read, on_written, on_event, c);
	bufferevent_setwatermark(bev, EV_READ, 0, READ_AHEAD_BYTES);
	if (!c->timer || bufferevent_enable(bev, EV_READ | EV_WRITE) < 0) {
		conn_free(c);
		return FAIL(e, FAIL_SYS, "connection: no memory");
	}
	set_deadline(c, BROKER_REQUEST_MS);
	return 0;
}

void broker_conns_end(struct broker_peers *peers)
{
	peers->gone = NULL;
	while (!LIST_EMPTY(&peers->all))
		conn_free(LIST_FIRST(&peers->all));
}
