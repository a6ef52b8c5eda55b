/*
 * Stands for NVIDIA's driver, its devices and nvidia-persistenced: makes reports of real layout
 * under the tests' root. What is plugged in and what goes wrong stands on the kernel's command
 * line:
 *
 *   gpu=N           so many devices; without it there is no driver
 *   gpu.break=WORD  cc-off, devtools, hidden (one more on the bus), nonce (another one), root,
 *                   measurement, ready (somebody let them work already), fails (a report, and
 *                   with it the devices' confidential computing), hang (in a report)
 */
#include <fcntl.h>
#include <openssl/pem.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "tests/guest/nvidia/nvidia.h"
#include "tests/support/evidence/gpu.h"
#include "tests/support/evidence/pki.h"
#include "tests/support/evidence/rim.h"

#define ROOT	      "/usr/lib/sealinit/tests/gpu-root.pem"
#define CMDLINE_BYTES 4096
#define DEVICES_MAX   9
#define NOT_ALLOWED   4	  /* NVML_ERROR_NO_PERMISSION */
#define BAD_ARGUMENT  2	  /* NVML_ERROR_INVALID_ARGUMENT */
#define UNKNOWN	      999 /* NVML_ERROR_UNKNOWN */

struct driver {
	unsigned count;
	char breaks[24];
	uint32_t ready;
	bool is_fatal; /* a report failed: not ready any more, ever */
	X509 *root;
};

static bool is_broken(const struct driver *d, const char *how)
{
	return !strcmp(d->breaks, how);
}

/* --- The devices ------------------------------------------------------------------------------ */

static struct gpu_made device(const struct driver *d, uint32_t index,
			      const uint8_t nonce[static 32])
{
	const struct rim_spec driver = rim_spec_driver(), vbios = rim_spec_vbios();
	struct gpu_spec s = gpu_spec(GPU_GH100);

	memcpy(s.nonce, nonce, sizeof(s.nonce));
	rim_set_measured(&driver, &vbios, &s);
	s.pdi[7] = s.leaf_serial[19] = (uint8_t)(index + 1);
	s.root = d->root;
	s.nonce[0] ^= is_broken(d, "nonce");
	s.blocks[7].value[0] ^= is_broken(d, "measurement");
	if (is_broken(d, "root")) {
		s.chain = GPU_CHAIN_OTHER_ROOT;
		s.root = NULL;
	}
	return gpu_make(&s);
}

static void give(struct nvidia_answer *a, struct span bytes)
{
	if (bytes.len > sizeof(a->at))
		abort();
	memcpy(a->at, bytes.at, bytes.len);
	a->len = (uint32_t)bytes.len;
}

static void give_device(const struct driver *d, const struct nvidia_question *q,
			struct nvidia_answer *a)
{
	struct gpu_made m = device(d, q->index, q->nonce);
	AUTO_BUF struct buf pem = pki_pem(m.certs, m.cert_count);

	if (q->op == NVIDIA_REPORT)
		give(a, span(m.report.at, m.report_len));
	else
		give(a, buf_view(&pem));
	gpu_made_done(&m);
}

/* --- The driver ------------------------------------------------------------------------------- */

static void give_number(struct nvidia_answer *a, uint32_t n)
{
	give(a, span(&n, sizeof(n)));
}

static void give_state(const struct driver *d, struct nvidia_answer *a)
{
	const uint32_t state[] = { is_broken(d, "devtools") ? 1 : 2, !is_broken(d, "cc-off"),
				   is_broken(d, "devtools"), 0 };

	give(a, span(state, sizeof(state)));
}

static int set_ready(struct driver *d, int from, uint32_t accept)
{
	struct ucred who = { .uid = 1 };
	socklen_t len = sizeof(who);

	if (getsockopt(from, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0 || who.uid != 0)
		return NOT_ALLOWED;
	if (d->is_fatal)
		return BAD_ARGUMENT;
	d->ready = accept;
	log_info("the devices accept work: %u", accept);
	return 0;
}

static int fail_report(struct driver *d)
{
	d->is_fatal = true;
	d->ready = 0;
	log_info("a report failed: no confidential computing any more");
	return UNKNOWN;
}

static void answer(struct driver *d, int from, const struct nvidia_question *q,
		   struct nvidia_answer *a)
{
	switch (q->op) {
	case NVIDIA_STATE:
		give_state(d, a);
		return;
	case NVIDIA_COUNT:
		give_number(a, d->count);
		return;
	case NVIDIA_GET_READY:
		give_number(a, d->ready);
		return;
	case NVIDIA_SET_READY:
		a->code = set_ready(d, from, q->index);
		return;
	case NVIDIA_CHAIN:
	case NVIDIA_REPORT:
		if (d->is_fatal || (q->op == NVIDIA_REPORT && is_broken(d, "fails")))
			a->code = fail_report(d);
		else
			give_device(d, q, a);
		return;
	default:
		a->code = BAD_ARGUMENT;
	}
}

static void serve_one(struct driver *d, int listener)
{
	AUTO_FD int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	struct nvidia_answer a = { .code = 0 };
	struct nvidia_question q;

	if (fd < 0 || recv(fd, &q, sizeof(q), MSG_WAITALL) != (ssize_t)sizeof(q))
		return;
	if (q.op == NVIDIA_REPORT && is_broken(d, "hang")) {
		(void)fd_take(&fd); /* and never a word */
		return;
	}
	answer(d, fd, &q, &a);
	(void)fd_write_all(fd, span(&a, sizeof(a)), NULL);
}

/* --- Becoming a daemon ------------------------------------------------------------------------ */

static int listen_at(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 8) < 0)
		abort();
	return fd;
}

static void put(const char *dir, const char *name, const char *text)
{
	char path[160];
	AUTO_FD int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || fd_write_all(fd, span_text(text), NULL) < 0)
		abort();
}

static void plug_in(unsigned slot)
{
	char dir[128];

	(void)snprintf(dir, sizeof(dir), NVIDIA_PCI "/0000:%02x:00.0", slot + 1);
	if (mkdir(dir, 0755) < 0)
		abort();
	put(dir, "vendor", "0x10de\n");
	put(dir, "class", "0x030200\n");
}

static void read_words(struct driver *d)
{
	AUTO_FD int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	char text[CMDLINE_BYTES], *rest = NULL;
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		abort();
	text[n] = 0;
	for (char *w = strtok_r(text, " \n", &rest); w; w = strtok_r(NULL, " \n", &rest)) {
		if (!strncmp(w, "gpu=", 4))
			d->count = (unsigned)strtoul(w + 4, NULL, 10);
		else if (!strncmp(w, "gpu.break=", 10))
			(void)snprintf(d->breaks, sizeof(d->breaks), "%s", w + 10);
	}
	d->ready = is_broken(d, "ready");
}

static void read_root(struct driver *d)
{
	FILE *f = fopen(ROOT, "re");

	d->root = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
	if (!d->root)
		abort();
	(void)fclose(f);
}

static _Noreturn void serve(struct driver *d, int keeper, int listener)
{
	struct pollfd p[] = { { .fd = keeper, .events = POLLIN },
			      { .fd = listener, .events = POLLIN } };

	for (;;) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[0].revents) {
			AUTO_FD int seen = accept4(keeper, NULL, NULL, SOCK_CLOEXEC);
		}
		if (p[1].revents)
			serve_one(d, listener);
	}
}

int main(void)
{
	struct driver d = { .count = 0 };
	int keeper, listener;

	log_open("nvidia-persistenced", 1);
	read_words(&d);
	if (!d.count || d.count > DEVICES_MAX) {
		log_error("no device");
		return EXIT_FAILURE;
	}
	read_root(&d);
	(void)umask(0);
	if (mkdir(NVIDIA_DIR, 0755) < 0 || mkdir(NVIDIA_PCI, 0755) < 0)
		abort();
	for (unsigned i = 0; i < d.count + is_broken(&d, "hidden"); i++)
		plug_in(i);
	listener = listen_at(NVIDIA_DRIVER);
	keeper = listen_at(NVIDIA_KEEPER);
	if (fork() == 0)
		serve(&d, keeper, listener);
	return EXIT_SUCCESS; /* up, and in the background */
}
