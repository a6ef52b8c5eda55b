#include "attest/jose/jwe.h"

#include <openssl/rand.h>
#include <string.h>

#include "attest/jose/jwk.h"
#include "attest/jose/keywrap.h"
#include "base/b64.h"
#include "base/json.h"
#include "base/mem.h"

#define HEADER_BYTES 1024 /* alg, enc and an epk take 200 */

static void auto_cipher(EVP_CIPHER_CTX **c)
{
	EVP_CIPHER_CTX_free(*c);
}

/* What the text holds; spans and the header's text are loans from the JSON tree. */
struct parts {
	cJSON *tree;
	struct span aad; /* "protected", as it came: RFC 7516, 5.2 step 15 */
	struct buf key;
	struct buf iv;
	struct buf ciphertext;
	struct buf tag;
};

static void parts_done(struct parts *p)
{
	json_done(&p->tree);
	buf_done(&p->key);
	buf_done(&p->iv);
	buf_done(&p->ciphertext);
	buf_done(&p->tag);
}

/* Bytes of a member that must be `len` long; 0: up to LIMIT_RESOURCE_BYTES, and some. */
static int read_bytes(const cJSON *node, size_t len, struct buf *ret, struct err *e)
{
	int failed = b64_decode(B64_URL, span_text(json_text(node)),
				len ? len : LIMIT_RESOURCE_BYTES, ret, e);

	if (failed == -FAIL_SYS || (failed == -FAIL_LIMIT && !len))
		return failed;
	if (failed && failed != -FAIL_LIMIT)
		return FAIL(e, FAIL_INPUT, "jwe: \"%s\" is not base64url", node->string);
	if (len && (failed || ret->len != len))
		return FAIL(e, FAIL_INPUT, "jwe: \"%s\" must be %zu bytes", node->string, len);
	if (!ret->len)
		return FAIL(e, FAIL_INPUT, "jwe: \"%s\" is empty", node->string);
	return 0;
}

static int read_parts(struct span text, struct parts *ret, struct err *e)
{
	const cJSON *header, *key, *iv, *ciphertext, *tag;
	const struct json_field fields[] = {
		{ "protected", JSON_TEXT, true, &header },
		{ "encrypted_key", JSON_TEXT, true, &key },
		{ "iv", JSON_TEXT, true, &iv },
		{ "ciphertext", JSON_TEXT, true, &ciphertext },
		{ "tag", JSON_TEXT, true, &tag },
		{ 0 },
	};
	int failed;

	if ((failed = json_parse(text, JWE_TEXT_BYTES, &ret->tree, e)) ||
	    (failed = json_object(ret->tree, "jwe", fields, e)) ||
	    (failed = read_bytes(key, KEYWRAP_WRAPPED_BYTES, &ret->key, e)) ||
	    (failed = read_bytes(iv, JWE_IV_BYTES, &ret->iv, e)) ||
	    (failed = read_bytes(tag, JWE_TAG_BYTES, &ret->tag, e)) ||
	    (failed = read_bytes(ciphertext, 0, &ret->ciphertext, e)))
		return failed;
	ret->aad = span_text(json_text(header));
	return 0;
}

/* The ephemeral key out of the protected header; everything else in there has one value. */
static int read_header(struct span protected, EVP_PKEY **ret_epk, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_JSON cJSON *tree = NULL;
	const cJSON *alg, *enc, *epk;
	const struct json_field fields[] = {
		{ "alg", JSON_TEXT, true, &alg },
		{ "enc", JSON_TEXT, true, &enc },
		{ "epk", JSON_OBJECT, true, &epk },
		{ 0 },
	};
	int failed;

	if ((failed = b64_decode(B64_URL, protected, HEADER_BYTES, &text, e)) ||
	    (failed = json_parse(buf_view(&text), HEADER_BYTES, &tree, e)) ||
	    (failed = json_object(tree, "jwe header", fields, e)))
		return failed;
	if (strcmp(json_text(alg), JWK_ALG_TEE) != 0)
		return FAIL(e, FAIL_INPUT, "jwe: alg \"%.32s\" is not one that we asked for",
			    json_text(alg));
	if (strcmp(json_text(enc), "A256GCM") != 0)
		return FAIL(e, FAIL_INPUT, "jwe: enc \"%.32s\" is not A256GCM", json_text(enc));
	return jwk_parse(epk, "jwe epk", NULL, ret_epk, e);
}

/* An int for OpenSSL; nothing here is longer than LIMIT_RESOURCE_BYTES. */
static int int_of(size_t len)
{
	return (int)len;
}

static int open_content(const struct parts *p, const uint8_t *cek, struct secret *ret,
			struct err *e)
{
	__attribute__((cleanup(auto_cipher))) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	AUTO_SECRET struct secret plain = SECRET_EMPTY;
	int failed = secret_init(&plain, p->ciphertext.len, e), n = 0;

	if (failed)
		return failed;
	if (!ctx || EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, cek, p->iv.at) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, JWE_TAG_BYTES, p->tag.at) != 1 ||
	    EVP_DecryptUpdate(ctx, NULL, &n, p->aad.at, int_of(p->aad.len)) != 1 ||
	    EVP_DecryptUpdate(ctx, plain.at, &n, p->ciphertext.at, int_of(p->ciphertext.len)) != 1)
		return FAIL(e, FAIL_SYS, "jwe: AES-256-GCM failed");
	if (EVP_DecryptFinal_ex(ctx, plain.at + n, &n) != 1)
		return FAIL(e, FAIL_FORGED, "jwe: the tag does not match");
	*ret = secret_take(&plain);
	return 0;
}

int jwe_decrypt(struct span text, EVP_PKEY *key, struct secret *ret, struct err *e)
{
	__attribute__((cleanup(parts_done))) struct parts p = { 0 };
	AUTO_JWK EVP_PKEY *epk = NULL;
	AUTO_WIPE(kek, KEYWRAP_KEY_BYTES);
	AUTO_WIPE(cek, KEYWRAP_KEY_BYTES);
	int failed;

	if ((failed = read_parts(text, &p, e)) || (failed = read_header(p.aad, &epk, e)) ||
	    (failed = keywrap_agree(key, epk, kek, e)) ||
	    (failed = keywrap_unwrap(kek, buf_view(&p.key), cek, e)))
		return failed;
	return open_content(&p, cek, ret, e);
}

static int make_header(const EVP_PKEY *epk, struct buf *ret, struct err *e)
{
	AUTO_JSON cJSON *header = cJSON_CreateObject();
	AUTO_BUF struct buf text = BUF_EMPTY;
	cJSON *jwk = NULL;
	int failed;

	/* In upstream's order: its client authenticates a header that it has printed anew. */
	if ((failed = json_add_text(header, "alg", JWK_ALG_TEE, e)) ||
	    (failed = json_add_text(header, "enc", "A256GCM", e)) ||
	    (failed = jwk_public_json(epk, NULL, &jwk, e)) ||
	    (failed = json_add(header, "epk", jwk, e)) ||
	    (failed = json_print(header, HEADER_BYTES, &text, e)))
		return failed;
	return b64_encode(B64_URL, buf_view(&text), HEADER_BYTES * 2, ret, e);
}

static int seal_content(struct span plaintext, struct span aad, const uint8_t *cek,
			const uint8_t *iv, struct buf *ret, uint8_t *ret_tag, struct err *e)
{
	__attribute__((cleanup(auto_cipher))) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int failed = buf_reserve(ret, plaintext.len, e), n = 0;

	if (failed)
		return failed;
	if (!ctx || EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, cek, iv) != 1 ||
	    EVP_EncryptUpdate(ctx, NULL, &n, aad.at, int_of(aad.len)) != 1 ||
	    EVP_EncryptUpdate(ctx, ret->at, &n, plaintext.at, int_of(plaintext.len)) != 1 ||
	    EVP_EncryptFinal_ex(ctx, ret->at + n, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, JWE_TAG_BYTES, ret_tag) != 1)
		return FAIL(e, FAIL_SYS, "jwe: AES-256-GCM failed");
	ret->len = plaintext.len;
	return 0;
}

static int add_bytes(cJSON *object, const char *name, struct span bytes, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	int failed = b64_encode(B64_URL, bytes, JWE_TEXT_BYTES, &text, e);

	return failed ? failed : json_add_text(object, name, (const char *)text.at, e);
}

int jwe_encrypt(struct span plaintext, EVP_PKEY *recipient, struct buf *ret, struct err *e)
{
	AUTO_JSON cJSON *object = cJSON_CreateObject();
	AUTO_BUF struct buf header = BUF_EMPTY, ciphertext = BUF_EMPTY;
	AUTO_JWK EVP_PKEY *epk = NULL;
	uint8_t iv[JWE_IV_BYTES], tag[JWE_TAG_BYTES], wrapped[KEYWRAP_WRAPPED_BYTES];
	AUTO_WIPE(kek, KEYWRAP_KEY_BYTES);
	AUTO_WIPE(cek, KEYWRAP_KEY_BYTES);
	int failed;

	if (!plaintext.len || plaintext.len > LIMIT_RESOURCE_BYTES)
		return FAIL(e, FAIL_LIMIT, "jwe: a plaintext of %zu bytes", plaintext.len);
	if (RAND_bytes(iv, sizeof(iv)) != 1 || RAND_priv_bytes(cek, sizeof(cek)) != 1)
		return FAIL(e, FAIL_SYS, "jwe: no random bytes");
	if ((failed = jwk_generate(&epk, e)) || (failed = make_header(epk, &header, e)) ||
	    (failed = keywrap_agree(epk, recipient, kek, e)) ||
	    (failed = keywrap_wrap(kek, cek, wrapped, e)) ||
	    (failed = seal_content(plaintext, buf_view(&header), cek, iv, &ciphertext, tag, e)))
		return failed;
	if ((failed = json_add_text(object, "protected", (const char *)header.at, e)) ||
	    (failed = add_bytes(object, "encrypted_key", span(wrapped, sizeof(wrapped)), e)) ||
	    (failed = add_bytes(object, "iv", span(iv, sizeof(iv)), e)) ||
	    (failed = add_bytes(object, "ciphertext", buf_view(&ciphertext), e)) ||
	    (failed = add_bytes(object, "tag", span(tag, sizeof(tag)), e)))
		return failed;
	return json_print(object, JWE_TEXT_BYTES, ret, e);
}
