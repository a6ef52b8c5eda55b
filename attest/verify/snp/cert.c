#include "attest/verify/snp/cert.h"

#include <string.h>

#include "base/mem.h"

#define AMD "1.3.6.1.4.1.3704.1"

#define OID_STRUCT_VERSION AMD ".1"
#define OID_PRODUCT_NAME   AMD ".2"
#define OID_HWID	   AMD ".4"
#define OID_CSP_ID	   AMD ".5"

#define DER_INTEGER	 0x02
#define DER_OCTET_STRING 0x04
#define DER_IA5_STRING	 0x16

static const struct spl {
	const char *oid;
	const char *name;
} spls[SPLS] = {
	[SPL_FMC] = { AMD ".3.9", "fmcSPL" },	      [SPL_BOOTLOADER] = { AMD ".3.1", "blSPL" },
	[SPL_TEE] = { AMD ".3.2", "teeSPL" },	      [SPL_SNP] = { AMD ".3.3", "snpSPL" },
	[SPL_MICROCODE] = { AMD ".3.8", "ucodeSPL" },
};

/* Reserved security patch levels: absent or zero. */
static const struct spl reserved[] = {
	{ AMD ".3.4", "spl4" },
	{ AMD ".3.5", "spl5" },
	{ AMD ".3.6", "spl6" },
	{ AMD ".3.7", "spl7" },
};

/* DER, 0 to 255: from 128 on, two content bytes, or it would be negative. */
static int read_integer(struct span v, const char *name, uint8_t *ret, struct err *e)
{
	if (v.len == 3 && v.at[0] == DER_INTEGER && v.at[1] == 1 && v.at[2] < 0x80)
		*ret = v.at[2];
	else if (v.len == 4 && v.at[0] == DER_INTEGER && v.at[1] == 2 && !v.at[2] &&
		 v.at[3] >= 0x80)
		*ret = v.at[3];
	else
		return FAIL(e, FAIL_INPUT, "%s is no INTEGER of 0 .. 255", name);
	return 0;
}

static int required(const X509 *cert, const char *oid, const char *name, uint8_t *ret,
		    struct err *e)
{
	struct span value;
	bool found;
	int failed = cert_extension(cert, oid, &found, &value, e);

	if (failed)
		return failed;
	if (!found)
		return FAIL(e, FAIL_INPUT, "%s (%s) is missing", name, oid);
	return read_integer(value, name, ret, e);
}

static int must_be_zero(const X509 *cert, const struct spl *s, struct err *e)
{
	struct span value;
	uint8_t number = 0;
	bool found;
	int failed = cert_extension(cert, s->oid, &found, &value, e);

	if (!failed && found)
		failed = read_integer(value, s->name, &number, e);
	if (!failed && number)
		failed = FAIL(e, FAIL_INPUT, "%s is %u: reserved, must be 0", s->name, number);
	return failed;
}

static int must_be_absent(const X509 *cert, const char *oid, const char *name, struct err *e)
{
	struct span value;
	bool found;
	int failed = cert_extension(cert, oid, &found, &value, e);

	if (!failed && found)
		failed = FAIL(e, FAIL_INPUT, "%s (%s) has no place in this certificate", name, oid);
	return failed;
}

/* An IA5String of at most `size` - 1 printable bytes. */
static int read_text(struct span v, const char *name, char *ret, size_t size, struct err *e)
{
	if (v.len < 3 || v.at[0] != DER_IA5_STRING || v.at[1] >= 0x80 || v.at[1] != v.len - 2 ||
	    v.len - 2 >= size)
		return FAIL(e, FAIL_INPUT, "%s is no IA5String of 1 .. %zu bytes", name, size - 1);
	for (size_t i = 2; i < v.len; i++)
		if (v.at[i] < 0x20 || v.at[i] > 0x7e)
			return FAIL(e, FAIL_INPUT, "%s is not printable", name);
	memcpy(ret, v.at + 2, v.len - 2);
	ret[v.len - 2] = 0;
	return 0;
}

static int optional_text(const X509 *cert, const char *oid, const char *name, char *ret,
			 size_t size, struct err *e)
{
	struct span value;
	bool found;
	int failed = cert_extension(cert, oid, &found, &value, e);

	ret[0] = 0;
	return failed || !found ? failed : read_text(value, name, ret, size, e);
}

/* AMD writes the bytes bare, and lately within an OCTET STRING. A chip's id may begin with any
 * byte, so length alone tells the two apart. */
static int read_hwid(const X509 *cert, size_t len, struct snp_leaf *ret, struct err *e)
{
	struct span v;
	bool found;
	int failed = cert_extension(cert, OID_HWID, &found, &v, e);

	if (failed)
		return failed;
	if (!found)
		return FAIL(e, FAIL_INPUT, "hwID (" OID_HWID ") is missing");
	if (v.len == len + 2 && v.at[0] == DER_OCTET_STRING && v.at[1] == len)
		v = span(v.at + 2, len);
	if (v.len != len)
		return FAIL(e, FAIL_INPUT, "hwID of %zu bytes, must be %zu", v.len, len);
	memset(ret->hwid, 0, sizeof(ret->hwid));
	memcpy(ret->hwid, v.at, len);
	return 0;
}

static int read_tcb(const X509 *cert, enum snp_product product, struct snp_tcb *ret, struct err *e)
{
	int failed = 0;

	for (int s = 0; s < SPLS && !failed; s++)
		if (snp_has_spl(product, (enum snp_spl)s))
			failed = required(cert, spls[s].oid, spls[s].name, &ret->at[s], e);
		else
			failed = must_be_absent(cert, spls[s].oid, spls[s].name, e);
	for (size_t i = 0; i < COUNT_OF(reserved) && !failed; i++)
		failed = must_be_zero(cert, &reserved[i], e);
	return failed;
}

/* Whose key it is: a chip's, or a cloud's. */
static int read_holder(const X509 *cert, enum snp_product product, enum snp_key key,
		       struct snp_leaf *ret, struct err *e)
{
	int failed;

	if (key == SNP_VCEK) {
		failed = must_be_absent(cert, OID_CSP_ID, "csp_id", e);
		return failed ? failed : read_hwid(cert, snp_hwid_len(product), ret, e);
	}
	failed = must_be_absent(cert, OID_HWID, "hwID", e);
	if (!failed)
		failed = optional_text(cert, OID_CSP_ID, "csp_id", ret->csp_id, sizeof(ret->csp_id),
				       e);
	if (!failed && !ret->csp_id[0])
		failed = FAIL(e, FAIL_INPUT, "csp_id (" OID_CSP_ID ") is missing");
	return failed;
}

int snp_leaf_parse(const X509 *cert, enum snp_product product, enum snp_key key,
		   struct snp_leaf *ret, struct err *e)
{
	struct snp_leaf leaf = { 0 };
	uint8_t version = 0;
	int failed = required(cert, OID_STRUCT_VERSION, "structVersion", &version, e);

	if (!failed && version != snp_struct_version(product))
		failed = FAIL(e, FAIL_INPUT, "structVersion %u, %s has %u", version,
			      snp_product_name(product), snp_struct_version(product));
	if (!failed)
		failed = optional_text(cert, OID_PRODUCT_NAME, "productName", leaf.product_name,
				       sizeof(leaf.product_name), e);
	if (!failed)
		failed = read_tcb(cert, product, &leaf.tcb, e);
	if (!failed)
		failed = read_holder(cert, product, key, &leaf, e);
	if (failed)
		return failed;
	*ret = leaf;
	return 0;
}
