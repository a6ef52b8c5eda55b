#include "tests/support/evidence/pcs.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "tests/support/evidence/pki.h"

#define BODY_BYTES (1024 * 1024)

static void put(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct buf *b, const char *format, ...)
{
	char *text = NULL;
	va_list list;
	int len;

	va_start(list, format);
	len = vasprintf(&text, format, list);
	va_end(list);
	if (len < 0 || buf_append(b, span(text, (size_t)len), BODY_BYTES, NULL))
		abort();
	free(text);
}

static void put_span(struct buf *b, struct span s)
{
	if (buf_append(b, s, BODY_BYTES, NULL))
		abort();
}

/* --- The value's members ---------------------------------------------------------------------- */

/* A member that `omit` does not name, with the comma in front of all but the first. */
static bool starts(struct buf *b, const char *name, const char *omit)
{
	if (omit && !strcmp(name, omit))
		return false;
	put(b, "%s\"%s\":", b->len && b->at[b->len - 1] != '{' ? "," : "", name);
	return true;
}

static void put_text(struct buf *b, const char *name, const char *omit, const char *text)
{
	if (text && starts(b, name, omit))
		put(b, "\"%s\"", text);
}

static void put_number(struct buf *b, const char *name, const char *omit, unsigned number)
{
	if (starts(b, name, omit))
		put(b, "%u", number);
}

static void put_time(struct buf *b, const char *name, const char *omit, int64_t at)
{
	char text[32];
	time_t seconds = at;
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		abort();
	put_text(b, name, omit, text);
}

static void put_hex(struct buf *b, const char *name, const char *omit, bool is_upper,
		    struct span bytes)
{
	if (!starts(b, name, omit))
		return;
	put(b, "\"");
	for (size_t i = 0; i < bytes.len; i++)
		put(b, is_upper ? "%02X" : "%02x", bytes.at[i]);
	put(b, "\"");
}

static void put_advisories(struct buf *b, const char *ids)
{
	const char *front = "";

	if (!ids)
		return;
	put(b, ",\"advisoryIDs\":[");
	while (*ids) {
		size_t len = strcspn(ids, " ");

		put(b, "%s\"%.*s\"", front, (int)len, ids);
		front = ",";
		ids += len + (ids[len] == ' ');
	}
	put(b, "]");
}

static void put_rating(struct buf *b, const char *status, const char *date, const char *ids)
{
	put(b, ",\"tcbDate\":\"%s\",\"tcbStatus\":\"%s\"", date ? date : "2025-01-01T00:00:00Z",
	    status);
	put_advisories(b, ids);
	put(b, "}");
}

static void put_components(struct buf *b, const char *name, const unsigned *svns, unsigned count,
			   bool has_categories)
{
	put(b, "\"%s\":[", name);
	for (unsigned i = 0; i < count; i++) {
		put(b, "%s{\"svn\":%u", i ? "," : "", svns[i]);
		if (has_categories && i < 3)
			put(b, ",\"category\":\"OS/VMM\",\"type\":\"Late Microcode Update\"");
		put(b, "}");
	}
	put(b, "],");
}

static void put_level(struct buf *b, const struct pcs_tcb_spec *s, const struct pcs_level_spec *l)
{
	put(b, "{\"tcb\":{");
	if (s->version == 2)
		for (unsigned i = 0; i < s->sgx_count; i++)
			put(b, "\"sgxtcbcomp%02usvn\":%u,", i + 1, l->sgx[i]);
	else
		put_components(b, "sgxtcbcomponents", l->sgx, s->sgx_count, s->has_categories);
	if (s->has_module)
		put_components(b, "tdxtcbcomponents", l->tdx, s->tdx_count, s->has_categories);
	put(b, "\"pcesvn\":%u}", l->pcesvn);
	put_rating(b, l->status, l->date, l->advisories);
}

static void put_isv_levels(struct buf *b, const char *omit, const struct pcs_isv_spec *levels,
			   size_t count)
{
	if (!starts(b, "tcbLevels", omit))
		return;
	put(b, "[");
	for (size_t i = 0; i < count; i++) {
		put(b, "%s{\"tcb\":{\"isvsvn\":%u}", i ? "," : "", levels[i].isvsvn);
		put_rating(b, levels[i].status, levels[i].date, levels[i].advisories);
	}
	put(b, "]");
}

static void put_module(struct buf *b, const struct pcs_module_spec *m, bool is_upper)
{
	static const uint8_t mask[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };

	put_hex(b, "mrsigner", NULL, is_upper, span(m->mrsigner, sizeof(m->mrsigner)));
	put_hex(b, "attributes", NULL, is_upper, span(m->attributes, sizeof(m->attributes)));
	put_hex(b, "attributesMask", NULL, is_upper, span(mask, sizeof(mask)));
}

static void put_modules(struct buf *b, const struct pcs_tcb_spec *s)
{
	if (s->has_module && starts(b, "tdxModule", s->omit)) {
		put(b, "{");
		put_module(b, &s->module, s->upper_hex);
		put(b, "}");
	}
	if (!s->module_count || !starts(b, "tdxModuleIdentities", s->omit))
		return;
	put(b, "[");
	for (size_t i = 0; i < s->module_count; i++) {
		put(b, i ? ",{" : "{");
		put_text(b, "id", NULL, s->modules[i].id);
		put_module(b, &s->modules[i], s->upper_hex);
		put_isv_levels(b, NULL, s->modules[i].levels, s->modules[i].level_count);
		put(b, "}");
	}
	put(b, "]");
}

/* --- The body --------------------------------------------------------------------------------- */

static void put_signature(struct buf *b, struct span value, enum pcs_layout layout, EVP_PKEY *key)
{
	uint8_t rs[64];
	unsigned digits = layout == PCS_SIGNATURE_SHORT ? 63 : 64;

	pki_ecdsa(key, DIGEST_SHA256, value, rs, rs + 32, 32);
	put(b, "\"signature\":\"");
	for (unsigned i = 0; i < digits; i++)
		put(b, layout == PCS_SIGNATURE_UPPER ? "%02X" : "%02x", rs[i]);
	if (layout == PCS_SIGNATURE_NOT_HEX)
		b->at[b->len - 1] = 'g';
	put(b, "\"");
}

/* The value with its first two members swapped: same meaning, other bytes. Neither of them holds a
 * comma, as ids, versions and dates don't. */
static void put_swapped(struct buf *b, struct span value)
{
	const char *text = (const char *)value.at;
	size_t first = strcspn(text, ",");
	size_t second = first + 1 + strcspn(text + first + 1, ",");

	put(b, "{%.*s,%.*s", (int)(second - first - 1), text + first + 1, (int)(first - 1),
	    text + 1);
	put_span(b, span(value.at + second, value.len - second));
}

static void put_value(struct buf *b, const char *member, struct span value, enum pcs_layout layout)
{
	put(b, "\"%s\":%s", layout == PCS_OTHER_NAME ? "tcbInfos" : member,
	    layout == PCS_SPACE_BEFORE ? " " : "");
	if (layout == PCS_REORDERED_INSIDE) {
		put_swapped(b, value);
	} else if (layout == PCS_SPACE_INSIDE) {
		put(b, "{ ");
		put_span(b, span(value.at + 1, value.len - 1));
	} else {
		put_span(b, value);
	}
	if (layout == PCS_SPACE_BEHIND)
		put(b, " ");
}

/* What is signed instead when a member comes twice. The caller's to release. */
static struct buf twice(const char *member, struct span value, enum pcs_layout layout)
{
	struct buf b = BUF_EMPTY;

	if (layout == PCS_TWICE_INSIDE) {
		put_span(&b, span(value.at, value.len - 1));
		put(&b, ",\"version\":3}");
		return b;
	}
	put_span(&b, value);
	if (layout == PCS_TWICE_SIGNED) {
		put(&b, ",\"%s\":", member);
		put_span(&b, value);
	}
	return b;
}

struct buf pcs_body(const char *member, struct span value, enum pcs_layout layout, EVP_PKEY *key)
{
	AUTO_BUF struct buf is_signed = twice(member, value, layout);
	struct buf b = BUF_EMPTY;

	put(&b, "{");
	if (layout == PCS_SIGNATURE_FIRST) {
		put_signature(&b, value, layout, key);
		put(&b, ",");
	}
	if (layout == PCS_TWICE)
		put(&b, "\"%s\":{\"version\":3},", member);
	put_value(&b, member, buf_view(&is_signed), layout);
	if (layout != PCS_NO_SIGNATURE && layout != PCS_SIGNATURE_FIRST) {
		put(&b, ",");
		put_signature(&b, buf_view(&is_signed), layout, key);
	}
	put(&b, layout == PCS_MEMBER_BEHIND ? ",\"more\":1}" : "}");
	if (layout == PCS_NEWLINE_BEHIND)
		put(&b, " \r\n");
	if (layout == PCS_TRAILING_BYTE)
		put(&b, "x");
	return b;
}

struct buf pcs_tcb_info(const struct pcs_tcb_spec *s, EVP_PKEY *key)
{
	AUTO_BUF struct buf b = BUF_EMPTY;

	put(&b, "{");
	put_text(&b, "id", s->omit, s->id);
	put_number(&b, "version", s->omit, s->version);
	put_time(&b, "issueDate", s->omit, s->issue_date);
	put_time(&b, "nextUpdate", s->omit, s->next_update);
	put_hex(&b, "fmspc", s->omit, s->upper_hex, span(s->fmspc, sizeof(s->fmspc)));
	put_hex(&b, "pceId", s->omit, s->upper_hex, span(s->pceid, sizeof(s->pceid)));
	put_number(&b, "tcbType", s->omit, s->tcb_type);
	put_number(&b, "tcbEvaluationDataNumber", s->omit, s->evaluation);
	put_modules(&b, s);
	if (starts(&b, "tcbLevels", s->omit)) {
		put(&b, "[");
		for (size_t i = 0; i < s->level_count; i++) {
			put(&b, i ? "," : "");
			put_level(&b, s, &s->levels[i]);
		}
		put(&b, "]");
	}
	put(&b, "%s}", s->extra ? s->extra : "");
	return pcs_body("tcbInfo", buf_view(&b), s->layout, key);
}

struct buf pcs_qe_identity(const struct pcs_qe_spec *s, EVP_PKEY *key)
{
	AUTO_BUF struct buf b = BUF_EMPTY;

	put(&b, "{");
	put_text(&b, "id", s->omit, s->id);
	put_number(&b, "version", s->omit, s->version);
	put_time(&b, "issueDate", s->omit, s->issue_date);
	put_time(&b, "nextUpdate", s->omit, s->next_update);
	put_number(&b, "tcbEvaluationDataNumber", s->omit, s->evaluation);
	put_hex(&b, "miscselect", s->omit, s->upper_hex, span(s->miscselect, 4));
	put_hex(&b, "miscselectMask", s->omit, s->upper_hex, span(s->miscselect_mask, 4));
	put_hex(&b, "attributes", s->omit, s->upper_hex, span(s->attributes, 16));
	put_hex(&b, "attributesMask", s->omit, s->upper_hex, span(s->attributes_mask, 16));
	put_hex(&b, "mrsigner", s->omit, s->upper_hex, span(s->mrsigner, 32));
	put_number(&b, "isvprodid", s->omit, s->isvprodid);
	put_isv_levels(&b, s->omit, s->levels, s->level_count);
	put(&b, "%s}", s->extra ? s->extra : "");
	return pcs_body("enclaveIdentity", buf_view(&b), s->layout, key);
}

/* --- Good ones -------------------------------------------------------------------------------- */

#define ISSUED 1788220800 /* 2026-09-01 */
#define DAY    86400

struct pcs_tcb_spec pcs_tcb_spec_sgx(void)
{
	return (struct pcs_tcb_spec){
		.id = "SGX",
		.version = 3,
		.issue_date = ISSUED,
		.next_update = ISSUED + 30 * DAY,
		.fmspc = { 0x90, 0xc0, 0x6f },
		.evaluation = 20,
		.sgx_count = 16,
		.tdx_count = 16,
		.levels = { { .sgx = { 5, 5, 2, 2, 4, 1, 0, 5 },
			      .tdx = { 5, 0, 6 },
			      .pcesvn = 13,
			      .status = "UpToDate" },
			    { .sgx = { 3, 3, 2, 2, 3, 1, 0, 3 },
			      .tdx = { 3, 0, 5 },
			      .pcesvn = 11,
			      .status = "OutOfDate",
			      .date = "2023-02-15T00:00:00Z",
			      .advisories = "INTEL-SA-00837 INTEL-SA-00960" } },
		.level_count = 2,
	};
}

struct pcs_tcb_spec pcs_tcb_spec_tdx(void)
{
	struct pcs_tcb_spec s = pcs_tcb_spec_sgx();

	s.id = "TDX";
	s.has_module = true;
	s.has_categories = true;
	s.modules[0] = (struct pcs_module_spec){
		.id = "TDX_01",
		.levels = { { .isvsvn = 6, .status = "UpToDate" },
			    { .isvsvn = 4,
			      .status = "OutOfDate",
			      .date = "2024-03-13T00:00:00Z",
			      .advisories = "INTEL-SA-00986" } },
		.level_count = 2,
	};
	s.module_count = 1;
	return s;
}

struct pcs_qe_spec pcs_qe_spec_sgx(void)
{
	return (struct pcs_qe_spec){
		.id = "QE",
		.version = 2,
		.issue_date = ISSUED,
		.next_update = ISSUED + 30 * DAY,
		.evaluation = 20,
		.miscselect_mask = { 0xff, 0xff, 0xff, 0xff },
		.attributes = { 0x11 },
		.attributes_mask = { 0xfb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		.mrsigner = { 0x8c, 0x4f, 0x57, 0x75, 0xd7, 0x96, 0x50, 0x3e, 0x96, 0x13, 0x7f,
			      0x77, 0xc6, 0x8a, 0x82, 0x9a, 0x00, 0x56, 0xac, 0x8d, 0xed, 0x70,
			      0x14, 0x0b, 0x08, 0x1b, 0x09, 0x44, 0x90, 0xc5, 0x7b, 0xff },
		.isvprodid = 1,
		.levels = { { .isvsvn = 8, .status = "UpToDate" },
			    { .isvsvn = 4,
			      .status = "OutOfDate",
			      .date = "2022-11-09T00:00:00Z",
			      .advisories = "INTEL-SA-00477" } },
		.level_count = 2,
	};
}

struct pcs_qe_spec pcs_qe_spec_tdx(void)
{
	static const uint8_t mrsigner[32] = { 0xdc, 0x9e, 0x2a, 0x7c, 0x6f, 0x94, 0x8f, 0x17,
					      0x47, 0x4e, 0x34, 0xa7, 0xfc, 0x43, 0xed, 0x03,
					      0x0f, 0x7c, 0x15, 0x63, 0xf1, 0xba, 0xbd, 0xdf,
					      0x63, 0x40, 0xc8, 0x2e, 0x0e, 0x54, 0xa8, 0xc5 };
	struct pcs_qe_spec s = pcs_qe_spec_sgx();

	s.id = "TD_QE";
	s.isvprodid = 2;
	memcpy(s.mrsigner, mrsigner, sizeof(s.mrsigner));
	return s;
}

/* --- The signer ------------------------------------------------------------------------------- */

X509 *pcs_signer(const struct pcs_signer_spec *s)
{
	const uint8_t serial = s->serial ? s->serial : 0x21;

	return pki_cert(&(struct pki_spec){
		.cn = s->cn ? s->cn : "Intel SGX TCB Signing",
		.organization = "Intel Corporation",
		.key = s->key,
		.issuer = s->root,
		.issuer_key = s->root_key,
		.alg = PKI_ECDSA_SHA256,
		.serial = &serial,
		.serial_len = 1,
		.not_before = s->not_before,
		.not_after = s->not_after,
		.path_len = -1,
	});
}

struct buf pcs_percent(struct span text)
{
	struct buf b = BUF_EMPTY;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];

		if (c == '-' || isalnum(c))
			put(&b, "%c", c);
		else
			put(&b, "%%%02X", c);
	}
	return b;
}
