#include "attest/tell.h"

#include <poll.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/ipc.h"
#include "base/limits.h"

int tell(int control, uint16_t op, uint32_t id, struct span body, int fd, struct err *e)
{
	uint64_t deadline_ms = deadline_in(LIMIT_TELL_MS);
	struct pollfd p = { .fd = control, .events = POLLOUT };
	int failed;

	for (;;) {
		failed = ipc_send(control, op, id, body, fd, e);
		if (failed != -(int)FAIL_AGAIN || !deadline_left(deadline_ms))
			return failed;
		(void)poll(&p, 1, deadline_left(deadline_ms));
	}
}

int tell_stage(int control, enum stage stage, enum stage_state state, uint64_t start_us,
	       uint64_t end_us, const char *text, const struct err *why, struct err *e)
{
	struct msg_stage m = {
		.stage = stage,
		.state = state,
		.start_us = start_us,
		.end_us = end_us,
		.kind = why ? (uint32_t)why->kind : 0,
	};

	(void)snprintf(m.text, sizeof(m.text), "%s", why ? why->text : text);
	return tell(control, MSG_STAGE, 0, span(&m, sizeof(m)), -1, e);
}

int tell_failed(int control, enum stage stage, const struct err *why, struct err *e)
{
	struct msg_failed m = { .stage = stage, .kind = (uint32_t)why->kind };

	(void)snprintf(m.text, sizeof(m.text), "%s", why->text);
	return tell(control, MSG_FAILED, 0, span(&m, sizeof(m)), -1, e);
}
