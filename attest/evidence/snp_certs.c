#include "attest/evidence/snp_certs.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "attest/evidence/array.h"
#include "base/json.h"
#include "base/mem.h"

#define GUID_BYTES  16
#define ENTRY_BYTES 24 /* guid, u32 LE offset, u32 LE length */

static const struct kind {
	const char *name;
	bool is_leaf; /* signs reports */
	uint8_t guid[GUID_BYTES];
} kinds[] = {
	{ "ARK", false, "\xc0\xb4\x06\xa4\xa8\x03\x49\x52\x97\x43\x3f\xb6\x01\x4c\xd0\xae" },
	{ "ASK", false, "\x4a\xb7\xb3\x79\xbb\xac\x4f\xe4\xa0\x2f\x05\xae\xf3\x27\xc7\x82" },
	{ "VCEK", true, "\x63\xda\x75\x8d\xe6\x64\x45\x64\xad\xc5\xf4\xb9\x3b\xe8\xac\xcd" },
	{ "VLEK", true, "\xa8\x07\x4b\xc2\xa2\x5a\x48\x3e\xaa\xe6\x39\xc0\x45\xa0\xb8\xa1" },
	{ "CRL", false, "\x92\xf8\x1b\xc3\x58\x11\x4d\x3d\x97\xff\xd1\x9f\x88\xdc\x67\xea" },
};

static uint32_t read_le32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

static const struct kind *kind_of(const uint8_t *guid)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (!memcmp(kinds[i].guid, guid, GUID_BYTES))
			return &kinds[i];
	return NULL;
}

static int add_cert(cJSON *chain, const struct kind *kind, struct span data, struct err *e)
{
	AUTO_JSON cJSON *cert = cJSON_CreateObject();
	cJSON *child;

	if (json_add_text(cert, "cert_type", kind->name, e) < 0 ||
	    array_add(cert, "data", data, e) < 0)
		return -(int)FAIL_SYS;
	child = cert;
	cert = NULL;
	return json_add(chain, NULL, child, e);
}

/* `seen` has a bit for each kind: the host gains nothing from saying it twice. */
static int add_entry(cJSON *chain, struct span table, const uint8_t *entry, uint32_t *seen,
		     struct err *e)
{
	const struct kind *kind = kind_of(entry);
	uint64_t at = read_le32(entry + GUID_BYTES), len = read_le32(entry + GUID_BYTES + 4);
	uint32_t bit = kind ? 1U << (kind - kinds) : 0;

	if (at + len > table.len)
		return FAIL(e, FAIL_INPUT, "snp: a certificate outside its table");
	if (!kind || !len)
		return 0;
	if (*seen & bit)
		return FAIL(e, FAIL_INPUT, "snp: %s twice in the certificate table", kind->name);
	*seen |= bit;
	return add_cert(chain, kind, span(table.at + at, len), e);
}

static bool has_leaf(uint32_t seen)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (kinds[i].is_leaf && seen & 1U << i)
			return true;
	return false;
}

int snp_certs_add(cJSON *evidence, struct span table, struct err *e)
{
	static const uint8_t end[GUID_BYTES] = { 0 };
	AUTO_JSON cJSON *chain = cJSON_CreateArray();
	cJSON *child;
	uint32_t seen = 0;
	size_t at = 0;
	int failed;

	if (!chain)
		return err_set(e, FAIL_SYS, ENOMEM, __func__, "snp: no memory");
	for (; table.len; at += ENTRY_BYTES) {
		if (table.len - at < GUID_BYTES)
			return FAIL(e, FAIL_INPUT, "snp: the certificate table has no end");
		if (!memcmp(table.at + at, end, GUID_BYTES))
			break;
		if (table.len - at < ENTRY_BYTES)
			return FAIL(e, FAIL_INPUT, "snp: the certificate table has no end");
		failed = add_entry(chain, table, table.at + at, &seen, e);
		if (failed)
			return failed;
	}
	if (!has_leaf(seen))
		return json_add(evidence, "cert_chain", cJSON_CreateNull(), e);
	child = chain;
	chain = NULL;
	return json_add(evidence, "cert_chain", child, e);
}
