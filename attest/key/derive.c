#include "attest/key/derive.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

#include "base/mem.h"

#define INFO_LIMIT  512
#define EPOCH_BYTES 4

int derive_field(struct buf *ret, struct span field, size_t limit, struct err *e)
{
	uint8_t head[2] = { (uint8_t)(field.len >> 8), (uint8_t)field.len };
	size_t len = ret->len;
	int failed;

	if (field.len > UINT16_MAX)
		return FAIL(e, FAIL_LIMIT, "a field of %zu bytes", field.len);
	failed = buf_append(ret, span(head, sizeof(head)), limit, e);
	if (!failed)
		failed = buf_append(ret, field, limit, e);
	if (failed)
		ret->len = len;
	return failed;
}

static int fetch_hkdf(EVP_KDF_CTX **ret, struct err *e)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);

	*ret = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	EVP_KDF_free(kdf);
	return *ret ? 0 : FAIL(e, FAIL_SYS, "HKDF is not there");
}

/* OpenSSL takes its inputs through pointers that aren't const, and doesn't write to them. */
static OSSL_PARAM octets(const char *name, struct span s)
{
	return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)s.at, s.len);
}

static int hkdf(struct span root, struct span info, uint8_t *ret, struct err *e)
{
	AUTO_WIPE(key, DERIVE_KEY_BYTES);
	char hash[] = "SHA384";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0),
		octets(OSSL_KDF_PARAM_KEY, root),
		octets(OSSL_KDF_PARAM_SALT, span_text(DERIVE_SALT)),
		octets(OSSL_KDF_PARAM_INFO, info),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF_CTX *ctx;
	int done;

	if (fetch_hkdf(&ctx, e) < 0)
		return -(int)FAIL_SYS;
	done = EVP_KDF_derive(ctx, key, sizeof(key), params);
	EVP_KDF_CTX_free(ctx);
	if (done != 1)
		return FAIL(e, FAIL_SYS, "HKDF failed");
	memcpy(ret, key, sizeof(key));
	return 0;
}

static int derive(struct span root, const struct span *fields, size_t count, uint8_t *ret,
		  struct err *e)
{
	AUTO_BUF struct buf info = BUF_EMPTY;
	int failed = 0;

	if (root.len < ROOT_SECRET_MIN_BYTES)
		return FAIL(e, FAIL_BUG, "a root of %zu bytes", root.len);
	for (size_t i = 0; !failed && i < count; i++)
		failed = derive_field(&info, fields[i], INFO_LIMIT, e);
	return failed ? failed : hkdf(root, buf_view(&info), ret, e);
}

static void write_be32(uint32_t value, uint8_t ret[static EPOCH_BYTES])
{
	for (size_t i = 0; i < EPOCH_BYTES; i++)
		ret[i] = (uint8_t)(value >> (24 - 8 * i));
}

int derive_volume_key(struct span root, const char *volume, enum volume_key which, uint32_t epoch,
		      uint8_t ret[static DERIVE_KEY_BYTES], struct err *e)
{
	uint8_t number[EPOCH_BYTES];
	const struct span fields[] = {
		span_text("volume"),
		span_text(volume),
		span_text(which == VOLUME_KEY_WRAP ? "wrap" : "mac"),
		span(number, sizeof(number)),
	};

	write_be32(epoch, number);
	return derive(root, fields, COUNT_OF(fields), ret, e);
}

int derive_seal_key(struct span root, enum seal_scope scope, const char *caller, uint32_t epoch,
		    uint8_t ret[static DERIVE_KEY_BYTES], struct err *e)
{
	static const char *const scopes[] = {
		[SCOPE_LIFE] = "life",
		[SCOPE_CONTAINER] = "container",
		[SCOPE_POD] = "pod",
	};
	uint8_t number[EPOCH_BYTES];
	const struct span fields[] = {
		span_text("seal"),
		span_text(scopes[scope]),
		span_text(caller),
		span(number, sizeof(number)),
	};

	write_be32(epoch, number);
	return derive(root, fields, COUNT_OF(fields), ret, e);
}

int derive_root(struct span secret, const char *kind, struct span bound, struct secret *ret,
		struct err *e)
{
	const struct span fields[] = { span_text("root"), span_text(kind), bound };
	AUTO_SECRET struct secret root = SECRET_EMPTY;
	int failed = secret_init(&root, DERIVE_KEY_BYTES, e);

	if (!failed)
		failed = derive(secret, fields, COUNT_OF(fields), root.at, e);
	if (failed)
		return failed;
	secret_done(ret);
	*ret = secret_take(&root);
	return 0;
}
