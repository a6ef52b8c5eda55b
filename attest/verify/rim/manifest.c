#include "attest/verify/rim/manifest.h"

#include <string.h>

#include "attest/verify/refs.h"
#include "base/mem.h"

#define SWID   "http://standards.iso.org/iso/19770/-2/2015/schema.xsd"
#define HASHES "http://www.w3.org/2001/04/xmlenc#sha384"
#define RIM_MODEL                                     \
	"https://trustedcomputinggroup.org/resource/" \
	"tcg-reference-integrity-manifest-rim-information-model/"
#define NVIDIA_ID  "5703" /* IANA private enterprise number */
#define VALUE_SIZE "48"
#define TEXT_MAX   128

/* --- Text ------------------------------------------------------------------------------------- */

static bool is_printable(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < 0x20 || text.at[i] > 0x7e)
			return false;
	return true;
}

static int text_of(const struct xml_doc *doc, uint16_t node, const char *name, size_t max,
		   struct span *ret, struct err *e)
{
	const struct span *is = xml_attr(doc, node, "", name);

	if (!is || !is->len || is->len > max || !is_printable(*is))
		return FAIL(e, FAIL_INPUT, "manifest: %s is absent, empty, too long or odd", name);
	*ret = *is;
	return 0;
}

static int must_be(const struct xml_doc *doc, uint16_t node, const char *uri, const char *name,
		   const char *value, struct err *e)
{
	const struct span *is = xml_attr(doc, node, uri, name);

	if (!is || !span_is_equal(*is, span_text(value)))
		return FAIL(e, FAIL_INPUT, "manifest: %s is not \"%s\"", name, value);
	return 0;
}

static bool is_hex(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool manifest_is_firmware(struct span version)
{
	if (version.len != 14)
		return false;
	for (size_t i = 0; i < version.len; i++)
		if (i % 3 == 2 ? version.at[i] != '.' : !is_hex(version.at[i]))
			return false;
	return true;
}

/* Decimal as the manifests write it: no sign, no leading zero, below 100. */
static int number_of(const struct xml_doc *doc, uint16_t node, const char *name, unsigned max,
		     unsigned *ret, struct err *e)
{
	const struct span *is = xml_attr(doc, node, "", name);
	unsigned n = 0;

	if (!is || !is->len || is->len > 2 || (is->len == 2 && is->at[0] == '0'))
		return FAIL(e, FAIL_INPUT, "manifest: %s is not a number", name);
	for (size_t i = 0; i < is->len; i++) {
		if (is->at[i] < '0' || is->at[i] > '9')
			return FAIL(e, FAIL_INPUT, "manifest: %s is not a number", name);
		n = n * 10 + (is->at[i] - (unsigned)'0');
	}
	if (n > max)
		return FAIL(e, FAIL_INPUT, "manifest: %s %u is above %u", name, n, max);
	*ret = n;
	return 0;
}

/* --- Resources -------------------------------------------------------------------------------- */

struct resource {
	unsigned index;
	struct rim_golden golden;
};

static int read_hash(const struct xml_doc *doc, uint16_t node, unsigned i,
		     uint8_t ret[static RIM_HASH_BYTES], struct err *e)
{
	char name[] = "Hash0", hex[2 * RIM_HASH_BYTES + 1];
	const struct span *is;

	name[4] = (char)('0' + i);
	is = xml_attr(doc, node, HASHES, name);
	if (!is || is->len != 2 * RIM_HASH_BYTES)
		return FAIL(e, FAIL_INPUT, "manifest: %s is absent or not %d hex digits", name,
			    2 * RIM_HASH_BYTES);
	memcpy(hex, is->at, is->len);
	hex[is->len] = 0;
	return hex_bytes(hex, name, ret, RIM_HASH_BYTES, e);
}

static int read_active(const struct xml_doc *doc, uint16_t node, bool *ret, struct err *e)
{
	const struct span *is = xml_attr(doc, node, "", "active");

	if (!is ||
	    (!span_is_equal(*is, span_text("True")) && !span_is_equal(*is, span_text("False"))))
		return FAIL(e, FAIL_INPUT, "manifest: active is neither True nor False");
	*ret = is->len == strlen("True");
	return 0;
}

static int read_resource(const struct xml_doc *doc, uint16_t node, struct resource *ret,
			 struct err *e)
{
	struct resource r = { 0 };
	struct span name;
	unsigned count;

	if (!xml_is(doc, node, SWID, "Resource") || doc->nodes[node].first != XML_NONE)
		return FAIL(e, FAIL_INPUT, "manifest: the payload holds more than empty resources");
	if (must_be(doc, node, "", "type", "Measurement", e) < 0 ||
	    must_be(doc, node, "", "size", VALUE_SIZE, e) < 0 ||
	    text_of(doc, node, "name", TEXT_MAX, &name, e) < 0 ||
	    number_of(doc, node, "index", RIM_INDICES - 1, &r.index, e) < 0 ||
	    number_of(doc, node, "alternatives", RIM_ALTERNATIVES, &count, e) < 0 ||
	    read_active(doc, node, &r.golden.active, e) < 0)
		return -(int)e->kind;
	if (!count || xml_attr_count(doc, node) != 6 + count)
		return FAIL(e, FAIL_INPUT, "manifest: index %u: %zu attributes for %u values",
			    r.index, xml_attr_count(doc, node), count);
	for (unsigned i = 0; i < count; i++)
		if (read_hash(doc, node, i, r.golden.at[i], e) < 0)
			return err_add(e, "index %u", r.index);
	r.golden.count = (uint8_t)count;
	*ret = r;
	return 0;
}

static int read_payload(const struct xml_doc *doc, uint16_t payload, struct manifest *ret,
			struct err *e)
{
	bool is_seen[RIM_INDICES] = { false };
	uint16_t nodes[RIM_INDICES];
	int count = xml_elements(doc, payload, nodes, RIM_INDICES, e);

	if (count < 0)
		return err_add(e, "manifest");
	if (!count)
		return FAIL(e, FAIL_INPUT, "manifest: no resource");
	for (int i = 0; i < count; i++) {
		struct resource r = { 0 };

		if (read_resource(doc, nodes[i], &r, e) < 0)
			return -(int)e->kind;
		if (is_seen[r.index])
			return FAIL(e, FAIL_INPUT, "manifest: index %u twice", r.index);
		is_seen[r.index] = true;
		if (!r.golden.active)
			continue;
		ret->golden[r.index] = r.golden;
		ret->active++;
	}
	return 0;
}

/* --- The whole -------------------------------------------------------------------------------- */

static int read_root(const struct xml_doc *doc, struct manifest *ret, struct err *e)
{
	/* A patch or a supplement would say only part of what a device must have. */
	static const char *const no[] = { "corpus", "patch", "supplemental" };

	if (!xml_is(doc, 0, SWID, "SoftwareIdentity"))
		return FAIL(e, FAIL_INPUT, "manifest: the root is not a SoftwareIdentity");
	for (size_t i = 0; i < COUNT_OF(no); i++)
		if (must_be(doc, 0, "", no[i], "false", e) < 0)
			return -(int)e->kind;
	return text_of(doc, 0, "tagId", TEXT_MAX, &ret->tag_id, e);
}

static int read_meta(const struct xml_doc *doc, uint16_t meta, struct manifest *ret, struct err *e)
{
	if (doc->nodes[meta].first != XML_NONE)
		return FAIL(e, FAIL_INPUT, "manifest: Meta has content");
	if (must_be(doc, meta, "", "PayloadType", "direct", e) < 0 ||
	    must_be(doc, meta, RIM_MODEL, "BindingSpec", "RIMIM", e) < 0 ||
	    must_be(doc, meta, RIM_MODEL, "FirmwareManufacturerId", NVIDIA_ID, e) < 0 ||
	    text_of(doc, meta, "colloquialVersion", sizeof(((struct rim *)0)->version) - 1,
		    &ret->version, e) < 0 ||
	    text_of(doc, meta, "edition", TEXT_MAX, &ret->edition, e) < 0 ||
	    text_of(doc, meta, "product", TEXT_MAX, &ret->product, e) < 0)
		return -(int)e->kind;
	return text_of(doc, meta, "revision", TEXT_MAX, &ret->revision, e);
}

int manifest_read(const struct xml_doc *doc, struct manifest *ret, struct err *e)
{
	static const char *const names[] = { "Entity", "Meta", "Payload" };
	uint16_t parts[COUNT_OF(names) + 1];
	struct manifest m = { 0 };
	struct err own = { 0 };
	int count;

	e = e ? e : &own;
	if (read_root(doc, &m, e) < 0)
		return -(int)e->kind;
	count = xml_elements(doc, 0, parts, COUNT_OF(parts), e);
	if (count < 0)
		return err_add(e, "manifest");
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (count != (int)COUNT_OF(parts) || !xml_is(doc, parts[i], SWID, names[i]))
			return FAIL(e, FAIL_INPUT,
				    "manifest: not Entity, Meta, Payload, signature");
	if (doc->nodes[parts[0]].first != XML_NONE)
		return FAIL(e, FAIL_INPUT, "manifest: Entity has content");
	if (read_meta(doc, parts[1], &m, e) < 0 || read_payload(doc, parts[2], &m, e) < 0)
		return -(int)e->kind;
	*ret = m;
	return 0;
}
