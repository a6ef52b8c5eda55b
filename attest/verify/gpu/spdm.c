#include "attest/verify/gpu/spdm.h"

#include "attest/verify/x509/signature.h"

/* Request: DSP0274 1.1, table 33; 37 bytes. */
#define REQUEST_NONCE 4
#define REQUEST_SLOT  36

/* Response, from the start of the report: table 37. */
#define RESPONSE_SLOT	40
#define RESPONSE_COUNT	41
#define RESPONSE_LENGTH 42
#define RESPONSE_RECORD 45

/* Within a block: table 38, with the DMTF measurement of table 40 inside. */
#define BLOCK_SPECIFICATION 1
#define BLOCK_SIZE	    2
#define BLOCK_TYPE	    4
#define BLOCK_VALUE_SIZE    5
#define BLOCK_VALUE	    7

struct octet {
	size_t at;
	uint8_t value;
	const char *what;
};

static const struct octet FIXED[] = {
	{ 0, 0x11, "request: SPDM version" },	     { 1, 0xe0, "request: code GET_MEASUREMENTS" },
	{ 2, 0x01, "request: signature asked for" }, { 3, 0xff, "request: all measurements" },
	{ 37, 0x11, "response: SPDM version" },	     { 38, 0x60, "response: code MEASUREMENTS" },
	{ 39, 0x00, "response: parameter 1" },
};

static size_t u16(const uint8_t *at)
{
	return (size_t)at[0] | (size_t)at[1] << 8;
}

static int read_fixed(struct span b, struct err *e)
{
	for (size_t i = 0; i < sizeof(FIXED) / sizeof(*FIXED); i++)
		if (b.at[FIXED[i].at] != FIXED[i].value)
			return FAIL(e, FAIL_INPUT, "%s: 0x%02x, must be 0x%02x", FIXED[i].what,
				    b.at[FIXED[i].at], FIXED[i].value);
	if (b.at[REQUEST_SLOT] != b.at[RESPONSE_SLOT])
		return FAIL(e, FAIL_INPUT, "asked of slot %u, answered by slot %u",
			    b.at[REQUEST_SLOT], b.at[RESPONSE_SLOT]);
	return 0;
}

/* Indices rise by one from 1, so none is there twice and none is missing. */
static int read_blocks(struct span record, struct err *e)
{
	for (size_t i = 0; i < record.len / SPDM_BLOCK_BYTES; i++) {
		const uint8_t *b = record.at + i * SPDM_BLOCK_BYTES;

		if (b[0] != i + 1)
			return FAIL(e, FAIL_INPUT, "block %zu: index %u", i + 1, b[0]);
		if (b[BLOCK_SPECIFICATION] != 0x01 || b[BLOCK_TYPE] != 0x01)
			return FAIL(e, FAIL_INPUT,
				    "block %zu: specification 0x%02x, type 0x%02x, must be a DMTF "
				    "digest of firmware (0x01, 0x01)",
				    i + 1, b[BLOCK_SPECIFICATION], b[BLOCK_TYPE]);
		if (u16(b + BLOCK_VALUE_SIZE) != SPDM_VALUE_BYTES ||
		    u16(b + BLOCK_SIZE) != SPDM_VALUE_BYTES + 3)
			return FAIL(e, FAIL_INPUT, "block %zu: %zu bytes with a value of %zu",
				    i + 1, u16(b + BLOCK_SIZE), u16(b + BLOCK_VALUE_SIZE));
	}
	return 0;
}

static int read_record(struct span b, struct spdm *s, struct err *e)
{
	size_t len = u16(b.at + RESPONSE_LENGTH) | (size_t)b.at[RESPONSE_LENGTH + 2] << 16;

	s->blocks = b.at[RESPONSE_COUNT];
	s->is_switch = s->blocks == SPDM_SWITCH_BLOCKS;
	if (s->blocks != SPDM_GPU_BLOCKS && !s->is_switch)
		return FAIL(e, FAIL_INPUT, "%zu measurements: a GPU has %d, a switch %d", s->blocks,
			    SPDM_GPU_BLOCKS, SPDM_SWITCH_BLOCKS);
	if (len != s->blocks * SPDM_BLOCK_BYTES)
		return FAIL(e, FAIL_INPUT, "measurement record of %zu bytes for %zu blocks", len,
			    s->blocks);
	if (b.len < RESPONSE_RECORD + len + SPDM_NONCE_BYTES + 2)
		return FAIL(e, FAIL_INPUT, "cut in the measurements or before the opaque data");
	s->record = span(b.at + RESPONSE_RECORD, len);
	return read_blocks(s->record, e);
}

static int read_trailing(struct span rest, struct spdm *s, struct err *e)
{
	if (rest.len > SPDM_TRAILING_BYTES)
		return FAIL(e, FAIL_INPUT, "%zu bytes after the signature", rest.len);
	for (size_t i = 0; i < rest.len; i++)
		if (rest.at[i])
			return FAIL(e, FAIL_INPUT, "bytes after the signature that are not zero");
	s->trailing = rest.len;
	return 0;
}

/* The signature is found from the front: bytes after it are not its own. */
static int read_tail(struct span b, struct spdm *s, struct err *e)
{
	size_t nonce = RESPONSE_RECORD + s->record.len;
	size_t opaque = nonce + SPDM_NONCE_BYTES + 2;
	size_t len = u16(b.at + opaque - 2);
	size_t signature = opaque + len;
	size_t end = signature + SPDM_SIGNATURE_BYTES;

	if (b.len < end)
		return FAIL(e, FAIL_INPUT, "%zu bytes, must be %zu with %zu of opaque data", b.len,
			    end, len);
	s->responder_nonce = span(b.at + nonce, SPDM_NONCE_BYTES);
	s->opaque = span(b.at + opaque, len);
	s->signed_bytes = span(b.at, signature);
	s->r = span(b.at + signature, SPDM_SIGNATURE_BYTES / 2);
	s->s = span(b.at + signature + SPDM_SIGNATURE_BYTES / 2, SPDM_SIGNATURE_BYTES / 2);
	s->report = span(b.at, end);
	return read_trailing(span(b.at + end, b.len - end), s, e);
}

int spdm_parse(struct span report, struct spdm *ret, struct err *e)
{
	struct spdm s = { 0 };
	int failed;

	if (report.len < RESPONSE_RECORD)
		return FAIL(e, FAIL_INPUT, "%zu bytes: cut in the heads", report.len);
	failed = read_fixed(report, e);
	if (!failed)
		failed = read_record(report, &s, e);
	if (!failed)
		failed = read_tail(report, &s, e);
	if (failed)
		return failed;
	s.slot = report.at[RESPONSE_SLOT];
	s.requester_nonce = span(report.at + REQUEST_NONCE, SPDM_NONCE_BYTES);
	*ret = s;
	return 0;
}

struct span spdm_value(const struct spdm *s, size_t index)
{
	return span(s->record.at + index * SPDM_BLOCK_BYTES + BLOCK_VALUE, SPDM_VALUE_BYTES);
}

int spdm_signature(const struct spdm *s, EVP_PKEY *key, struct err *e)
{
	return signature_ecdsa(key, DIGEST_SHA384, s->r, s->s, s->signed_bytes, e);
}
