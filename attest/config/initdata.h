/*
 * The pod's initdata: a disk image that the host supplies, and the TOML envelope inside. All of it
 * is hostile until its digest has been compared (measured.h).
 * Spec: coco-protocol reference, section 9; kata-integration reference, section 4.
 */
#pragma once

#include "base/digest.h"
#include "base/err.h"
#include "base/span.h"

#define INITDATA_MAGIC	     "initdata"
#define INITDATA_MAGIC_BYTES 8
#define INITDATA_HEAD_BYTES  16 /* magic, u64 LE length of the gzip stream */
#define INITDATA_CONFIG_KEY  "sealinit.json"

/*
 * Reads the whole disk once, from its start, and unpacks it. `fd` stays open.
 *
 *   ret_toml   the envelope's exact bytes, 1 .. LIMIT_INITDATA_BYTES; the caller's
 *
 * -FAIL_SYS (the disk can't be read), -FAIL_LIMIT (larger than LIMIT_INITDATA_IMAGE_BYTES), and as
 * initdata_unpack.
 */
int initdata_read(int fd, struct buf *ret_toml, struct err *e);

/*
 * Unpacks an image: magic, length, one gzip member that ends exactly where the length says, zeros
 * behind it. -FAIL_INPUT any deviation; -FAIL_LIMIT length or plain text over our bounds;
 * -FAIL_SYS (ENOMEM).
 */
int initdata_unpack(struct span image, struct buf *ret_toml, struct err *e);

struct envelope {
	enum digest_alg algorithm;
	struct buf config; /* [data]."sealinit.json" */
};

#define AUTO_ENVELOPE __attribute__((cleanup(envelope_done)))

/*
 * Reads the envelope: version "0.1.0", algorithm, [data] with INITDATA_CONFIG_KEY among at most
 * LIMIT_INITDATA_KEYS members; the others belong to other programs and are passed over.
 * -FAIL_INPUT: TOML that we don't take, duplicate or unknown keys, another version or algorithm,
 * no configuration for us. -FAIL_LIMIT: too many members. -FAIL_SYS (ENOMEM).
 */
int envelope_parse(struct span toml, struct envelope *ret, struct err *e);
void envelope_done(struct envelope *env);
