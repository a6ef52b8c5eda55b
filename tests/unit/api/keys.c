#include "tests/unit/api/keys.h"

#include <criterion/criterion.h>
#include <string.h>

struct msg_seal_keys keys_message(enum seal_scope scope, uint32_t epoch)
{
	struct msg_seal_keys m = { .count = 1, .keys = { { .scope = scope, .epoch = epoch } } };

	for (uint8_t i = 0; i < SEAL_KEY_BYTES; i++)
		m.keys[0].key[i] = i;
	return m;
}

void keys_add(struct msg_seal_keys *m, enum seal_scope scope, uint32_t epoch, uint8_t fill)
{
	cr_assert_lt(m->count, SEAL_KEYS_MAX);
	m->keys[m->count].scope = scope;
	m->keys[m->count].epoch = epoch;
	memset(m->keys[m->count].key, fill, SEAL_KEY_BYTES);
	m->count++;
}

struct msg_seal_keys keys_all(void)
{
	struct msg_seal_keys m = keys_message(SCOPE_CONTAINER, 1);

	keys_add(&m, SCOPE_LIFE, 1, 0x11);
	keys_add(&m, SCOPE_POD, 1, 0x22);
	return m;
}

struct keyring keys_ring(const struct msg_seal_keys *m)
{
	struct keyring ring = KEYRING_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(keyring_load(&ring, m, &e), 0, "%s", e.text);
	return ring;
}
