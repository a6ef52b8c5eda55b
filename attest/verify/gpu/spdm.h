/*
 * The report of an NVIDIA device: request and response of SPDM 1.1 GET_MEASUREMENTS, as they were
 * signed. Spec: gpu-evidence reference 2.1 to 2.3; DMTF DSP0274 1.1.
 */
#pragma once

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define SPDM_NONCE_BYTES     32
#define SPDM_VALUE_BYTES     48 /* a measurement: SHA-384            */
#define SPDM_BLOCK_BYTES     55 /* with index, sizes and type        */
#define SPDM_GPU_BLOCKS	     64
#define SPDM_SWITCH_BLOCKS   31
#define SPDM_SIGNATURE_BYTES 96
#define SPDM_TRAILING_BYTES  8 /* zeros after the signature, as CoCo's evidence has one */

/* Loans of the report. */
struct spdm {
	bool is_switch; /* told by the number of blocks: 64 or 31 */
	uint8_t slot;
	struct span requester_nonce; /* the asker's: proves freshness */
	struct span responder_nonce; /* the device's own: proves nothing to the asker */
	size_t blocks;
	struct span record; /* blocks of SPDM_BLOCK_BYTES */
	struct span opaque;
	struct span signed_bytes; /* from the first byte to the signature */
	struct span r, s;
	struct span report; /* to the end of the signature */
	size_t trailing;    /* zero bytes behind it */
};

/* Every length against what is there, every block in its place, no byte left over. -FAIL_INPUT. */
int spdm_parse(struct span report, struct spdm *ret, struct err *e);

/* The measurement at a 0-based index below s->blocks (RIMs count so; the report counts from 1). */
struct span spdm_value(const struct spdm *s, size_t index);

/* ECDSA P-384 with SHA-384 over signed_bytes. -FAIL_FORGED, -FAIL_INPUT (another kind of key),
 * -FAIL_SYS. */
int spdm_signature(const struct spdm *s, EVP_PKEY *key, struct err *e);
