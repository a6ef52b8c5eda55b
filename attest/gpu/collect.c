#include "attest/gpu/collect.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "attest/gpu/nvml.h"
#include "attest/gpu/pci.h"
#include "attest/gpu/switches.h"
#include "base/fd.h"
#include "base/limits.h"

/* What is asked, and what was learned of it before its first report. */
struct machine {
	const struct collect_paths *paths;
	struct pci_count bus;
	struct nvml nvml;
	struct nvml_state state;
	struct switches switches;
};

static void machine_close(struct machine *m)
{
	switches_close(&m->switches);
	nvml_close(&m->nvml);
}

/* The devices' session and ready state end with their last client, so we must not be the first
 * one: nvidia-persistenced, or who stands for it, listens already. */
static int check_keeper(const char *path, struct gpu_why *w)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	AUTO_FD int fd = -1;

	if (!path[0])
		return 0;
	if (strlen(path) >= sizeof(to.sun_path))
		return WHY(w, GPU_FIRST, FAIL_LIMIT, "the name of the keeper's socket is too long");
	memcpy(to.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return WHY(w, GPU_FIRST, FAIL_AGAIN,
			   "nobody keeps the devices open: nvidia-persistenced first");
	return 0;
}

static int check_mode(const struct nvml_settings *s, struct gpu_why *w)
{
	/* Protected PCIe hides the CC feature: either word will do. */
	if (!s->cc && s->multi_gpu != NVML_PPCIE)
		return WHY(w, GPU_CC_OFF, FAIL_DENIED, "confidential computing is off");
	if (s->devtools)
		return WHY(w, GPU_DEVTOOLS, FAIL_DENIED, "DevTools mode: the host may look inside");
	if (s->environment != NVML_PRODUCTION)
		return WHY(w, GPU_SIMULATED, FAIL_DENIED, "environment %u is not production",
			   s->environment);
	if (s->cc > 1 || s->multi_gpu > NVML_NVLE)
		return WHY(w, GPU_VERSION, FAIL_INPUT, "a mode that is not known here");
	return 0;
}

static int check_counts(const struct nvml *n, const struct pci_count *bus, unsigned *ret,
			struct gpu_why *w)
{
	int failed = nvml_count(n, ret, w);

	if (failed)
		return failed;
	if (!*ret || *ret > LIMIT_GPUS)
		return WHY(w, GPU_COUNT, FAIL_LIMIT, "%u devices", *ret);
	if (*ret != bus->display)
		return WHY(w, GPU_PCI, FAIL_DENIED, "NVML knows %u devices, the bus shows %u", *ret,
			   bus->display);
	return 0;
}

static int add(struct buf *to, const void *at, size_t len, struct gpu_why *w)
{
	return buf_append(to, span(at, len), LIMIT_GPU_ANSWER_BYTES, &w->err);
}

static int add_piece(struct buf *to, uint32_t arch, struct span report, struct span chain,
		     struct gpu_why *w)
{
	const struct gpu_piece piece = { .arch = arch,
					 .report_len = (uint32_t)report.len,
					 .chain_len = (uint32_t)chain.len };
	int failed = add(to, &piece, sizeof(piece), w);

	if (!failed)
		failed = add(to, report.at, report.len, w);
	return failed ? failed : add(to, chain.at, chain.len, w);
}

static int ask_device(const struct nvml *n, unsigned index,
		      const uint8_t nonce[static GPU_NONCE_LEN], struct buf *to, struct gpu_why *w)
{
	AUTO_BUF struct buf report = BUF_EMPTY, chain = BUF_EMPTY;
	size_t len = 0;
	unsigned arch;
	void *device;
	int failed = nvml_device(n, index, &device, &arch, w);

	if (!failed && arch != NVML_HOPPER && arch != NVML_BLACKWELL)
		return WHY(w, GPU_ARCH, FAIL_DENIED, "device %u of generation %u does not attest",
			   index, arch);
	if (!failed)
		failed = nvml_report(n, device, nonce, &report, w);
	if (!failed)
		failed = report_length(buf_view(&report), nonce, &len, w);
	if (!failed)
		failed = nvml_chain(n, device, &chain, w);
	return failed ? failed : add_piece(to, arch, span(report.at, len), buf_view(&chain), w);
}

static int ask_switch(const struct switches *s, unsigned index,
		      const uint8_t nonce[static GPU_NONCE_LEN], struct buf *to, struct gpu_why *w)
{
	AUTO_BUF struct buf report = BUF_EMPTY, chain = BUF_EMPTY;
	const struct nscq_switch *one = &s->list.at[index];
	size_t len = 0;
	int failed = nscq_report(&s->library, one, nonce, &report, w);

	if (!failed)
		failed = report_length(buf_view(&report), nonce, &len, w);
	if (!failed)
		failed = nscq_chain(&s->library, one, &chain, w);
	if (failed)
		return failed;
	return add_piece(to, GPU_WIRE_LS10, span(report.at, len), buf_view(&chain), w);
}

static int same_again(const struct machine *m, unsigned count, struct gpu_why *w)
{
	struct pci_count bus;
	unsigned now;
	int failed = nvml_count(&m->nvml, &now, w);

	if (!failed)
		failed = switches_same(&m->switches, w);
	if (!failed)
		failed = pci_read(m->paths->pci, &bus, w);
	if (!failed && (now != count || bus.display != count))
		failed = WHY(w, GPU_COUNT, FAIL_AGAIN, "%u devices became %u, %u on the bus", count,
			     now, bus.display);
	if (!failed && bus.switches != m->bus.switches)
		failed = WHY(w, GPU_COUNT, FAIL_AGAIN, "%u switches became %u on the bus",
			     m->bus.switches, bus.switches);
	return failed;
}

static int ask_all(const struct machine *m, unsigned count,
		   const uint8_t nonce[static GPU_NONCE_LEN], struct buf *to, struct gpu_why *w)
{
	int failed = 0;

	for (unsigned i = 0; i < count && !failed; i++)
		failed = ask_device(&m->nvml, i, nonce, to, w);
	for (unsigned i = 0; i < m->switches.list.count && !failed; i++)
		failed = ask_switch(&m->switches, i, nonce, to, w);
	return failed ? failed : same_again(m, count, w);
}

/* A guest gets switches with protected PCIe alone, and in no other mode do they give a report. */
static int check_switches(const struct machine *m, struct gpu_why *w)
{
	if (m->bus.switches && m->state.settings.multi_gpu != NVML_PPCIE)
		return WHY(w, GPU_SWITCHES, FAIL_DENIED,
			   "%u NVSwitches, but no protected PCIe: the host sets it, or keeps them",
			   m->bus.switches);
	return 0;
}

static int open_confidential(struct machine *m, struct gpu_why *w)
{
	int failed = check_keeper(m->paths->keeper, w);

	if (!failed)
		failed = nvml_open(&m->nvml, m->paths->library, w);
	if (!failed)
		failed = nvml_state(&m->nvml, &m->state, w);
	if (!failed)
		failed = check_mode(&m->state.settings, w);
	return failed ? failed : check_switches(m, w);
}

static int collect_devices(const struct machine *m, const uint8_t nonce[static GPU_NONCE_LEN],
			   struct buf *to, struct gpu_why *w)
{
	const struct nvml_settings *s = &m->state.settings;
	struct gpu_answer head = {
		.version = GPU_WIRE_VERSION,
		.pci_count = m->bus.display,
		.cc = (uint8_t)s->cc,
		.devtools = (uint8_t)s->devtools,
		.multi_gpu = (uint8_t)s->multi_gpu,
		.environment = (uint8_t)s->environment,
		.switches = m->switches.list.count,
	};
	bool ready = false;
	int failed = check_counts(&m->nvml, &m->bus, &head.count, w);

	if (!failed)
		failed = nvml_is_ready(&m->nvml, &ready, w);
	head.is_ready = ready;
	memcpy(head.driver, m->state.driver, sizeof(head.driver));
	if (!failed)
		failed = add(to, &head, sizeof(head), w);
	return failed ? failed : ask_all(m, head.count, nonce, to, w);
}

/* Setting it again is harmless to the driver, but says that somebody was before us. */
static int check_unready(const struct nvml *n, struct gpu_why *w)
{
	bool ready = false;
	int failed = nvml_is_ready(n, &ready, w);

	if (!failed && ready)
		failed = WHY(w, GPU_READY, FAIL_DENIED, "the devices accept work already");
	return failed;
}

static int set_ready(const struct nvml *n, struct buf *message, struct gpu_why *w)
{
	const uint32_t yes = 1;
	bool ready = false;
	int failed = nvml_set_ready(n, w);

	if (!failed)
		failed = nvml_is_ready(n, &ready, w);
	if (!failed && !ready)
		failed = WHY(w, GPU_READY, FAIL_SYS, "the devices did not become ready");
	if (!failed)
		memcpy(message->at + offsetof(struct gpu_answer, is_ready), &yes, sizeof(yes));
	return failed;
}

static int with_devices(struct machine *m, enum gpu_action action,
			const uint8_t nonce[static GPU_NONCE_LEN], struct buf *to,
			struct gpu_why *w)
{
	int failed = open_confidential(m, w);

	if (!failed && action == GPU_SET_READY)
		failed = check_unready(&m->nvml, w);
	if (!failed)
		failed = switches_open(&m->switches, m->paths->switch_library, m->bus.switches, w);
	if (!failed)
		failed = collect_devices(m, nonce, to, w);
	/* After everything else: nothing takes it back. */
	if (!failed && action == GPU_SET_READY)
		failed = set_ready(&m->nvml, to, w);
	return failed;
}

int collect(const struct collect_paths *p, enum gpu_action action,
	    const uint8_t nonce[static GPU_NONCE_LEN], struct buf *ret, struct gpu_why *w)
{
	__attribute__((cleanup(machine_close))) struct machine m = { .paths = p };
	struct gpu_answer none = { .version = GPU_WIRE_VERSION };
	AUTO_BUF struct buf message = BUF_EMPTY;
	int failed = pci_read(p->pci, &m.bus, w);

	if (failed)
		return failed;
	none.pci_count = m.bus.display;
	failed = m.bus.gpus || m.bus.switches ? with_devices(&m, action, nonce, &message, w)
					      : add(&message, &none, sizeof(none), w);
	if (!failed)
		*ret = buf_take(&message);
	return failed;
}

int collect_failure(const struct gpu_why *why, struct buf *ret, struct err *e)
{
	struct gpu_answer head = { .version = GPU_WIRE_VERSION,
				   .kind = why->err.kind ? why->err.kind : FAIL_BUG,
				   .reason = why->reason ? why->reason : GPU_BROKEN };

	(void)snprintf(head.text, sizeof(head.text), "%s", why->err.text);
	return buf_append(ret, span(&head, sizeof(head)), LIMIT_GPU_ANSWER_BYTES, e);
}
