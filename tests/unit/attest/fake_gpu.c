#include "tests/unit/attest/fake_gpu.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "tests/support/evidence/gpu.h"
#include "tests/support/evidence/pki.h"

#define NO_LIMIT (SIZE_MAX / 2)

static void add(struct buf *to, const void *at, size_t len)
{
	cr_assert_eq(buf_append(to, span(at, len), NO_LIMIT, NULL), 0);
}

static void add_device(struct buf *to, const uint8_t nonce[static GPU_NONCE_LEN], uint8_t name)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	AUTO_BUF struct buf pem = BUF_EMPTY;
	struct gpu_piece piece = { .arch = NVML_HOPPER };
	struct gpu_made m;

	memcpy(s.nonce, nonce, sizeof(s.nonce));
	s.pdi[7] = name;
	s.leaf_serial[19] = name;
	m = gpu_make(&s);
	pem = pki_pem(m.certs, m.cert_count);
	piece.report_len = (uint32_t)m.report_len;
	piece.chain_len = (uint32_t)pem.len;
	add(to, &piece, sizeof(piece));
	add(to, m.report.at, m.report_len);
	add(to, pem.at, pem.len);
	gpu_made_done(&m);
}

struct buf fake_gpu_message(const uint8_t nonce[static GPU_NONCE_LEN], unsigned count,
			    uint8_t first, bool is_ready)
{
	struct gpu_answer head = {
		.version = GPU_WIRE_VERSION,
		.count = count,
		.pci_count = count,
		.cc = count > 0,
		.environment = count ? NVML_PRODUCTION : 0,
		.is_ready = is_ready,
		.driver = "550.90.07",
	};
	struct buf all = BUF_EMPTY;

	add(&all, &head, sizeof(head));
	for (unsigned i = 0; i < count; i++)
		add_device(&all, nonce, (uint8_t)(first + i));
	return all;
}

static struct buf message(struct fake_gpu *f, struct gpu_question *q)
{
	const struct gpu_answer off = { .version = GPU_WIRE_VERSION,
					.kind = FAIL_DENIED,
					.reason = GPU_CC_OFF,
					.text = "confidential computing is off" };
	struct buf all = BUF_EMPTY;

	if (f->mode == FAKE_GPU_CC_OFF) {
		add(&all, &off, sizeof(off));
		return all;
	}
	if (f->mode == FAKE_GPU_NONCE)
		q->nonce[31] ^= 1;
	if (q->action == GPU_SET_READY)
		f->is_ready = true;
	return fake_gpu_message(q->nonce, f->count,
				q->action == GPU_SET_READY && f->then ? f->then : f->first,
				f->is_ready);
}

/* One life of sealinit-gpu. */
static void play(struct fake_gpu *f, int sock)
{
	AUTO_BUF struct buf all = BUF_EMPTY;
	struct gpu_question q;

	if (f->mode == FAKE_GPU_UNHEARD)
		return;
	if (recv(sock, &q, sizeof(q), MSG_WAITALL) != (ssize_t)sizeof(q))
		return;
	*(q.action == GPU_SET_READY ? &f->sets : &f->collects) += 1;
	if (f->mode == FAKE_GPU_DIES)
		return;
	if (f->mode == FAKE_GPU_SILENT) {
		(void)poll(&(struct pollfd){ .fd = sock }, 1, -1); /* until it is hung up */
		return;
	}
	all = message(f, &q);
	(void)fd_write_all(sock, buf_view(&all), NULL);
}

static void tell(const struct fake_gpu *f, uint32_t id, int fd)
{
	(void)ipc_send(f->init, MSG_GPU_START, id, SPAN_EMPTY, fd, NULL);
}

static void on_start(struct fake_gpu *f, const struct ipc_msg *m)
{
	AUTO_FD int ours = -1, theirs = -1;
	struct err why = { 0 };
	int pair[2];

	(void)FAIL(&why, FAIL_DENIED, "the guest is stopping");
	if (f->mode == FAKE_GPU_REFUSED) {
		(void)ipc_send_failure(f->init, MSG_GPU_START, m->id, &why, NULL);
		return;
	}
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	ours = pair[0];
	theirs = pair[1];
	if (f->mode == FAKE_GPU_STALE)
		tell(f, m->id - 256, theirs);
	tell(f, m->id, f->mode == FAKE_GPU_NO_SOCKET ? -1 : theirs);
	fd_done(&theirs);
	if (f->mode != FAKE_GPU_NO_SOCKET)
		play(f, ours);
}

static void note(struct fake_gpu *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void note(struct fake_gpu *f, const char *format, ...)
{
	size_t used = strlen(f->heard);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(f->heard + used, sizeof(f->heard) - used, format, args);
	va_end(args);
}

static void hear(struct fake_gpu *f, const struct ipc_msg *m)
{
	struct msg_gpu_start start;
	struct msg_failed failed;
	struct msg_stage stage;

	if (m->op == MSG_GPU_START && !ipc_body(m, &start, sizeof(start), NULL)) {
		note(f, "gpu:%u ", start.action);
		on_start(f, m);
	} else if (m->op == MSG_STAGE && !ipc_body(m, &stage, sizeof(stage), NULL)) {
		note(f, "%s:%u ", stage_names[stage.stage], stage.state);
	} else if (m->op == MSG_FAILED && !ipc_body(m, &failed, sizeof(failed), NULL)) {
		note(f, "failed: %s", failed.text);
	} else if (m->op == MSG_READY) {
		note(f, "is-ready");
	}
}

static void *run(void *arg)
{
	struct fake_gpu *f = arg;
	struct ipc_msg m;

	for (;;) {
		AUTO_FD int fd = -1;

		if (ipc_recv(f->init, deadline_in(60000), &m, &fd, &(struct err){ 0 }) < 0)
			return NULL;
		hear(f, &m);
	}
}

void fake_gpu_start(struct fake_gpu *f, int init)
{
	f->init = init;
	cr_assert_eq(pthread_create(&f->thread, NULL, run, f), 0);
}

void fake_gpu_stop(struct fake_gpu *f)
{
	(void)shutdown(f->init, SHUT_RD);
	(void)pthread_join(f->thread, NULL);
}
