#include "attest/verify/gpu/device.h"

#include <ctype.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "attest/verify/refs.h"
#include "base/mem.h"

#define OID_DEVICE_INFO "1.3.6.1.4.1.412.274.1" /* DMTF DSP0274, subject alternative name */
#define LEAF_SUFFIX	" FMC LF"
#define PREFIX_GPU	0x41
#define PREFIX_SWITCH	0x50
#define IDENTITY_BYTES	9 /* a prefix, then the PDI */

static const struct root_pin PINS[] = {
	{ "NVIDIA Device Identity CA",
	  { 0x10, 0x2b, 0xf6, 0x59, 0xd5, 0x41, 0x96, 0x14, 0xc9, 0xd8, 0xe6,
	    0xae, 0xce, 0xbc, 0x80, 0x45, 0x4e, 0xb2, 0x6b, 0x1d, 0xf6, 0xa7,
	    0x69, 0xac, 0x72, 0x0b, 0x9a, 0x69, 0x0b, 0x16, 0x7b, 0x48 },
	  { 0xa9, 0x0c, 0x4e, 0xb5, 0xac, 0xfd, 0x3e, 0x3d, 0x03, 0xa2, 0x5d,
	    0xb6, 0xa2, 0x6b, 0x84, 0xf7, 0x20, 0xad, 0x05, 0x03, 0x19, 0x6c,
	    0x62, 0x7c, 0x21, 0xdd, 0xd4, 0x8d, 0xd8, 0x5b, 0x06, 0xa4 } },
};

int device_chain(const struct certs *certs, const struct certs *test_roots,
		 struct chain_result *ret, struct err *e)
{
	const struct chain_rules rules = {
		.pins = PINS,
		.pin_count = COUNT_OF(PINS),
		.test_roots = test_roots,
		.issuer_key = CHAIN_P384_SHA384,
		.leaf_key = CHAIN_P384_SHA384,
		.strict = true,
	};
	struct chain_result chain;
	int failed;

	if (certs->count != DEVICE_CERTS)
		return FAIL(e, FAIL_FORGED, "%zu certificates, a device has %d", certs->count,
			    DEVICE_CERTS);
	failed = chain_verify(&rules, certs->at[0], certs, &chain, e);
	if (failed)
		return failed;
	if (chain.depth != DEVICE_CERTS)
		return FAIL(e, FAIL_FORGED, "a chain of %zu certificates, a device has %d",
			    chain.depth, DEVICE_CERTS);
	for (size_t i = 0; i < DEVICE_CERTS; i++)
		if (X509_cmp(chain.at[i], certs->at[i]))
			return FAIL(e, FAIL_FORGED, "certificate %zu is not in its place", i);
	*ret = chain;
	return 0;
}

/* --- The leaf --------------------------------------------------------------------------------- */

/* The chain alone would also pass for a CA of the device as leaf, and its key signs no reports. */
static int check_leaf(X509 *leaf, struct err *e)
{
	char cn[DEVICE_NAME_BYTES];
	size_t len;

	if (X509_get_extension_flags(leaf) & EXFLAG_CA)
		return FAIL(e, FAIL_FORGED, "the leaf is a CA");
	if (X509_get_key_usage(leaf) != KU_DIGITAL_SIGNATURE)
		return FAIL(e, FAIL_FORGED, "the leaf's key usage is not digitalSignature alone");
	if (cert_subject_cn(leaf, cn, sizeof(cn), e))
		return err_add(e, "leaf");
	len = strlen(cn);
	if (len < strlen(LEAF_SUFFIX) || strcmp(cn + len - strlen(LEAF_SUFFIX), LEAF_SUFFIX))
		return FAIL(e, FAIL_FORGED, "leaf \"%s\": not a key that signs reports", cn);
	return 0;
}

static void names_done(GENERAL_NAMES **names)
{
	GENERAL_NAMES_free(*names);
}

static bool is_device_info(const GENERAL_NAME *name)
{
	char oid[48];

	return name->type == GEN_OTHERNAME &&
	       OBJ_obj2txt(oid, sizeof(oid), name->d.otherName->type_id, 1) > 0 &&
	       !strcmp(oid, OID_DEVICE_INFO) && name->d.otherName->value->type == V_ASN1_UTF8STRING;
}

static int read_info(const X509 *leaf, struct device *d, struct err *e)
{
	__attribute__((cleanup(names_done))) GENERAL_NAMES *names =
		X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	const ASN1_STRING *text;

	if (!names || sk_GENERAL_NAME_num(names) != 1 ||
	    !is_device_info(sk_GENERAL_NAME_value(names, 0)))
		return FAIL(e, FAIL_FORGED, "the leaf has no device info as its other name");
	text = sk_GENERAL_NAME_value(names, 0)->d.otherName->value->value.utf8string;
	if (ASN1_STRING_length(text) >= DEVICE_NAME_BYTES)
		return FAIL(e, FAIL_FORGED, "device info of %d bytes", ASN1_STRING_length(text));
	for (int i = 0; i < ASN1_STRING_length(text); i++) {
		uint8_t c = ASN1_STRING_get0_data(text)[i];

		if (c < 0x21 || c > 0x7e)
			return FAIL(e, FAIL_FORGED, "device info is not printable");
		d->info[i] = (char)c;
	}
	return 0;
}

/* --- Names: all of one chip ------------------------------------------------------------------- */

/* The first word of a name, with the space after it. */
static bool has_word(const char *text, const char *word)
{
	return !strncmp(text, word, strlen(word)) && text[strlen(word)] == ' ';
}

static int read_chip(struct device *d, char certified[static 16], struct err *e)
{
	size_t len = strcspn(d->model, " ");

	if (len >= 16)
		return FAIL(e, FAIL_FORGED, "\"%s\": not a chip's name", d->model);
	(void)snprintf(certified, 16, "%.*s", (int)len, d->model);
	(void)snprintf(d->chip, sizeof(d->chip), "%s", certified);
	if (!strcmp(certified, "GH100")) {
		(void)snprintf(d->arch, sizeof(d->arch), "HOPPER");
	} else if (len == 5 && !strncmp(certified, "GB1", 3) &&
		   isdigit((unsigned char)certified[3]) && isdigit((unsigned char)certified[4])) {
		(void)snprintf(d->arch, sizeof(d->arch), "BLACKWELL");
	} else if (!strcmp(certified, "LS_10")) {
		(void)snprintf(d->chip, sizeof(d->chip), "LS10");
		(void)snprintf(d->arch, sizeof(d->arch), "LS10");
		d->is_switch = true;
	} else {
		return FAIL(e, FAIL_FORGED, "\"%s\": a chip that is not known", certified);
	}
	return 0;
}

/* Certificate 3 is no witness: switches hang below the one that is named after GH100. */
static int check_names(const struct chain_result *chain, struct device *d, struct err *e)
{
	char leaf[DEVICE_NAME_BYTES], maker[DEVICE_NAME_BYTES], chip[16], want[40];
	int failed;

	if (cert_subject_cn(chain->at[0], leaf, sizeof(leaf), e) ||
	    cert_subject_cn(chain->at[1], d->model, sizeof(d->model), e) ||
	    cert_subject_cn(chain->at[2], maker, sizeof(maker), e))
		return err_add(e, "names");
	failed = read_chip(d, chip, e);
	if (failed)
		return failed;
	if (!has_word(leaf, chip))
		return FAIL(e, FAIL_FORGED, "leaf \"%s\" below \"%s\"", leaf, d->model);
	(void)snprintf(want, sizeof(want), "NVIDIA %s", chip);
	if (!has_word(maker, want))
		return FAIL(e, FAIL_FORGED, "\"%s\" below \"%s\"", d->model, maker);
	(void)snprintf(want, sizeof(want), "NVIDIA:%s:", chip);
	if (strncmp(d->info, want, strlen(want)) || strlen(d->info) != strlen(want) + 16 ||
	    strspn(d->info + strlen(want), "0123456789ABCDEFabcdef") != 16)
		return FAIL(e, FAIL_FORGED, "device info \"%s\" of a %s", d->info, chip);
	return 0;
}

/* --- Identity --------------------------------------------------------------------------------- */

/* The device's certificate names it twice, as serial number and as attribute of its subject. */
static int read_identity(const X509 *cert, struct device *d, struct err *e)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	int i = X509_NAME_get_index_by_NID(subject, NID_serialNumber, -1);
	uint8_t serial[20], named[IDENTITY_BYTES];
	size_t len = sizeof(serial);
	char text[2 * IDENTITY_BYTES + 1] = "";
	const ASN1_STRING *value;

	if (i < 0 || X509_NAME_get_index_by_NID(subject, NID_serialNumber, i) >= 0)
		return FAIL(e, FAIL_FORGED, "certificate 1 does not name the device");
	value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i));
	if (ASN1_STRING_length(value) != 2 * IDENTITY_BYTES)
		return FAIL(e, FAIL_FORGED, "certificate 1: a device's name of %d characters",
			    ASN1_STRING_length(value));
	memcpy(text, ASN1_STRING_get0_data(value), 2 * IDENTITY_BYTES);
	if (hex_bytes(text, "certificate 1", named, sizeof(named), e) ||
	    cert_serial(cert, serial, &len, e))
		return err_add(e, "identity");
	if (!span_is_equal(span(serial, len), span(named, sizeof(named))))
		return FAIL(e, FAIL_FORGED, "certificate 1: serial and the device's name differ");
	if (named[0] != (d->is_switch ? PREFIX_SWITCH : PREFIX_GPU))
		return FAIL(e, FAIL_FORGED, "identity of kind 0x%02x for a %s", named[0], d->chip);
	memcpy(d->pdi, named + 1, sizeof(d->pdi));
	return 0;
}

static int read_fwid(const struct chain_result *chain, struct device *d, struct err *e)
{
	bool is_tcbinfo = !strcmp(d->arch, "BLACKWELL"), found;
	struct span value;
	int failed = cert_extension(chain->at[0], is_tcbinfo ? FWID_OID_TCBINFO : FWID_OID_DEVICE,
				    &found, &value, e);

	if (failed)
		return err_add(e, "leaf");
	if (!found)
		return FAIL(e, FAIL_FORGED, "the leaf names no firmware");
	return is_tcbinfo ? fwid_tcbinfo(value, d->fwid, e)
			  : fwid_device(value, chain->at[1], d->fwid, e);
}

int device_read(const struct chain_result *chain, struct device *ret, struct err *e)
{
	struct device d = { .leaf_serial_len = sizeof(d.leaf_serial) };
	int failed = check_leaf(chain->at[0], e);

	if (!failed)
		failed = read_info(chain->at[0], &d, e);
	if (!failed)
		failed = check_names(chain, &d, e);
	if (!failed)
		failed = read_identity(chain->at[1], &d, e);
	if (!failed)
		failed = cert_serial(chain->at[0], d.leaf_serial, &d.leaf_serial_len, e);
	if (!failed)
		failed = read_fwid(chain, &d, e);
	if (!failed)
		*ret = d;
	return failed;
}
