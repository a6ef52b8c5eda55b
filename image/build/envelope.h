/*
 * Initdata from the owner's side: the TOML envelope around the configuration, and the disk image
 * that carries it to the guest. The digest is taken over the envelope's exact bytes.
 * Spec: coco-protocol reference, section 9; kata-integration reference, section 4.
 */
#pragma once

#include <stddef.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"

struct envelope_member {
	const char *name; /* [A-Za-z0-9._-], as "sealinit.json" or "policy.rego" */
	struct span text;
};

/* Writes the envelope, members in the order given. -FAIL_INPUT: a name that is not of its alphabet
 * or comes twice; a text with what a literal string can't hold (three single quotes, one at its
 * very end, control characters but tab and newline) or that isn't UTF-8. -FAIL_LIMIT over
 * LIMIT_INITDATA_BYTES. */
int envelope_write(enum digest_alg alg, const struct envelope_member *members, size_t count,
		   struct buf *ret, struct err *e);

/* The algorithm that an envelope of envelope_write's form names. -FAIL_INPUT. */
int envelope_algorithm(struct span envelope, enum digest_alg *ret, struct err *e);

/* The disk image: magic, length, gzip, zeros up to 512 bytes. -FAIL_LIMIT, -FAIL_SYS. */
int envelope_image(struct span envelope, struct buf *ret, struct err *e);

/* Takes such an image apart. -FAIL_INPUT, -FAIL_LIMIT, -FAIL_SYS. */
int envelope_from_image(struct span image, struct buf *ret, struct err *e);
