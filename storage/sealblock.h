/*
 * The head of a volume, [0, HEAD_BYTES) of the disk, and the blocks that seal it (FORMAT.md).
 *
 * Nothing in the head is looked at before a seal block has authenticated all of it, and the block
 * itself is at fixed offsets: no length in it decides what is read.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/messages.h"
#include "base/secret.h"
#include "base/span.h"

#define HEAD_BLOCK	      4096  /* what one write puts on the disk             */
#define HEAD_LUKS_BYTES	      36864 /* two LUKS2 headers of 16 KiB, 4 KiB key slots */
#define HEAD_SEAL_A	      36864 /* seal block A                                 */
#define HEAD_SEAL_B	      40960 /* seal block B                                 */
#define HEAD_DATA_OFFSET      65536 /* dm-integrity's superblock, then its data     */
#define HEAD_SUPERBLOCK_BYTES 4096
#define HEAD_BYTES	      (HEAD_DATA_OFFSET + HEAD_SUPERBLOCK_BYTES)

#define SEAL_VERSION	    1
#define SEAL_MAC_BYTES	    48	/* HMAC-SHA-384                                 */
#define SEAL_WRAPPED_BYTES  104 /* RFC 3394 adds 8 bytes                        */
#define VOLUME_SECRET_BYTES 96	/* AES-256-XTS (64), then HMAC-SHA-256 (32)     */
#define VOLUME_MIN_BYTES    (16 * 1024 * 1024)

enum seal_state {
	SEAL_FORMATTING = 1, /* we have begun to format; covers nothing but itself */
	SEAL_VOLUME = 2,     /* a whole volume                                     */
};

enum seal_profile {
	PROFILE_JOURNAL = 1, /* aes-xts-plain64, hmac(sha256), 4096-byte sectors, journal */
	PROFILE_DIRECT = 2,  /* the same without journal: for volumes that end with the guest */
};

struct seal {
	uint32_t state;			     /* enum seal_state              */
	uint32_t profile;		     /* enum seal_profile            */
	uint64_t generation;		     /* the higher one wins          */
	uint64_t epoch;			     /* of the keys                  */
	uint64_t size;			     /* bytes of the disk that count */
	uint64_t session;		     /* 0: never anchored            */
	uint8_t anchor_id[ANCHOR_ID_BYTES];  /* whose anchor counts it; zero without a session */
	uint8_t wrapped[SEAL_WRAPPED_BYTES]; /* the volume's own key; zero while formatting */
};

/* What a volume is authenticated with: loans. `name` is 1 .. LIMIT_NAME_BYTES - 1 bytes. */
struct seal_with {
	struct span name;
	struct span mac_key; /* VOLUME_KEY_BYTES */
};

/*
 * Writes a seal block.
 *
 *   head  HEAD_BYTES; what lies in the two seal blocks doesn't count, nor does any of it while
 *         `s` is SEAL_FORMATTING
 *   ret   HEAD_BLOCK bytes; may be the block's place in `head`
 *
 * -FAIL_BUG for a seal that seal_decode() would refuse, -FAIL_SYS when OpenSSL does.
 */
int seal_encode(const struct seal *s, const struct seal_with *with, const uint8_t *head,
		uint8_t *ret, struct err *e);

/*
 * Reads and authenticates the seal block at `place` (HEAD_SEAL_A or HEAD_SEAL_B) of `head`.
 *
 * -FAIL_INPUT: no seal block, another version, or an authentic one with values that this version
 * doesn't have; -FAIL_FORGED: block, head, name or key don't belong together; -FAIL_SYS.
 */
int seal_decode(const uint8_t *head, size_t place, const struct seal_with *with, struct seal *ret,
		struct err *e);

/* Whether the bytes at `place` claim to be a seal block. */
_Bool seal_is_claimed(const uint8_t *head, size_t place);

/* RFC 3394 under a key of VOLUME_KEY_BYTES. Unwrapping with another key: -FAIL_FORGED. */
int seal_wrap(struct span wrap_key, struct span volume_key, uint8_t ret[SEAL_WRAPPED_BYTES],
	      struct err *e);
int seal_unwrap(struct span wrap_key, const uint8_t wrapped[SEAL_WRAPPED_BYTES], struct secret *ret,
		struct err *e);
