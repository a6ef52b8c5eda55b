/*
 * The "snp" member of a policy. All zero is the safe default: version 2, debugging, migration
 * agents, provisional firmware, masked chip ids, clouds that were not named and VMPLs other than 0
 * are refused, and revocation data is required.
 *
 *   "allow_v2", "allow_masked_chip_id", "provisional_firmware"   true lets it pass
 *   "revocation"     "require", or "if-present": a missing CRL passes, a bad one never
 *   "products"       generations that may answer, of "Milan", "Genoa", "Turin"; absent: all
 *   "measurement", "id_key_digest", "author_key_digest" (48 bytes), "host_data", "report_id" (32),
 *   "family_id", "image_id" (16), "chip_id" (64)                 hex, a list or one
 *   "csp_id"         clouds whose VLEK is taken, as their certificates spell them
 *   "vmpl", "min_guest_svn"                                      numbers
 *   "min_tcb"        {"Milan": {"bootloader": 3, ...}, ...}; what the reported and the launch TCB
 *                    must reach. "fmc" on Turin only; a component left out is 0
 *   "min_launch_mit_vector", "min_current_mit_vector"            bits that must be set
 *   "guest_policy"   "debug", "migration": true lets it pass. "smt", "single_socket", "cxl",
 *                    "aes256_xts", "rapl_disabled", "ciphertext_hiding", "page_swap_disabled":
 *                    true demands the bit, false forbids it. "min_abi": "1.51"
 *   "platform"       "smt", "tsme", "ecc", "rapl_disabled", "ciphertext_hiding", "alias_check",
 *                    "tio": true demands, false forbids
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "attest/verify/refs.h"
#include "attest/verify/snp/bits.h"
#include "attest/verify/snp/tcb.h"

enum snp_want { SNP_ANY, SNP_ON, SNP_OFF };

struct snp_policy {
	bool allow_v2;
	bool allow_masked_chip_id;
	bool provisional_firmware;
	bool revocation_if_present;
	bool allow_debug;
	bool allow_migration;
	uint8_t vmpl;
	uint8_t min_abi_major, min_abi_minor;
	uint32_t min_guest_svn;
	uint64_t min_launch_mit_vector, min_current_mit_vector;
	enum snp_want guest[SNP_GUEST_FLAGS];
	enum snp_want platform[SNP_PLATFORM_FLAGS];
	struct snp_floor {
		bool is_set;
		struct snp_tcb tcb;
	} min_tcb[SNP_PRODUCTS];
	struct refs products, csp_id; /* words */
	struct refs measurement, host_data, id_key_digest, author_key_digest, family_id, image_id,
		report_id, chip_id;
};

/* Strict: an unknown member is -FAIL_INPUT. Releases what `ret` held on failure too. */
int snp_policy_parse(const cJSON *node, struct snp_policy *ret, struct err *e);
void snp_policy_done(struct snp_policy *p);
