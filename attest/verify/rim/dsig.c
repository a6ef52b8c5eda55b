#include "attest/verify/rim/dsig.h"

#include <string.h>

#include "attest/verify/rim/c14n.h"
#include "attest/verify/x509/signature.h"
#include "base/b64.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/mem.h"

#define DS	    "http://www.w3.org/2000/09/xmldsig#"
#define C14N11	    "http://www.w3.org/2006/12/xml-c14n11"
#define ENVELOPED   DS "enveloped-signature"
#define ECDSA_P384  "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"
#define SHA384	    "http://www.w3.org/2001/04/xmldsig-more#sha384"
#define BASE64_CERT (LIMIT_VERIFY_CERT_BYTES / 3 * 4 + 4)

/* --- Shape ------------------------------------------------------------------------------------ */

/* `node` contains exactly these elements of the signature's namespace, in this order. */
static int children(const struct xml_doc *doc, uint16_t node, const char *const *names,
		    size_t count, uint16_t *ret, struct err *e)
{
	int found = xml_elements(doc, node, ret, count, e);

	if (found < 0)
		return err_add(e, "signature");
	if ((size_t)found != count)
		return FAIL(e, FAIL_INPUT, "signature: %d elements where %zu belong", found, count);
	for (size_t i = 0; i < count; i++)
		if (!xml_is(doc, ret[i], DS, names[i]))
			return FAIL(e, FAIL_INPUT, "signature: ds:%s expected, %.*s found",
				    names[i], (int)doc->nodes[ret[i]].local.len,
				    (const char *)doc->nodes[ret[i]].local.at);
	return 0;
}

/* No attribute, so no Id that a reference could name. */
static int bare(const struct xml_doc *doc, uint16_t node, struct err *e)
{
	if (xml_attr_count(doc, node))
		return FAIL(e, FAIL_INPUT, "signature: %.*s has an attribute",
			    (int)doc->nodes[node].local.len,
			    (const char *)doc->nodes[node].local.at);
	return 0;
}

/* Exactly one attribute, of this value. */
static int only_attr(const struct xml_doc *doc, uint16_t node, const char *name, const char *value,
		     struct err *e)
{
	const struct xml_node *n = &doc->nodes[node];
	const struct span *is = xml_attr(doc, node, "", name);

	if (!is || xml_attr_count(doc, node) != 1)
		return FAIL(e, FAIL_INPUT, "signature: %.*s wants %s and nothing else",
			    (int)n->local.len, (const char *)n->local.at, name);
	if (!span_is_equal(*is, span_text(value)))
		return FAIL(e, FAIL_INPUT, "signature: %.*s %s is \"%.*s\"", (int)n->local.len,
			    (const char *)n->local.at, name, is->len > 64 ? 64 : (int)is->len,
			    (const char *)is->at);
	return 0;
}

/* An element that is nothing but its algorithm. */
static int algorithm(const struct xml_doc *doc, uint16_t node, const char *uri, struct err *e)
{
	if (only_attr(doc, node, "Algorithm", uri, e) < 0)
		return -(int)e->kind;
	if (doc->nodes[node].first != XML_NONE)
		return FAIL(e, FAIL_INPUT, "signature: %.*s has content",
			    (int)doc->nodes[node].local.len,
			    (const char *)doc->nodes[node].local.at);
	return 0;
}

/* --- Values ----------------------------------------------------------------------------------- */

/* Strict base64 between line feeds, which may stand anywhere. */
static int base64(const struct xml_doc *doc, uint16_t node, size_t limit, struct buf *ret,
		  struct err *e)
{
	AUTO_BUF struct buf joined = BUF_EMPTY;
	struct span text;

	if (xml_text(doc, node, &text, e) < 0)
		return err_add(e, "signature");
	while (text.len)
		if (buf_append(&joined, span_cut(&text, '\n'), BASE64_CERT, e) < 0)
			return err_add(e, "signature");
	if (b64_decode(B64_STANDARD, buf_view(&joined), limit, ret, e) < 0)
		return err_add(e, "signature: %.*s", (int)doc->nodes[node].local.len,
			       (const char *)doc->nodes[node].local.at);
	return 0;
}

static int bytes(const struct xml_doc *doc, uint16_t node, uint8_t *ret, size_t len, struct err *e)
{
	AUTO_BUF struct buf value = BUF_EMPTY;

	if (bare(doc, node, e) < 0 || base64(doc, node, len, &value, e) < 0)
		return -(int)e->kind;
	if (value.len != len)
		return FAIL(e, FAIL_INPUT, "signature: %.*s of %zu bytes, not %zu",
			    (int)doc->nodes[node].local.len,
			    (const char *)doc->nodes[node].local.at, value.len, len);
	memcpy(ret, value.at, len);
	return 0;
}

/* --- The profile ------------------------------------------------------------------------------ */

static int read_reference(const struct xml_doc *doc, uint16_t reference, struct dsig *ret,
			  struct err *e)
{
	static const char *const names[] = { "Transforms", "DigestMethod", "DigestValue" };
	static const char *const steps[] = { "Transform", "Transform" };
	uint16_t in[COUNT_OF(names)], step[COUNT_OF(steps)];

	if (only_attr(doc, reference, "URI", "", e) < 0 ||
	    children(doc, reference, names, COUNT_OF(names), in, e) < 0 ||
	    bare(doc, in[0], e) < 0 || children(doc, in[0], steps, COUNT_OF(steps), step, e) < 0 ||
	    algorithm(doc, step[0], ENVELOPED, e) < 0 || algorithm(doc, step[1], C14N11, e) < 0 ||
	    algorithm(doc, in[1], SHA384, e) < 0)
		return -(int)e->kind;
	return bytes(doc, in[2], ret->digest, sizeof(ret->digest), e);
}

static int read_signed_info(const struct xml_doc *doc, struct dsig *ret, struct err *e)
{
	static const char *const names[] = { "CanonicalizationMethod", "SignatureMethod",
					     "Reference" };
	uint16_t in[COUNT_OF(names)];

	if (bare(doc, ret->signed_info, e) < 0 ||
	    children(doc, ret->signed_info, names, COUNT_OF(names), in, e) < 0 ||
	    algorithm(doc, in[0], C14N11, e) < 0 || algorithm(doc, in[1], ECDSA_P384, e) < 0)
		return -(int)e->kind;
	return read_reference(doc, in[2], ret, e);
}

/* Certificates and nothing else: a KeyValue or a KeyName would be a second answer to whose key it
 * is. */
static int read_key_info(const struct xml_doc *doc, uint16_t key_info, struct dsig *ret,
			 struct err *e)
{
	static const char *const data[] = { "X509Data" };
	uint16_t in;
	int count;

	if (bare(doc, key_info, e) < 0 || children(doc, key_info, data, 1, &in, e) < 0 ||
	    bare(doc, in, e) < 0)
		return -(int)e->kind;
	count = xml_elements(doc, in, ret->certs, DSIG_CERTS_MAX, e);
	if (count < 0)
		return err_add(e, "signature");
	for (int i = 0; i < count; i++)
		if (!xml_is(doc, ret->certs[i], DS, "X509Certificate"))
			return FAIL(e, FAIL_INPUT,
				    "signature: X509Data with more than certificates");
	ret->cert_count = (size_t)count;
	return 0;
}

/* The root's last element; and nowhere in the document is there another, whatever is around it. */
static int find_signature(const struct xml_doc *doc, uint16_t *ret, struct err *e)
{
	uint16_t last = XML_NONE;
	size_t count = 0;

	for (uint16_t i = doc->nodes[0].first; i != XML_NONE; i = doc->nodes[i].next)
		last = doc->nodes[i].is_text ? last : i;
	for (size_t i = 0; i < doc->node_count; i++)
		count += xml_is(doc, (uint16_t)i, DS, "Signature");
	if (count != 1)
		return FAIL(e, FAIL_INPUT, "signature: %zu in the document, not one", count);
	if (last == XML_NONE || !xml_is(doc, last, DS, "Signature"))
		return FAIL(e, FAIL_INPUT, "signature: not the root's last element");
	*ret = last;
	return 0;
}

int dsig_read(const struct xml_doc *doc, struct dsig *ret, struct err *e)
{
	static const char *const names[] = { "SignedInfo", "SignatureValue", "KeyInfo" };
	uint16_t in[COUNT_OF(names)];
	struct err own = { 0 };
	struct dsig d = { 0 };

	e = e ? e : &own;
	if (find_signature(doc, &d.signature, e) < 0 || bare(doc, d.signature, e) < 0 ||
	    children(doc, d.signature, names, COUNT_OF(names), in, e) < 0)
		return -(int)e->kind;
	d.signed_info = in[0];
	if (read_signed_info(doc, &d, e) < 0 ||
	    bytes(doc, in[1], d.value, sizeof(d.value), e) < 0 ||
	    read_key_info(doc, in[2], &d, e) < 0)
		return -(int)e->kind;
	*ret = d;
	return 0;
}

int dsig_certs(const struct xml_doc *doc, const struct dsig *d, struct certs *ret, struct err *e)
{
	for (size_t i = 0; i < d->cert_count; i++) {
		AUTO_BUF struct buf der = BUF_EMPTY;

		if (xml_attr_count(doc, d->certs[i]))
			return FAIL(e, FAIL_INPUT, "certificate %zu: an attribute", i);
		if (base64(doc, d->certs[i], LIMIT_VERIFY_CERT_BYTES, &der, e) < 0 ||
		    certs_add_der(ret, buf_view(&der), e) < 0)
			return err_add(e, "certificate %zu", i);
	}
	return 0;
}

/* --- Verifying -------------------------------------------------------------------------------- */

int dsig_digest(const struct xml_doc *doc, const struct dsig *d, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct digest is;

	if (c14n(doc, 0, d->signature, &text, e) < 0 ||
	    digest_of(DIGEST_SHA384, buf_view(&text), &is, e) < 0)
		return err_add(e, "signature");
	if (!digest_is_equal(span(is.at, is.len), span(d->digest, sizeof(d->digest))))
		return FAIL(e, FAIL_FORGED, "the document's digest is not the one that was signed");
	return 0;
}

int dsig_signature(const struct xml_doc *doc, const struct dsig *d, EVP_PKEY *key, struct err *e)
{
	const size_t half = sizeof(d->value) / 2;
	AUTO_BUF struct buf text = BUF_EMPTY;

	if (c14n(doc, d->signed_info, XML_NONE, &text, e) < 0)
		return err_add(e, "signature");
	return signature_ecdsa(key, DIGEST_SHA384, span(d->value, half),
			       span(d->value + half, half), buf_view(&text), e);
}
