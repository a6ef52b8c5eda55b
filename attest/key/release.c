#include "attest/key/release.h"

#include <stdbool.h>

#include "base/limits.h"

/* A zeroed or filled file is the one bad secret that can be told from a good one. */
static bool is_repeated(struct span s)
{
	uint8_t differs = 0;

	for (size_t i = 1; i < s.len; i++)
		differs |= s.at[i] ^ s.at[0];
	return !differs;
}

int release_root(struct secret *resource, const char *uri_path, struct secret *ret, struct err *e)
{
	if (resource->len < ROOT_SECRET_MIN_BYTES || resource->len > ROOT_SECRET_MAX_BYTES)
		return FAIL(e, FAIL_INPUT,
			    "root secret %.48s has %zu bytes: store %d .. %d random bytes there",
			    uri_path, resource->len, ROOT_SECRET_MIN_BYTES, ROOT_SECRET_MAX_BYTES);
	if (is_repeated(secret_view(resource)))
		return FAIL(e, FAIL_INPUT,
			    "root secret %.48s is one byte repeated: store random bytes there",
			    uri_path);
	secret_done(ret);
	*ret = secret_take(resource);
	return 0;
}
