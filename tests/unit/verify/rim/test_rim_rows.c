/* The reference's negative tests 14 to 17: every one signed as a forger with the key would. */
#include <criterion/criterion.h>

#include "base/mem.h"
#include "tests/unit/verify/rim/rims.h"

struct row {
	const char *id, *what;
	void (*change)(struct rim_spec *s, struct rim_signer_spec *by);
	const char *code;
};

#define CHANGE(name) static void name(struct rim_spec *s, struct rim_signer_spec *by)
#define NOT_USED     (void)s, (void)by

static void run_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct rim_signer_spec who = { .chip = "GH100" };
		const struct rim_spec asked = rim_spec_vbios();
		struct rim_spec spec = rim_spec_vbios();
		struct rim_signer by;
		struct rig r;

		rows[i].change(&spec, &who);
		by = rim_signer_make(&who);
		rims_init(&r, &by);
		rims_ask(RIM_VBIOS, &asked);
		cr_expect_eq(rims_run(&r, &spec, &by), VERIFY_REFUSED, "%s", rows[i].what);
		cr_expect_eq(rig_word(&r, VERIFY_WORKLOAD), VERIFY_WORKLOAD_MISMATCH);
		cr_expect(!rims.found[1], "%s", rows[i].what);
		row_print(rows[i].id, rows[i].what, r.context.verdict);
		cr_expect(rig_said(&r, rows[i].code), "%s: not %s", rows[i].what, rows[i].code);
		rig_done(&r);
		rim_signer_done(&by);
	}
}

/* --- 14: another manifest --------------------------------------------------------------------- */

CHANGE(other_version)
{
	NOT_USED;
	s->version = "96.00.9F.00.02";
}

CHANGE(other_product)
{
	NOT_USED;
	s->product = "GB100";
}

CHANGE(other_chip)
{
	NOT_USED;
	by->chip = "GB1XX";
}

CHANGE(other_kind)
{
	NOT_USED;
	*s = rim_spec_driver();
}

CHANGE(other_edition)
{
	NOT_USED;
	s->edition = "SWITCH";
}

CHANGE(debug_leaf)
{
	NOT_USED;
	by->cn[RIM_CERT_LEAF] = "HCC RIM L4 Signer Debug Only";
}

CHANGE(debug_root)
{
	NOT_USED;
	by->cn[RIM_CERT_ROOT] = "Test CoRIM Root CA debug only";
}

Test(rim_rows, number_14_another_manifest_does_not_stand_in)
{
	static const struct row rows[] = {
		{ "14", "RIM of another version", other_version, "rim.other" },
		{ "14", "RIM of another product", other_product, "rim.other" },
		{ "14", "RIM by another chip's CA", other_chip, "rim.other" },
		{ "14", "driver RIM as VBIOS RIM", other_kind, "rim.other" },
		{ "14", "switch edition as GPU RIM", other_edition, "rim.other" },
		{ "14", "Debug Only in the leaf's CN", debug_leaf, "rim.debug-signer" },
		{ "14", "Debug Only in the root's CN", debug_root, "rim.debug-signer" },
	};

	run_rows(rows, COUNT_OF(rows));
}

/* Asked for as a driver's, by a report that says a firmware version for its driver. */
Test(rim_rows, number_14_a_vbios_manifest_is_no_drivers_whatever_the_report_says)
{
	const struct rim_spec vbios = rim_spec_vbios();
	struct rim_signer by = rims_signer();
	struct rig r;

	rims_init(&r, &by);
	rims_ask(RIM_DRIVER, &vbios);
	cr_expect_eq(rims_run(&r, &vbios, &by), VERIFY_REFUSED);
	row_print("14", "VBIOS RIM as driver RIM", r.context.verdict);
	cr_expect(rig_said(&r, "rim.other"));
	rig_done(&r);
	rim_signer_done(&by);
}

Test(rim_rows, number_14_an_expired_signer)
{
	const struct rim_signer_spec old = { .chip = "GH100",
					     .leaf_from = RIMS_NOW - 10,
					     .leaf_to = RIMS_NOW - 1 };
	const struct rim_spec vbios = rim_spec_vbios();
	struct rim_signer by = rim_signer_make(&old);
	struct rig r;

	rims_init(&r, &by);
	rims_ask(RIM_VBIOS, &vbios);
	cr_expect_eq(rims_run(&r, &vbios, &by), VERIFY_UNKNOWN_WORKLOAD);
	row_print("14", "expired signer", r.context.verdict);
	cr_expect(rig_said(&r, "rim.signer-expired"));
	rig_done(&r);
	rim_signer_done(&by);
}

/* --- 15: the signature ------------------------------------------------------------------------ */

#define DS   "http://www.w3.org/2000/09/xmldsig#"
#define MORE "http://www.w3.org/2001/04/xmldsig-more#"

#define PLACE(name, where)        \
	CHANGE(name)              \
	{                         \
		NOT_USED;         \
		s->place = where; \
	}
#define SET(name, member, value)     \
	CHANGE(name)                 \
	{                            \
		NOT_USED;            \
		s->member = (value); \
	}

PLACE(twice, RIM_PLACE_TWICE)
PLACE(first, RIM_PLACE_FIRST)
PLACE(inside, RIM_PLACE_INSIDE)
PLACE(behind, RIM_PLACE_BEHIND)
SET(decoy, payload_extra, "<ds:Signature xmlns:ds=\"" DS "\"></ds:Signature>")
PLACE(none, RIM_PLACE_NONE)
SET(uri, uri, "#x")
SET(uri_pointer, uri, "#xpointer(/)")
SET(uri_file, uri, "other.xml")
SET(reference_id, reference_extra, " Id=\"r\"")
SET(reference_type, reference_extra, " Type=\"" DS "Object\"")
SET(third_transform, transform_extra,
    "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"></ds:Transform>")
SET(exclusive_transform, transform[1], "http://www.w3.org/2001/10/xml-exc-c14n#")
SET(no_enveloped, transform[0], "http://www.w3.org/2006/12/xml-c14n11")
SET(c14n_10, c14n, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315")
SET(c14n_exclusive, c14n, "http://www.w3.org/2001/10/xml-exc-c14n#")
SET(c14n_comments, c14n, "http://www.w3.org/2006/12/xml-c14n11#WithComments")
SET(hmac, method, MORE "hmac-sha384")
SET(rsa, method, MORE "rsa-sha384")
SET(ecdsa_256, method, MORE "ecdsa-sha256")
SET(digest_sha1, digest_method, DS "sha1")
SET(digest_sha256, digest_method, "http://www.w3.org/2001/04/xmlenc#sha256")
SET(second_reference, info_extra, "<ds:Reference URI=\"\"></ds:Reference>")
SET(key_value, key_extra,
    "<ds:KeyValue><ds:ECKeyValue xmlns=\"http://www.w3.org/2009/xmldsig11#\"/></ds:KeyValue>")
SET(key_name, key_extra, "<ds:KeyName>NVIDIA</ds:KeyName>")
SET(retrieval, key_extra, "<ds:RetrievalMethod URI=\"#k\"/>")
SET(second_data, key_extra, "<ds:X509Data/>")
SET(subject_name, data_extra, "<ds:X509SubjectName>CN=x</ds:X509SubjectName>")
SET(object, object, "<ds:Object/>")
SET(bad_digest, bad_digest, true)
SET(bad_signature, bad_signature, true)
SET(other_key, key, RIM_KEY_OTHER)
SET(swapped, swapped_signature, true)
SET(der, der_signature, true)
SET(sha256, sha256_signature, true)

static void certs(struct rim_spec *s, const char *order)
{
	s->cert_count = (unsigned)strlen(order);
	for (size_t i = 0; order[i]; i++)
		s->certs[i] = (uint8_t)(order[i] - '0');
}

#define CERTS(name, order)       \
	CHANGE(name)             \
	{                        \
		NOT_USED;        \
		certs(s, order); \
	}

CERTS(certs_swapped, "0213")
CERTS(certs_l3_first, "1023")
CERTS(certs_root_first, "3210")
CERTS(certs_two, "03")
CERTS(certs_three, "012")
CERTS(certs_five, "01233")
CERTS(certs_leaf_twice, "0012")

/* The signature verifies with the leaf's key, and certificate 0 is another one. */
CHANGE(certs_key_elsewhere)
{
	certs(s, "1123");
	(void)by;
}

CHANGE(leaf_ca)
{
	NOT_USED;
	by->leaf_is_ca = true;
}

Test(rim_rows, number_15_signatures_of_another_form_are_refused)
{
	static const struct row rows[] = {
		{ "15", "second Signature", twice, "rim.profile" },
		{ "15", "Signature first", first, "rim.profile" },
		{ "15", "Signature in the payload (too deep)", inside, "rim.format" },
		{ "15", "empty Signature in the payload", decoy, "rim.profile" },
		{ "15", "an element behind the Signature", behind, "rim.profile" },
		{ "15", "no Signature", none, "rim.profile" },
		{ "15", "Reference URI #x", uri, "rim.profile" },
		{ "15", "Reference URI #xpointer(/)", uri_pointer, "rim.profile" },
		{ "15", "Reference URI of a file", uri_file, "rim.profile" },
		{ "15", "Reference with an Id", reference_id, "rim.profile" },
		{ "15", "Reference with a Type", reference_type, "rim.profile" },
		{ "15", "third transform", third_transform, "rim.profile" },
		{ "15", "exclusive C14N as transform", exclusive_transform, "rim.profile" },
		{ "15", "no enveloped-signature transform", no_enveloped, "rim.profile" },
		{ "15", "C14N 1.0", c14n_10, "rim.profile" },
		{ "15", "exclusive C14N", c14n_exclusive, "rim.profile" },
		{ "15", "C14N 1.1 with comments", c14n_comments, "rim.profile" },
		{ "15", "HMAC method", hmac, "rim.profile" },
		{ "15", "RSA method", rsa, "rim.profile" },
		{ "15", "ECDSA with SHA-256", ecdsa_256, "rim.profile" },
		{ "15", "digest SHA-1", digest_sha1, "rim.profile" },
		{ "15", "digest SHA-256", digest_sha256, "rim.profile" },
		{ "15", "second Reference", second_reference, "rim.profile" },
		{ "15", "KeyValue", key_value, "rim.profile" },
		{ "15", "KeyName", key_name, "rim.profile" },
		{ "15", "RetrievalMethod", retrieval, "rim.profile" },
		{ "15", "second X509Data", second_data, "rim.profile" },
		{ "15", "X509SubjectName", subject_name, "rim.profile" },
		{ "15", "Object", object, "rim.profile" },
		{ "15", "DigestValue of something else", bad_digest, "rim.digest" },
		{ "15", "SignatureValue damaged", bad_signature, "rim.signature" },
		{ "15", "signed by another key", other_key, "rim.signature" },
		{ "15", "s before r", swapped, "rim.signature" },
		{ "15", "signature in DER", der, "rim.profile" },
		{ "15", "signed over SHA-256", sha256, "rim.signature" },
		{ "15", "certificates 0 2 1 3", certs_swapped, "rim.chain" },
		{ "15", "certificates 1 0 2 3", certs_l3_first, "rim.chain" },
		{ "15", "certificates root first", certs_root_first, "rim.chain" },
		{ "15", "two certificates", certs_two, "rim.chain" },
		{ "15", "three certificates", certs_three, "rim.chain" },
		{ "15", "five certificates", certs_five, "rim.chain" },
		{ "15", "leaf twice, no root", certs_leaf_twice, "rim.chain" },
		{ "15", "key in another certificate than the first", certs_key_elsewhere,
		  "rim.chain" },
		{ "15", "leaf with CA:TRUE", leaf_ca, "rim.chain" },
	};

	run_rows(rows, COUNT_OF(rows));
}

/* --- 16: XML ---------------------------------------------------------------------------------- */

#define RESOURCE(attrs) "<ns0:Resource " attrs "></ns0:Resource>"

SET(doctype, prolog, "<!DOCTYPE SoftwareIdentity>")
SET(doctype_entity, prolog, "<!DOCTYPE SoftwareIdentity [<!ENTITY a \"b\">]>")
SET(declaration, prolog, "<?xml version=\"1.0\"?>")
SET(bom, prolog, "\xef\xbb\xbf")
SET(comment_ahead, prolog, "<!-- c -->")
SET(space_ahead, prolog, "\n")
SET(entity, payload_extra, "&unknown;")
SET(char_reference, payload_extra, "&#32;")
SET(hex_reference, payload_extra, "&#x20;")
SET(cdata, payload_extra, "<![CDATA[ ]]>")
SET(cdata_end, payload_extra, "]]>")
SET(comment, payload_extra, "<!-- c -->")
SET(pi, payload_extra, "<?pi?>")
SET(xml_base, root_extra, " xml:base=\"http://x/\"")
SET(xml_id, root_extra, " xml:id=\"a\"")
SET(xml_space, root_extra, " xml:space=\"preserve\"")
SET(attr_twice, root_extra, " version=\"2.0\"")
SET(attr_same_ns, root_extra, " xmlns:a=\"u\" xmlns:b=\"u\" a:x=\"1\" b:x=\"2\"")
SET(ns_twice, root_extra, " xmlns:ns0=\"u\"")
SET(ns_empty, root_extra, " xmlns:ns9=\"\"")
SET(ns_undeclared, root_extra, " ns9:a=\"1\"")
SET(ns_xml, root_extra, " xmlns:xml=\"http://www.w3.org/XML/1998/namespace\"")
SET(value_newline, root_extra, " a=\"x\ny\"")
SET(value_tab, root_extra, " a=\"x\ty\"")
SET(value_angle, root_extra, " a=\"x<y\"")
SET(value_bare, root_extra, " a=x")
SET(value_none, root_extra, " a")
SET(value_joined, root_extra, "a=\"x\"")
SET(carriage_return, payload_extra, "\r\n")
SET(control, payload_extra, "\x01")
SET(not_utf8, payload_extra, "\xc0\x80")
SET(surrogate, payload_extra, "\xed\xa0\x80")
SET(text_in_payload, payload_extra, "text")
SET(unclosed, payload_extra, "<ns0:Resource>")
SET(misclosed, payload_extra, "<a></b>")
SET(root_twice, epilog, "<SoftwareIdentity/>")
SET(text_behind, epilog, "x")
SET(del_behind, epilog, " \x7f")
SET(too_deep, payload_extra, "<a><a><a><a><a><a><a></a></a></a></a></a></a></a>")

static char *repeat(const char *text, size_t count)
{
	static char room[12 * 1024 * 1024];
	size_t len = strlen(text);

	for (size_t i = 0; i < count; i++)
		memcpy(room + i * len, text, len + 1);
	return room;
}

CHANGE(depth_1000)
{
	NOT_USED;
	s->payload_extra = repeat("<a>", 1000);
}

CHANGE(ten_megabytes)
{
	NOT_USED;
	s->payload_extra = repeat("          ", 1024 * 1024);
}

CHANGE(many_nodes)
{
	NOT_USED;
	s->payload_extra = repeat("<a></a>", 1000);
}

CHANGE(many_attrs)
{
	static char text[40 * 16];

	NOT_USED;
	for (size_t i = 0; i < 40; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), " a%zu=\"\"", i);
	s->root_extra = text;
}

Test(rim_rows, number_16_what_is_not_plain_xml_is_refused)
{
	static const struct row rows[] = {
		{ "16", "DOCTYPE", doctype, "rim.format" },
		{ "16", "DOCTYPE with an entity", doctype_entity, "rim.format" },
		{ "16", "XML declaration", declaration, "rim.format" },
		{ "16", "byte order mark", bom, "rim.format" },
		{ "16", "comment in front", comment_ahead, "rim.format" },
		{ "16", "white space in front", space_ahead, "rim.format" },
		{ "16", "entity", entity, "rim.format" },
		{ "16", "character reference", char_reference, "rim.format" },
		{ "16", "hexadecimal character reference", hex_reference, "rim.format" },
		{ "16", "CDATA", cdata, "rim.format" },
		{ "16", "]]> in text", cdata_end, "rim.format" },
		{ "16", "comment", comment, "rim.format" },
		{ "16", "processing instruction", pi, "rim.format" },
		{ "16", "xml:base", xml_base, "rim.format" },
		{ "16", "xml:id", xml_id, "rim.format" },
		{ "16", "xml:space", xml_space, "rim.format" },
		{ "16", "duplicate attribute", attr_twice, "rim.format" },
		{ "16", "duplicate attribute by two prefixes", attr_same_ns, "rim.format" },
		{ "16", "duplicate declaration", ns_twice, "rim.format" },
		{ "16", "empty namespace", ns_empty, "rim.format" },
		{ "16", "undeclared prefix", ns_undeclared, "rim.format" },
		{ "16", "xmlns:xml", ns_xml, "rim.format" },
		{ "16", "line feed in a value", value_newline, "rim.format" },
		{ "16", "tab in a value", value_tab, "rim.format" },
		{ "16", "< in a value", value_angle, "rim.format" },
		{ "16", "value without quotes", value_bare, "rim.format" },
		{ "16", "attribute without value", value_none, "rim.format" },
		{ "16", "attributes without space", value_joined, "rim.format" },
		{ "16", "carriage return", carriage_return, "rim.format" },
		{ "16", "control character", control, "rim.format" },
		{ "16", "overlong UTF-8", not_utf8, "rim.format" },
		{ "16", "surrogate in UTF-8", surrogate, "rim.format" },
		{ "16", "text in the payload", text_in_payload, "rim.schema" },
		{ "16", "element not closed", unclosed, "rim.format" },
		{ "16", "element closed by another's end", misclosed, "rim.format" },
		{ "16", "second root element", root_twice, "rim.format" },
		{ "16", "text behind the root", text_behind, "rim.format" },
		{ "16", "DEL behind the root", del_behind, "rim.format" },
		{ "16", "depth 9", too_deep, "rim.format" },
		{ "16", "depth 1000", depth_1000, "rim.format" },
		{ "16", "10 MB", ten_megabytes, "rim.format" },
		{ "16", "1000 elements", many_nodes, "rim.format" },
		{ "16", "47 attributes", many_attrs, "rim.format" },
	};

	run_rows(rows, COUNT_OF(rows));
}

/* --- 17: the schema --------------------------------------------------------------------------- */

#define SWID		 "http://standards.iso.org/iso/19770/-2/2015/schema.xsd"
#define ZERO8		 "00000000"
#define ZERO		 ZERO8 ZERO8 ZERO8 ZERO8 ZERO8 ZERO8 ZERO8 ZERO8 ZERO8 ZERO8 ZERO8 ZERO8
#define TAIL		 " name=\"M\" size=\"48\" type=\"Measurement\" ns2:Hash0=\"" ZERO "\""
#define HEAD		 "active=\"True\" alternatives=\"1\" index=\"7\" name=\"M\""
#define LINE(name, text) SET(name, line[7], text)

SET(wrapped_head, prolog, "<x>")
SET(copy_behind_root, epilog, "<ns0:Payload xmlns:ns0=\"" SWID "\"></ns0:Payload>")
SET(second_payload, behind_payload, "<ns0:Payload></ns0:Payload>")
LINE(other_namespace,
     "<ns2:Resource active=\"True\" alternatives=\"1\" index=\"7\"" TAIL "></ns2:Resource>")
LINE(own_namespace,
     "<Resource xmlns=\"urn:x\" active=\"True\" alternatives=\"1\" index=\"7\"" TAIL "></Resource>")
LINE(other_element, "<ns0:File name=\"x\"></ns0:File>")
LINE(nested, "<ns0:Directory>" RESOURCE(
		     "active=\"True\" alternatives=\"1\" index=\"7\"" TAIL) "</ns0:Directory>")
LINE(lower_true, RESOURCE("active=\"true\" alternatives=\"1\" index=\"7\"" TAIL))
LINE(active_1, RESOURCE("active=\"1\" alternatives=\"1\" index=\"7\"" TAIL))
LINE(no_active, RESOURCE("alternatives=\"1\" index=\"7\"" TAIL))
LINE(none_at_all, RESOURCE("active=\"True\" alternatives=\"0\" index=\"7\"" TAIL))
LINE(nine, RESOURCE("active=\"True\" alternatives=\"9\" index=\"7\"" TAIL))
LINE(missing_hash1, RESOURCE("active=\"True\" alternatives=\"2\" index=\"7\"" TAIL))
LINE(more_hashes,
     RESOURCE("active=\"True\" alternatives=\"1\" index=\"7\"" TAIL " ns2:Hash1=\"" ZERO "\""))
LINE(hash_elsewhere, RESOURCE("Hash0=\"" ZERO "\" " HEAD " size=\"48\" type=\"Measurement\""))
LINE(short_hex, RESOURCE(HEAD " size=\"48\" type=\"Measurement\" ns2:Hash0=\"" ZERO8 "\""))
LINE(hex_95, RESOURCE(HEAD " size=\"48\" type=\"Measurement\" ns2:Hash0=\"" ZERO8 ZERO8 ZERO8 ZERO8
			      ZERO8 ZERO8 ZERO8 ZERO8 ZERO8 ZERO8 ZERO8 "0000000\""))
LINE(not_hex, RESOURCE(HEAD " size=\"48\" type=\"Measurement\" ns2:Hash0=\"" ZERO8 ZERO8 ZERO8 ZERO8
			       ZERO8 ZERO8 ZERO8 ZERO8 ZERO8 ZERO8 ZERO8 "0000000g\""))
LINE(index_64, RESOURCE("active=\"True\" alternatives=\"1\" index=\"64\"" TAIL))
LINE(index_minus, RESOURCE("active=\"True\" alternatives=\"1\" index=\"-1\"" TAIL))
LINE(index_plus, RESOURCE("active=\"True\" alternatives=\"1\" index=\"+7\"" TAIL))
LINE(index_07, RESOURCE("active=\"True\" alternatives=\"1\" index=\"07\"" TAIL))
LINE(index_wraps, RESOURCE("active=\"True\" alternatives=\"1\" index=\"4294967303\"" TAIL))
LINE(index_empty, RESOURCE("active=\"True\" alternatives=\"1\" index=\"\"" TAIL))
LINE(index_twice, RESOURCE("active=\"True\" alternatives=\"1\" index=\"8\"" TAIL))
LINE(other_size, RESOURCE(HEAD " size=\"64\" type=\"Measurement\" ns2:Hash0=\"" ZERO "\""))
LINE(other_type, RESOURCE(HEAD " size=\"48\" type=\"Opaque\" ns2:Hash0=\"" ZERO "\""))
LINE(unknown_attr, RESOURCE("active=\"True\" alternatives=\"1\" index=\"7\" minimum=\"3\"" TAIL))
LINE(resource_text,
     "<ns0:Resource active=\"True\" alternatives=\"1\" index=\"7\"" TAIL ">x</ns0:Resource>")
SET(index_65, payload_extra, RESOURCE("active=\"True\" alternatives=\"1\" index=\"63\"" TAIL))
SET(version_odd, version, "96.00.9F.00.01\xc3\xa4")
SET(version_long, version, "96.00.9F.00.01.00.00.00.00.00.00.00.00.00")
SET(version_none, version, "")

CHANGE(no_resource)
{
	NOT_USED;
	for (size_t i = 0; i < RIM_MADE_INDICES; i++)
		s->line[i] = "";
}

CHANGE(wrapped)
{
	wrapped_head(s, by);
	s->epilog = "</x>";
}

Test(rim_rows, number_17_manifests_of_another_shape_are_refused)
{
	static const struct row rows[] = {
		{ "17", "signed root inside another (too deep)", wrapped, "rim.format" },
		{ "17", "Payload copied behind the root", copy_behind_root, "rim.format" },
		{ "17", "second Payload", second_payload, "rim.schema" },
		{ "17", "Resource of another namespace", other_namespace, "rim.schema" },
		{ "17", "Resource of a namespace of its own", own_namespace, "rim.schema" },
		{ "17", "another element in the payload", other_element, "rim.schema" },
		{ "17", "Resource inside a directory", nested, "rim.schema" },
		{ "17", "active true", lower_true, "rim.schema" },
		{ "17", "active 1", active_1, "rim.schema" },
		{ "17", "active absent", no_active, "rim.schema" },
		{ "17", "alternatives 0", none_at_all, "rim.schema" },
		{ "17", "alternatives 9", nine, "rim.schema" },
		{ "17", "missing Hash1", missing_hash1, "rim.schema" },
		{ "17", "more hashes than alternatives", more_hashes, "rim.schema" },
		{ "17", "Hash0 of no namespace", hash_elsewhere, "rim.schema" },
		{ "17", "8 hex digits", short_hex, "rim.schema" },
		{ "17", "95 hex digits", hex_95, "rim.schema" },
		{ "17", "a digit that is none", not_hex, "rim.schema" },
		{ "17", "index 64", index_64, "rim.schema" },
		{ "17", "index -1", index_minus, "rim.schema" },
		{ "17", "index +7", index_plus, "rim.schema" },
		{ "17", "index 07", index_07, "rim.schema" },
		{ "17", "index 4294967303", index_wraps, "rim.schema" },
		{ "17", "index empty", index_empty, "rim.schema" },
		{ "17", "index twice", index_twice, "rim.schema" },
		{ "17", "65 resources", index_65, "rim.schema" },
		{ "17", "size 64", other_size, "rim.schema" },
		{ "17", "type Opaque", other_type, "rim.schema" },
		{ "17", "unknown attribute", unknown_attr, "rim.schema" },
		{ "17", "text in a Resource", resource_text, "rim.schema" },
		{ "17", "no Resource", no_resource, "rim.schema" },
		{ "17", "version with an umlaut", version_odd, "rim.schema" },
		{ "17", "version of 41 bytes", version_long, "rim.schema" },
		{ "17", "version empty", version_none, "rim.schema" },
	};

	run_rows(rows, COUNT_OF(rows));
}
