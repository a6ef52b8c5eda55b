/*
 * A libnvidia-ml.so.1 for tests, alone with libc. What it says stands in files beside it: the
 * scenario's words, "reportN" and "chainN", N from 0, of which the first absent one ends the list.
 *
 *   cc-off  ppcie  devtools  sim  version-25  odd-version
 *   init-12  init-999  report-999  chain-999  count-999  settings-999  hang  hang-init
 *   report-long  report-zero  chain-long  chain-zero  overrun  fewer-later  ampere  odd-mode  nvle
 *   ready  no-ready  ready-4
 *
 * "set" appears beside it when somebody sets the ready state.
 */
#include "tests/support/nvml/nvml.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/nvml/scenario.h"

static unsigned counted;
static unsigned ready;
static unsigned char numbers[16];

CALL int nvmlInit_v2(void);
CALL int nvmlInit_v2(void)
{
	scenario_hang("hang-init");
	return scenario_has("init-12") ? 12 : scenario_has("init-999") ? 999 : 0;
}

CALL int nvmlShutdown(void);
CALL int nvmlShutdown(void)
{
	return 0;
}

CALL int nvmlSystemGetDriverVersion(char *at, unsigned len);
CALL int nvmlSystemGetDriverVersion(char *at, unsigned len)
{
	if (scenario_has("odd-version"))
		memset(at, 'x', len);
	else
		(void)snprintf(at, len, "550.90.07");
	return 0;
}

#ifndef NVML_OLD
CALL int nvmlSystemGetConfComputeSettings(struct fake_settings *s);
CALL int nvmlSystemGetConfComputeSettings(struct fake_settings *s)
{
	if (scenario_has("version-25") || s->version != FAKE_SETTINGS_V1)
		return 25;
	if (scenario_has("settings-999"))
		return 999;
	s->environment = scenario_has("sim") || scenario_has("devtools") ? 1 : 2;
	s->cc = !scenario_has("cc-off") && !scenario_has("ppcie");
	s->devtools = scenario_has("devtools");
	s->multi_gpu = scenario_has("odd-mode") ? 3
		       : scenario_has("nvle")	? 2
						: scenario_has("ppcie");
	return 0;
}
#endif

CALL int nvmlSystemGetConfComputeGpusReadyState(unsigned *ret);
CALL int nvmlSystemGetConfComputeGpusReadyState(unsigned *ret)
{
	*ret = scenario_has("ready") || (ready && !scenario_has("no-ready"));
	return 0;
}

CALL int nvmlSystemSetConfComputeGpusReadyState(unsigned accept);
CALL int nvmlSystemSetConfComputeGpusReadyState(unsigned accept)
{
	FILE *f = scenario_file("set", "ae");

	if (f) {
		(void)fprintf(f, "%u\n", accept);
		(void)fclose(f);
	}
	if (scenario_has("ready-4"))
		return 4;
	ready = accept;
	return 0;
}

CALL int nvmlDeviceGetCount_v2(unsigned *ret);
CALL int nvmlDeviceGetCount_v2(unsigned *ret)
{
	char byte;
	unsigned n = 0;

	if (scenario_has("count-999"))
		return 999;
	while (scenario_load("report", n, &byte, 1))
		n++;
	*ret = n - (counted++ && scenario_has("fewer-later"));
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
	*ret = scenario_has("ampere") ? 7 : 9;
	return 0;
}

static unsigned index_of(const void *device)
{
	return (unsigned)((const unsigned char *)device - numbers);
}

CALL int nvmlDeviceGetConfComputeGpuCertificate(void *device, struct fake_certificate *ret);
CALL int nvmlDeviceGetConfComputeGpuCertificate(void *device, struct fake_certificate *ret)
{
	if (scenario_has("chain-999"))
		return 999;
	ret->chain_len = sizeof(ret->chain);
	ret->attestation_len = scenario_load("chain", index_of(device), ret->attestation,
					     sizeof(ret->attestation));
	if (scenario_has("chain-long"))
		ret->attestation_len = sizeof(ret->attestation) + 1;
	if (scenario_has("chain-zero"))
		ret->attestation_len = 0;
	return 0;
}

CALL int nvmlDeviceGetConfComputeGpuAttestationReport(void *device, struct fake_report *both);
CALL int nvmlDeviceGetConfComputeGpuAttestationReport(void *device, struct fake_report *both)
{
	scenario_hang("hang");
	if (scenario_has("report-999"))
		return 999;
	both->cec_len = sizeof(both->cec);
	both->len = scenario_load("report", index_of(device), both->report, sizeof(both->report));
	if (scenario_has("report-long"))
		both->len = UINT32_MAX;
	if (scenario_has("report-zero"))
		both->len = 0;
	if (scenario_has("overrun"))
		((volatile unsigned char *)both)[sizeof(*both)] = 0;
	return 0;
}
