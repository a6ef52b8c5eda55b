/* An attestation report, taken apart. Spec: AMD 56860 (SNP firmware ABI), "ATTESTATION_REPORT";
 * cpu-evidence reference 2.1, 2.2. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define SNP_SIGNED_BYTES    672 /* from the start */
#define SNP_SIGNATURE_BYTES 48	/* of R and of S, little-endian */
#define SNP_CHIP_ID_BYTES   64
#define SNP_TCB_BYTES	    8

/* Which key signed: bits 4:2 of KEY_INFO. */
enum snp_key { SNP_VCEK = 0, SNP_VLEK = 1, SNP_KEY_NONE = 7 };

/* Bits of the guest policy that are named here; the rest stand in bits.h. */
#define SNP_POLICY_ALWAYS_BIT	 17 /* must be 1 */
#define SNP_POLICY_MIGRATION_BIT 18
#define SNP_POLICY_DEBUG_BIT	 19

struct snp_firmware {
	uint8_t build, minor, major;
};

/* Spans are loans of the report's bytes. */
struct snp_report {
	struct span bytes;
	uint32_t version;
	uint32_t guest_svn;
	uint32_t vmpl;
	uint32_t sig_algo;
	uint64_t policy;
	uint64_t platform_info;
	enum snp_key key;
	bool has_author_key;
	bool is_chip_key_masked;
	bool has_cpuid; /* version 3 and later */
	uint8_t family, model, stepping;
	struct snp_firmware current, committed;
	bool has_mitigation; /* version 5 and later */
	uint64_t launch_mit_vector, current_mit_vector;
	struct span family_id, image_id;				  /* 16 */
	struct span report_data;					  /* 64 */
	struct span host_data, report_id, report_id_ma;			  /* 32 */
	struct span measurement, id_key_digest, author_key_digest;	  /* 48 */
	struct span chip_id;						  /* 64 */
	struct span current_tcb, reported_tcb, committed_tcb, launch_tcb; /* 8  */
	struct span r, s;						  /* 48, little-endian */
};

/* Takes exactly one report of version 2 to 5 whose reserved bytes are zero. -FAIL_INPUT. */
int snp_report_parse(struct span bytes, struct snp_report *ret, struct err *e);

/* Whether the fields allow a signature at all: algorithm, key, mask, not zero. -FAIL_INPUT says
 * what is wrong. Spec: cpu-evidence reference 2.1. */
int snp_report_check_signed(const struct snp_report *r, struct err *e);

/* Bits 0x08: policy; bit 0 is the lowest. */
static inline bool snp_bit(uint64_t word, unsigned bit)
{
	return word >> bit & 1;
}

/* All bytes are `value`. */
bool snp_is_filled(struct span bytes, uint8_t value);
