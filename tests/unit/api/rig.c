#include "tests/unit/api/rig.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"

#define WAIT_MS 5000

static int fake_ask(void *arg, const struct question *q, answer_fn *answered, void *answered_arg,
		    uint32_t *ret_id, struct err *e)
{
	struct rig *r = arg;
	struct rig_question *row;

	if (r->refuse_asking)
		return err_set(e, (enum err_kind)r->refuse_asking,
			       r->refuse_asking == FAIL_SYS ? ENOTCONN : 0, __func__, "no asking");
	cr_assert_lt(r->asked, RIG_QUESTIONS);
	row = &r->questions[r->asked++];
	*row = (struct rig_question){ .id = r->asked,
				      .op = q->op,
				      .len = q->body.len,
				      .limit = q->limit,
				      .answered = answered,
				      .arg = answered_arg };
	if (q->body.len)
		memcpy(row->body, q->body.at, q->body.len);
	*ret_id = row->id;
	return 0;
}

static void fake_cancel(void *arg, uint32_t id)
{
	struct rig *r = arg;

	cr_assert(id >= 1 && id <= r->asked);
	cr_assert_eq(r->questions[id - 1].id, id, "cancelled once, and not after its answer");
	r->questions[id - 1].id = 0;
	r->cancelled++;
}

static const struct status *fake_status(void *arg)
{
	const struct rig *r = arg;

	return &r->status;
}

static const struct keyring *fake_keyring(void *arg)
{
	const struct rig *r = arg;

	return &r->keyring;
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

void rig_init(struct rig *r, const struct server_limits *limits)
{
	struct timeval tick = { 0, 2000 };
	struct msg_seal_keys keys = keys_all();
	struct err e = { 0 };

	memset(r, 0, sizeof(*r));
	r->status = STATUS_EMPTY;
	r->status.is_told_ready = r->status.has_keys = true;
	r->keyring = keys_ring(&keys);
	r->services = (struct services){ r, fake_ask, fake_cancel, fake_status, fake_keyring };
	r->base = event_base_new();
	cr_assert_not_null(r->base);
	r->tick = event_new(r->base, -1, EV_PERSIST, on_tick, r);
	cr_assert_eq(event_add(r->tick, &tick), 0);
	cr_assert_eq(server_new(r->base, &r->services, limits, &r->server, &e), 0, "%s", e.text);
}

void rig_done(struct rig *r)
{
	server_free(r->server);
	event_free(r->tick);
	event_base_free(r->base);
	keyring_done(&r->keyring);
}

void rig_turn(struct rig *r)
{
	cr_assert_geq(event_base_loop(r->base, EVLOOP_ONCE), 0);
}

void rig_wait_asked(struct rig *r, uint32_t count)
{
	uint64_t deadline = deadline_in(WAIT_MS);

	while (r->asked < count && deadline_left(deadline))
		rig_turn(r);
	cr_assert_eq(r->asked, count);
}

static struct rig_question take(struct rig *r, uint32_t id)
{
	struct rig_question q = r->questions[id - 1];

	cr_assert_eq(q.id, id, "question %u is open", id);
	r->questions[id - 1].id = 0;
	return q;
}

void rig_answer(struct rig *r, uint32_t id, struct span bytes)
{
	struct rig_question q = take(r, id);
	AUTO_BUF struct buf b = BUF_EMPTY;
	struct err e;

	cr_assert_eq(buf_append(&b, bytes, SIZE_MAX, &e), 0);
	q.answered(q.arg, &(struct answer){ .bytes = &b });
}

void rig_fail(struct rig *r, uint32_t id, enum err_kind kind, int sys, const char *text)
{
	struct rig_question q = take(r, id);
	struct err why;

	(void)err_set(&why, kind, sys, __func__, "%s", text);
	q.answered(q.arg, &(struct answer){ .why = &why });
}

struct client client_open(struct rig *r)
{
	struct client c = { .rig = r, .fd = -1 };
	int pair[2];
	struct err e;

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	cr_assert_eq(server_adopt(r->server, pair[0], &e), 0);
	c.fd = pair[1];
	return c;
}

void client_done(struct client *c)
{
	fd_done(&c->fd);
	buf_done(&c->got);
}

void client_send(struct client *c, struct span bytes)
{
	uint64_t deadline = deadline_in(WAIT_MS);
	ssize_t n;

	while (bytes.len && deadline_left(deadline)) {
		n = send(c->fd, bytes.at, bytes.len, MSG_NOSIGNAL);
		if (n > 0)
			bytes = span(bytes.at + n, bytes.len - (size_t)n);
		else if (errno != EAGAIN)
			return;
		else
			rig_turn(c->rig);
	}
	cr_assert_eq(bytes.len, 0, "the server reads");
}

/* Reads what is there. */
static void fill(struct client *c)
{
	uint8_t piece[65536];
	struct err e;
	ssize_t n;

	while (!c->is_at_end) {
		n = recv(c->fd, piece, sizeof(piece), 0);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			c->is_at_end = true;
		else
			cr_assert_eq(buf_append(&c->got, span(piece, (size_t)n), SIZE_MAX, &e), 0);
	}
}

void seen_done(struct reply_seen *s)
{
	buf_done(&s->body);
}

const char *seen_header(const struct reply_seen *s, const char *name)
{
	static char value[256];
	const char *line = strstr(s->head, "\r\n");
	size_t len = strlen(name);

	for (; line; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, len) != 0 || strncmp(line + len, ": ", 2) != 0)
			continue;
		(void)snprintf(value, sizeof(value), "%.*s", (int)strcspn(line + len + 2, "\r"),
			       line + len + 2);
		return value;
	}
	return "";
}

static void drop(struct buf *b, size_t n)
{
	memmove(b->at, b->at + n, b->len - n);
	b->len -= n;
}

/* True when a whole answer was there. */
static bool take_reply(struct client *c, bool is_head, struct reply_seen *ret)
{
	const char *end = c->got.len ? memmem(c->got.at, c->got.len, "\r\n\r\n", 4) : NULL;
	size_t head, body;
	struct err e;

	if (!end)
		return false;
	head = (size_t)(end + 4 - (const char *)c->got.at);
	cr_assert_lt(head, sizeof(ret->head));
	memcpy(ret->head, c->got.at, head);
	ret->head[head] = 0;
	cr_assert_eq(sscanf(ret->head, "HTTP/1.1 %d ", &ret->status), 1, "%s", ret->head);
	body = is_head || ret->status == 100
		       ? 0
		       : (size_t)strtoul(seen_header(ret, "Content-Length"), NULL, 10);
	if (c->got.len < head + body)
		return false;
	cr_assert_eq(buf_append(&ret->body, span(c->got.at + head, body), SIZE_MAX, &e), 0);
	drop(&c->got, head + body);
	return true;
}

struct reply_seen client_read(struct client *c, bool is_head)
{
	uint64_t deadline = deadline_in(WAIT_MS);
	struct reply_seen seen = { 0 };

	for (;;) {
		fill(c);
		if (take_reply(c, is_head, &seen))
			return seen;
		cr_assert(deadline_left(deadline), "an answer in time");
		if (c->is_at_end)
			return (struct reply_seen){ 0 };
		rig_turn(c->rig);
	}
}

bool client_is_closed(struct client *c)
{
	uint64_t deadline = deadline_in(WAIT_MS);

	for (fill(c); !c->is_at_end && deadline_left(deadline); fill(c))
		rig_turn(c->rig);
	return c->is_at_end;
}

struct reply_seen client_ask(struct client *c, const char *text)
{
	client_send(c, span_text(text));
	return client_read(c, false);
}

struct reply_seen client_post(struct client *c, const char *target, const char *type,
			      const char *accept, struct span body)
{
	char head[4096];

	(void)snprintf(head, sizeof(head),
		       "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\n%s%s%s"
		       "Content-Length: %zu\r\n\r\n",
		       target, type, accept ? "Accept: " : "", accept ? accept : "",
		       accept ? "\r\n" : "", body.len);
	client_send(c, span_text(head));
	client_send(c, body);
	return client_read(c, false);
}

struct reply_seen rig_ask(struct rig *r, const char *text)
{
	AUTO_CLIENT struct client c = client_open(r);

	return client_ask(&c, text);
}

struct reply_seen rig_post(struct rig *r, const char *target, const char *type, const char *body)
{
	AUTO_CLIENT struct client c = client_open(r);

	return client_post(&c, target, type, NULL, span_text(body));
}
