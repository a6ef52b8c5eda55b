#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "base/digest.h"
#include "tests/support/fault.h"
#include "tests/unit/api/keys.h"

Test(keyring, knows_each_key_by_scope_epoch_and_id_together)
{
	struct msg_seal_keys m = keys_message(SCOPE_CONTAINER, 7);
	AUTO_KEYRING struct keyring ring = KEYRING_EMPTY;
	uint8_t id[SEAL_ID_BYTES];
	char hex[2 * SEAL_ID_BYTES + 1];

	ring = keys_ring(&m);
	memcpy(id, ring.keys[0].id, sizeof(id));
	digest_hex(span(id, sizeof(id)), hex);
	cr_assert_str_eq(hex, "db3a5c9563a5a51a63f7c5b831e2a120");
	cr_assert_eq(keyring_find(&ring, SCOPE_CONTAINER, 7, id), &ring.keys[0]);
	cr_assert_null(keyring_find(&ring, SCOPE_POD, 7, id));
	cr_assert_null(keyring_find(&ring, SCOPE_CONTAINER, 8, id));
	id[15] ^= 1;
	cr_assert_null(keyring_find(&ring, SCOPE_CONTAINER, 7, id));
}

Test(keyring, seals_with_the_highest_epoch_of_a_scope)
{
	struct msg_seal_keys m = keys_message(SCOPE_POD, 2);
	AUTO_KEYRING struct keyring ring = KEYRING_EMPTY;

	keys_add(&m, SCOPE_POD, 9, 1);
	keys_add(&m, SCOPE_POD, 3, 2);
	ring = keys_ring(&m);
	cr_assert_eq(keyring_newest(&ring, SCOPE_POD)->epoch, 9);
	cr_assert_null(keyring_newest(&ring, SCOPE_LIFE));
}

Test(keyring, does_not_keep_the_keys_themselves)
{
	struct msg_seal_keys m = keys_message(SCOPE_POD, 2);
	AUTO_KEYRING struct keyring ring = KEYRING_EMPTY;

	ring = keys_ring(&m);
	cr_assert_null(memmem(ring.bytes.at, ring.bytes.len, m.keys[0].key, 16));
	cr_assert_null(memmem(&ring, sizeof(ring), m.keys[0].key, 16));
}

Test(keyring, can_be_loaded_again_and_be_empty)
{
	struct msg_seal_keys m = keys_all(), none = { .count = 0 };
	AUTO_KEYRING struct keyring ring = KEYRING_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(keyring_load(&ring, &m, &e), 0);
	cr_assert_eq(ring.count, 3);
	cr_assert_eq(keyring_load(&ring, &none, &e), 0);
	cr_assert_eq(ring.count, 0);
	cr_assert_null(keyring_newest(&ring, SCOPE_CONTAINER));
}

struct odd {
	uint32_t count, scope, epoch;
	char what[32];
};

ParameterizedTestParameters(keyring, refuses)
{
	static struct odd rows[] = {
		{ 9, SCOPE_POD, 1, "more keys than fit" },
		{ UINT32_MAX, SCOPE_POD, 1, "a count of all ones" },
		{ 1, 0, 1, "no scope" },
		{ 1, 4, 1, "an unknown scope" },
		{ 1, SCOPE_POD, 0, "no epoch" },
		{ 2, SCOPE_CONTAINER, 1, "the same key twice" },
	};
	return cr_make_param_array(struct odd, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct odd *row, keyring, refuses)
{
	struct msg_seal_keys good = keys_all(), m = keys_message(SCOPE_CONTAINER, 1);
	AUTO_KEYRING struct keyring ring = KEYRING_EMPTY;
	struct err e = { 0 };

	ring = keys_ring(&good);
	m.count = row->count;
	m.keys[0].scope = m.keys[1].scope = row->scope;
	m.keys[0].epoch = m.keys[1].epoch = row->epoch;
	cr_assert_eq(keyring_load(&ring, &m, &e), -FAIL_INPUT, "%s", row->what);
	cr_assert_eq(ring.count, 3, "what it had stays");
}

Test(keyring, fails_cleanly_without_memory)
{
	struct msg_seal_keys m = keys_all();

	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_KEYRING struct keyring ring = KEYRING_EMPTY;
		struct err e = { 0 };
		int failed = keyring_load(&ring, &m, &e);

		fault_disarm_keep();
		cr_assert(failed == 0 || failed == -FAIL_SYS);
	}
}

Test(keyring, reads_scope_names_and_no_others)
{
	enum seal_scope scope;
	struct err e = { 0 };

	cr_assert_eq(seal_scope_parse(span_text("pod"), &scope, &e), 0);
	cr_assert_eq(scope, SCOPE_POD);
	cr_assert_eq(seal_scope_parse(span_text("life"), &scope, &e), 0);
	cr_assert_eq(scope, SCOPE_LIFE);
	cr_assert_eq(seal_scope_parse(span_text("Pod"), &scope, &e), -FAIL_INPUT);
	cr_assert_eq(seal_scope_parse(span_text(""), &scope, &e), -FAIL_INPUT);
	cr_assert_eq(seal_scope_parse(span_text("podd"), &scope, &e), -FAIL_INPUT);
	cr_assert_str_eq(seal_scope_name(SCOPE_CONTAINER), "container");
	cr_assert_str_eq(seal_scope_name((enum seal_scope)9), "unknown");
}
