/*
 * A libnvidia-ml.so.1 for tests, alone with libc. What it says stands in files beside it:
 * "scenario" (words, one a line), "reportN" and "chainN", N from 0, of which the first absent one
 * ends the list.
 *
 *   cc-off  ppcie  devtools  sim  version-25  odd-version
 *   init-12  init-999  report-999  chain-999  count-999  settings-999  hang  hang-init
 *   report-long  report-zero  chain-long  chain-zero  overrun  fewer-later  ampere  odd-mode  nvle
 *   ready  no-ready  ready-4
 *
 * "set" appears beside it when somebody sets the ready state.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/nvml/nvml.h"

#define CALL __attribute__((visibility("default")))

static unsigned counted;
static unsigned ready;
static unsigned char numbers[16];

/* The name beside us; the library is a link in the test's directory. */
static FILE *beside(const char *name, const char *mode)
{
	char path[512];
	Dl_info self;
	int len;

	if (!dladdr(numbers, &self) || !strrchr(self.dli_fname, '/'))
		return NULL;
	len = (int)(strrchr(self.dli_fname, '/') - self.dli_fname);
	(void)snprintf(path, sizeof(path), "%.*s/%s", len, self.dli_fname, name);
	return fopen(path, mode);
}

static bool has(const char *word)
{
	FILE *f = beside("scenario", "re");
	char line[64];
	bool found = false;

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		found = found || !strcmp(line, word);
	}
	if (f)
		(void)fclose(f);
	return found;
}

static unsigned load(const char *what, unsigned index, void *at, size_t size)
{
	char name[32];
	FILE *f;
	size_t n = 0;

	(void)snprintf(name, sizeof(name), "%s%u", what, index);
	f = beside(name, "re");
	if (f) {
		n = fread(at, 1, size, f);
		(void)fclose(f);
	}
	return (unsigned)n;
}

/* Whoever waits to see it has put a FIFO there, and can open it from now on. */
static void hang(const char *word)
{
	if (!has(word))
		return;
	(void)beside("hanging", "r+e");
	for (;;)
		(void)pause();
}

CALL int nvmlInit_v2(void);
CALL int nvmlInit_v2(void)
{
	hang("hang-init");
	return has("init-12") ? 12 : has("init-999") ? 999 : 0;
}

CALL int nvmlShutdown(void);
CALL int nvmlShutdown(void)
{
	return 0;
}

CALL int nvmlSystemGetDriverVersion(char *at, unsigned len);
CALL int nvmlSystemGetDriverVersion(char *at, unsigned len)
{
	if (has("odd-version"))
		memset(at, 'x', len);
	else
		(void)snprintf(at, len, "550.90.07");
	return 0;
}

#ifndef NVML_OLD
CALL int nvmlSystemGetConfComputeSettings(struct fake_settings *s);
CALL int nvmlSystemGetConfComputeSettings(struct fake_settings *s)
{
	if (has("version-25") || s->version != FAKE_SETTINGS_V1)
		return 25;
	if (has("settings-999"))
		return 999;
	s->environment = has("sim") || has("devtools") ? 1 : 2;
	s->cc = !has("cc-off") && !has("ppcie");
	s->devtools = has("devtools");
	s->multi_gpu = has("odd-mode") ? 3 : has("nvle") ? 2 : has("ppcie");
	return 0;
}
#endif

CALL int nvmlSystemGetConfComputeGpusReadyState(unsigned *ret);
CALL int nvmlSystemGetConfComputeGpusReadyState(unsigned *ret)
{
	*ret = has("ready") || (ready && !has("no-ready"));
	return 0;
}

CALL int nvmlSystemSetConfComputeGpusReadyState(unsigned accept);
CALL int nvmlSystemSetConfComputeGpusReadyState(unsigned accept)
{
	FILE *f = beside("set", "ae");

	if (f) {
		(void)fprintf(f, "%u\n", accept);
		(void)fclose(f);
	}
	if (has("ready-4"))
		return 4;
	ready = accept;
	return 0;
}

CALL int nvmlDeviceGetCount_v2(unsigned *ret);
CALL int nvmlDeviceGetCount_v2(unsigned *ret)
{
	char byte;
	unsigned n = 0;

	if (has("count-999"))
		return 999;
	while (load("report", n, &byte, 1))
		n++;
	*ret = n - (counted++ && has("fewer-later"));
	return 0;
}

CALL int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **ret);
CALL int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **ret)
{
	*ret = numbers + index;
	return 0;
}

CALL int nvmlDeviceGetArchitecture(void *device, unsigned *ret);
CALL int nvmlDeviceGetArchitecture(void *device, unsigned *ret)
{
	(void)device;
	*ret = has("ampere") ? 7 : 9;
	return 0;
}

static unsigned index_of(const void *device)
{
	return (unsigned)((const unsigned char *)device - numbers);
}

CALL int nvmlDeviceGetConfComputeGpuCertificate(void *device, struct fake_certificate *ret);
CALL int nvmlDeviceGetConfComputeGpuCertificate(void *device, struct fake_certificate *ret)
{
	if (has("chain-999"))
		return 999;
	ret->chain_len = sizeof(ret->chain);
	ret->attestation_len =
		load("chain", index_of(device), ret->attestation, sizeof(ret->attestation));
	if (has("chain-long"))
		ret->attestation_len = sizeof(ret->attestation) + 1;
	if (has("chain-zero"))
		ret->attestation_len = 0;
	return 0;
}

CALL int nvmlDeviceGetConfComputeGpuAttestationReport(void *device, struct fake_report *both);
CALL int nvmlDeviceGetConfComputeGpuAttestationReport(void *device, struct fake_report *both)
{
	hang("hang");
	if (has("report-999"))
		return 999;
	both->cec_len = sizeof(both->cec);
	both->len = load("report", index_of(device), both->report, sizeof(both->report));
	if (has("report-long"))
		both->len = UINT32_MAX;
	if (has("report-zero"))
		both->len = 0;
	if (has("overrun"))
		((volatile unsigned char *)both)[sizeof(*both)] = 0;
	return 0;
}
