#include "attest/verify/log/variable.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "attest/verify/bytes.h"

#define GLOBAL_GUID "8be4df61-93ca-11d2-aa0d-00e098032b8c"

int tcg_variable_parse(struct span data, struct tcg_variable *ret, struct err *e)
{
	struct tcg_variable v = { 0 };
	uint64_t name_chars, data_len;
	struct span vendor;

	if (!bytes_take(&data, GUID_BYTES, &vendor) || !bytes_u64(&data, &name_chars) ||
	    !bytes_u64(&data, &data_len))
		return FAIL(e, FAIL_INPUT, "variable: cut in its head");
	if (name_chars > data.len / 2 || !bytes_take(&data, (size_t)name_chars * 2, &v.name))
		return FAIL(e, FAIL_INPUT, "variable: a name of %" PRIu64 " characters",
			    name_chars);
	if (data_len != data.len)
		return FAIL(e, FAIL_INPUT, "variable: %" PRIu64 " bytes of data, and %zu left",
			    data_len, data.len);
	v.vendor = vendor.at;
	v.data = data;
	*ret = v;
	return 0;
}

bool tcg_variable_is_global(const struct tcg_variable *v, const char *name)
{
	char guid[GUID_TEXT_BYTES];
	size_t len = strlen(name);

	tcg_guid_text(v->vendor, guid);
	if (strcmp(guid, GLOBAL_GUID) != 0 || v->name.len != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (v->name.at[2 * i] != (uint8_t)name[i] || v->name.at[2 * i + 1])
			return false;
	return true;
}

int tcg_siglist_take(struct span *from, struct tcg_siglist *ret, struct err *e)
{
	struct span rest = *from, type, body, header;
	struct tcg_siglist list = { 0 };
	uint32_t len, header_len, each;

	if (!bytes_take(&rest, GUID_BYTES, &type) || !bytes_u32(&rest, &len) ||
	    !bytes_u32(&rest, &header_len) || !bytes_u32(&rest, &each))
		return FAIL(e, FAIL_INPUT, "signature list: cut in its head");
	if (len < from->len - rest.len || !bytes_take(&rest, len - (from->len - rest.len), &body))
		return FAIL(e, FAIL_INPUT, "signature list: %" PRIu32 " bytes, and %zu are there",
			    len, from->len);
	if (!bytes_take(&body, header_len, &header))
		return FAIL(e, FAIL_INPUT, "signature list: a header of %" PRIu32 " bytes",
			    header_len);
	if (each <= GUID_BYTES || body.len % each)
		return FAIL(e, FAIL_INPUT, "signature list: %zu bytes in entries of %" PRIu32,
			    body.len, each);
	list.type = type.at;
	list.each = each;
	list.entries = body;
	*ret = list;
	*from = rest;
	return 0;
}

void tcg_guid_text(const uint8_t g[static GUID_BYTES], char ret[static GUID_TEXT_BYTES])
{
	(void)snprintf(ret, GUID_TEXT_BYTES,
		       "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", g[3],
		       g[2], g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9], g[10], g[11], g[12],
		       g[13], g[14], g[15]);
}

static char printable(unsigned c)
{
	return c >= 0x20 && c <= 0x7e ? (char)c : '?';
}

void tcg_utf16_text(struct span utf16, char *ret, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i + 1 < utf16.len && n + 1 < size; i += 2) {
		unsigned c = utf16.at[i] | (unsigned)utf16.at[i + 1] << 8;

		if (!c)
			break;
		ret[n++] = printable(c);
	}
	ret[n] = 0;
}

void tcg_ascii_text(struct span bytes, char *ret, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < bytes.len && bytes.at[i] && n + 1 < size; i++)
		ret[n++] = printable(bytes.at[i]);
	ret[n] = 0;
}
