/* Initdata: a disk image with the magic goes all the way, anything else is taken for an envelope.
 */
#include <stdint.h>
#include <string.h>

#include "attest/config/initdata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ENVELOPE struct envelope env = { .algorithm = DIGEST_SHA256 };
	AUTO_BUF struct buf toml = BUF_EMPTY;
	struct span text = span(data, size);
	struct err e = { 0 };

	if (size >= INITDATA_MAGIC_BYTES && !memcmp(data, INITDATA_MAGIC, INITDATA_MAGIC_BYTES)) {
		if (initdata_unpack(text, &toml, &e) < 0)
			return 0;
		text = buf_view(&toml);
	}
	(void)envelope_parse(text, &env, &e);
	return 0;
}
