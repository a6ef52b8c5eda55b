/* libnvidia-ml.so.1 for guests of the tests, alone with libc: asks the program beside it. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/guest/nvidia/nvidia.h"
#include "tests/support/nvml/nvml.h"

#define CALL	  __attribute__((visibility("default")))
#define NO_DRIVER 9
#define UNKNOWN	  999

static int converse(int fd, const struct nvidia_question *q, struct nvidia_answer *ret)
{
	if (send(fd, q, sizeof(*q), MSG_NOSIGNAL) != (ssize_t)sizeof(*q) ||
	    recv(fd, ret, sizeof(*ret), MSG_WAITALL) != (ssize_t)sizeof(*ret))
		return UNKNOWN;
	return ret->len > sizeof(ret->at) ? UNKNOWN : ret->code;
}

static int ask(const struct nvidia_question *q, struct nvidia_answer *ret)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = NVIDIA_DRIVER };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), code = NO_DRIVER;

	if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
		code = converse(fd, q, ret);
	if (fd >= 0)
		(void)close(fd);
	return code;
}

static int ask_number(enum nvidia_op op, unsigned *ret)
{
	struct nvidia_answer a;
	int code = ask(&(struct nvidia_question){ .op = op }, &a);

	if (!code)
		memcpy(ret, a.at, sizeof(*ret));
	return code;
}

CALL int nvmlInit_v2(void);
CALL int nvmlInit_v2(void)
{
	unsigned count;

	return ask_number(NVIDIA_COUNT, &count);
}

CALL int nvmlShutdown(void);
CALL int nvmlShutdown(void)
{
	return 0;
}

CALL int nvmlSystemGetDriverVersion(char *at, unsigned len);
CALL int nvmlSystemGetDriverVersion(char *at, unsigned len)
{
	(void)snprintf(at, len, "550.90.07");
	return 0;
}

CALL int nvmlSystemGetConfComputeSettings(struct fake_settings *s);
CALL int nvmlSystemGetConfComputeSettings(struct fake_settings *s)
{
	struct nvidia_answer a;
	int code = ask(&(struct nvidia_question){ .op = NVIDIA_STATE }, &a);

	if (s->version != FAKE_SETTINGS_V1)
		return 25;
	if (!code)
		memcpy(&s->environment, a.at, 4 * sizeof(s->environment));
	return code;
}

CALL int nvmlSystemGetConfComputeGpusReadyState(unsigned *ret);
CALL int nvmlSystemGetConfComputeGpusReadyState(unsigned *ret)
{
	return ask_number(NVIDIA_GET_READY, ret);
}

CALL int nvmlSystemSetConfComputeGpusReadyState(unsigned accept);
CALL int nvmlSystemSetConfComputeGpusReadyState(unsigned accept)
{
	struct nvidia_answer a;

	return ask(&(struct nvidia_question){ .op = NVIDIA_SET_READY, .index = accept }, &a);
}

CALL int nvmlDeviceGetCount_v2(unsigned *ret);
CALL int nvmlDeviceGetCount_v2(unsigned *ret)
{
	return ask_number(NVIDIA_COUNT, ret);
}

static unsigned char numbers[16];

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
	*ret = 9;
	return 0;
}

static uint32_t index_of(const void *device)
{
	return (uint32_t)((const unsigned char *)device - numbers);
}

CALL int nvmlDeviceGetConfComputeGpuCertificate(void *device, struct fake_certificate *ret);
CALL int nvmlDeviceGetConfComputeGpuCertificate(void *device, struct fake_certificate *ret)
{
	struct nvidia_question q = { .op = NVIDIA_CHAIN, .index = index_of(device) };
	struct nvidia_answer a;
	int code = ask(&q, &a);

	if (code)
		return code;
	if (a.len > sizeof(ret->attestation))
		return UNKNOWN;
	memcpy(ret->attestation, a.at, a.len);
	ret->attestation_len = a.len;
	ret->chain_len = sizeof(ret->chain);
	return 0;
}

CALL int nvmlDeviceGetConfComputeGpuAttestationReport(void *device, struct fake_report *both);
CALL int nvmlDeviceGetConfComputeGpuAttestationReport(void *device, struct fake_report *both)
{
	struct nvidia_question q = { .op = NVIDIA_REPORT, .index = index_of(device) };
	struct nvidia_answer a;
	int code;

	memcpy(q.nonce, both->nonce, sizeof(q.nonce));
	code = ask(&q, &a);
	if (code)
		return code;
	memcpy(both->report, a.at, a.len);
	both->len = a.len;
	both->cec_len = sizeof(both->cec);
	return 0;
}
