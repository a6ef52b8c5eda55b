#include "attest/verify/gpu/fwid.h"

#include <string.h>

#include "attest/verify/x509/der.h"

#define TAG_INTEGER	 0x02
#define TAG_OCTET_STRING 0x04
#define TAG_OID		 0x06
#define TAG_SEQUENCE	 0x30
#define TAG_CLASS	 0xc0
#define TAG_CONTEXT	 0x80
#define TAG_CONSTRUCTED	 0x20
#define TAG_FWIDS	 (TAG_CONTEXT | TAG_CONSTRUCTED | 6)
#define TCBINFO_LAST	 9

static const uint8_t SHA384_OID[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02 };

/* One value from the front of bytes that der_check() passed, so that its length is short and true;
 * looked at again, since a reader that trusts its input is soon given another. */
static int take(struct span *in, uint8_t *ret_tag, struct span *ret_whole, struct span *ret,
		struct err *e)
{
	size_t head = 2, len;

	if (in->len < 2)
		return FAIL(e, FAIL_INPUT, "firmware id: cut");
	len = in->at[1];
	if (len == 0x81 && in->len >= 3) {
		len = in->at[2];
		head = 3;
	} else if (len == 0x82 && in->len >= 4) {
		len = (size_t)in->at[2] << 8 | in->at[3];
		head = 4;
	} else if (len >= 0x80) {
		return FAIL(e, FAIL_INPUT, "firmware id: length 0x%02x", in->at[1]);
	}
	if (len > in->len - head)
		return FAIL(e, FAIL_INPUT, "firmware id: cut");
	*ret_tag = in->at[0];
	*ret_whole = span(in->at, head + len);
	*ret = span(in->at + head, len);
	*in = span(in->at + head + len, in->len - head - len);
	return 0;
}

static int take_as(struct span *in, uint8_t tag, struct span *ret_whole, struct span *ret,
		   struct err *e)
{
	uint8_t found;

	if (take(in, &found, ret_whole, ret, e))
		return -FAIL_INPUT;
	if (found != tag)
		return FAIL(e, FAIL_INPUT, "firmware id: tag 0x%02x, must be 0x%02x", found, tag);
	return 0;
}

/* The whole extension is one SEQUENCE; its content. */
static int open_extension(struct span extension, struct span *ret, struct err *e)
{
	struct span whole;

	if (der_check(extension, e))
		return err_add(e, "firmware id");
	return take_as(&extension, TAG_SEQUENCE, &whole, ret, e);
}

/* SEQUENCE { OID sha384, OCTET STRING of 48 }. */
static int take_digest(struct span *in, struct span *ret, struct err *e)
{
	struct span whole, pair, oid;

	if (take_as(in, TAG_SEQUENCE, &whole, &pair, e) ||
	    take_as(&pair, TAG_OID, &whole, &oid, e) ||
	    take_as(&pair, TAG_OCTET_STRING, &whole, ret, e))
		return -FAIL_INPUT;
	if (!span_is_equal(oid, span(SHA384_OID, sizeof(SHA384_OID))) || ret->len != FWID_BYTES ||
	    pair.len)
		return FAIL(e, FAIL_INPUT, "firmware id: not one SHA-384");
	return 0;
}

static void key_done(uint8_t **der)
{
	OPENSSL_free(*der);
}

static int compare_key(struct span spki, const X509 *issuer, struct err *e)
{
	__attribute__((cleanup(key_done))) uint8_t *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(issuer), &der);

	if (len < 0)
		return FAIL(e, FAIL_SYS, "firmware id: the device's key is not encoded");
	if (!span_is_equal(span(der, (size_t)len), spki))
		return FAIL(e, FAIL_FORGED,
			    "the key beside the firmware id is not the device's (certificate 1)");
	return 0;
}

int fwid_device(struct span extension, const X509 *issuer, uint8_t ret[static FWID_BYTES],
		struct err *e)
{
	struct span in, whole, version, key, spki, digest;
	int failed;

	if (open_extension(extension, &in, e) || take_as(&in, TAG_INTEGER, &whole, &version, e) ||
	    take_as(&in, TAG_SEQUENCE, &spki, &key, e) || take_digest(&in, &digest, e))
		return -FAIL_INPUT;
	if (version.len != 1 || version.at[0] != 1 || in.len)
		return FAIL(e, FAIL_INPUT, "firmware id: not of version 1");
	failed = compare_key(spki, issuer, e);
	if (!failed)
		memcpy(ret, digest.at, FWID_BYTES);
	return failed;
}

int fwid_tcbinfo(struct span extension, uint8_t ret[static FWID_BYTES], struct err *e)
{
	struct span in, whole, value, digest = SPAN_EMPTY, other;
	int last = -1;

	if (open_extension(extension, &in, e))
		return -FAIL_INPUT;
	while (in.len) {
		uint8_t tag;
		int number;

		if (take(&in, &tag, &whole, &value, e))
			return -FAIL_INPUT;
		number = tag & 0x1f;
		if ((tag & TAG_CLASS) != TAG_CONTEXT || number <= last || number > TCBINFO_LAST)
			return FAIL(e, FAIL_INPUT, "TcbInfo: tag 0x%02x out of order", tag);
		last = number;
		if (tag != TAG_FWIDS)
			continue;
		if (take_digest(&value, &digest, e))
			return -FAIL_INPUT;
		while (value.len)
			if (take_digest(&value, &other, e))
				return -FAIL_INPUT;
	}
	if (!digest.at)
		return FAIL(e, FAIL_INPUT, "TcbInfo without a firmware id");
	memcpy(ret, digest.at, FWID_BYTES);
	return 0;
}
