#include "attest/verify/cli/claims.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define LONG_VALUE    44 /* characters: longer ones get a line of their own */
#define VALUE_COLUMN  18
#define ROOM_FOR_MORE 14 /* " and NNN more" */

/* In the order shown; "a.b" is member b of member a. What a part lacks is passed over. */
static const struct {
	const char *path, *label;
} shown[] = {
	/* CPUs */
	{ "product", "product" },
	{ "vmpl", "vmpl" },
	{ "signing_key", "signed by" },
	{ "reported_tcb", "tcb" },
	{ "tcb.status", "tcb" },
	{ "tcb.date", "of" },
	{ "tcb.fmspc", "fmspc" },
	{ "measurement", "measurement" },
	{ "quote.body.rtmr_1", "rtmr1" },
	{ "quote.body.rtmr_2", "rtmr2" },
	{ "init_data", "init_data" },
	{ "chip_id", "chip_id" },
	{ "report_data", "report_data" },
	/* devices */
	{ "arch", "arch" },
	{ "driver_version", "driver" },
	{ "vbios_version", "vbios" },
	{ "pdi", "pdi" },
	{ "measurements.compared", "measurements compared" },
	{ "nonce", "nonce" },
	/* TPMs */
	{ "scheme", "scheme" },
	{ "bank", "bank" },
	{ "pcr_digest", "pcr_digest" },
	{ "ak_spki_sha256", "ak" },
	{ "extra_data", "extra_data" },
};

static const cJSON *find(const cJSON *claims, const char *path)
{
	for (;;) {
		size_t len = strcspn(path, ".");
		char name[32];

		(void)snprintf(name, sizeof(name), "%.*s", (int)len, path);
		claims = cJSON_GetObjectItemCaseSensitive(claims, name);
		if (!path[len])
			return claims;
		if (!cJSON_IsObject(claims))
			return NULL;
		path += len + 1;
	}
}

/* A value that one line holds; NULL for an object, a list, a null. */
static const char *text_of(const cJSON *node)
{
	if (cJSON_IsString(node) || cJSON_IsNumber(node))
		return node->valuestring;
	if (cJSON_IsBool(node))
		return cJSON_IsTrue(node) ? "yes" : "no";
	return NULL;
}

static void put_short(struct page *p, const cJSON *claims)
{
	bool is_first = true;

	for (size_t i = 0; i < COUNT_OF(shown); i++) {
		const char *value = text_of(find(claims, shown[i].path));

		if (!value || !*value || strlen(value) > LONG_VALUE)
			continue;
		if (!is_first)
			page_text(p, ",");
		if (p->column + 2 + strlen(shown[i].label) + strlen(value) > PAGE_WIDTH)
			page_end_line(p);
		page_column(p, p->column ? 0 : 2);
		page_put(p, "%s %s", shown[i].label, value);
		is_first = false;
	}
	if (!is_first)
		page_end_line(p);
}

static void put_long(struct page *p, const cJSON *claims)
{
	for (size_t i = 0; i < COUNT_OF(shown); i++) {
		const char *value = text_of(find(claims, shown[i].path));

		if (!value || strlen(value) <= LONG_VALUE)
			continue;
		page_column(p, 2);
		page_text(p, shown[i].label);
		page_column(p, VALUE_COLUMN);
		page_text(p, value);
		page_end_line(p);
	}
}

/* What was signed, and nobody said what it should be: one line of it. */
static void put_unjudged(struct page *p, const cJSON *claims)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(claims, "unjudged");
	size_t left = 0;

	for (const cJSON *i = list ? list->child : NULL; i; i = i->next) {
		const char *name = json_text(i);

		if (!name)
			continue;
		if (!p->column) {
			page_column(p, 2);
			page_text(p, "no reference");
			page_column(p, VALUE_COLUMN);
		} else if (left || p->column + 2 + strlen(name) >
					   PAGE_WIDTH - (i->next ? ROOM_FOR_MORE : 0)) {
			left++;
			continue;
		} else {
			page_text(p, ", ");
		}
		page_text(p, name);
	}
	if (left)
		page_put(p, " and %zu more", left);
	if (p->column)
		page_end_line(p);
}

static bool is_text(const cJSON *o, const char *name, const char *want)
{
	const char *text = json_text(cJSON_GetObjectItemCaseSensitive(o, name));

	return text && !strcmp(text, want);
}

static void put_part(struct page *p, const cJSON *part)
{
	const char *name = json_text(cJSON_GetObjectItemCaseSensitive(part, "name"));
	const char *kind = json_text(cJSON_GetObjectItemCaseSensitive(part, "kind"));
	const cJSON *claims = cJSON_GetObjectItemCaseSensitive(part, "claims");
	bool is_authenticated =
		cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(part, "authenticated"));

	page_put(p, "%s, %s", name ? name : "?", kind ? kind : "?");
	if (is_text(part, "kind", "log") && is_text(part, "bound", "bound"))
		page_text(p, ": order and digests are signed, its texts are not");
	else if (!is_authenticated)
		page_text(p, ": not authenticated; `sealverify show` tells what it claims");
	page_end_line(p);
	if (!is_authenticated)
		return;
	put_short(p, claims);
	put_long(p, claims);
	put_unjudged(p, claims);
}

/* The verdict does not hang on what is shown of it. */
static void put_none(struct page *p, const struct err *why)
{
	page_put(p, "The claims don't fit a screen, --json has them (%s)", why->text);
	page_end_line(p);
}

void claims_put(struct page *p, const struct verify_verdict *v)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_JSON cJSON *root = NULL;
	const cJSON *parts;
	struct err e = { 0 };

	page_end_line(p);
	if (verify_json(v, &text, &e) < 0 ||
	    json_parse(buf_view(&text), LIMIT_VERIFY_JSON_BYTES, &root, &e) < 0) {
		put_none(p, &e);
		return;
	}
	parts = cJSON_GetObjectItemCaseSensitive(root, "parts");
	for (const cJSON *i = parts ? parts->child : NULL; i; i = i->next)
		put_part(p, i);
}
