#include "attest/verify/rim/c14n.h"

#include <string.h>

#include "base/limits.h"

/* `&gt;` for '>', and an apex with its namespaces: nothing grows more than this. */
#define LIMIT_CANONICAL_BYTES (8 * LIMIT_RIM_BYTES)

struct writer {
	const struct xml_doc *doc;
	uint16_t apex;
	struct buf *out;
	struct err *e;
};

static int put(struct writer *w, struct span text)
{
	return buf_append(w->out, text, LIMIT_CANONICAL_BYTES, w->e);
}

static int put_text(struct writer *w, const char *text)
{
	return put(w, span_text(text));
}

/* Only what may stand in the tree at all: no CR anywhere, no TAB or LF in a value. */
static const char *escape(uint8_t c, bool is_value)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return is_value ? NULL : "&gt;";
	case '"':
		return is_value ? "&quot;" : NULL;
	default:
		return NULL;
	}
}

static int put_escaped(struct writer *w, struct span text, bool is_value)
{
	size_t from = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char *as = escape(text.at[i], is_value);

		if (!as)
			continue;
		if (put(w, span(text.at + from, i - from)) < 0 || put_text(w, as) < 0)
			return -(int)w->e->kind;
		from = i + 1;
	}
	return text.len > from ? put(w, span(text.at + from, text.len - from)) : 0;
}

static int put_name(struct writer *w, struct span prefix, struct span local)
{
	if (prefix.len && (put(w, prefix) < 0 || put_text(w, ":") < 0))
		return -(int)w->e->kind;
	return put(w, local);
}

static int put_attr(struct writer *w, const struct xml_attr *a)
{
	struct span xmlns = span_text("xmlns");
	int ret;

	if (put_text(w, " ") < 0)
		return -(int)w->e->kind;
	if (a->is_ns)
		ret = a->local.len ? put_name(w, xmlns, a->local) : put(w, xmlns);
	else
		ret = put_name(w, a->prefix, a->local);
	if (ret < 0 || put_text(w, "=\"") < 0 || put_escaped(w, a->value, true) < 0)
		return -(int)w->e->kind;
	return put_text(w, "\"");
}

/* --- Order ------------------------------------------------------------------------------------ */

static int compare(struct span a, struct span b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.at, b.at, len) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Declarations first, by prefix; then attributes by namespace, then by name. */
static int order_of(const struct xml_attr *a, const struct xml_attr *b)
{
	int order;

	if (a->is_ns != b->is_ns)
		return a->is_ns ? -1 : 1;
	order = compare(a->uri, b->uri);
	return order ? order : compare(a->local, b->local);
}

#define SHOWN_MAX (XML_DEPTH * XML_ELEMENT_ATTRS)

struct shown {
	const struct xml_attr *at[SHOWN_MAX];
	size_t count;
};

static void show(struct shown *s, const struct xml_attr *a)
{
	size_t i = s->count++;

	for (; i && order_of(a, s->at[i - 1]) < 0; i--)
		s->at[i] = s->at[i - 1];
	s->at[i] = a;
}

static bool is_shown(const struct shown *s, const struct xml_attr *a)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->at[i]->is_ns && span_is_equal(s->at[i]->local, a->local))
			return true;
	return false;
}

/* The parent's output says the same already. */
static bool is_superfluous(const struct xml_doc *doc, uint16_t node, const struct xml_attr *a)
{
	const struct span *outer = xml_namespace(doc, doc->nodes[node].parent, a->local);

	return outer && span_is_equal(*outer, a->value);
}

static void collect(const struct writer *w, uint16_t node, struct shown *ret)
{
	const struct xml_node *n = &w->doc->nodes[node];

	for (uint16_t i = 0; i < n->attr_count; i++) {
		const struct xml_attr *a = &w->doc->attrs[n->attr + i];

		if (!a->is_ns || node == w->apex || !is_superfluous(w->doc, node, a))
			show(ret, a);
	}
	if (node != w->apex)
		return;
	/* An apex stands without its ancestors: what they declare, and nobody nearer, is its own.
	 */
	for (uint16_t up = n->parent; up != XML_NONE; up = w->doc->nodes[up].parent) {
		const struct xml_node *outer = &w->doc->nodes[up];

		for (uint16_t i = 0; i < outer->attr_count; i++) {
			const struct xml_attr *a = &w->doc->attrs[outer->attr + i];

			if (a->is_ns && !is_shown(ret, a))
				show(ret, a);
		}
	}
}

/* --- The walk --------------------------------------------------------------------------------- */

static int put_start(struct writer *w, uint16_t node)
{
	const struct xml_node *n = &w->doc->nodes[node];
	struct shown s = { .count = 0 };

	collect(w, node, &s);
	if (put_text(w, "<") < 0 || put_name(w, n->prefix, n->local) < 0)
		return -(int)w->e->kind;
	for (size_t i = 0; i < s.count; i++)
		if (put_attr(w, s.at[i]) < 0)
			return -(int)w->e->kind;
	return put_text(w, ">");
}

static int put_end(struct writer *w, uint16_t node)
{
	const struct xml_node *n = &w->doc->nodes[node];

	if (put_text(w, "</") < 0 || put_name(w, n->prefix, n->local) < 0)
		return -(int)w->e->kind;
	return put_text(w, ">");
}

/* Ends `node`, and each ancestor that it was the last part of; returns what comes next, XML_NONE
 * behind the apex. */
static int put_ends(struct writer *w, uint16_t node, uint16_t *ret)
{
	for (;;) {
		const struct xml_node *n = &w->doc->nodes[node];

		if (!n->is_text && put_end(w, node) < 0)
			return -(int)w->e->kind;
		if (node == w->apex || n->next != XML_NONE) {
			*ret = node == w->apex ? XML_NONE : n->next;
			return 0;
		}
		node = n->parent;
	}
}

/* What comes behind an element that is left out. */
static int pass_over(struct writer *w, uint16_t node, uint16_t *ret)
{
	if (w->doc->nodes[node].next == XML_NONE)
		return put_ends(w, w->doc->nodes[node].parent, ret);
	*ret = w->doc->nodes[node].next;
	return 0;
}

/* Writes what stands at `node` and finds what comes behind it. */
static int step(struct writer *w, uint16_t node, uint16_t without, uint16_t *ret)
{
	const struct xml_node *n = &w->doc->nodes[node];

	if (node == without)
		return pass_over(w, node, ret);
	if (n->is_text)
		return put_escaped(w, n->text, false) < 0 ? -(int)w->e->kind
							  : put_ends(w, node, ret);
	if (put_start(w, node) < 0)
		return -(int)w->e->kind;
	if (n->first == XML_NONE)
		return put_ends(w, node, ret);
	*ret = n->first;
	return 0;
}

int c14n(const struct xml_doc *doc, uint16_t apex, uint16_t without, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf out = BUF_EMPTY;
	struct err own = { 0 };
	struct writer w = { doc, apex, &out, e ? e : &own };
	uint16_t next;

	for (uint16_t i = apex; i != XML_NONE; i = next)
		if (step(&w, i, without, &next) < 0)
			return err_add(w.e, "canonical form");
	buf_done(ret);
	*ret = buf_take(&out);
	return 0;
}
