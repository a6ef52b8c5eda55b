/*
 * sealinit-gpu: asks NVML and NSCQ one question for sealinit-attest, and ends. A process of its
 * own, since they are somebody else's code that can hang, and only a process can be stopped.
 *
 *   sealinit-gpu --socket N [--library FILE] [--switch-library FILE] [--pci DIR] [--keeper SOCKET]
 *
 * Question and answer go over the stream socket N (wire.h).
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attest/gpu/collect.h"
#include "attest/gpu/harden.h"
#include "base/fd.h"
#include "base/log.h"

#define FD_MAX 1023

struct options {
	int socket;
	struct collect_paths paths;
};

static int answer(const struct collect_paths *p, const struct gpu_question *q, struct buf *ret,
		  struct gpu_why *w)
{
	if (q->version != GPU_WIRE_VERSION)
		return WHY(w, GPU_BROKEN, FAIL_BUG, "question of version %u", q->version);
	if (q->action != GPU_COLLECT && q->action != GPU_SET_READY)
		return WHY(w, GPU_BROKEN, FAIL_BUG, "action %u", q->action);
	return collect(p, (enum gpu_action)q->action, q->nonce, ret, w);
}

static int run(const struct options *o, struct err *e)
{
	AUTO_BUF struct buf message = BUF_EMPTY;
	struct gpu_why why = { 0 };
	struct gpu_question q;

	if (recv(o->socket, &q, sizeof(q), MSG_WAITALL) != (ssize_t)sizeof(q))
		return FAIL(e, FAIL_INPUT, "no question");
	if (answer(&o->paths, &q, &message, &why) < 0) {
		buf_done(&message);
		if (collect_failure(&why, &message, e) < 0)
			return -(int)e->kind;
	}
	return fd_write_all(o->socket, buf_view(&message), e);
}

static int read_socket(const char *text, int *ret, struct err *e)
{
	char *end;
	unsigned long fd = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || fd > FD_MAX ||
	    fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
		return FAIL(e, FAIL_INPUT, "--socket: %s is not an open descriptor", text);
	*ret = (int)fd;
	return 0;
}

static int read_option(const char *name, const char *value, struct options *o, struct err *e)
{
	if (!strcmp(name, "--socket"))
		return read_socket(value, &o->socket, e);
	if (!strcmp(name, "--library"))
		o->paths.library = value;
	else if (!strcmp(name, "--switch-library"))
		o->paths.switch_library = value;
	else if (!strcmp(name, "--pci"))
		o->paths.pci = value;
	else if (!strcmp(name, "--keeper"))
		o->paths.keeper = value;
	else
		return FAIL(e, FAIL_INPUT, "%s is not an option", name);
	return 0;
}

static int parse(int argc, char **argv, struct options *ret, struct err *e)
{
	struct options o = { .socket = -1, .paths = COLLECT_PATHS };
	int failed = 0;

	for (int i = 1; !failed && i < argc; i += 2)
		failed = i + 1 < argc ? read_option(argv[i], argv[i + 1], &o, e)
				      : FAIL(e, FAIL_INPUT, "%s wants a value", argv[i]);
	if (!failed && o.socket < 0)
		failed = FAIL(e, FAIL_INPUT, "--socket is required");
	if (!failed)
		*ret = o;
	return failed;
}

int main(int argc, char **argv)
{
	struct options o;
	struct err e = { 0 };

	log_open("sealinit-gpu", 1);
	if (parse(argc, argv, &o, &e) < 0 || gpu_harden(&e) < 0 || run(&o, &e) < 0) {
		log_err(LOG_LEVEL_ERROR, "end", &e);
		_exit(EXIT_FAILURE);
	}
	/* Not exit(): the libraries' own handlers are not part of the question. */
	_exit(EXIT_SUCCESS);
}
