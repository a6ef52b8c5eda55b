#include "storage/sealblock.h"

#include <endian.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/core_names.h>
#include <stdbool.h>
#include <string.h>

/* Everything that is written lies in the first 512 bytes, which a disk writes at once or not at
 * all; the rest of the block is zero before, during and after. */
#define AT_MAGIC       0
#define AT_VERSION     8
#define AT_STATE       12
#define AT_GENERATION  16
#define AT_EPOCH       24
#define AT_SIZE	       32
#define AT_DATA_OFFSET 40
#define AT_COVERED     48
#define AT_PROFILE     56
#define AT_WRAPPED_LEN 60
#define AT_WRAPPED     64
#define AT_SESSION     (AT_WRAPPED + SEAL_WRAPPED_BYTES)
#define AT_ANCHOR_ID   (AT_SESSION + 8)
#define AT_ZERO	       (AT_ANCHOR_ID + ANCHOR_ID_BYTES)
#define AT_MAC	       464
#define AT_REST	       (AT_MAC + SEAL_MAC_BYTES)

static const uint8_t MAGIC[8] = { 's', 'e', 'a', 'l', 'v', 'o', 'l', 0x1a };
static const char LABEL[] = "sealinit/v1/head";

static void put32(uint8_t *at, uint32_t value)
{
	value = htobe32(value);
	memcpy(at, &value, sizeof(value));
}

static void put64(uint8_t *at, uint64_t value)
{
	value = htobe64(value);
	memcpy(at, &value, sizeof(value));
}

static uint32_t get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return be32toh(value);
}

static uint64_t get64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return be64toh(value);
}

static bool is_zero(const uint8_t *at, size_t len)
{
	uint8_t any = 0;
	size_t i;

	for (i = 0; i < len; i++)
		any |= at[i];
	return any == 0;
}

_Bool seal_is_claimed(const uint8_t *head, size_t place)
{
	return memcmp(head + place + AT_MAGIC, MAGIC, sizeof(MAGIC)) == 0;
}

static void mac_free(EVP_MAC **mac)
{
	EVP_MAC_free(*mac);
}

static void mac_ctx_free(EVP_MAC_CTX **ctx)
{
	EVP_MAC_CTX_free(*ctx);
}

/* A field as in the keys' derivation: its length in two bytes, then its bytes. */
static bool mac_field(EVP_MAC_CTX *ctx, struct span field)
{
	uint8_t len[2] = { (uint8_t)(field.len >> 8), (uint8_t)field.len };

	return EVP_MAC_update(ctx, len, sizeof(len)) && EVP_MAC_update(ctx, field.at, field.len);
}

/* Label and name carry their lengths and the block has one size, so that no two inputs run into
 * the same bytes; what is covered depends on the state, which is in the block. */
static bool mac_input(EVP_MAC_CTX *ctx, const uint8_t *block, struct span name, const uint8_t *head)
{
	const size_t behind = HEAD_SEAL_B + HEAD_BLOCK;

	if (!mac_field(ctx, span_text(LABEL)) || !mac_field(ctx, name) ||
	    !EVP_MAC_update(ctx, block, AT_MAC))
		return false;
	return get32(block + AT_STATE) == SEAL_FORMATTING ||
	       (EVP_MAC_update(ctx, head, HEAD_SEAL_A) &&
		EVP_MAC_update(ctx, head + behind, HEAD_BYTES - behind));
}

static int mac(const uint8_t *block, const struct seal_with *with, const uint8_t *head,
	       uint8_t ret[SEAL_MAC_BYTES], struct err *e)
{
	__attribute__((cleanup(mac_free))) EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	__attribute__((cleanup(mac_ctx_free))) EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(hmac);
	char digest[] = "SHA384";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	size_t len = 0;

	if (!ctx || !EVP_MAC_init(ctx, with->mac_key.at, with->mac_key.len, params) ||
	    !mac_input(ctx, block, with->name, head) ||
	    !EVP_MAC_final(ctx, ret, &len, SEAL_MAC_BYTES) || len != SEAL_MAC_BYTES)
		return FAIL(e, FAIL_SYS, "HMAC-SHA-384 failed");
	return 0;
}

static int check_with(const struct seal_with *with, struct err *e)
{
	if (!with->name.len || with->name.len >= LIMIT_NAME_BYTES ||
	    with->mac_key.len != VOLUME_KEY_BYTES)
		return FAIL(e, FAIL_BUG, "seal: name of %zu, key of %zu bytes", with->name.len,
			    with->mac_key.len);
	return 0;
}

/* What a block of this version can say; asked of ours before writing, of theirs after the MAC. */
static int check_values(const struct seal *s, struct err *e)
{
	if (s->state != SEAL_FORMATTING && s->state != SEAL_VOLUME)
		return FAIL(e, FAIL_INPUT, "seal: state %" PRIu32 " is not known", s->state);
	if (s->profile != PROFILE_JOURNAL && s->profile != PROFILE_DIRECT)
		return FAIL(e, FAIL_INPUT, "seal: profile %" PRIu32 " is not known", s->profile);
	if (s->size % HEAD_BLOCK || s->size < VOLUME_MIN_BYTES || s->size > INT64_MAX)
		return FAIL(e, FAIL_INPUT, "seal: size %" PRIu64 " can't be", s->size);
	if (!s->generation)
		return FAIL(e, FAIL_INPUT, "seal: generation 0");
	if (is_zero(s->wrapped, sizeof(s->wrapped)) != (s->state == SEAL_FORMATTING))
		return FAIL(e, FAIL_INPUT, "seal: state %" PRIu32 " and its key don't fit",
			    s->state);
	if (s->session && s->state == SEAL_FORMATTING)
		return FAIL(e, FAIL_INPUT, "seal: a session of something that is no volume yet");
	if (!s->session && !is_zero(s->anchor_id, sizeof(s->anchor_id)))
		return FAIL(e, FAIL_INPUT, "seal: an anchor, and no session");
	return 0;
}

static uint64_t covered_bytes(uint32_t state)
{
	return state == SEAL_VOLUME ? HEAD_BYTES : 0;
}

int seal_encode(const struct seal *s, const struct seal_with *with, const uint8_t *head,
		uint8_t *ret, struct err *e)
{
	uint8_t block[AT_REST] = { 0 };

	if (check_with(with, e) < 0)
		return -(int)FAIL_BUG;
	if (check_values(s, e) < 0)
		return FAIL(e, FAIL_BUG, "seal: refusing to write what could not be read");
	memcpy(block + AT_MAGIC, MAGIC, sizeof(MAGIC));
	put32(block + AT_VERSION, SEAL_VERSION);
	put32(block + AT_STATE, s->state);
	put64(block + AT_GENERATION, s->generation);
	put64(block + AT_EPOCH, s->epoch);
	put64(block + AT_SIZE, s->size);
	put64(block + AT_DATA_OFFSET, HEAD_DATA_OFFSET);
	put64(block + AT_COVERED, covered_bytes(s->state));
	put32(block + AT_PROFILE, s->profile);
	put32(block + AT_WRAPPED_LEN, SEAL_WRAPPED_BYTES);
	memcpy(block + AT_WRAPPED, s->wrapped, sizeof(s->wrapped));
	put64(block + AT_SESSION, s->session);
	memcpy(block + AT_ANCHOR_ID, s->anchor_id, sizeof(s->anchor_id));
	if (mac(block, with, head, block + AT_MAC, e) < 0)
		return -(int)FAIL_SYS;
	memset(ret, 0, HEAD_BLOCK);
	memcpy(ret, block, sizeof(block));
	return 0;
}

static int check_layout(const uint8_t *block, uint32_t state, struct err *e)
{
	if (get64(block + AT_DATA_OFFSET) != HEAD_DATA_OFFSET ||
	    get64(block + AT_COVERED) != covered_bytes(state) ||
	    get32(block + AT_WRAPPED_LEN) != SEAL_WRAPPED_BYTES ||
	    !is_zero(block + AT_ZERO, AT_MAC - AT_ZERO))
		return FAIL(e, FAIL_INPUT, "seal: a layout that version %d doesn't have",
			    SEAL_VERSION);
	return 0;
}

int seal_decode(const uint8_t *head, size_t place, const struct seal_with *with, struct seal *ret,
		struct err *e)
{
	const uint8_t *block = head + place;
	uint8_t want[SEAL_MAC_BYTES];
	struct seal s;
	int failed = check_with(with, e);

	if (failed)
		return failed;
	if (!seal_is_claimed(head, place))
		return FAIL(e, FAIL_INPUT, "no seal block");
	if (get32(block + AT_VERSION) != SEAL_VERSION)
		return FAIL(e, FAIL_INPUT, "seal block of version %" PRIu32 ", %d is known",
			    get32(block + AT_VERSION), SEAL_VERSION);
	failed = mac(block, with, head, want, e);
	if (failed)
		return failed;
	if (CRYPTO_memcmp(want, block + AT_MAC, sizeof(want)) != 0 ||
	    !is_zero(block + AT_REST, HEAD_BLOCK - AT_REST))
		return FAIL(e, FAIL_FORGED, "the seal doesn't match");

	s.state = get32(block + AT_STATE);
	s.profile = get32(block + AT_PROFILE);
	s.generation = get64(block + AT_GENERATION);
	s.epoch = get64(block + AT_EPOCH);
	s.size = get64(block + AT_SIZE);
	memcpy(s.wrapped, block + AT_WRAPPED, sizeof(s.wrapped));
	s.session = get64(block + AT_SESSION);
	memcpy(s.anchor_id, block + AT_ANCHOR_ID, sizeof(s.anchor_id));
	failed = check_values(&s, e);
	if (!failed)
		failed = check_layout(block, s.state, e);
	if (!failed)
		*ret = s;
	return failed;
}

static void cipher_free(EVP_CIPHER **cipher)
{
	EVP_CIPHER_free(*cipher);
}

static void cipher_ctx_free(EVP_CIPHER_CTX **ctx)
{
	EVP_CIPHER_CTX_free(*ctx);
}

/* The default initial value of RFC 3394, section 2.2.3.1. Returns the bytes written, or -1. */
static int key_wrap(struct span key, int encrypt, struct span in, uint8_t *ret)
{
	__attribute__((cleanup(cipher_free))) EVP_CIPHER *kw =
		EVP_CIPHER_fetch(NULL, "AES-256-WRAP", NULL);
	__attribute__((cleanup(cipher_ctx_free))) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;

	if (!kw || !ctx || key.len != VOLUME_KEY_BYTES)
		return -1;
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (!EVP_CipherInit_ex2(ctx, kw, key.at, NULL, encrypt, NULL) ||
	    EVP_CipherUpdate(ctx, ret, &len, in.at, (int)in.len) <= 0)
		return -1;
	return len;
}

int seal_wrap(struct span wrap_key, struct span volume_key, uint8_t ret[SEAL_WRAPPED_BYTES],
	      struct err *e)
{
	uint8_t wrapped[SEAL_WRAPPED_BYTES + 8];

	if (volume_key.len != VOLUME_SECRET_BYTES || wrap_key.len != VOLUME_KEY_BYTES)
		return FAIL(e, FAIL_BUG, "wrap: keys of %zu and %zu bytes", wrap_key.len,
			    volume_key.len);
	if (key_wrap(wrap_key, 1, volume_key, wrapped) != SEAL_WRAPPED_BYTES)
		return FAIL(e, FAIL_SYS, "wrap: AES-256-KW failed");
	memcpy(ret, wrapped, SEAL_WRAPPED_BYTES);
	return 0;
}

int seal_unwrap(struct span wrap_key, const uint8_t wrapped[SEAL_WRAPPED_BYTES], struct secret *ret,
		struct err *e)
{
	AUTO_SECRET struct secret key = SECRET_EMPTY;

	/* Room for what the cipher writes before it knows that the key is wrong. */
	if (secret_init(&key, SEAL_WRAPPED_BYTES, e) < 0)
		return -(int)FAIL_SYS;
	if (key_wrap(wrap_key, 0, span(wrapped, SEAL_WRAPPED_BYTES), key.at) != VOLUME_SECRET_BYTES)
		return FAIL(e, FAIL_FORGED, "the volume's key doesn't unwrap with this one");
	key.len = VOLUME_SECRET_BYTES;
	secret_done(ret);
	*ret = secret_take(&key);
	return 0;
}
