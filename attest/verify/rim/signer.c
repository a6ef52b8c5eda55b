#include "attest/verify/rim/signer.h"

#include <openssl/x509v3.h>
#include <string.h>

#include "attest/verify/rim/dsig.h"
#include "base/mem.h"

#define CA	 2 /* leaf, L3, CA, root */
#define CN_BYTES 128

static const struct root_pin pins[] = {
	{ "NVIDIA CoRIM signing Root CA",
	  { 0x12, 0x97, 0x7b, 0x51, 0x15, 0xac, 0xb0, 0x38, 0x11, 0x79, 0x27,
	    0x9f, 0xff, 0xeb, 0x5a, 0x8c, 0x4d, 0x26, 0x49, 0x71, 0xeb, 0xb3,
	    0x22, 0x98, 0x02, 0x3a, 0x46, 0x5f, 0xa4, 0x1d, 0xf5, 0xd1 },
	  { 0xde, 0xc1, 0xdc, 0x31, 0x64, 0x77, 0xaa, 0x85, 0x1e, 0xeb, 0xdf,
	    0x51, 0x32, 0x7a, 0xe9, 0xf8, 0x64, 0xbc, 0x8d, 0x89, 0x25, 0x46,
	    0x57, 0xed, 0x1e, 0x7e, 0xb9, 0x16, 0x8a, 0xf1, 0xe1, 0xa3 } },
};

/* What a certificate authority may not be: one that signs manifests itself. */
static bool is_end_entity(X509 *cert)
{
	uint32_t flags = X509_get_extension_flags(cert), usage = X509_get_key_usage(cert);

	return !(flags & (EXFLAG_CA | EXFLAG_INVALID)) && flags & EXFLAG_KUSAGE &&
	       usage & KU_DIGITAL_SIGNATURE && !(usage & (KU_KEY_CERT_SIGN | KU_CRL_SIGN));
}

int signer_chain(const struct certs *certs, const struct certs *test_roots,
		 struct chain_result *ret, struct err *e)
{
	const struct chain_rules rules = {
		.pins = pins,
		.pin_count = COUNT_OF(pins),
		.test_roots = test_roots,
		.issuer_key = CHAIN_P384_SHA384,
		.leaf_key = CHAIN_P384_SHA384,
		.strict = true,
	};
	struct chain_result chain;
	struct err why = { 0 };

	if (certs->count != DSIG_CERTS)
		return FAIL(e, FAIL_FORGED, "%zu certificates, not %d", certs->count, DSIG_CERTS);
	if (chain_verify(&rules, certs->at[0], certs, &chain, &why) < 0)
		return FAIL(e, why.kind == FAIL_SYS ? FAIL_SYS : FAIL_FORGED, "%s", why.text);
	if (chain.depth != DSIG_CERTS)
		return FAIL(e, FAIL_FORGED, "a chain of %zu, not %d", chain.depth, DSIG_CERTS);
	for (size_t i = 0; i < DSIG_CERTS; i++)
		if (X509_cmp(chain.at[i], certs->at[i]))
			return FAIL(e, FAIL_FORGED, "the certificates are not in order");
	if (!is_end_entity(certs->at[0]))
		return FAIL(e, FAIL_FORGED, "the signer's certificate is not an end entity's");
	*ret = chain;
	return 0;
}

bool signer_is_debug(const struct certs *certs)
{
	for (size_t i = 0; i < certs->count; i++) {
		char cn[CN_BYTES];

		if (!cert_subject_cn(certs->at[i], cn, sizeof(cn), NULL) && strcasestr(cn, "debug"))
			return true;
	}
	return false;
}

/* --- Chips ------------------------------------------------------------------------------------ */

bool signer_is_chip(struct span pattern, const char *chip)
{
	if (!pattern.len || strlen(chip) != pattern.len)
		return false;
	for (size_t i = 0; i < pattern.len; i++) {
		bool is_any = pattern.at[i] == 'X' && chip[i] >= '0' && chip[i] <= '9';

		if (!is_any && pattern.at[i] != (uint8_t)chip[i])
			return false;
	}
	return true;
}

bool signer_names_chip(const struct chain_result *chain, const char *chip)
{
	char cn[CN_BYTES];

	if (chain->depth <= CA || cert_subject_cn(chain->at[CA], cn, sizeof(cn), NULL))
		return false;
	for (const char *at = cn; *at;) {
		size_t len = strcspn(at, " ");

		if (signer_is_chip(span(at, len), chip))
			return true;
		at += len + (at[len] == ' ');
	}
	return false;
}
