#include "attest/verify/snp/bits.h"

#include <stddef.h>

#define ABI_BITS 0xffffULL

/* 17: always set; 18: migration agent; 19: debug. They are judged by rules of their own. */
#define OTHER_BITS (7ULL << 17)

const struct snp_flag snp_guest_flags[SNP_GUEST_FLAGS] = {
	[SNP_GUEST_SMT] = { 16, "smt", "policy_smt_allowed" },
	[SNP_GUEST_SINGLE_SOCKET] = { 20, "single_socket", "policy_single_socket" },
	[SNP_GUEST_CXL] = { 21, "cxl", "policy_cxl_allowed" },
	[SNP_GUEST_AES256_XTS] = { 22, "aes256_xts", "policy_aes256_xts" },
	[SNP_GUEST_RAPL_DISABLED] = { 23, "rapl_disabled", "policy_rapl_disabled" },
	[SNP_GUEST_CIPHERTEXT_HIDING] = { 24, "ciphertext_hiding", "policy_ciphertext_hiding" },
	[SNP_GUEST_PAGE_SWAP_DISABLED] = { 25, "page_swap_disabled", "policy_page_swap_disabled" },
};

const struct snp_flag snp_platform_flags[SNP_PLATFORM_FLAGS] = {
	[SNP_PLATFORM_SMT] = { 0, "smt", "platform_smt_enabled" },
	[SNP_PLATFORM_TSME] = { 1, "tsme", "platform_tsme_enabled" },
	[SNP_PLATFORM_ECC] = { 2, "ecc", "platform_ecc_enabled" },
	[SNP_PLATFORM_RAPL_DISABLED] = { 3, "rapl_disabled", "platform_rapl_disabled" },
	[SNP_PLATFORM_CIPHERTEXT_HIDING] = { 4, "ciphertext_hiding", "platform_ciphertext_hiding" },
	[SNP_PLATFORM_ALIAS_CHECK] = { 5, "alias_check", "platform_alias_check_complete" },
	[SNP_PLATFORM_TIO] = { 7, "tio", "platform_tio_enabled" },
};

static uint64_t bits_of(const struct snp_flag *flags, size_t count)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < count; i++)
		bits |= 1ULL << flags[i].bit;
	return bits;
}

uint64_t snp_guest_known(void)
{
	return ABI_BITS | OTHER_BITS | bits_of(snp_guest_flags, SNP_GUEST_FLAGS);
}

uint64_t snp_platform_known(void)
{
	return bits_of(snp_platform_flags, SNP_PLATFORM_FLAGS);
}
