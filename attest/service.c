#include "attest/service.h"

#include <poll.h>
#include <string.h>

#include "attest/work.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/log.h"
#include "base/messages.h"

enum turn { GO_ON = 0, STOP = 1 }; /* or -kind */

/* To the API. One that is gone, or doesn't read, is its own trouble: PID 1 sees to it. */
static void send_to_api(struct service *s, const struct ipc_msg *m, struct span body, int fd)
{
	struct err e = { 0 };

	if (s->api >= 0 && ipc_send(s->api, m->op, m->id, body, fd, &e) < 0)
		log_err(LOG_LEVEL_WARNING, "api", &e);
}

static void refuse(struct service *s, uint16_t op, uint32_t id, const struct err *why)
{
	struct err e = { 0 };

	if (s->api >= 0 && ipc_send_failure(s->api, op, id, why, &e) < 0)
		log_err(LOG_LEVEL_WARNING, "api", &e);
}

static int give_policy(struct service *s, const struct ipc_msg *m, struct err *e)
{
	AUTO_FD int text = fd_seal_bytes("sealinit-policy", buf_view(s->policy), e);

	if (text < 0)
		return text;
	send_to_api(s, m, SPAN_EMPTY, text);
	return 0;
}

static int give_keys(struct service *s, const struct ipc_msg *m)
{
	send_to_api(s, m, secret_view(s->seal_keys), -1);
	return 0;
}

static int take_question(struct service *s, const struct ipc_msg *m, struct err *e)
{
	if (!s->is_booted)
		return FAIL(e, FAIL_AGAIN, "still attesting");
	if (m->op != MSG_SEAL_KEYS && m->op != MSG_POLICY)
		return lanes_ask(&s->lanes, m, e);
	if (m->status || m->length)
		return FAIL(e, FAIL_INPUT, "a question for keys or policy has no body");
	return m->op == MSG_POLICY ? give_policy(s, m, e) : give_keys(s, m);
}

static int on_api(struct service *s, struct err *e)
{
	struct ipc_msg m;
	AUTO_FD int stray = -1;
	struct err why = { 0 };
	int failed = ipc_recv(s->api, 0, &m, &stray, &why);

	(void)e;
	if (failed == -(int)FAIL_AGAIN)
		return GO_ON;
	if (failed == -(int)FAIL_SYS) {
		log_info("the API has ended; waiting for the next one");
		lanes_forget(&s->lanes);
		fd_done(&s->api);
		return GO_ON;
	}
	if (failed)
		log_err(LOG_LEVEL_WARNING, "api", &why);
	else if (take_question(s, &m, &why) < 0)
		refuse(s, m.op, m.id, &why);
	return GO_ON;
}

static void take_peer(struct service *s, int *fd)
{
	if (*fd < 0) {
		log_warning("PID 1: a peer without a descriptor");
		return;
	}
	/* Its questions were the last API's. */
	lanes_forget(&s->lanes);
	fd_done(&s->api);
	s->api = fd_take(fd);
}

/* For a lane, which waits for it. */
static int relay(struct service *s, enum lane lane, const struct ipc_msg *m, int fd, struct err *e)
{
	struct err why = { 0 };

	if (!m->status)
		return ipc_send(s->lanes.ends[lane], m->op, m->id, span(m->body, m->length), fd, e);
	(void)ipc_failure(m, &why);
	return ipc_send_failure(s->lanes.ends[lane], m->op, m->id, &why, e);
}

static int relay_gpu(struct service *s, const struct ipc_msg *m, int fd, struct err *e)
{
	if (gpu_way_lane(m->id) < LANE_COUNT)
		return relay(s, gpu_way_lane(m->id), m, fd, e);
	log_warning("PID 1: an answer for lane %u", gpu_way_lane(m->id));
	return GO_ON;
}

static int on_control(struct service *s, struct err *e)
{
	struct ipc_msg m;
	AUTO_FD int fd = -1;
	int failed = ipc_recv(s->control, 0, &m, &fd, e);

	if (failed == -(int)FAIL_AGAIN)
		return GO_ON;
	if (failed == -(int)FAIL_SYS)
		return err_add(e, "PID 1");
	if (failed) {
		log_err(LOG_LEVEL_WARNING, "PID 1", e);
		return GO_ON;
	}
	switch (m.op) {
	case MSG_STOP:
		return STOP;
	case MSG_PEER:
		take_peer(s, &fd);
		return GO_ON;
	case MSG_VOLUME:
	case MSG_VOLUME_START:
		return s->is_booted ? GO_ON : relay(s, LANE_BROKER, &m, fd, e);
	case MSG_GPU_START:
		return relay_gpu(s, &m, fd, e);
	default:
		log_warning("PID 1: message %u is not known", m.op);
		return GO_ON;
	}
}

static void answer(void *ctx, uint16_t op, uint32_t id, const struct ipc_msg *m, int fd,
		   const struct err *why)
{
	struct service *s = ctx;
	struct ipc_msg sent = { .op = op, .id = id };

	if (m)
		send_to_api(s, &sent, span(m->body, m->length), fd);
	else
		refuse(s, op, id, why);
}

/* What boots says so once, before it answers anything. */
static int on_boot(struct service *s, const struct ipc_msg *m, struct err *e)
{
	if (m->status)
		return ipc_failure(m, e);
	s->is_booted = true;
	return GO_ON;
}

static int on_lane(struct service *s, enum lane lane, struct err *e)
{
	struct ipc_msg m;
	AUTO_FD int fd = -1;
	int failed = ipc_recv(s->lanes.ends[lane], 0, &m, &fd, e);

	if (failed == -(int)FAIL_AGAIN)
		return GO_ON;
	if (failed)
		return err_add(e, "lane %d", lane);
	if (m.op == WORK_BOOTED)
		return on_boot(s, &m, e);
	lanes_answered(&s->lanes, lane, &m, fd);
	return GO_ON;
}

/* For poll(): until the first of those who wait has to be told. */
static int patience(const struct service *s)
{
	uint64_t at_ms = lanes_deadline(&s->lanes);

	return at_ms == UINT64_MAX ? -1 : deadline_left(at_ms);
}

enum { AT_CONTROL, AT_API, AT_LANES, AT_COUNT = AT_LANES + LANE_COUNT };

/* What has something to say is heard in this order; a replaced service pair has another number, or
 * another poll to wait for. */
static int hear(struct service *s, const struct pollfd p[static AT_COUNT], struct err *e)
{
	int turn = GO_ON;

	if (p[AT_CONTROL].revents)
		turn = on_control(s, e);
	for (int i = 0; turn == GO_ON && i < LANE_COUNT; i++)
		if (p[AT_LANES + i].revents)
			turn = on_lane(s, (enum lane)i, e);
	if (turn == GO_ON && p[AT_API].revents && p[AT_API].fd == s->api)
		turn = on_api(s, e);
	return turn;
}

int service_run(struct service *s, struct err *e)
{
	int turn = GO_ON;

	s->lanes.answer = answer;
	s->lanes.ctx = s;
	while (turn == GO_ON) {
		struct pollfd p[AT_COUNT] = {
			[AT_CONTROL] = { .fd = s->control, .events = POLLIN },
			[AT_API] = { .fd = s->api, .events = POLLIN }, /* -1 is passed over */
		};

		for (size_t i = 0; i < LANE_COUNT; i++)
			p[AT_LANES + i] = (struct pollfd){ s->lanes.ends[i], POLLIN, 0 };
		if (poll(p, AT_COUNT, patience(s)) < 0 && errno != EINTR)
			return FAIL_ERRNO(e, "poll: %s", strerror(errno));
		turn = hear(s, p, e);
		lanes_expire(&s->lanes, clock_boot_ms());
	}
	return turn == STOP ? 0 : turn;
}

void service_done(struct service *s)
{
	fd_done(&s->api);
}
