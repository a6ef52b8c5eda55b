#include "attest/evidence/tdx_quote.h"

#include <stdint.h>

#define HEADER_BYTES	      48
#define OFF_TEE_TYPE	      4
#define TEE_TDX		      0x81
#define BODY_DESCRIPTOR_BYTES 6 /* version 5: u16 type, u32 size */
#define BODY_TD10	      2
#define BODY_TD10_BYTES	      584
#define BODY_TD15	      3
#define BODY_TD15_BYTES	      648
#define OFF_TD		      120 /* in either body */
#define OFF_REPORT_DATA	      520

static uint32_t read_le(const uint8_t *at, size_t len)
{
	uint32_t value = 0;

	while (len--)
		value = value << 8 | at[len];
	return value;
}

/* Where the body begins and how long it is. */
static int find_body(struct span b, size_t *ret_at, size_t *ret_len, struct err *e)
{
	uint32_t version, type, len;

	if (b.len < HEADER_BYTES + BODY_DESCRIPTOR_BYTES)
		return FAIL(e, FAIL_INPUT, "tdx: a quote of %zu bytes", b.len);
	version = read_le(b.at, 2);
	if ((version != 4 && version != 5) || read_le(b.at + OFF_TEE_TYPE, 4) != TEE_TDX)
		return FAIL(e, FAIL_INPUT, "tdx: unsupported quote form (version %u)", version);
	*ret_at = HEADER_BYTES;
	*ret_len = BODY_TD10_BYTES;
	if (version == 4)
		return 0;
	type = read_le(b.at + HEADER_BYTES, 2);
	len = read_le(b.at + HEADER_BYTES + 2, 4);
	if (!(type == BODY_TD10 && len == BODY_TD10_BYTES) &&
	    !(type == BODY_TD15 && len == BODY_TD15_BYTES))
		return FAIL(e, FAIL_INPUT, "tdx: quote body of type %u, %u bytes", type, len);
	*ret_at += BODY_DESCRIPTOR_BYTES;
	*ret_len = len;
	return 0;
}

int tdx_quote_parse(struct span outblob, struct tdx_quote *ret, struct err *e)
{
	size_t at, len, end;
	int failed = find_body(outblob, &at, &len, e);

	if (failed)
		return failed;
	end = at + len + 4;
	if (outblob.len < end)
		return FAIL(e, FAIL_INPUT, "tdx: quote cut short at %zu bytes", outblob.len);
	if (read_le(outblob.at + end - 4, 4) > outblob.len - end)
		return FAIL(e, FAIL_INPUT, "tdx: quote says it goes on behind its %zu bytes",
			    outblob.len);
	end += read_le(outblob.at + end - 4, 4);
	ret->bytes = span(outblob.at, end);
	ret->td = span(outblob.at + at + OFF_TD, TDX_TD_BYTES);
	ret->report_data = span(outblob.at + at + OFF_REPORT_DATA, TDX_REPORT_DATA_BYTES);
	return 0;
}
