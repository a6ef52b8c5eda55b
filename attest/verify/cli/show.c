#include "attest/verify/cli/show.h"

#include <string.h>

#include "attest/verify/cli/page.h"
#include "base/json.h"
#include "base/limits.h"

#define INDENT	  2
#define DEPTH_MAX 12 /* events within a log within a part: 7 */

static void put_value(struct page *p, const cJSON *node)
{
	if (cJSON_IsString(node))
		page_text(p, node->valuestring);
	else if (cJSON_IsBool(node))
		page_text(p, cJSON_IsTrue(node) ? "true" : "false");
	else if (cJSON_IsNumber(node))
		page_text(p, node->valuestring);
	else
		page_text(p, "-");
}

static bool is_plain(const cJSON *node)
{
	return !node->child || !(cJSON_IsArray(node) || cJSON_IsObject(node));
}

/* Lines without descending: numbers of one list in a row. */
static bool is_row(const cJSON *node)
{
	if (!cJSON_IsArray(node))
		return false;
	for (const cJSON *i = node->child; i; i = i->next)
		if (!cJSON_IsNumber(i))
			return false;
	return true;
}

static void put_row(struct page *p, const cJSON *list)
{
	for (const cJSON *i = list->child; i; i = i->next) {
		put_value(p, i);
		if (i->next)
			page_text(p, " ");
	}
	page_end_line(p);
}

/* The one recursion: as deep as DEPTH_MAX. */
static void put_children(struct page *p, const cJSON *node, size_t depth)
{
	bool is_list = cJSON_IsArray(node);

	for (const cJSON *i = node->child; i && !p->failed; i = i->next) {
		/* The first member of a list's element stands behind the dash. */
		if (!p->column)
			page_column(p, depth * INDENT);
		if (is_list)
			page_text(p, "- ");
		else
			page_put(p, "%.200s:", i->string);
		if (is_row(i) && i->child) {
			page_text(p, is_list ? "" : " ");
			put_row(p, i);
		} else if (is_plain(i)) {
			page_text(p, is_list ? "" : " ");
			put_value(p, i);
			page_end_line(p);
		} else if (depth == DEPTH_MAX) {
			page_text(p, is_list ? "..." : " ...");
			page_end_line(p);
		} else {
			if (!is_list)
				page_end_line(p);
			put_children(p, i, depth + 1);
		}
	}
}

int show_text(struct span json, struct buf *ret, struct err *e)
{
	AUTO_JSON cJSON *root = NULL;
	struct page p = { .out = ret, .e = e };
	int failed = json_parse(json, LIMIT_VERIFY_JSON_BYTES, &root, e);

	if (failed)
		return err_add(e, "too much for a screen, try --json");
	page_text(&p, "DECODED ONLY. Nothing below was verified; any of it may be forged.");
	page_end_line(&p);
	page_end_line(&p);
	put_children(&p, root, 0);
	return p.failed;
}
