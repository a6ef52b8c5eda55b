/*
 * A DCAP quote, cut into its fields and nothing more: whoever reads on has to verify it.
 * Spec: Intel SGX DCAP ECDSA Quote Library API, appendix A.4; Intel TDX DCAP Quote Library API,
 * appendix A; cpu-evidence reference 4.1.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define QUOTE_HEADER_BYTES  48
#define QUOTE_PADDING_MAX   8192 /* a host's buffer: what some of them send in full */
#define QUOTE_QE_DATA_MAX   1024 /* 32 in practice                                 */
#define QUOTE_ENCLAVE_BYTES 384
#define QUOTE_TEE_SGX	    0
#define QUOTE_TEE_TDX	    0x81

/* The numbers are those of the version 5 descriptor. */
enum quote_body { QUOTE_ENCLAVE = 1, QUOTE_TD10 = 2, QUOTE_TD15 = 3 };

enum quote_certification {
	QUOTE_PPID_LAST = 3, /* 1..3: the platform's id, for whoever can ask Intel for its PCK */
	QUOTE_PCK_CHAIN = 5, /* PEM: leaf, CA, root                                            */
	QUOTE_QE_REPORT = 6, /* what version 4 and 5 wrap around the QE's report               */
};

/* What vouches for a quote. Spans are loans from the quote's bytes. */
struct quote_auth {
	struct span signature;	  /* 64: r, s, big-endian, by `key`        */
	struct span key;	  /* 64: x, y, big-endian                  */
	struct span qe_report;	  /* 384: the quoting enclave's            */
	struct span qe_signature; /* 64: over it, by the PCK               */
	struct span qe_data;	  /* hashed with `key` into the QE's report */
	uint16_t certification;	  /* enum quote_certification, or unknown  */
	struct span certs;	  /* its data                              */
};

/* Spans are loans from the bytes that were parsed. */
struct quote {
	uint16_t version; /* 3, 4, 5 */
	enum quote_body kind;
	struct span header;	  /* 48 */
	struct span descriptor;	  /* version 5: type and size of the body, 6; otherwise empty */
	struct span body;	  /* 384, 584 or 648 */
	struct span signed_bytes; /* header, descriptor, body */
	struct quote_auth auth;
	size_t padding; /* zero bytes behind the quote */
};

static inline bool quote_is_tdx(const struct quote *q)
{
	return q->kind != QUOTE_ENCLAVE;
}

/* A quote in the CBOR form that later TDX modules can make (DICE): not this format at all. */
bool quote_is_cbor(struct span bytes);

/*
 * Takes a quote of version 3, 4 or 5 with an ECDSA P-256 attestation key. Every nested length must
 * be used up exactly; behind the whole, zero bytes up to QUOTE_PADDING_MAX are passed over.
 * -FAIL_INPUT says what is wrong, -FAIL_LIMIT over LIMIT_REPORT_BYTES.
 */
int quote_parse(struct span bytes, struct quote *ret, struct err *e);

/* The authentication data of a quote of that version, to its last byte. -FAIL_INPUT. */
int quote_auth_parse(struct span auth, uint16_t version, struct quote_auth *ret, struct err *e);
