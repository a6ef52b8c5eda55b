/* Flags of a report that a policy may want on or off: those of the guest's policy, which the
 * firmware enforces, and those of the platform, which it states. Spec: cpu-evidence 2.6. */
#pragma once

#include <stdint.h>

enum snp_guest_flag {
	SNP_GUEST_SMT,
	SNP_GUEST_SINGLE_SOCKET,
	SNP_GUEST_CXL,
	SNP_GUEST_AES256_XTS,
	SNP_GUEST_RAPL_DISABLED,
	SNP_GUEST_CIPHERTEXT_HIDING,
	SNP_GUEST_PAGE_SWAP_DISABLED,
	SNP_GUEST_FLAGS
};

enum snp_platform_flag {
	SNP_PLATFORM_SMT,
	SNP_PLATFORM_TSME,
	SNP_PLATFORM_ECC,
	SNP_PLATFORM_RAPL_DISABLED,
	SNP_PLATFORM_CIPHERTEXT_HIDING,
	SNP_PLATFORM_ALIAS_CHECK,
	SNP_PLATFORM_TIO,
	SNP_PLATFORM_FLAGS
};

struct snp_flag {
	uint8_t bit;
	const char *member; /* of a policy's object */
	const char *claim;
};

extern const struct snp_flag snp_guest_flags[SNP_GUEST_FLAGS];
extern const struct snp_flag snp_platform_flags[SNP_PLATFORM_FLAGS];

/* The bits that have a meaning here. Others of the guest's policy must be zero; of PLATFORM_INFO
 * they are told. */
uint64_t snp_guest_known(void);
uint64_t snp_platform_known(void);
