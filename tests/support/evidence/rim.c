#include "tests/support/evidence/rim.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "base/digest.h"
#include "base/mem.h"
#include "tests/support/evidence/gpu.h"
#include "tests/support/evidence/pki.h"

#define SWID   "http://standards.iso.org/iso/19770/-2/2015/schema.xsd"
#define HASHES "http://www.w3.org/2001/04/xmlenc#sha384"
#define MODEL                                         \
	"https://trustedcomputinggroup.org/resource/" \
	"tcg-reference-integrity-manifest-rim-information-model/"
#define DS   "http://www.w3.org/2000/09/xmldsig#"
#define C14N "http://www.w3.org/2006/12/xml-c14n11"
#define TAG  "6d616465666f7274657374736f6e6c79"

#define ROOM (32UL * 1024 * 1024)

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "test rim: %s\n", what);
	abort();
}

static const char * or (const char *set, const char *usual)
{
	return set ? set : usual;
}

/* --- Who signs -------------------------------------------------------------------------------- */

static void usual_name(enum rim_cert which, const char *chip, char *ret, size_t size)
{
	static const char *const formats[RIM_CERTS] = {
		"HCC RIM L4 Signer",
		"Test Reference Value L3 %s 001",
		"Test Reference Value %s CA",
		"Test CoRIM signing Root CA",
	};
	const char *mark = strstr(formats[which], "%s");

	if (!mark)
		(void)snprintf(ret, size, "%s", formats[which]);
	else
		(void)snprintf(ret, size, "%.*s%s%s", (int)(mark - formats[which]), formats[which],
			       chip, mark + 2);
}

struct rim_signer rim_signer_make(const struct rim_signer_spec *s)
{
	struct rim_signer made;
	EVP_PKEY *above = NULL;

	for (int i = RIM_CERT_ROOT; i >= RIM_CERT_LEAF; i--) {
		EVP_PKEY *key = pki_p384(RIM_KEY_LEAF + (unsigned)i);
		bool is_leaf = i == RIM_CERT_LEAF, is_root = i == RIM_CERT_ROOT;
		const uint8_t serial = (uint8_t)(i + 0x11);
		struct pki_spec spec = {
			.organization = "Test",
			.key = key,
			.issuer = is_root ? NULL : made.certs[i + 1],
			.issuer_key = is_root ? key : above,
			.alg = PKI_ECDSA_SHA384,
			.serial = &serial,
			.serial_len = 1,
			.not_before = is_leaf ? s->leaf_from : 0,
			.not_after = is_leaf ? s->leaf_to : 0,
			.is_ca = !is_leaf || s->leaf_is_ca,
			.path_len = -1,
		};
		char cn[128];

		usual_name((enum rim_cert)i, s->chip, cn, sizeof(cn));
		spec.cn = or (s->cn[i], cn);
		made.certs[i] = pki_cert(&spec);
		EVP_PKEY_free(above);
		above = key;
	}
	EVP_PKEY_free(above);
	return made;
}

void rim_signer_done(struct rim_signer *s)
{
	for (size_t i = 0; i < RIM_CERTS; i++) {
		X509_free(s->certs[i]);
		s->certs[i] = NULL;
	}
}

/* --- Two texts -------------------------------------------------------------------------------- */

/* The file, and what of it is signed in canonical form. */
struct texts {
	struct buf file, canonical;
};

static void add(struct buf *b, const char *text)
{
	must(!buf_append(b, span_text(text), ROOM, NULL), "no memory");
}

static void both(struct texts *t, const char *text)
{
	add(&t->file, text);
	add(&t->canonical, text);
}

static void differ(struct texts *t, const char *file, const char *canonical)
{
	add(&t->file, file);
	add(&t->canonical, canonical);
}

/* White space between elements is signed too. */
static void indent(struct texts *t, const struct rim_spec *s, const char *space)
{
	if (!s->is_flat)
		both(t, space);
}

static void put_start(struct texts *t, const struct rim_spec *s)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
		       "<SoftwareIdentity xmlns=\"%s\" xmlns:ns0=\"%s\" xmlns:ns2=\"%s\" "
		       "corpus=\"false\" name=\"%s\" patch=\"false\" supplemental=\"false\" "
		       "tagId=\"%s\" version=\"1.0\" ",
		       SWID, SWID, HASHES, s->chip, TAG);
	/* In order of their names: tagId, tagVersion, version. */
	add(&t->file, text);
	text[strlen(text) - strlen("version=\"1.0\" ")] = 0;
	add(&t->canonical, text);
	differ(t, "tagVersion=\"0\"", "tagVersion=\"0\" version=\"1.0\"");
	both(t, or (s->root_extra, ""));
	both(t, ">");
	indent(t, s, "\n    ");
}

static void put_meta(struct texts *t, const struct rim_spec *s)
{
	static const char maker[] = "ns1:FirmwareManufacturer=\"NVIDIA Corporation\" "
				    "ns1:FirmwareManufacturerId=\"5703\"";
	const char *product = or (s->product, s->chip);
	char text[1024];

	both(t, "<ns0:Entity name=\"NVIDIA Corporation\" role=\"softwareCreator tagCreator\"");
	differ(t, "/>", "></ns0:Entity>");
	indent(t, s, "\n    ");
	both(t, "<ns0:Meta xmlns:ns1=\"" MODEL "\" ");
	(void)snprintf(text, sizeof(text),
		       "colloquialVersion=\"%s\" edition=\"%s\" product=\"%s\" revision=\"r1\" "
		       "PayloadType=\"direct\" ns1:BindingSpec=\"RIMIM\" "
		       "ns1:BindingSpecVersion=\"1.01\" ns1:PlatformManufacturerId=\"5703\" "
		       "ns1:PlatformManufacturerStr=\"NVIDIA Corporation\" "
		       "ns1:PlatformModel=\"%s\" %s",
		       s->version, s->edition, product, s->chip, maker);
	add(&t->file, text);
	(void)snprintf(text, sizeof(text),
		       "PayloadType=\"direct\" colloquialVersion=\"%s\" edition=\"%s\" "
		       "product=\"%s\" revision=\"r1\" ns1:BindingSpec=\"RIMIM\" "
		       "ns1:BindingSpecVersion=\"1.01\" %s ns1:PlatformManufacturerId=\"5703\" "
		       "ns1:PlatformManufacturerStr=\"NVIDIA Corporation\" "
		       "ns1:PlatformModel=\"%s\"",
		       s->version, s->edition, product, maker, s->chip);
	add(&t->canonical, text);
	both(t, or (s->meta_extra, ""));
	differ(t, "/>", "></ns0:Meta>");
	indent(t, s, "\n    ");
}

static void put_hashes(struct buf *b, const struct rim_value *v)
{
	for (unsigned i = 0; i < v->count; i++) {
		char hex[97], text[128];

		digest_hex(span(v->at[i], sizeof(v->at[i])), hex);
		(void)snprintf(text, sizeof(text), " ns2:Hash%u=\"%s\"", i, hex);
		add(b, text);
	}
}

static void put_resource(struct texts *t, const struct rim_spec *s, unsigned index)
{
	const struct rim_value *v = &s->values[index];
	char text[256];

	if (s->line[index]) {
		both(t, s->line[index]);
		return;
	}
	(void)snprintf(text, sizeof(text),
		       "<ns0:Resource type=\"Measurement\" index=\"%u\" active=\"%s\" "
		       "alternatives=\"%u\"",
		       index, v->active ? "True" : "False", v->count);
	add(&t->file, text);
	put_hashes(&t->file, v);
	(void)snprintf(text, sizeof(text), " name=\"Measurement_%u\" size=\"48\"/>", index);
	add(&t->file, text);

	(void)snprintf(text, sizeof(text),
		       "<ns0:Resource active=\"%s\" alternatives=\"%u\" index=\"%u\" "
		       "name=\"Measurement_%u\" size=\"48\" type=\"Measurement\"",
		       v->active ? "True" : "False", v->count, index, index);
	add(&t->canonical, text);
	put_hashes(&t->canonical, v);
	add(&t->canonical, "></ns0:Resource>");
}

static void put_payload(struct texts *t, const struct rim_spec *s, const struct buf *inside)
{
	both(t, "<ns0:Payload xmlns:SHA384=\"" HASHES "\">");
	for (unsigned i = 0; i < RIM_MADE_INDICES; i++) {
		indent(t, s, "\n        ");
		put_resource(t, s, i);
	}
	both(t, or (s->payload_extra, ""));
	if (inside)
		add(&t->file, (const char *)inside->at);
	indent(t, s, "\n    ");
	both(t, "</ns0:Payload>");
	both(t, or (s->behind_payload, ""));
	indent(t, s, "\n");
}

/* --- The signature ---------------------------------------------------------------------------- */

static void put_base64(struct buf *b, struct span bytes, size_t line)
{
	AUTO_BUF struct buf text = BUF_EMPTY;

	must(!b64_encode(B64_STANDARD, bytes, ROOM, &text, NULL), "base64");
	for (size_t i = 0; i < text.len; i += line) {
		size_t len = text.len - i < line ? text.len - i : line;

		must(!buf_append(b, span(text.at + i, len), ROOM, NULL), "no memory");
		if (line < text.len)
			add(b, "\n");
	}
}

static void put_algorithm(struct texts *t, const char *element, const char *uri)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "<ds:%s Algorithm=\"%s\"", element, uri);
	both(t, text);
	(void)snprintf(text, sizeof(text), "></ds:%s>", element);
	differ(t, "/>", text);
}

static void put_reference(struct texts *t, const struct rim_spec *s, struct span signed_text)
{
	struct digest digest;

	both(t, "<ds:Reference");
	both(t, or (s->reference_extra, ""));
	both(t, " URI=\"");
	both(t, or (s->uri, ""));
	both(t, "\"><ds:Transforms>");
	put_algorithm(t, "Transform", or (s->transform[0], DS "enveloped-signature"));
	put_algorithm(t, "Transform", or (s->transform[1], C14N));
	both(t, or (s->transform_extra, ""));
	both(t, "</ds:Transforms>");
	put_algorithm(t, "DigestMethod",
		      or (s->digest_method, "http://www.w3.org/2001/04/xmldsig-more#sha384"));
	must(!digest_of(DIGEST_SHA384, signed_text, &digest, NULL), "digest");
	digest.at[5] ^= s->bad_digest;
	both(t, "<ds:DigestValue>");
	put_base64(&t->file, span(digest.at, digest.len), ROOM);
	put_base64(&t->canonical, span(digest.at, digest.len), ROOM);
	both(t, "</ds:DigestValue></ds:Reference>");
}

/* Its canonical form has the namespaces of all that is around it. */
static void put_signed_info(struct texts *t, const struct rim_spec *s, struct span signed_text)
{
	differ(t, "<ds:SignedInfo>",
	       "<ds:SignedInfo xmlns=\"" SWID "\" xmlns:ds=\"" DS "\" xmlns:ns0=\"" SWID
	       "\" xmlns:ns2=\"" HASHES "\">");
	put_algorithm(t, "CanonicalizationMethod", or (s->c14n, C14N));
	put_algorithm(t, "SignatureMethod",
		      or (s->method, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"));
	put_reference(t, s, signed_text);
	both(t, or (s->info_extra, ""));
	both(t, "</ds:SignedInfo>");
}

static void sign(const struct rim_spec *s, struct span text, uint8_t ret[static 96])
{
	EVP_PKEY *key = pki_p384(s->key ? s->key : RIM_KEY_LEAF);
	enum digest_alg alg = s->sha256_signature ? DIGEST_SHA256 : DIGEST_SHA384;
	uint8_t *r = s->swapped_signature ? ret + 48 : ret;

	pki_ecdsa(key, alg, text, r, r == ret ? ret + 48 : ret, 48);
	ret[7] ^= s->bad_signature;
	EVP_PKEY_free(key);
}

/* r and s as ASN.1 writes them, which is longer. */
static size_t to_der(const uint8_t raw[static 96], uint8_t ret[static 112])
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	uint8_t *at = ret;
	int len;

	must(sig && ECDSA_SIG_set0(sig, BN_bin2bn(raw, 48, NULL), BN_bin2bn(raw + 48, 48, NULL)),
	     "signature");
	len = i2d_ECDSA_SIG(sig, &at);
	must(len > 0, "signature");
	ECDSA_SIG_free(sig);
	return (size_t)len;
}

static void put_certs(struct buf *b, const struct rim_spec *s, const struct rim_signer *by)
{
	for (unsigned i = 0; i < (s->cert_count ? s->cert_count : RIM_CERTS); i++) {
		AUTO_BUF struct buf der = pki_der(by->certs[s->cert_count ? s->certs[i] : i]);

		add(b, "<ds:X509Certificate>");
		put_base64(b, buf_view(&der), 64);
		add(b, "</ds:X509Certificate>");
	}
}

static struct buf make_signature(const struct rim_spec *s, const struct rim_signer *by,
				 struct span signed_text)
{
	AUTO_BUF struct buf info = BUF_EMPTY;
	struct texts t = { BUF_EMPTY, BUF_EMPTY };
	uint8_t raw[96], der[112];

	add(&t.file, "<ds:Signature xmlns:ds=\"" DS "\">");
	put_signed_info(&t, s, signed_text);
	info = buf_take(&t.canonical);
	sign(s, buf_view(&info), raw);
	add(&t.file, "<ds:SignatureValue>");
	put_base64(&t.file, s->der_signature ? span(der, to_der(raw, der)) : span(raw, sizeof(raw)),
		   ROOM);
	add(&t.file, "</ds:SignatureValue><ds:KeyInfo>");
	add(&t.file, or (s->key_extra, ""));
	add(&t.file, "<ds:X509Data>");
	put_certs(&t.file, s, by);
	add(&t.file, or (s->data_extra, ""));
	add(&t.file, "</ds:X509Data></ds:KeyInfo>");
	add(&t.file, or (s->object, ""));
	add(&t.file, "</ds:Signature>");
	return buf_take(&t.file);
}

/* --- The whole -------------------------------------------------------------------------------- */

/* The document around a signature; its canonical form does not have one. */
static void put_document(struct texts *t, const struct rim_spec *s, const struct buf *signature)
{
	const char *text = signature ? (const char *)signature->at : "";
	enum rim_place place = s->place;

	add(&t->file, or (s->prolog, ""));
	put_start(t, s);
	if (place == RIM_PLACE_FIRST || place == RIM_PLACE_TWICE)
		add(&t->file, text);
	put_meta(t, s);
	put_payload(t, s, place == RIM_PLACE_INSIDE ? signature : NULL);
	if (place == RIM_PLACE_LAST || place == RIM_PLACE_BEHIND || place == RIM_PLACE_TWICE)
		add(&t->file, text);
	if (place == RIM_PLACE_BEHIND)
		differ(t, "<ns0:Entity/>", "<ns0:Entity></ns0:Entity>");
	both(t, "</SoftwareIdentity>");
	add(&t->file, or (s->epilog, ""));
}

struct buf rim_make(const struct rim_spec *s, const struct rim_signer *by)
{
	struct texts before = { BUF_EMPTY, BUF_EMPTY }, t = { BUF_EMPTY, BUF_EMPTY };
	AUTO_BUF struct buf signature = BUF_EMPTY;

	put_document(&before, s, NULL);
	signature = make_signature(s, by, buf_view(&before.canonical));
	put_document(&t, s, &signature);
	buf_done(&before.file);
	buf_done(&before.canonical);
	buf_done(&t.canonical);
	return t.file;
}

struct buf rim_make_answer(struct span xml, const char *id)
{
	AUTO_BUF struct buf rim = BUF_EMPTY;
	struct buf json = BUF_EMPTY;
	struct digest digest;
	char hex[65];

	must(!digest_of(DIGEST_SHA256, xml, &digest, NULL), "digest");
	digest_hex(span(digest.at, digest.len), hex);
	must(!b64_encode(B64_STANDARD, xml, ROOM, &rim, NULL), "base64");
	must(!buf_printf(&json, ROOM, NULL,
			 "{\"id\":\"%s\",\"rim\":\"%s\",\"sha256\":\"%s\",\"request_id\":\"1\","
			 "\"rim_format\":\"TCG\"}",
			 id, (const char *)rim.at, hex),
	     "no memory");
	return json;
}

/* --- What NVIDIA's files hold ----------------------------------------------------------------- */

static void activate(struct rim_spec *s, unsigned from, unsigned to, unsigned count)
{
	for (unsigned i = from; i <= to; i++) {
		s->values[i].active = true;
		s->values[i].count = count;
		for (unsigned k = 0; k < count; k++)
			memset(s->values[i].at[k], (int)(16 * k + i + 1),
			       sizeof(s->values[i].at[k]));
	}
}

static struct rim_spec empty(const char *chip, const char *edition, const char *version)
{
	struct rim_spec s = { .chip = chip, .edition = edition, .version = version };

	for (unsigned i = 0; i < RIM_MADE_INDICES; i++)
		s.values[i].count = 1;
	return s;
}

struct rim_spec rim_spec_driver(void)
{
	struct rim_spec s = empty("GH100", "GPU", "550.90.07");

	activate(&s, 7, 7, 1);
	activate(&s, 21, 40, 1);
	activate(&s, 23, 24, 2);
	activate(&s, 35, 35, 4);
	memset(s.values[28].at[0], 0, sizeof(s.values[28].at[0]));
	return s;
}

struct rim_spec rim_spec_vbios(void)
{
	struct rim_spec s = empty("GH100", "GPU", "96.00.9F.00.01");

	activate(&s, 0, 6, 1);
	activate(&s, 8, 11, 1);
	activate(&s, 12, 12, 4);
	memset(s.values[0].at[0], 0, sizeof(s.values[0].at[0]));
	return s;
}

struct rim_spec rim_spec_switch(void)
{
	struct rim_spec s = empty("LS10", "SWITCH", "96.10.55.00.01");

	activate(&s, 0, 30, 1);
	activate(&s, 9, 25, 4);
	return s;
}

static void set_active(const struct rim_spec *rim, struct gpu_spec *ret)
{
	for (size_t i = 0; i < ret->block_count && i < RIM_MADE_INDICES; i++)
		if (rim->values[i].active)
			memcpy(ret->blocks[i].value, rim->values[i].at[0], 48);
}

void rim_set_measured(const struct rim_spec *driver, const struct rim_spec *vbios,
		      struct gpu_spec *ret)
{
	for (size_t i = 0; i < ret->block_count; i++)
		memset(ret->blocks[i].value, 0, sizeof(ret->blocks[i].value));
	set_active(driver, ret);
	set_active(vbios, ret);
}
