#include "tests/guest/qgs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "base/fd.h"

#define REPORT_BYTES 1024
#define ASKED_BYTES  (4 + 24 + REPORT_BYTES)
#define HEAD_BYTES   (4 + 24)
#define UNEXPECTED   0x12001

static void put32(uint8_t *at, size_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

/* Frame and message, with a quote or with an error. */
static struct buf answer_of(struct span quote, uint32_t error)
{
	size_t len = HEAD_BYTES - 4 + quote.len;
	uint8_t head[HEAD_BYTES] = { 0, 0, (uint8_t)(len >> 8), (uint8_t)len, 1, 0, 1, 0, 1 };
	struct buf b = BUF_EMPTY;

	put32(head + 12, len);
	put32(head + 16, error);
	put32(head + 24, quote.len);
	if (buf_append(&b, span(head, sizeof(head)), SIZE_MAX, NULL) < 0 ||
	    buf_append(&b, quote, SIZE_MAX, NULL) < 0)
		abort();
	return b;
}

static void serve_one(int fd, const char *word, qgs_quote_fn *quote, void *ctx)
{
	AUTO_BUF struct buf made = BUF_EMPTY, answer = BUF_EMPTY;
	uint8_t asked[ASKED_BYTES], byte;

	if (recv(fd, asked, sizeof(asked), MSG_WAITALL) != sizeof(asked))
		return;
	if (!strcmp(word, "hang")) {
		while (read(fd, &byte, 1) > 0)
			;
		return;
	}
	if (!strcmp(word, "refuse")) {
		answer = answer_of(SPAN_EMPTY, UNEXPECTED);
	} else {
		made = quote(ctx, asked + HEAD_BYTES);
		answer = answer_of(buf_view(&made), 0);
	}
	(void)fd_write_all(fd, buf_view(&answer), NULL);
}

static int listen_at(uint32_t port)
{
	union {
		struct sockaddr any;
		struct sockaddr_vm vm;
	} at = { .vm = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = port } };
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, &at.any, sizeof(at.vm)) < 0 || listen(fd, 4) < 0)
		abort();
	return fd;
}

void qgs_start(const char *word, qgs_quote_fn *quote, void *ctx)
{
	int listener = listen_at(QGS_PORT);
	pid_t pid = fork();

	if (pid < 0)
		abort();
	if (pid) {
		close(listener);
		return;
	}
	for (;;) {
		AUTO_FD int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			serve_one(fd, word, quote, ctx);
	}
}
