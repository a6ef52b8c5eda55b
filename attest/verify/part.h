/*
 * One piece of evidence on its way through the verifier: what arrived, what was expected of it,
 * and, once its signature holds, what it says that others are compared with.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/verify/gpu/facts.h"
#include "attest/verify/x509/certs.h"
#include "base/span.h"

enum part_kind { PART_SNP, PART_QUOTE, PART_GPU, PART_SWITCH, PART_TPM, PART_LOG, PART_SAMPLE };

/* Registers that hardware signed: RTMR0..3 (SHA-384), or PCRs of one bank. */
#define REGISTERS_MAX 24
struct registers {
	uint16_t alg;	  /* TCG: 0x000b SHA-256, 0x000c SHA-384, 0x000d SHA-512; 0: none */
	uint32_t present; /* a bit each                                              */
	bool is_rtmr;	  /* at[0..3] are RTMR0..3: register i + 1 of a CCEL         */
	uint8_t at[REGISTERS_MAX][64];
};

/* What a part must have signed. `asked` false: no one asked, say so. */
struct expect {
	bool asked;
	bool unknown; /* asked, and what to expect can't be told: another part is not genuine */
	size_t len;   /* of `at`: 64 for report data (zero-padded), 32 for a GPU, as asked for a TPM
		       */
	uint8_t at[64];
};

/* Filled by the part's verifier after chain and signature held, and only then. */
struct outcome {
	bool genuine;
	size_t data_len; /* report data, requester nonce or extraData, as signed */
	uint8_t data[64];
	struct registers registers;
	uint8_t config[64]; /* HOST_DATA, MRCONFIGID: what measures initdata */
	size_t config_len;
	struct gpu_facts gpu;
};

struct part {
	enum part_kind kind;
	char name[16];
	size_t index;		  /* in the verdict                                        */
	struct span bytes;	  /* report, quote, SPDM, TPMS_ATTEST, log: a loan of the bundle */
	struct certs certs;	  /* that came with it: untrusted, in the order sent        */
	struct span signature;	  /* TPM: TPMT_SIGNATURE                                    */
	struct span ak;		  /* TPM: DER SPKI or TPMT_PUBLIC                           */
	struct registers claimed; /* TPM: PCR values beside the quote, unsigned            */
	char arch[16];		  /* GPU: the sender's word ("HOPPER"), or ""               */
	struct expect expect;
	struct outcome outcome;
};
