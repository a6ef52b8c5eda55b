#include "attest/gpu/nvml.h"

#include <stddef.h>
#include <string.h>

#include "attest/gpu/load.h"
#include "base/mem.h"

#define CANARY_BYTES 64
#define CANARY	     0xc5

/* The plain names of count and handle are version 1, which skips devices that it can't open. */
static const struct load_symbol symbols[] = {
	{ "nvmlInit_v2", offsetof(struct nvml_calls, init), false },
	{ "nvmlShutdown", offsetof(struct nvml_calls, shutdown), false },
	{ "nvmlSystemGetDriverVersion", offsetof(struct nvml_calls, driver_version), false },
	{ "nvmlSystemGetConfComputeSettings", offsetof(struct nvml_calls, settings), true },
	{ "nvmlSystemGetConfComputeGpusReadyState", offsetof(struct nvml_calls, get_ready), false },
	{ "nvmlSystemSetConfComputeGpusReadyState", offsetof(struct nvml_calls, set_ready), false },
	{ "nvmlDeviceGetCount_v2", offsetof(struct nvml_calls, count), false },
	{ "nvmlDeviceGetHandleByIndex_v2", offsetof(struct nvml_calls, handle), false },
	{ "nvmlDeviceGetArchitecture", offsetof(struct nvml_calls, architecture), false },
	{ "nvmlDeviceGetConfComputeGpuCertificate", offsetof(struct nvml_calls, certificate),
	  false },
	{ "nvmlDeviceGetConfComputeGpuAttestationReport", offsetof(struct nvml_calls, report),
	  false },
};

static int failed_call(struct gpu_why *w, const char *what, int code)
{
	return WHY(w, GPU_CALL, FAIL_SYS, "%s: NVML says %d", what, code);
}

int nvml_open(struct nvml *ret, const char *path, struct gpu_why *w)
{
	struct nvml n = { .is_open = true };
	int failed = load_library(path, symbols, COUNT_OF(symbols), &n.call, w);
	int code;

	if (failed)
		return failed;
	code = n.call.init();
	if (code == NVML_NOT_FOUND_DRIVER || code == NVML_NOT_FOUND_LIBRARY)
		return WHY(w, GPU_LIBRARY, FAIL_SYS, "nvmlInit: no driver (%d)", code);
	if (code)
		return failed_call(w, "nvmlInit", code);
	*ret = n;
	return 0;
}

void nvml_close(struct nvml *n)
{
	if (n->is_open)
		(void)n->call.shutdown();
	n->is_open = false;
}

static bool is_text(const char *at, size_t size)
{
	size_t len = strnlen(at, size);

	for (size_t i = 0; i < len; i++)
		if (at[i] < 0x20 || at[i] > 0x7e)
			return false;
	return len && len < size;
}

int nvml_state(const struct nvml *n, struct nvml_state *ret, struct gpu_why *w)
{
	struct nvml_state s = { .settings.version = NVML_SETTINGS_V1 };
	int code;

	if (!n->call.settings)
		return WHY(w, GPU_OLD_DRIVER, FAIL_SYS,
			   "the driver is too old to tell the devices' mode");
	code = n->call.settings(&s.settings);
	if (code == NVML_VERSION_MISMATCH)
		return WHY(w, GPU_VERSION, FAIL_SYS, "NVML has settings of another version");
	if (code)
		return failed_call(w, "settings", code);
	code = n->call.driver_version(s.driver, sizeof(s.driver));
	if (code)
		return failed_call(w, "driver version", code);
	if (!is_text(s.driver, sizeof(s.driver)))
		return WHY(w, GPU_SIZE, FAIL_INPUT, "the driver's version is no text");
	*ret = s;
	return 0;
}

int nvml_count(const struct nvml *n, unsigned *ret, struct gpu_why *w)
{
	unsigned count = 0;
	int code = n->call.count(&count);

	if (code)
		return failed_call(w, "count", code);
	*ret = count;
	return 0;
}

int nvml_device(const struct nvml *n, unsigned index, void **ret, unsigned *ret_arch,
		struct gpu_why *w)
{
	void *device = NULL;
	unsigned arch = 0;
	int code = n->call.handle(index, &device);

	if (!code)
		code = n->call.architecture(device, &arch);
	if (code)
		return failed_call(w, "device", code);
	*ret = device;
	*ret_arch = arch;
	return 0;
}

int nvml_is_ready(const struct nvml *n, bool *ret, struct gpu_why *w)
{
	unsigned ready = 0;
	int code = n->call.get_ready(&ready);

	if (code)
		return failed_call(w, "ready state", code);
	*ret = ready != 0;
	return 0;
}

int nvml_set_ready(const struct nvml *n, struct gpu_why *w)
{
	int code = n->call.set_ready(1);

	return code ? failed_call(w, "setting the ready state", code) : 0;
}

/* Nothing that the library wrote beyond its struct, and a length within its array. */
static int take(struct span array, uint32_t len, const uint8_t canary[static CANARY_BYTES],
		const char *what, struct buf *ret, struct gpu_why *w)
{
	for (size_t i = 0; i < CANARY_BYTES; i++)
		if (canary[i] != CANARY)
			return WHY(w, GPU_SIZE, FAIL_LIMIT, "%s: NVML wrote beyond its struct",
				   what);
	if (!len || len > array.len)
		return WHY(w, GPU_SIZE, FAIL_LIMIT, "%s: %u bytes in a buffer of %zu", what, len,
			   array.len);
	return buf_append(ret, span(array.at, len), array.len, &w->err);
}

int nvml_report(const struct nvml *n, void *device, const uint8_t nonce[static NVML_NONCE_BYTES],
		struct buf *ret, struct gpu_why *w)
{
	struct {
		struct nvml_report r;
		uint8_t canary[CANARY_BYTES];
	} room = { 0 };
	int code;

	memset(room.canary, CANARY, sizeof(room.canary));
	memcpy(room.r.nonce, nonce, sizeof(room.r.nonce));
	code = n->call.report(device, &room.r);
	if (code)
		return failed_call(w, "report", code);
	return take(span(room.r.report, sizeof(room.r.report)), room.r.len, room.canary, "report",
		    ret, w);
}

int nvml_chain(const struct nvml *n, void *device, struct buf *ret, struct gpu_why *w)
{
	struct {
		struct nvml_certificate c;
		uint8_t canary[CANARY_BYTES];
	} room = { 0 };
	int code;

	memset(room.canary, CANARY, sizeof(room.canary));
	code = n->call.certificate(device, &room.c);
	if (code)
		return failed_call(w, "certificates", code);
	return take(span(room.c.attestation, sizeof(room.c.attestation)), room.c.attestation_len,
		    room.canary, "certificates", ret, w);
}
