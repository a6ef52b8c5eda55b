/* The three certificates above a report, and what their root revokes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/evidence/snp.h"

#define AMD	     "1.3.6.1.4.1.3704.1"
#define ORGANIZATION "Advanced Micro Devices"
#define VALUE_BYTES  80

#define DER_INTEGER	 0x02
#define DER_OCTET_STRING 0x04
#define DER_IA5_STRING	 0x16

static const char *const oids[SNP_EXTENSIONS] = {
	[SNP_EXT_STRUCT_VERSION] = AMD ".1", [SNP_EXT_PRODUCT_NAME] = AMD ".2",
	[SNP_EXT_BL] = AMD ".3.1",	     [SNP_EXT_TEE] = AMD ".3.2",
	[SNP_EXT_SNP] = AMD ".3.3",	     [SNP_EXT_SPL4] = AMD ".3.4",
	[SNP_EXT_SPL5] = AMD ".3.5",	     [SNP_EXT_SPL6] = AMD ".3.6",
	[SNP_EXT_SPL7] = AMD ".3.7",	     [SNP_EXT_UCODE] = AMD ".3.8",
	[SNP_EXT_FMC] = AMD ".3.9",	     [SNP_EXT_HWID] = AMD ".4",
	[SNP_EXT_CSP_ID] = AMD ".5",
};

struct value {
	uint8_t at[VALUE_BYTES];
	size_t len;
};

static const char *product_of(enum snp_gen p)
{
	static const char *const names[] = { "Milan", "Genoa", "Turin" };

	return names[p % COUNT_OF(names)];
}

/* --- Extensions ------------------------------------------------------------------------------- */

static struct value number(uint8_t n, enum snp_number form)
{
	switch (form) {
	case SNP_NUMBER_NEGATIVE:
		return (struct value){ { DER_INTEGER, 1, n }, 3 };
	case SNP_NUMBER_PADDED:
		return (struct value){ { DER_INTEGER, 2, 0, n }, 4 };
	case SNP_NUMBER_LONG:
		return (struct value){ { DER_INTEGER, 3, 0, 1, n }, 5 };
	case SNP_NUMBER_OCTETS:
		return (struct value){ { DER_OCTET_STRING, 1, n }, 3 };
	case SNP_NUMBER_TRAILING:
		return (struct value){ { DER_INTEGER, 1, n, 0 }, 4 };
	case SNP_NUMBER_DER:
		break;
	}
	if (n < 0x80)
		return (struct value){ { DER_INTEGER, 1, n }, 3 };
	return (struct value){ { DER_INTEGER, 2, 0, n }, 4 };
}

static struct value text(const char *t)
{
	struct value v = { { DER_IA5_STRING, (uint8_t)strlen(t) }, strlen(t) + 2 };

	if (v.len > sizeof(v.at))
		abort();
	memcpy(v.at + 2, t, strlen(t));
	return v;
}

static struct value hwid(const struct snp_spec *s)
{
	const uint8_t *chip = s->has_leaf_chip ? s->leaf_chip : s->chip_id;
	size_t len = s->product == SNP_GEN_TURIN ? 8 : 64;
	struct value v = { { 0 }, len };
	size_t skip = 0;

	if (s->hwid == SNP_HWID_WRAPPED || s->hwid == SNP_HWID_TAG) {
		v.at[0] = s->hwid == SNP_HWID_TAG ? DER_INTEGER : DER_OCTET_STRING;
		v.at[1] = (uint8_t)len;
		skip = 2;
	}
	memcpy(v.at + skip, chip, len);
	v.len = len + skip;
	if (s->hwid == SNP_HWID_SHORT)
		v.len--;
	if (s->hwid == SNP_HWID_LONG)
		v.len++;
	return v;
}

static struct value extension(const struct snp_spec *s, enum snp_extension x)
{
	const struct snp_levels *t = s->has_leaf_tcb ? &s->leaf_tcb : &s->reported;

	switch (x) {
	case SNP_EXT_STRUCT_VERSION:
		return number(s->struct_version, SNP_NUMBER_DER);
	case SNP_EXT_PRODUCT_NAME:
		return text(s->product_name);
	case SNP_EXT_BL:
		return number(t->bootloader, s->number);
	case SNP_EXT_TEE:
		return number(t->tee, s->number);
	case SNP_EXT_SNP:
		return number(t->snp, s->number);
	case SNP_EXT_UCODE:
		return number(t->microcode, s->number);
	case SNP_EXT_FMC:
		return number(t->fmc, s->number);
	case SNP_EXT_HWID:
		return hwid(s);
	case SNP_EXT_CSP_ID:
		return text(s->csp_id);
	case SNP_EXT_SPL4:
	case SNP_EXT_SPL5:
	case SNP_EXT_SPL6:
	case SNP_EXT_SPL7:
	case SNP_EXTENSIONS:
		break;
	}
	return number(s->reserved_level, SNP_NUMBER_DER);
}

/* As AMD writes them, unless the knobs say otherwise. */
static bool has(const struct snp_spec *s, enum snp_extension x)
{
	bool is_turin = s->product == SNP_GEN_TURIN, is_vlek = s->leaf_key == SNP_GEN_VLEK;

	if (s->without & 1u << x)
		return false;
	if (s->with & 1u << x)
		return true;
	switch (x) {
	case SNP_EXT_FMC:
		return is_turin;
	case SNP_EXT_SPL4:
		return !is_turin;
	case SNP_EXT_HWID:
		return !is_vlek;
	case SNP_EXT_CSP_ID:
		return is_vlek;
	default:
		return true;
	}
}

/* --- Certificates ----------------------------------------------------------------------------- */

static EVP_PKEY *rsa(enum snp_rsa who)
{
	return pki_rsa4096(who);
}

static X509 *make_ark(const char *product, enum snp_rsa who, int64_t from)
{
	static const uint8_t serial[] = { 0x01, 0x00, 0x00 };
	EVP_PKEY *key = rsa(who);
	char cn[32];
	struct pki_spec spec = {
		.cn = cn,
		.organization = ORGANIZATION,
		.key = key,
		.issuer_key = key,
		.alg = PKI_PSS_SHA384_TRAILER,
		.serial = serial,
		.serial_len = sizeof(serial),
		.not_before = from,
		.not_after = from ? 2524521600 : 0,
		.is_ca = true,
		.path_len = -1,
	};
	X509 *cert;

	(void)snprintf(cn, sizeof(cn), "ARK-%s", product);
	cert = pki_cert(&spec);
	EVP_PKEY_free(key);
	return cert;
}

static X509 *make_ask(const struct snp_spec *s, const char *product, const X509 *ark)
{
	static const uint8_t serial[] = { 0x01, 0x00, 0x01 };
	bool is_vlek = s->leaf_key == SNP_GEN_VLEK;
	bool is_self_made = s->chain == SNP_CHAIN_SELF_MADE || s->chain == SNP_CHAIN_ASK_FORGED;
	EVP_PKEY *key = rsa(SNP_RSA_ASK);
	EVP_PKEY *by = rsa(is_self_made ? SNP_RSA_OTHER : SNP_RSA_ARK);
	char cn[32];
	struct pki_spec spec = {
		.cn = cn,
		.organization = ORGANIZATION,
		.key = key,
		.issuer = ark,
		.issuer_key = by,
		.alg = s->ask_alg ? s->ask_alg : PKI_PSS_SHA384,
		.serial = serial,
		.serial_len = sizeof(serial),
		.is_ca = true,
		.path_len = 0,
	};
	X509 *cert;

	if (s->chain == SNP_CHAIN_OTHER_KIND)
		is_vlek = !is_vlek;
	(void)snprintf(cn, sizeof(cn), is_vlek ? "SEV-VLEK-%s" : "SEV-%s", product);
	cert = pki_cert(&spec);
	EVP_PKEY_free(key);
	EVP_PKEY_free(by);
	return cert;
}

static X509 *make_leaf(const struct snp_spec *s, const X509 *issuer)
{
	static const uint8_t serial[] = { 0 }; /* as all of AMD's */
	struct value values[SNP_EXTENSIONS];
	struct pki_extension extensions[2 * SNP_EXTENSIONS];
	EVP_PKEY *key = pki_p384(SNP_P384_LEAF);
	EVP_PKEY *by = rsa(s->chain == SNP_CHAIN_LEAF_FORGED ? SNP_RSA_OTHER
			   : s->chain == SNP_CHAIN_NO_ASK    ? SNP_RSA_ARK
							     : SNP_RSA_ASK);
	struct pki_spec spec = {
		.cn = s->leaf_cn		    ? s->leaf_cn
		      : s->leaf_key == SNP_GEN_VLEK ? "SEV-VLEK"
						    : "SEV-VCEK",
		.organization = ORGANIZATION,
		.key = key,
		.issuer = issuer,
		.issuer_key = by,
		.alg = s->leaf_alg ? s->leaf_alg : PKI_PSS_SHA384,
		.serial = serial,
		.serial_len = sizeof(serial),
		.not_before = s->leaf_from,
		.not_after = s->leaf_to,
		.path_len = -1,
		.no_extensions = true,
		.extensions = extensions,
	};
	X509 *cert;

	for (int x = 0; x < SNP_EXTENSIONS; x++) {
		values[x] = extension(s, (enum snp_extension)x);
		for (int n = 0; n < (s->twice & 1u << x ? 2 : 1); n++)
			if (has(s, (enum snp_extension)x))
				extensions[spec.extension_count++] =
					(struct pki_extension){ oids[x], false,
								span(values[x].at, values[x].len) };
	}
	cert = pki_cert(&spec);
	EVP_PKEY_free(key);
	EVP_PKEY_free(by);
	return cert;
}

/* The same certificate, the last byte of its signature another. */
static X509 *spoil(const X509 *cert)
{
	struct buf der = pki_der(cert);
	const uint8_t *at = der.at;
	X509 *spoilt;

	der.at[der.len - 1] ^= 1;
	spoilt = d2i_X509(NULL, &at, (long)der.len);
	if (!spoilt)
		abort();
	buf_done(&der);
	return spoilt;
}

static X509 *make_sent_ark(const struct snp_spec *s, const char *product, X509 *ark)
{
	switch (s->chain) {
	case SNP_CHAIN_SELF_MADE:
		return make_ark(product, SNP_RSA_OTHER, 0);
	case SNP_CHAIN_ARK_ALTERED:
		return make_ark(product, SNP_RSA_ARK, 1600000000);
	case SNP_CHAIN_ARK_BROKEN:
		return spoil(ark);
	default:
		X509_up_ref(ark);
		return ark;
	}
}

static struct buf make_crl(const struct snp_spec *s, const struct snp_made *m)
{
	uint8_t ask_serial[] = { 0x01, 0x00, 0x01 }, other[] = { 0x7f };
	const struct pki_serial revoked[] = {
		{ other, sizeof(other) },
		{ ask_serial, sizeof(ask_serial) },
	};
	EVP_PKEY *key = rsa(s->crl == SNP_CRL_BY_ASK ? SNP_RSA_ASK : SNP_RSA_ARK);
	X509 *ark = s->crl == SNP_CRL_OF_OTHER ? make_ark("Rome", SNP_RSA_ARK, 0) : m->ark;
	struct buf crl = pki_crl(ark, key, PKI_PSS_SHA384, s->crl_from, s->crl_to, revoked,
				 s->crl == SNP_CRL_REVOKES_ASK ? 2 : 1);

	if (s->crl == SNP_CRL_CUT)
		crl.len--;
	if (ark != m->ark)
		X509_free(ark);
	EVP_PKEY_free(key);
	return crl;
}

void snp_make_certs(const struct snp_spec *s, struct snp_made *m)
{
	const char *product = product_of(
		s->chain == SNP_CHAIN_OTHER_PRODUCT ? (enum snp_gen)(s->product + 1) : s->product);

	m->ark = make_ark(product, SNP_RSA_ARK, 0);
	m->sent_ark = make_sent_ark(s, product, m->ark);
	m->ask = make_ask(s, product, m->sent_ark);
	m->leaf = make_leaf(s, s->chain == SNP_CHAIN_NO_ASK ? m->ark : m->ask);
	m->crl = make_crl(s, m);
}
