/*
 * Seal blocks. The first byte says how: bit 0 puts a MAC that matches behind the block, so that
 * what comes after the MAC is reached too; bit 1 is the block's place. Then up to 4096 bytes of
 * block.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "storage/head.h"

#define MAC_AT 464

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t KEY[VOLUME_KEY_BYTES] = { 1, 2, 3 };

/* Over a head that is zero but for the block: FORMAT.md, "Seal block". */
static void authenticate(uint8_t *block)
{
	static const char front[] = "\0\x10sealinit/v1/head\0\x04"
				    "fuzz";
	static uint8_t text[HEAD_BYTES];
	const size_t start = sizeof(front) - 1;
	size_t len = start + MAC_AT;
	unsigned int mac_len = 0;

	memset(text, 0, sizeof(text));
	memcpy(text, front, start);
	memcpy(text + start, block, MAC_AT);
	if (memcmp(block + 12, "\0\0\0\x01", 4) != 0)
		len += HEAD_BYTES - 2 * HEAD_BLOCK;
	if (!HMAC(EVP_sha384(), KEY, sizeof(KEY), text, len, block + MAC_AT, &mac_len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t head[HEAD_BYTES], again[HEAD_BLOCK];
	const struct seal_with with = { span_text("fuzz"), span(KEY, sizeof(KEY)) };
	size_t place;
	enum head_kind kind;
	struct seal s;
	int got;

	if (size < 1 || size > 1 + HEAD_BLOCK)
		return 0;
	place = data[0] & 2 ? HEAD_SEAL_B : HEAD_SEAL_A;
	memset(head, 0, sizeof(head));
	memcpy(head + place, data + 1, size - 1);
	if (data[0] & 1)
		authenticate(head + place);
	got = seal_decode(head, place, &with, &s, NULL);
	if (got == 0 && !(data[0] & 1))
		abort(); /* nobody has that MAC */
	/* What was read is what would be written. */
	if (got == 0 && (seal_encode(&s, &with, head, again, NULL) < 0 ||
			 memcmp(again, head + place, HEAD_BLOCK) != 0))
		abort();
	if (head_judge(head, &with, &kind, &s, NULL) == 0 && kind != HEAD_ZERO && got < 0)
		abort();
	return 0;
}
