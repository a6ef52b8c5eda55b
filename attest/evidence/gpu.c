#include "attest/evidence/gpu.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "attest/tell.h"
#include "attest/transport/stream.h"
#include "base/fd.h"
#include "base/ipc.h"

/* An answer to an earlier question of this thread's came after its deadline: it goes, and the
 * program behind it with it. */
static int receive(const struct gpu_way *way, uint32_t id, uint64_t deadline_ms, int *ret_fd,
		   struct err *e)
{
	for (;;) {
		struct ipc_msg m;
		AUTO_FD int fd = -1;
		int failed = ipc_recv(way->answers, deadline_ms, &m, &fd, e);

		if (failed)
			return failed;
		if (m.op == MSG_GPU_START && m.id != id)
			continue;
		if (m.op != MSG_GPU_START)
			return FAIL(e, FAIL_INPUT, "message %u in between", m.op);
		if (m.status)
			return ipc_failure(&m, e);
		if (fd < 0)
			return FAIL(e, FAIL_INPUT, "no socket came along");
		*ret_fd = fd_take(&fd);
		return 0;
	}
}

static int start(struct gpu_way *way, enum gpu_action action, uint64_t deadline_ms, int *ret_fd,
		 struct err *e)
{
	const struct msg_gpu_start s = { .action = action };
	uint32_t id = ++way->asked << 8 | way->lane;
	int failed = tell(way->control, MSG_GPU_START, id, span(&s, sizeof(s)), -1, e);

	return failed ? failed : receive(way, id, deadline_ms, ret_fd, e);
}

/* Up to the end that the program makes. */
static int read_answer(struct stream *s, uint64_t deadline_ms, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf all = BUF_EMPTY;

	for (;;) {
		uint8_t some[4096];
		size_t n = 0;
		int failed = stream_read(s, some, sizeof(some), deadline_ms, &n, e);

		if (!failed && n)
			failed = buf_append(&all, span(some, n), LIMIT_GPU_ANSWER_BYTES, e);
		if (failed)
			return failed;
		if (!n)
			break;
	}
	*ret = buf_take(&all);
	return 0;
}

/* It is gone: to ask again would be to ask the devices again, which it may have done. */
static int ended(struct err *e)
{
	return FAIL(e, FAIL_SYS, "no answer: NVML crashed, or hung and was killed");
}

static int converse(int fd, enum gpu_action action, const uint8_t nonce[static BINDING_NONCE_BYTES],
		    uint64_t deadline_ms, struct buf *ret, struct err *e)
{
	struct gpu_question q = { .version = GPU_WIRE_VERSION, .action = action };
	struct stream s = { .fd = fd };
	int flags = fcntl(fd, F_GETFL);
	int failed;

	_Static_assert(sizeof(q.nonce) == BINDING_NONCE_BYTES, "what devices are asked");
	memcpy(q.nonce, nonce, sizeof(q.nonce));
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return FAIL_ERRNO(e, "socket: %s", strerror(errno));
	failed = stream_write(&s, span(&q, sizeof(q)), deadline_ms, e);
	if (!failed && shutdown(fd, SHUT_WR) < 0)
		failed = FAIL_ERRNO(e, "shutdown: %s", strerror(errno));
	if (!failed)
		failed = read_answer(&s, deadline_ms, ret, e);
	if (failed ? e->sys == EPIPE || e->sys == ECONNRESET : !ret->len)
		return ended(e);
	return failed;
}

int gpu_ask(struct gpu_way *way, enum gpu_action action,
	    const uint8_t nonce[static BINDING_NONCE_BYTES], uint64_t deadline_ms, struct gpus *ret,
	    struct err *e)
{
	AUTO_BUF struct buf message = BUF_EMPTY;
	AUTO_FD int fd = -1;
	int failed = start(way, action, deadline_ms, &fd, e);

	if (!failed)
		failed = converse(fd, action, nonce, deadline_ms, &message, e);
	if (failed)
		return err_add(e, "sealinit-gpu");
	return gpus_read(&message, nonce, ret, e);
}
