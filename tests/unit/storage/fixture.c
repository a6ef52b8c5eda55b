#include "tests/unit/storage/fixture.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#define TWICE(x) x, x
#define KEY(x)	 TWICE(TWICE(TWICE(TWICE(TWICE(x)))))

const uint8_t FIXTURE_WRAP_KEY[VOLUME_KEY_BYTES] = { KEY(0x11) };
const uint8_t FIXTURE_MAC_KEY[VOLUME_KEY_BYTES] = { KEY(0x22) };

struct seal_with fixture_with(void)
{
	return (struct seal_with){ span_text("data"), span(FIXTURE_MAC_KEY, VOLUME_KEY_BYTES) };
}

struct seal fixture_seal(uint32_t state)
{
	struct seal s = { .state = state,
			  .profile = PROFILE_JOURNAL,
			  .generation = 3,
			  .epoch = 1,
			  .size = FIXTURE_SIZE };

	if (state == SEAL_VOLUME)
		memset(s.wrapped, 0x77, sizeof(s.wrapped));
	return s;
}

uint8_t *fixture_head(void)
{
	uint8_t *head = head_new();
	size_t i;

	if (!head)
		abort();
	for (i = 0; i < HEAD_BYTES; i++)
		head[i] = (uint8_t)(i * 7 + 3);
	return head;
}

uint8_t *fixture_volume(void)
{
	uint8_t *head = fixture_head();
	struct seal s = fixture_seal(SEAL_VOLUME);
	struct seal_with with = fixture_with();

	if (seal_encode(&s, &with, head, head + HEAD_SEAL_A, NULL) < 0)
		abort();
	s.generation--;
	if (seal_encode(&s, &with, head, head + HEAD_SEAL_B, NULL) < 0)
		abort();
	return head;
}

void fixture_reseal(uint8_t *head, size_t place)
{
	static const char front[] = "\0\x10sealinit/v1/head\0\x04"
				    "data";
	const size_t behind = HEAD_SEAL_B + HEAD_BLOCK;
	uint8_t *text = malloc(HEAD_BYTES), *block = head + place;
	size_t len = sizeof(front) - 1;
	unsigned int mac_len = 0;

	if (!text)
		abort();
	memcpy(text, front, len);
	memcpy(text + len, block, 464);
	len += 464;
	if (block[15] != SEAL_FORMATTING) {
		memcpy(text + len, head, HEAD_SEAL_A);
		len += HEAD_SEAL_A;
		memcpy(text + len, head + behind, HEAD_BYTES - behind);
		len += HEAD_BYTES - behind;
	}
	if (!HMAC(EVP_sha384(), FIXTURE_MAC_KEY, VOLUME_KEY_BYTES, text, len, block + 464,
		  &mac_len) ||
	    mac_len != SEAL_MAC_BYTES)
		abort();
	free(text);
}
