#include <stdbool.h>
#include <string.h>

#include "attest/verify/bytes.h"
#include "attest/verify/snp/snp.h"
#include "base/mem.h"

#define GUID_BYTES  16
#define ENTRY_BYTES 24 /* GUID, u32 offset, u32 length, little-endian */

/* GUIDs stand in the table as they are written down. */
static const struct kind {
	const char *name;
	uint8_t guid[GUID_BYTES];
} kinds[] = {
	{ "ARK",
	  { 0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, 0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c,
	    0xd0, 0xae } },
	{ "ASK",
	  { 0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27,
	    0xc7, 0x82 } },
	{ "VCEK",
	  { 0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8,
	    0xac, 0xcd } },
	{ "VLEK",
	  { 0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e, 0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0,
	    0xb8, 0xa1 } },
};

/* Bytes up to and with the entry of zeros that ends the list. */
static int header_len(struct span table, size_t *ret, struct err *e)
{
	static const uint8_t end[ENTRY_BYTES] = { 0 };

	for (size_t at = 0; table.len - at >= ENTRY_BYTES; at += ENTRY_BYTES)
		if (!memcmp(table.at + at, end, ENTRY_BYTES)) {
			*ret = at + ENTRY_BYTES;
			return 0;
		}
	return FAIL(e, FAIL_INPUT, "the certificate table has no end");
}

static int content(struct span table, size_t header, const uint8_t *entry, struct span *ret,
		   struct err *e)
{
	uint64_t at = le32(entry + GUID_BYTES), len = le32(entry + GUID_BYTES + 4);

	if (at < header || at + len > table.len)
		return FAIL(e, FAIL_INPUT,
			    "the certificate table has an entry at %llu of %llu bytes, outside "
			    "of %zu .. %zu",
			    (unsigned long long)at, (unsigned long long)len, header, table.len);
	*ret = span(table.at + at, len);
	return 0;
}

/* `seen` has a bit for each kind. The host gains nothing by saying one twice but confusion. */
static int add_entry(struct span bytes, const uint8_t *guid, uint32_t *seen, struct certs *to,
		     struct err *e)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (memcmp(kinds[i].guid, guid, GUID_BYTES) != 0 || !bytes.len)
			continue;
		if (*seen & 1U << i)
			return FAIL(e, FAIL_INPUT, "%s twice in the certificate table",
				    kinds[i].name);
		*seen |= 1U << i;
		if (certs_add(to, bytes, e) < 0)
			return err_add(e, "%s of the certificate table", kinds[i].name);
	}
	return 0;
}

static int read_table(struct span table, struct certs *to, struct err *e)
{
	size_t header = 0;
	uint32_t seen = 0;
	int failed = header_len(table, &header, e);

	for (size_t at = 0; !failed && at + ENTRY_BYTES < header; at += ENTRY_BYTES) {
		struct span bytes = SPAN_EMPTY;

		failed = content(table, header, table.at + at, &bytes, e);
		if (!failed)
			failed = add_entry(bytes, table.at + at, &seen, to, e);
	}
	return failed;
}

int snp_table_certs(struct span auxblob, struct certs *ret, struct err *e)
{
	AUTO_CERTS struct certs found = { 0 };
	int failed = auxblob.len ? read_table(auxblob, &found, e) : 0;

	if (!failed && ret->count + found.count > CERTS_MAX)
		failed = FAIL(e, FAIL_LIMIT, "more than %d certificates", CERTS_MAX);
	for (size_t i = 0; i < found.count && !failed; i++)
		failed = certs_add_ref(ret, found.at[i], e);
	return failed;
}
