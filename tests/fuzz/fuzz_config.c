/* sealinit.json. What is accepted keeps the promises that the other programs build on. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "attest/config/config.h"
#include "base/ipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_volume(const struct config_volume *v)
{
	if (!ipc_is_text(v->name, sizeof(v->name)) || !*v->name || v->mount[0] != '/' ||
	    strstr(v->mount, "/../") || v->create > VOLUME_ALWAYS || v->mode > 07777)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_CONFIG struct config c = CONFIG_EMPTY;
	struct err e = { 0 };

	if (config_parse(span(data, size), &c, &e) < 0)
		return 0;
	for (size_t i = 0; i < c.volume_count; i++)
		check_volume(&c.volumes[i]);
	if (c.net.prefix > 32 || c.net.deadline_ms > MAX_DEADLINE_MS ||
	    (c.broker.is_given && !config_is_resource_path(c.broker.root_secret)))
		abort();
	return 0;
}
