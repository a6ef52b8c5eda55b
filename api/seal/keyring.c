#include "api/seal/keyring.h"

#include <string.h>

#include "base/digest.h"

static const char *const scope_names[] = {
	[SCOPE_LIFE] = "life",
	[SCOPE_CONTAINER] = "container",
	[SCOPE_POD] = "pod",
};

const char *seal_scope_name(enum seal_scope scope)
{
	return scope >= SCOPE_LIFE && scope <= SCOPE_POD ? scope_names[scope] : "unknown";
}

int seal_scope_parse(struct span name, enum seal_scope *ret, struct err *e)
{
	for (enum seal_scope s = SCOPE_LIFE; s <= SCOPE_POD; s++)
		if (span_is_equal(name, span_text(scope_names[s]))) {
			*ret = s;
			return 0;
		}
	return FAIL(e, FAIL_INPUT, "scope must be life, container or pod");
}

/* One purpose, one label: what leaves this process (the id) says nothing of what stays. */
static int subkey(struct span key, const char *label, uint8_t *ret, size_t len, struct err *e)
{
	struct digest d;
	int failed = digest_hmac(DIGEST_SHA256, key, span_text(label), &d, e);

	if (!failed)
		memcpy(ret, d.at, len);
	explicit_bzero(&d, sizeof(d));
	return failed;
}

static int check(const struct msg_seal_keys *from, struct err *e)
{
	if (from->count > SEAL_KEYS_MAX)
		return FAIL(e, FAIL_INPUT, "%u seal keys", from->count);
	for (size_t i = 0; i < from->count; i++) {
		if (from->keys[i].scope < SCOPE_LIFE || from->keys[i].scope > SCOPE_POD)
			return FAIL(e, FAIL_INPUT, "seal key %zu: scope %u", i,
				    from->keys[i].scope);
		if (!from->keys[i].epoch)
			return FAIL(e, FAIL_INPUT, "seal key %zu: no epoch", i);
		for (size_t k = 0; k < i; k++)
			if (from->keys[k].scope == from->keys[i].scope &&
			    from->keys[k].epoch == from->keys[i].epoch)
				return FAIL(e, FAIL_INPUT, "seal key %zu is there twice", i);
	}
	return 0;
}

static int derive(struct seal_key *key, struct span root, uint8_t *room, struct err *e)
{
	int failed = subkey(root, "sealinit/seal/v1/id", key->id, SEAL_ID_BYTES, e);

	if (!failed)
		failed = subkey(root, "sealinit/seal/v1/commit", room, SEAL_SUBKEY_BYTES, e);
	if (!failed)
		failed = subkey(root, "sealinit/seal/v1/blob", room + SEAL_SUBKEY_BYTES,
				SEAL_SUBKEY_BYTES, e);
	key->commit_key = room;
	key->blob_key = room + SEAL_SUBKEY_BYTES;
	return failed;
}

int keyring_load(struct keyring *ret, const struct msg_seal_keys *from, struct err *e)
{
	AUTO_KEYRING struct keyring ring = KEYRING_EMPTY;
	int failed = check(from, e);

	if (!failed)
		failed = secret_init(&ring.bytes, SEAL_KEYS_MAX * 2 * SEAL_SUBKEY_BYTES, e);
	for (size_t i = 0; !failed && i < from->count; i++) {
		ring.keys[i].scope = from->keys[i].scope;
		ring.keys[i].epoch = from->keys[i].epoch;
		failed = derive(&ring.keys[i], span(from->keys[i].key, SEAL_KEY_BYTES),
				ring.bytes.at + i * 2 * SEAL_SUBKEY_BYTES, e);
	}
	if (failed)
		return failed;
	ring.count = from->count;
	keyring_done(ret);
	*ret = ring;
	ring = KEYRING_EMPTY;
	return 0;
}

const struct seal_key *keyring_newest(const struct keyring *k, enum seal_scope scope)
{
	const struct seal_key *found = NULL;

	for (size_t i = 0; i < k->count; i++)
		if (k->keys[i].scope == scope && (!found || k->keys[i].epoch > found->epoch))
			found = &k->keys[i];
	return found;
}

const struct seal_key *keyring_find(const struct keyring *k, uint32_t scope, uint32_t epoch,
				    const uint8_t id[static SEAL_ID_BYTES])
{
	for (size_t i = 0; i < k->count; i++)
		if (k->keys[i].scope == scope && k->keys[i].epoch == epoch &&
		    !memcmp(k->keys[i].id, id, SEAL_ID_BYTES))
			return &k->keys[i];
	return NULL;
}

void keyring_done(struct keyring *k)
{
	secret_done(&k->bytes);
	*k = KEYRING_EMPTY;
}
