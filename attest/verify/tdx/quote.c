#include "attest/verify/tdx/quote.h"

#include <string.h>

#include "attest/verify/bytes.h"
#include "base/limits.h"

#define AT_KEY_TYPE	 2
#define AT_TEE_TYPE	 4
#define AT_VENDOR	 12
#define DESCRIPTOR_BYTES 6
#define KEY_ECDSA_P256	 2
#define CBOR_ARRAY	 0x80 /* the lowest byte that starts an array, a map or a tag  */
#define CBOR_SIMPLE	 0xe0 /* the first one above them                             */

/* The QE of Intel: no other makes quotes of this format. */
static const uint8_t vendor_intel[16] = { 0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
					  0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07 };

/* COSE begins with an array, a map or a tag that holds no zero; a version has a zero behind it,
 * even where its first byte was damaged. */
bool quote_is_cbor(struct span bytes)
{
	return bytes.len > 1 && bytes.at[0] >= CBOR_ARRAY && bytes.at[0] < CBOR_SIMPLE &&
	       bytes.at[1];
}

static size_t body_bytes(enum quote_body kind)
{
	switch (kind) {
	case QUOTE_ENCLAVE:
		return QUOTE_ENCLAVE_BYTES;
	case QUOTE_TD10:
		return 584;
	case QUOTE_TD15:
		return 648;
	}
	return 0;
}

static int check_header(const struct quote *q, struct err *e)
{
	uint16_t key = le16(q->header.at + AT_KEY_TYPE);
	uint32_t tee = le32(q->header.at + AT_TEE_TYPE);

	if (q->version < 3 || q->version > 5)
		return FAIL(e, FAIL_INPUT, "quote version %u, must be 3 to 5", q->version);
	if (key != KEY_ECDSA_P256)
		return FAIL(e, FAIL_INPUT, "attestation key type %u, must be 2 (ECDSA P-256)", key);
	if (tee != QUOTE_TEE_SGX && (tee != QUOTE_TEE_TDX || q->version == 3))
		return FAIL(e, FAIL_INPUT, "TEE type %#x in a quote of version %u", tee,
			    q->version);
	if (memcmp(q->header.at + AT_VENDOR, vendor_intel, sizeof(vendor_intel)) != 0)
		return FAIL(e, FAIL_INPUT, "the QE's vendor is not Intel");
	return 0;
}

/* Version 5 says what its body is; it must be one of the TEE that the header names. */
static int read_descriptor(struct span *rest, struct quote *q, struct err *e)
{
	bool is_tdx = le32(q->header.at + AT_TEE_TYPE) == QUOTE_TEE_TDX;
	uint16_t type;
	uint32_t size;

	if (q->version < 5) {
		q->kind = is_tdx ? QUOTE_TD10 : QUOTE_ENCLAVE;
		return 0;
	}
	if (!bytes_take(rest, DESCRIPTOR_BYTES, &q->descriptor))
		return FAIL(e, FAIL_INPUT, "cut in the body's descriptor");
	type = le16(q->descriptor.at);
	size = le32(q->descriptor.at + 2);
	if (type < QUOTE_ENCLAVE || type > QUOTE_TD15)
		return FAIL(e, FAIL_INPUT, "body type %u, must be 1 to 3", type);
	q->kind = (enum quote_body)type;
	if (quote_is_tdx(q) != is_tdx)
		return FAIL(e, FAIL_INPUT, "body type %u, and the header says %s", type,
			    is_tdx ? "TDX" : "SGX");
	if (size != body_bytes(q->kind))
		return FAIL(e, FAIL_INPUT, "body of type %u has %u bytes, must be %zu", type, size,
			    body_bytes(q->kind));
	return 0;
}

static int read_signed(struct span *rest, struct quote *q, struct err *e)
{
	const uint8_t *start = rest->at;
	int failed;

	if (!bytes_take(rest, QUOTE_HEADER_BYTES, &q->header))
		return FAIL(e, FAIL_INPUT, "%zu bytes are no quote", rest->len);
	q->version = le16(q->header.at);
	failed = check_header(q, e);
	if (!failed)
		failed = read_descriptor(rest, q, e);
	if (failed)
		return failed;
	if (!bytes_take(rest, body_bytes(q->kind), &q->body))
		return FAIL(e, FAIL_INPUT, "cut in the body: %zu bytes of %zu", rest->len,
			    body_bytes(q->kind));
	q->signed_bytes = span(start, (size_t)(q->body.at + q->body.len - start));
	return 0;
}

static int check_padding(struct span rest, struct err *e)
{
	if (rest.len > QUOTE_PADDING_MAX)
		return FAIL(e, FAIL_INPUT, "%zu bytes behind the quote, at most %d", rest.len,
			    QUOTE_PADDING_MAX);
	if (!bytes_are_zero(rest))
		return FAIL(e, FAIL_INPUT, "%zu bytes behind the quote are not all zero", rest.len);
	return 0;
}

int quote_parse(struct span bytes, struct quote *ret, struct err *e)
{
	struct quote q = { 0 };
	struct span rest = bytes, len, auth;
	int failed;

	if (bytes.len > LIMIT_REPORT_BYTES)
		return FAIL(e, FAIL_LIMIT, "quote of %zu bytes, at most %d", bytes.len,
			    LIMIT_REPORT_BYTES);
	failed = read_signed(&rest, &q, e);
	if (failed)
		return failed;
	if (!bytes_take(&rest, 4, &len))
		return FAIL(e, FAIL_INPUT, "cut before the signature");
	if (!bytes_take(&rest, le32(len.at), &auth))
		return FAIL(e, FAIL_INPUT, "authentication data of %u bytes, and %zu are left",
			    le32(len.at), rest.len);
	failed = check_padding(rest, e);
	if (!failed)
		failed = quote_auth_parse(auth, q.version, &q.auth, e);
	if (failed)
		return failed;
	q.padding = rest.len;
	*ret = q;
	return 0;
}
