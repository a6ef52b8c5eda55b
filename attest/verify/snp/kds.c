#include "attest/verify/snp/kds.h"

#include <stdio.h>

#include "base/digest.h"

#define KDS "https://kdsintf.amd.com/"

static const char *service(enum snp_key key)
{
	return key == SNP_VLEK ? "vlek" : "vcek";
}

/* Parameters of the request, in the order that AMD documents. */
static void query(enum snp_product p, const struct snp_tcb *t, char *ret, size_t size)
{
	size_t len = 0;

	if (snp_has_spl(p, SPL_FMC))
		len = (size_t)snprintf(ret, size, "fmcSPL=%02u&", t->at[SPL_FMC]);
	(void)snprintf(ret + len, size - len, "blSPL=%02u&teeSPL=%02u&snpSPL=%02u&ucodeSPL=%02u",
		       t->at[SPL_BOOTLOADER], t->at[SPL_TEE], t->at[SPL_SNP], t->at[SPL_MICROCODE]);
}

static void vcek(const struct snp_report *r, enum snp_product p, const struct snp_tcb *reported,
		 const char *tcb, struct kds_file *ret)
{
	char chip[2 * SNP_CHIP_ID_BYTES + 1];
	char parameters[96];

	digest_hex(span(r->chip_id.at, snp_hwid_len(p)), chip);
	query(p, reported, parameters, sizeof(parameters));
	(void)snprintf(ret->name, sizeof(ret->name), "amd-%s-vcek-%s-%s.der", snp_product_name(p),
		       chip, tcb);
	(void)snprintf(ret->url, sizeof(ret->url), KDS "vcek/v1/%s/%s?%s", snp_product_name(p),
		       chip, parameters);
	if (snp_is_filled(r->chip_id, 0))
		ret->url[0] = 0;
}

void kds_leaf(const struct snp_report *r, enum snp_product p, const struct snp_tcb *reported,
	      struct kds_file *ret)
{
	char tcb[2 * SNP_TCB_BYTES + 1];

	digest_hex(r->reported_tcb, tcb);
	if (r->key == SNP_VCEK) {
		vcek(r, p, reported, tcb, ret);
		return;
	}
	(void)snprintf(ret->name, sizeof(ret->name), "amd-%s-vlek-%s.der", snp_product_name(p),
		       tcb);
	ret->url[0] = 0;
}

void kds_chain(enum snp_product p, enum snp_key key, struct kds_file *ret)
{
	(void)snprintf(ret->name, sizeof(ret->name), "amd-%s-%s-chain.pem", snp_product_name(p),
		       service(key));
	(void)snprintf(ret->url, sizeof(ret->url), KDS "%s/v1/%s/cert_chain", service(key),
		       snp_product_name(p));
}

void kds_crl(enum snp_product p, enum snp_key key, struct kds_file *ret)
{
	(void)snprintf(ret->name, sizeof(ret->name), "amd-%s-%s.crl", snp_product_name(p),
		       service(key));
	(void)snprintf(ret->url, sizeof(ret->url), KDS "%s/v1/%s/crl", service(key),
		       snp_product_name(p));
}
