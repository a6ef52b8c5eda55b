#include "attest/verify/log/devpath.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "attest/verify/bytes.h"
#include "attest/verify/log/variable.h"
#include "base/digest.h"

#define HEAD_BYTES 4
#define END_TYPE   0x7f
#define END_ALL	   0xff
#define PNP_VENDOR 0x41d0 /* "PNP", three letters of five bits */
#define HEX_BYTES  64	  /* of a node that is shown as hex    */

struct node {
	uint8_t type, subtype;
	struct span data;
};

static void guid_upper(const uint8_t *guid, char ret[static GUID_TEXT_BYTES])
{
	tcg_guid_text(guid, ret);
	for (char *c = ret; *c; c++)
		*c = (char)toupper((unsigned char)*c);
}

static bool text_acpi(struct span from, char *ret)
{
	uint32_t hid, uid;

	if (!bytes_u32(&from, &hid) || !bytes_u32(&from, &uid))
		return false;
	if ((hid & 0xffff) == PNP_VENDOR)
		(void)snprintf(ret, DEVPATH_NODE_TEXT, "ACPI(PNP%04" PRIX32 ",%" PRIu32 ")",
			       hid >> 16, uid);
	else
		(void)snprintf(ret, DEVPATH_NODE_TEXT, "ACPI(0x%08" PRIx32 ",%" PRIu32 ")", hid,
			       uid);
	return true;
}

static bool text_pci(struct span from, char *ret)
{
	uint8_t function, device;

	if (!bytes_u8(&from, &function) || !bytes_u8(&from, &device))
		return false;
	(void)snprintf(ret, DEVPATH_NODE_TEXT, "Pci(%u,%u)", device, function);
	return true;
}

static bool text_disk(struct span from, char *ret)
{
	uint64_t first, count;
	uint32_t partition;
	uint8_t format, kind;
	char guid[GUID_TEXT_BYTES];
	struct span signature;

	if (!bytes_u32(&from, &partition) || !bytes_u64(&from, &first) ||
	    !bytes_u64(&from, &count) || !bytes_take(&from, GUID_BYTES, &signature) ||
	    !bytes_u8(&from, &format) || !bytes_u8(&from, &kind) || kind != 2 /* a GUID */)
		return false;
	guid_upper(signature.at, guid);
	(void)snprintf(ret, DEVPATH_NODE_TEXT, "HD(%" PRIu32 ",%s,%s,0x%" PRIx64 ",0x%" PRIx64 ")",
		       partition, format == 2 ? "GPT" : "MBR", guid, first, count);
	return true;
}

static bool text_vendor(struct span from, char *ret)
{
	char guid[GUID_TEXT_BYTES], hex[2 * HEX_BYTES + 1];
	struct span id;

	if (!bytes_take(&from, GUID_BYTES, &id) || from.len > HEX_BYTES)
		return false;
	guid_upper(id.at, guid);
	digest_hex(from, hex);
	(void)snprintf(ret, DEVPATH_NODE_TEXT, "VenMedia(%s,%s)", guid, hex);
	return true;
}

static bool text_guid(const char *name, struct span from, char *ret)
{
	char guid[GUID_TEXT_BYTES];

	if (from.len != GUID_BYTES)
		return false;
	guid_upper(from.at, guid);
	(void)snprintf(ret, DEVPATH_NODE_TEXT, "%s(%s)", name, guid);
	return true;
}

static bool text_file(struct span from, char *ret)
{
	char name[DEVPATH_NODE_TEXT - 8];

	tcg_utf16_text(from, name, sizeof(name));
	(void)snprintf(ret, DEVPATH_NODE_TEXT, "File(%s)", name);
	return true;
}

static bool text_own(const struct node *n, char *ret)
{
	switch (n->type << 8 | n->subtype) {
	case 0x0101:
		return text_pci(n->data, ret);
	case 0x0201:
		return text_acpi(n->data, ret);
	case 0x0401:
		return text_disk(n->data, ret);
	case 0x0403:
		return text_vendor(n->data, ret);
	case 0x0404:
		return text_file(n->data, ret);
	case 0x0406:
		return text_guid("FvFile", n->data, ret);
	case 0x0407:
		return text_guid("Fv", n->data, ret);
	default:
		return false;
	}
}

static void node_text(const struct node *n, char *ret)
{
	char hex[2 * HEX_BYTES + 1];
	size_t len = n->data.len < HEX_BYTES ? n->data.len : HEX_BYTES;

	if (text_own(n, ret))
		return;
	digest_hex(span(n->data.at, len), hex);
	(void)snprintf(ret, DEVPATH_NODE_TEXT, "Path(%u,%u,%s%s)", n->type, n->subtype, hex,
		       len < n->data.len ? "..." : "");
}

static bool take_node(struct span *from, struct node *ret)
{
	uint16_t len;

	return bytes_u8(from, &ret->type) && bytes_u8(from, &ret->subtype) &&
	       bytes_u16(from, &len) && len >= HEAD_BYTES &&
	       bytes_take(from, len - HEAD_BYTES, &ret->data);
}

int devpath_read(struct span bytes, struct devpath *ret, struct err *e)
{
	ret->count = 0;
	for (;;) {
		struct node n;

		if (!take_node(&bytes, &n))
			return FAIL(e, FAIL_INPUT, "device path: cut at node %zu", ret->count);
		if (n.type == END_TYPE && n.subtype == END_ALL)
			return 0;
		if (ret->count == DEVPATH_NODES)
			return FAIL(e, FAIL_LIMIT, "device path: more than %d nodes",
				    DEVPATH_NODES);
		node_text(&n, ret->nodes[ret->count++]);
	}
}
