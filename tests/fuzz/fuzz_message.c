/* What PID 1's children may say. The first byte is the sender, the next two the operation and
 * whether a status is set; the rest is the body. What is let pass must have texts that end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "init/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One sealed memfd does for all configurations: nobody reads it here. */
static int document(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = fd_seal_bytes("document", span_text("document"), NULL);
	return fd;
}

/* A payload's words were checked as one; they must be there one by one. */
static void use_config(const struct ipc_msg *m)
{
	struct msg_config config;
	struct command command;

	memcpy(&config, m->body, sizeof(config));
	command_init(&command, PROGRAM_PAYLOAD);
	if (config.payload != PAYLOAD_NONE && command_payload(&command, &config, NULL) < 0)
		abort();
}

static void use_volume(const struct ipc_msg *m)
{
	struct msg_volume volume;

	if (m->status)
		return;
	memcpy(&volume, m->body, sizeof(volume));
	if (strlen(volume.name) >= sizeof(volume.name) || volume.name[0] == '-' ||
	    strlen(volume.mount) >= sizeof(volume.mount))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ipc_msg m = { .version = IPC_VERSION };

	if (size < 3 || size - 3 > sizeof(m.body))
		return 0;
	m.op = data[1];
	m.status = data[2] % (FAIL_BUG + 1);
	m.length = (uint32_t)(size - 3);
	memcpy(m.body, data + 3, size - 3);
	if (message_check(data[0] % PROGRAM_COUNT, &m, m.op == MSG_CONFIG ? document() : -1, NULL))
		return 0;
	if (m.op == MSG_VOLUME)
		use_volume(&m);
	else if (m.op == MSG_CONFIG)
		use_config(&m);
	return 0;
}
