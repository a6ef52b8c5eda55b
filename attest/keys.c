#include "attest/keys.h"

#include <string.h>

#include "attest/key/derive.h"

static int add_seal_key(struct msg_seal_keys *m, struct span root, enum seal_scope scope,
			struct err *e)
{
	int failed =
		derive_seal_key(root, scope, CALLER_GUEST, DERIVE_EPOCH, m->keys[m->count].key, e);

	if (failed)
		return failed;
	m->keys[m->count].scope = scope;
	m->keys[m->count].epoch = DERIVE_EPOCH;
	m->count++;
	return 0;
}

static int make_seal(const struct config *config, struct span root, struct span life,
		     struct secret *ret, struct err *e)
{
	struct msg_seal_keys *m;
	int failed = secret_init(ret, sizeof(*m), e);

	if (failed)
		return failed;
	m = (struct msg_seal_keys *)ret->at;
	failed = add_seal_key(m, life, SCOPE_LIFE, e);
	if (!failed && root.len)
		failed = add_seal_key(m, root, SCOPE_CONTAINER, e);
	if (!failed && root.len && config->seal_pod)
		failed = add_seal_key(m, root, SCOPE_POD, e);
	return failed;
}

static int make_random(struct volume_keys *ret, struct err *e)
{
	AUTO_SECRET struct secret random = SECRET_EMPTY;
	int failed = secret_random(&random, sizeof(*ret), e);

	if (!failed)
		memcpy(ret, random.at, sizeof(*ret));
	return failed;
}

static int make_volume(const struct config_volume *v, struct span root, struct volume_keys *ret,
		       struct err *e)
{
	int failed;

	if (v->create == VOLUME_ALWAYS)
		return make_random(ret, e);
	failed = derive_volume_key(root, v->name, VOLUME_KEY_WRAP, DERIVE_EPOCH, ret->wrap, e);
	if (!failed)
		failed =
			derive_volume_key(root, v->name, VOLUME_KEY_MAC, DERIVE_EPOCH, ret->mac, e);
	return failed;
}

static int make_volumes(const struct config *config, struct span root, struct secret *ret,
			struct err *e)
{
	int failed;

	if (!config->volume_count)
		return 0;
	failed = secret_init(ret, config->volume_count * sizeof(struct volume_keys), e);
	for (size_t i = 0; !failed && i < config->volume_count; i++)
		failed = make_volume(&config->volumes[i], root, (struct volume_keys *)ret->at + i,
				     e);
	return failed;
}

void keys_done(struct keys *k)
{
	secret_done(&k->seal);
	secret_done(&k->volumes);
}

int keys_make(const struct config *config, struct span root, struct span life, struct keys *ret,
	      struct err *e)
{
	__attribute__((cleanup(keys_done))) struct keys k = KEYS_EMPTY;
	int failed = make_seal(config, root, life, &k.seal, e);

	if (!failed)
		failed = make_volumes(config, root, &k.volumes, e);
	if (failed)
		return failed;
	keys_done(ret);
	*ret = k;
	k = KEYS_EMPTY;
	return 0;
}
