/*
 * The first event of a log, which says how to read the others.
 * Spec: TCG PC Client Platform Firmware Profile, 10.4.5.1; cpu-evidence reference 7.1.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/span.h"

#define TCG_ALGS_MAX 8

#define TCG_SHA1   0x0004
#define TCG_SHA256 0x000b
#define TCG_SHA384 0x000c
#define TCG_SHA512 0x000d
#define TCG_SM3	   0x0012

struct tcg_alg {
	uint16_t alg;
	uint16_t size; /* bytes of its digest */
};

struct tcg_header {
	uint32_t reg;
	bool is_aael; /* the constant header that CoCo's agent writes where firmware left no log */
	uint32_t platform_class;
	uint8_t major, minor, errata;
	uint8_t uintn_size; /* in units of 32 bits */
	uint32_t alg_count;
	struct tcg_alg algs[TCG_ALGS_MAX];
	struct span vendor; /* a loan */
};

/*
 * Takes the header off the front of `*log`. Accepted: "Spec ID Event03", and CoCo's constant
 * header byte for byte.
 * -FAIL_INPUT: another form (the old SHA-1 logs included), cut, an algorithm that is unknown or has
 * a size not its own, one twice, bytes left inside.
 */
int tcg_header_read(struct span *log, struct tcg_header *ret, struct err *e);

/* "sha1", "sha256", "sha384", "sha512", "sm3_256"; "unknown". */
const char *tcg_alg_name(uint16_t alg);

/* False unless SHA-2. */
bool tcg_alg_digest(uint16_t alg, enum digest_alg *ret);
