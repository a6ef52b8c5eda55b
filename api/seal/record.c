#include "api/seal/record.h"

#include <openssl/crypto.h>
#include <string.h>
#include <sys/random.h>

#include "api/room.h"
#include "api/seal/xaes.h"
#include "base/digest.h"
#include "base/mem.h"

/* Offsets of the head (FORMAT.md). */
enum {
	AT_MAGIC = 0,
	AT_VERSION = 8,
	AT_ALGORITHM = 9,
	AT_SCOPE = 10,
	AT_SEGMENT = 11,
	AT_EPOCH = 12,
	AT_ID = 16,
	AT_NONCE = 32,
	AT_LENGTH = 56,
	AT_COMMITMENT = 64,
};

#define MAGIC		 "sealblob"
#define MAGIC_BYTES	 8
#define VERSION		 1
#define ALGORITHM	 1
#define SEGMENT_LOG2	 16
#define COMMITMENT_BYTES 32

_Static_assert(AT_COMMITMENT + COMMITMENT_BYTES == RECORD_HEAD_BYTES,
	       "the commitment ends the head");
_Static_assert(1 << SEGMENT_LOG2 == RECORD_SEGMENT_BYTES, "the head tells the segment's size");

static size_t segments_of(size_t plain_len)
{
	return plain_len ? (plain_len - 1) / RECORD_SEGMENT_BYTES + 1 : 1;
}

size_t record_sealed_bytes(size_t plain_len)
{
	return RECORD_HEAD_BYTES + plain_len + segments_of(plain_len) * RECORD_TAG_BYTES;
}

static void put_be(uint8_t *at, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
}

static uint64_t get_be(const uint8_t *at, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | at[i];
	return value;
}

static void write_head(uint8_t *head, const struct seal_key *key, const uint8_t *nonce,
		       size_t plain_len)
{
	memcpy(head + AT_MAGIC, MAGIC, MAGIC_BYTES);
	head[AT_VERSION] = VERSION;
	head[AT_ALGORITHM] = ALGORITHM;
	head[AT_SCOPE] = (uint8_t)key->scope;
	head[AT_SEGMENT] = SEGMENT_LOG2;
	put_be(head + AT_EPOCH, key->epoch, 4);
	memcpy(head + AT_ID, key->id, SEAL_ID_BYTES);
	memcpy(head + AT_NONCE, nonce, RECORD_NONCE_BYTES);
	put_be(head + AT_LENGTH, plain_len, 8);
}

/* HMAC-SHA-256 over the head before the commitment and the context's digest: with one key it is
 * the commitment, with the other the key of the segments. Head and digest have fixed sizes, so
 * nothing can move from one to the other. */
static int bind(const uint8_t *key, const uint8_t *head, struct span context,
		uint8_t ret[static SEAL_SUBKEY_BYTES], struct err *e)
{
	uint8_t bound[AT_COMMITMENT + 32];
	struct digest d;
	int failed = digest_of(DIGEST_SHA256, context, &d, e);

	if (failed)
		return failed;
	memcpy(bound, head, AT_COMMITMENT);
	memcpy(bound + AT_COMMITMENT, d.at, 32);
	failed = digest_hmac(DIGEST_SHA256, span(key, SEAL_SUBKEY_BYTES),
			     span(bound, sizeof(bound)), &d, e);
	if (!failed)
		memcpy(ret, d.at, SEAL_SUBKEY_BYTES);
	explicit_bzero(&d, sizeof(d));
	return failed;
}

static int start(struct xaes *ret, const struct seal_key *key, const uint8_t *head,
		 struct span context, bool sealing, struct err *e)
{
	AUTO_WIPE(segment_key, SEAL_SUBKEY_BYTES);
	int failed = bind(key->blob_key, head, context, segment_key, e);

	return failed ? failed : xaes_init(ret, segment_key, head + AT_NONCE, sealing, e);
}

/* As age does it: a counter of 11 bytes, and whether this is the end. */
static void segment_nonce(uint8_t ret[static XAES_HALF_BYTES], size_t i, size_t count)
{
	put_be(ret, 0, 3);
	put_be(ret + 3, i, 8);
	ret[11] = i + 1 == count;
}

static size_t segment_len(size_t plain_len, size_t i)
{
	size_t left = plain_len - i * RECORD_SEGMENT_BYTES;

	return left < RECORD_SEGMENT_BYTES ? left : RECORD_SEGMENT_BYTES;
}

static int check_context(struct span context, struct err *e)
{
	if (context.len > LIMIT_CONTEXT_BYTES)
		return FAIL(e, FAIL_LIMIT, "context: more than %d bytes", LIMIT_CONTEXT_BYTES);
	return 0;
}

static int seal_segments(struct xaes *x, struct span plain, uint8_t *to, struct err *e)
{
	size_t count = segments_of(plain.len);
	uint8_t nonce[XAES_HALF_BYTES];
	int failed = 0;

	for (size_t i = 0; i < count && !failed; i++) {
		size_t len = segment_len(plain.len, i);

		segment_nonce(nonce, i, count);
		failed = xaes_seal(x, nonce, SPAN_EMPTY,
				   span(len ? plain.at + i * RECORD_SEGMENT_BYTES : NULL, len), to,
				   e);
		to += len + RECORD_TAG_BYTES;
	}
	return failed;
}

int record_seal_with(const struct keyring *k, enum seal_scope scope, struct span context,
		     struct span plain, const uint8_t nonce[static RECORD_NONCE_BYTES],
		     struct buf *ret, struct err *e)
{
	const struct seal_key *key = keyring_newest(k, scope);
	AUTO_XAES struct xaes x = XAES_EMPTY;
	AUTO_BUF struct buf blob = BUF_EMPTY;
	int failed = check_context(context, e);

	if (failed)
		return failed;
	if (plain.len > RECORD_PLAIN_MAX_BYTES)
		return FAIL(e, FAIL_LIMIT, "plaintext: more than %d bytes", RECORD_PLAIN_MAX_BYTES);
	if (!key)
		return FAIL(e, FAIL_DENIED, "this guest has no key for scope %s",
			    seal_scope_name(scope));
	failed = room_make(&blob, record_sealed_bytes(plain.len), e);
	if (failed)
		return failed;
	write_head(blob.at, key, nonce, plain.len);
	failed = bind(key->commit_key, blob.at, context, blob.at + AT_COMMITMENT, e);
	if (!failed)
		failed = start(&x, key, blob.at, context, true, e);
	if (!failed)
		failed = seal_segments(&x, plain, blob.at + RECORD_HEAD_BYTES, e);
	if (failed)
		return failed;
	blob.len = record_sealed_bytes(plain.len);
	blob.at[blob.len] = 0;
	buf_done(ret);
	*ret = buf_take(&blob);
	return 0;
}

int record_seal(const struct keyring *k, enum seal_scope scope, struct span context,
		struct span plain, struct buf *ret, struct err *e)
{
	uint8_t nonce[RECORD_NONCE_BYTES];

	/* PID 1 has waited for the generator to be ready, and up to 256 bytes come whole. */
	if (getrandom(nonce, sizeof(nonce), GRND_NONBLOCK) != (ssize_t)sizeof(nonce))
		return FAIL_ERRNO(e, "getrandom: %s", strerror(errno));
	return record_seal_with(k, scope, context, plain, nonce, ret, e);
}

/* One text for every way to be wrong: which one it was is what an attacker would ask. */
static int refuse(struct err *e)
{
	return FAIL(e, FAIL_FORGED, "the blob does not open here with this context");
}

/* What can be said without a key; the commitment then vouches for all of it. */
static bool is_whole_head(struct span blob)
{
	uint64_t plain_len;

	if (blob.len < RECORD_HEAD_BYTES + RECORD_TAG_BYTES ||
	    memcmp(blob.at + AT_MAGIC, MAGIC, MAGIC_BYTES) != 0 || blob.at[AT_VERSION] != VERSION ||
	    blob.at[AT_ALGORITHM] != ALGORITHM || blob.at[AT_SEGMENT] != SEGMENT_LOG2)
		return false;
	plain_len = get_be(blob.at + AT_LENGTH, 8);
	return plain_len <= RECORD_PLAIN_MAX_BYTES && blob.len == record_sealed_bytes(plain_len);
}

static int check_commitment(const struct seal_key *key, struct span context, struct span blob,
			    struct err *e)
{
	AUTO_WIPE(want, COMMITMENT_BYTES);
	int failed = bind(key->commit_key, blob.at, context, want, e);

	if (failed)
		return failed;
	return CRYPTO_memcmp(want, blob.at + AT_COMMITMENT, COMMITMENT_BYTES) ? refuse(e) : 0;
}

static int open_segments(struct xaes *x, struct span blob, struct buf *plain, struct err *e)
{
	size_t plain_len = get_be(blob.at + AT_LENGTH, 8), count = segments_of(plain_len);
	const uint8_t *from = blob.at + RECORD_HEAD_BYTES;
	uint8_t nonce[XAES_HALF_BYTES];
	int failed = room_make(plain, plain_len, e);

	for (size_t i = 0; i < count && !failed; i++) {
		size_t len = segment_len(plain_len, i);

		segment_nonce(nonce, i, count);
		failed = xaes_open(x, nonce, SPAN_EMPTY, span(from, len + RECORD_TAG_BYTES),
				   plain->at + i * RECORD_SEGMENT_BYTES, e);
		from += len + RECORD_TAG_BYTES;
		plain->len += len;
	}
	if (!failed)
		plain->at[plain->len] = 0;
	return failed == -(int)FAIL_FORGED ? refuse(e) : failed;
}

int record_open(const struct keyring *k, struct span context, struct span blob, struct buf *ret,
		struct err *e)
{
	AUTO_XAES struct xaes x = XAES_EMPTY;
	AUTO_BUF struct buf plain = BUF_EMPTY;
	const struct seal_key *key;
	int failed = check_context(context, e);

	if (failed)
		return failed;
	if (!is_whole_head(blob))
		return refuse(e);
	key = keyring_find(k, blob.at[AT_SCOPE], (uint32_t)get_be(blob.at + AT_EPOCH, 4),
			   blob.at + AT_ID);
	if (!key)
		return refuse(e);
	failed = check_commitment(key, context, blob, e);
	if (!failed)
		failed = start(&x, key, blob.at, context, false, e);
	if (!failed)
		failed = open_segments(&x, blob, &plain, e);
	if (failed)
		return failed;
	buf_done(ret);
	*ret = buf_take(&plain);
	return 0;
}
