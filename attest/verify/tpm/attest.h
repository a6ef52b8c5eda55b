/* TPMS_ATTEST: what a TPM signs. Spec: TPM 2.0 part 2, 10.12; cpu-evidence reference 6.1. */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define TPM_MAGIC	      0xff544347u
#define TPM_ATTEST_QUOTE      0x8018
#define TPM_ATTEST_BANKS      16 /* selections of one quote: a TPM has fewer banks     */
#define TPM_ATTEST_SELECT     4	 /* bytes of one bitmap                                */
#define TPM_ATTEST_DATA_BYTES 66 /* extraData: a hash algorithm and the largest digest */

struct tpm_selection {
	uint16_t hash;
	uint8_t size; /* bytes of the bitmap, 1 .. TPM_ATTEST_SELECT */
	uint32_t pcrs;
};

/* Spans are loans of the parsed bytes. */
struct tpm_attest {
	uint32_t magic;
	uint16_t type;
	struct span qualified_signer; /* a name: hash algorithm and digest, or empty */
	struct span extra_data;	      /* the nonce                                   */
	uint64_t clock_ms;
	uint32_t reset_count;	/* counts reboots                                     */
	uint32_t restart_count; /* counts wake-ups                                    */
	bool is_safe;		/* the clock never ran backwards                      */
	uint64_t firmware_version;
	struct span attested; /* what follows, of a type other than a quote          */
	/* Of a quote: */
	uint32_t selection_count;
	struct tpm_selection selections[TPM_ATTEST_BANKS];
	struct span pcr_digest;
};

/*
 * Reads the structure to its last byte. Types other than a quote are read up to `attested`. A magic
 * other than TPM_MAGIC is told, but by its reader: see tpm_attest_is_quote().
 * -FAIL_INPUT: cut, bytes left, a length beyond its bound.
 */
int tpm_attest_parse(struct span bytes, struct tpm_attest *ret, struct err *e);

/* Magic and type are those that a TPM's TPM2_Quote gives. */
bool tpm_attest_is_quote(const struct tpm_attest *a);

/* All fields as claims. -FAIL_SYS. */
int tpm_attest_claims(const struct tpm_attest *a, cJSON *object, struct err *e);
