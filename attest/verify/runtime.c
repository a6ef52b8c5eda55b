#include "attest/verify/runtime.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define KEY_MEMBERS 5

/* kbs-types 0.18, TeePubKey: tagged by kty; members sorted. */
static const struct {
	const char *kty;
	const char *members[KEY_MEMBERS];
} shapes[] = {
	{ "EC", { "alg", "crv", "kty", "x", "y" } },
	{ "RSA", { "alg", "e", "kty", "n" } },
	{ "AKP", { "alg", "kty", "pub" } },
};

static int copy_members(const cJSON *jwk, const char *const members[static KEY_MEMBERS],
			cJSON **ret, struct err *e)
{
	AUTO_JSON cJSON *key = cJSON_CreateObject();
	int failed;

	for (size_t i = 0; i < KEY_MEMBERS && members[i]; i++) {
		const char *text = json_text(cJSON_GetObjectItemCaseSensitive(jwk, members[i]));

		if (!text)
			return FAIL(e, FAIL_INPUT, "tee-pubkey: \"%s\" must be a string",
				    members[i]);
		failed = json_add_text(key, members[i], text, e);
		if (failed)
			return failed;
	}
	*ret = key;
	key = NULL;
	return 0;
}

int runtime_key(const cJSON *jwk, cJSON **ret, struct err *e)
{
	const char *kty = json_text(cJSON_GetObjectItemCaseSensitive(jwk, "kty"));

	for (size_t i = 0; kty && i < COUNT_OF(shapes); i++)
		if (!strcmp(kty, shapes[i].kty))
			return copy_members(jwk, shapes[i].members, ret, e);
	return FAIL(e, FAIL_INPUT, "tee-pubkey: kty must be EC, RSA or AKP");
}

int runtime_data(const cJSON *key, const char *nonce, const char *additional, cJSON **ret,
		 struct err *e)
{
	AUTO_JSON cJSON *runtime = cJSON_CreateObject();
	int failed;

	if ((additional &&
	     (failed = json_add_text(runtime, "additional-evidence", additional, e))) ||
	    (failed = json_add_text(runtime, "nonce", nonce, e)) ||
	    (failed = json_add(runtime, "tee-pubkey", cJSON_Duplicate(key, 1), e)))
		return failed;
	*ret = runtime;
	runtime = NULL;
	return 0;
}

int runtime_digest(enum digest_alg hash, const cJSON *runtime, struct digest *ret, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	/* Escapes make text at most six times as long. */
	int failed = json_print(runtime, (size_t)LIMIT_VERIFY_FILE_BYTES * 6, &text, e);

	return failed ? failed : digest_of(hash, buf_view(&text), ret, e);
}
