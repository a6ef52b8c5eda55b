#include "tests/unit/gpu/gpu_rig.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "tests/support/evidence/gpu.h"
#include "tests/support/evidence/pki.h"
#include "tests/support/scratch.h"

static void put(int dir, const char *name, struct span bytes, int flags)
{
	AUTO_FD int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);

	cr_assert_geq(fd, 0, "%s", name);
	cr_assert_eq(fd_write_all(fd, bytes, NULL), 0);
}

/* A link in the test's directory, beside which the library finds what it has to say. */
static void link_library(const char *target, const char *name, char ret[static 512])
{
	(void)snprintf(ret, 512, "%s/%s", scratch_path(), name);
	cr_assert_eq(symlink(target, ret), 0);
}

void gpu_rig_init(struct gpu_rig *r, bool is_old)
{
	char self[256] = "", target[512];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	cr_assert_gt(n, 0);
	*strrchr(self, '/') = 0; /* build/san/unit */
	*r = (struct gpu_rig){ .dir = scratch_dir() };
	(void)snprintf(r->program, sizeof(r->program), "%s/../sealinit-gpu", self);
	(void)snprintf(target, sizeof(target), "%s/../nvml/libnvidia-ml%s.so.1", self,
		       is_old ? "-old" : "");
	link_library(target, "libnvidia-ml.so.1", r->library);
	(void)snprintf(target, sizeof(target), "%s/../nvml/libnvidia-nscq.so.2", self);
	link_library(target, "libnvidia-nscq.so.2", r->switch_library);
	(void)snprintf(r->pci, sizeof(r->pci), "%s/pci", scratch_path());
	cr_assert_eq(mkdir(r->pci, 0700), 0);
	r->paths = (struct collect_paths){ r->library, r->pci, "", r->switch_library };
}

void gpu_rig_word(struct gpu_rig *r, const char *word)
{
	AUTO_FD int dir = open(scratch_path(), O_PATH | O_CLOEXEC);

	(void)r;
	put(dir, "scenario", span_text(word), O_APPEND);
	put(dir, "scenario", span_text("\n"), O_APPEND);
}

void gpu_rig_function(struct gpu_rig *r, unsigned slot, const char *class, const char *vendor)
{
	AUTO_FD int dir = -1;
	char path[600];

	(void)snprintf(path, sizeof(path), "%s/0000:%02x:00.0", r->pci, slot);
	cr_assert_eq(mkdir(path, 0700), 0);
	dir = open(path, O_PATH | O_CLOEXEC);
	put(dir, "class", span_text(class), 0);
	put(dir, "vendor", span_text(vendor), 0);
}

static void put_device(const char *report_name, struct span report, const char *chain_name,
		       struct span pem, unsigned index)
{
	AUTO_FD int dir = open(scratch_path(), O_PATH | O_CLOEXEC);
	char name[32];

	(void)snprintf(name, sizeof(name), "%s%u", report_name, index);
	put(dir, name, report, O_TRUNC);
	(void)snprintf(name, sizeof(name), "%s%u", chain_name, index);
	put(dir, name, pem, O_TRUNC);
}

void gpu_rig_device(struct gpu_rig *r, unsigned index, struct span report, struct span pem)
{
	put_device("report", report, "chain", pem, index);
	gpu_rig_function(r, index + 1, "0x030200\n", "0x10de\n");
}

void gpu_rig_switch(struct gpu_rig *r, unsigned index, struct span report, struct span pem)
{
	put_device("switch", report, "switch-chain", pem, index);
	gpu_rig_function(r, LIMIT_GPUS + index + 1, "0x068000\n", "0x10de\n");
}

typedef void put_fn(struct gpu_rig *r, unsigned index, struct span report, struct span pem);

static void make(struct gpu_rig *r, unsigned index, const struct gpu_spec *s, put_fn *f)
{
	struct gpu_made m = gpu_make(s);
	AUTO_BUF struct buf pem = pki_pem(m.certs, m.cert_count);

	f(r, index, buf_view(&m.report), buf_view(&pem));
	gpu_made_done(&m);
}

void gpu_rig_make(struct gpu_rig *r, unsigned index, const uint8_t nonce[static GPU_NONCE_LEN],
		  uint8_t name)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);

	memcpy(s.nonce, nonce, sizeof(s.nonce));
	s.pdi[7] = name;
	s.leaf_serial[19] = name;
	make(r, index, &s, gpu_rig_device);
}

void gpu_rig_group(struct gpu_rig *r, unsigned gpus, unsigned switches,
		   const uint8_t nonce[static GPU_NONCE_LEN])
{
	static struct gpu_spec all[GPU_SET];

	gpu_spec_set(all);
	for (unsigned i = 0; i < GPU_SET; i++)
		memcpy(all[i].nonce, nonce, sizeof(all[i].nonce));
	for (unsigned i = 0; i < gpus; i++)
		make(r, i, &all[i], gpu_rig_device);
	for (unsigned i = 0; i < switches; i++)
		make(r, i, &all[GPU_SET_GPUS + i], gpu_rig_switch);
	gpu_rig_word(r, "ppcie");
}

struct gpu_answer gpu_rig_head(const struct buf *message)
{
	struct gpu_answer head;

	cr_assert_geq(message->len, sizeof(head));
	memcpy(&head, message->at, sizeof(head));
	return head;
}

static struct span cut(struct span *from, size_t len)
{
	struct span s = span(from->at, len);

	cr_assert_leq(len, from->len);
	*from = span(from->at + len, from->len - len);
	return s;
}

unsigned gpu_rig_walk(const struct buf *message, struct gpu_rig_piece ret[static GPU_RIG_DEVICES])
{
	struct span rest = buf_view(message);
	struct gpu_piece head;
	unsigned n = 0;

	for ((void)cut(&rest, sizeof(struct gpu_answer)); rest.len; n++) {
		cr_assert_lt(n, GPU_RIG_DEVICES);
		memcpy(&head, cut(&rest, sizeof(head)).at, sizeof(head));
		ret[n].arch = head.arch;
		ret[n].report = cut(&rest, head.report_len);
		ret[n].chain = cut(&rest, head.chain_len);
	}
	return n;
}

bool gpu_rig_was_set(const struct gpu_rig *r)
{
	struct stat s;

	return fstatat(r->dir, "set", &s, 0) == 0;
}

void gpu_rig_refused(const struct gpu_rig *r, const uint8_t nonce[static GPU_NONCE_LEN],
		     enum gpu_reason reason, int want)
{
	for (int action = GPU_SET_READY; action >= GPU_COLLECT; action--) {
		struct buf message = BUF_EMPTY;
		struct gpu_why w = { 0 };
		int got = collect(&r->paths, (enum gpu_action)action, nonce, &message, &w);

		cr_expect_eq(got, want, "%d: %s", got, w.err.text);
		cr_expect_eq(w.reason, reason, "%d: %s", w.reason, w.err.text);
		cr_expect_null(message.at, "untouched on failure");
		cr_expect(!gpu_rig_was_set(r), "not ready");
	}
}
