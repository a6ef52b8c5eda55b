/* A manifest as JSON, decoded and not verified. */
#include <stdio.h>
#include <string.h>

#include "attest/verify/rim/dsig.h"
#include "attest/verify/rim/manifest.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"

static int add_span(cJSON *object, const char *name, struct span text, struct err *e)
{
	AUTO_BUF struct buf copy = BUF_EMPTY;

	if (buf_append(&copy, text, text.len, e) < 0)
		return err_add(e, "%s", name);
	return json_add_text(object, name, copy.at ? (const char *)copy.at : "", e);
}

static int add_hex(cJSON *object, const char *name, struct span bytes, struct err *e)
{
	char hex[2 * DIGEST_MAX_BYTES + 1];

	digest_hex(bytes, hex);
	return json_add_text(object, name, hex, e);
}

static int append_hex(cJSON *array, const uint8_t at[static RIM_HASH_BYTES], struct err *e)
{
	char hex[2 * RIM_HASH_BYTES + 1];
	cJSON *text;

	digest_hex(span(at, RIM_HASH_BYTES), hex);
	text = cJSON_CreateString(hex);
	if (text && cJSON_AddItemToArray(array, text))
		return 0;
	cJSON_Delete(text);
	return FAIL_ERRNO(e, "RIM");
}

/* "measurements": {"7": ["<hex>", ...]}, the active ones. */
static int add_golden(cJSON *object, size_t index, const struct rim_golden *g, struct err *e)
{
	cJSON *values = cJSON_CreateArray();
	char name[8];

	(void)snprintf(name, sizeof(name), "%zu", index);
	if (json_add(object, name, values, e) < 0)
		return err_add(e, "RIM");
	for (size_t i = 0; i < g->count; i++)
		if (append_hex(values, g->at[i], e) < 0)
			return -(int)FAIL_SYS;
	return 0;
}

static int add_manifest(cJSON *ret, const struct manifest *m, struct err *e)
{
	cJSON *golden = cJSON_CreateObject();

	if (add_span(ret, "colloquial_version", m->version, e) < 0 ||
	    add_span(ret, "product", m->product, e) < 0 ||
	    add_span(ret, "edition", m->edition, e) < 0 ||
	    add_span(ret, "revision", m->revision, e) < 0 ||
	    add_span(ret, "tag_id", m->tag_id, e) < 0 ||
	    json_add_u64(ret, "active", m->active, e) < 0) {
		cJSON_Delete(golden);
		return err_add(e, "RIM");
	}
	if (json_add(ret, "measurements", golden, e) < 0)
		return err_add(e, "RIM");
	for (size_t i = 0; i < RIM_INDICES; i++)
		if (m->golden[i].active && add_golden(golden, i, &m->golden[i], e) < 0)
			return err_add(e, "RIM");
	return 0;
}

static int add_signature(cJSON *ret, const struct xml_doc *doc, const struct dsig *d, struct err *e)
{
	AUTO_CERTS struct certs certs = { 0 };
	cJSON *chain = cJSON_CreateObject();

	if (json_add(ret, "signer", chain, e) < 0)
		return err_add(e, "RIM");
	if (dsig_certs(doc, d, &certs, e) < 0 || certs_show(&certs, chain, e) < 0)
		return err_add(e, "RIM");
	return add_hex(ret, "signed_digest", span(d->digest, sizeof(d->digest)), e);
}

int rim_show(struct span xml, cJSON *ret, struct err *e)
{
	AUTO_XML struct xml_doc *doc = NULL;
	struct manifest m;
	struct err own = { 0 };
	struct digest sha256;
	struct dsig d;

	e = e ? e : &own;
	if (xml_parse(xml, &doc, e) < 0 || dsig_read(doc, &d, e) < 0 ||
	    manifest_read(doc, &m, e) < 0 || digest_of(DIGEST_SHA256, xml, &sha256, e) < 0 ||
	    add_hex(ret, "sha256", span(sha256.at, sha256.len), e) < 0 ||
	    add_manifest(ret, &m, e) < 0)
		return err_add(e, "RIM");
	return add_signature(ret, doc, &d, e);
}
