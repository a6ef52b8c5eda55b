#include "attest/verify/rim/xml.h"

#include <stdlib.h>
#include <string.h>

#include "attest/verify/rim/utf8.h"
#include "base/limits.h"

struct reader {
	struct span text;
	size_t at;
	struct xml_doc *doc;
	uint16_t open; /* the innermost element that has not ended */
	unsigned depth;
	size_t resolved_len;
	struct err *e;
};

#define BAD(r, ...) FAIL((r)->e, FAIL_INPUT, "XML, byte " __VA_ARGS__)

void xml_done(struct xml_doc **doc)
{
	if (!*doc)
		return;
	free((*doc)->resolved);
	free(*doc);
	*doc = NULL;
}

/* --- Characters and names --------------------------------------------------------------------- */

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

static bool is_blank(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_space(text.at[i]))
			return false;
	return true;
}

static bool is_name_start(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static bool is_name_char(uint8_t c)
{
	return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

static bool is_at(const struct reader *r, uint8_t c)
{
	return r->at < r->text.len && r->text.at[r->at] == c;
}

static bool skip_space(struct reader *r)
{
	size_t from = r->at;

	while (r->at < r->text.len && is_space(r->text.at[r->at]))
		r->at++;
	return r->at > from;
}

static int take(struct reader *r, uint8_t c)
{
	if (!is_at(r, c))
		return BAD(r, "%zu: '%c' expected", r->at, c);
	r->at++;
	return 0;
}

static int take_ncname(struct reader *r, struct span *ret)
{
	size_t from = r->at;

	if (r->at >= r->text.len || !is_name_start(r->text.at[r->at]))
		return BAD(r, "%zu: a name expected", r->at);
	while (r->at < r->text.len && is_name_char(r->text.at[r->at]))
		r->at++;
	*ret = span(r->text.at + from, r->at - from);
	return 0;
}

/* prefix:local, or local alone. Names of anything but ASCII are refused with what follows them. */
static int take_name(struct reader *r, struct span *ret_prefix, struct span *ret_local)
{
	struct span first;

	if (take_ncname(r, &first) < 0)
		return err_add(r->e, "name");
	if (!is_at(r, ':')) {
		*ret_prefix = SPAN_EMPTY;
		*ret_local = first;
		return 0;
	}
	r->at++;
	if (take_ncname(r, ret_local) < 0)
		return err_add(r->e, "name");
	*ret_prefix = first;
	return 0;
}

/* --- Values ----------------------------------------------------------------------------------- */

static int take_reference(struct reader *r, uint8_t *ret)
{
	static const struct {
		char text[8];
		uint8_t stands_for;
	} table[] = {
		{ "&amp;", '&' },  { "&lt;", '<' },    { "&gt;", '>' },
		{ "&quot;", '"' }, { "&apos;", '\'' },
	};
	size_t left = r->text.len - r->at;

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		size_t len = strlen(table[i].text);

		if (len <= left && !memcmp(r->text.at + r->at, table[i].text, len)) {
			r->at += len;
			*ret = table[i].stands_for;
			return 0;
		}
	}
	return BAD(r, "%zu: a reference other than the five named ones", r->at);
}

/*
 * Characters up to `end` ('<' for text, or the quote of a value), which stays. What holds no
 * reference is a loan of the text; the rest is resolved into room that is as long as the text.
 */
static int take_chars(struct reader *r, uint8_t end, bool is_value, struct span *ret)
{
	uint8_t *to = r->doc->resolved + r->resolved_len;
	const uint8_t *from = r->text.at + r->at;
	bool has_reference = false;
	size_t len = 0;

	while (r->at < r->text.len && r->text.at[r->at] != end) {
		uint8_t c = r->text.at[r->at];
		size_t n = utf8_length(span(r->text.at + r->at, r->text.len - r->at));

		if (!n || (is_value && (c == '<' || c == '\n' || c == '\t')))
			return BAD(r, "%zu: 0x%02x may not stand here", r->at, c);
		if (c == '&') {
			if (take_reference(r, to + len) < 0)
				return err_add(r->e, "text");
			has_reference = true;
			len++;
			continue;
		}
		memcpy(to + len, r->text.at + r->at, n);
		len += n;
		r->at += n;
	}
	*ret = has_reference ? span(to, len) : span(from, len);
	if (has_reference)
		r->resolved_len += len;
	return 0;
}

static int take_value(struct reader *r, struct span *ret)
{
	uint8_t quote = is_at(r, '\'') ? '\'' : '"';

	if (take(r, quote) < 0 || take_chars(r, quote, true, ret) < 0 || take(r, quote) < 0)
		return err_add(r->e, "value");
	return 0;
}

/* --- Namespaces ------------------------------------------------------------------------------- */

const struct span *xml_namespace(const struct xml_doc *doc, uint16_t node, struct span prefix)
{
	for (; node != XML_NONE; node = doc->nodes[node].parent) {
		const struct xml_node *n = &doc->nodes[node];

		for (uint16_t i = 0; i < n->attr_count; i++) {
			const struct xml_attr *a = &doc->attrs[n->attr + i];

			if (a->is_ns && span_is_equal(a->local, prefix))
				return &a->value;
		}
	}
	return NULL;
}

static bool is_reserved(struct span prefix)
{
	return span_is_equal(prefix, span_text("xml")) || span_is_equal(prefix, span_text("xmlns"));
}

/* xmlns="URI" and xmlns:p="URI" become declarations; xml:* and their like are refused. */
static int classify(struct reader *r, struct xml_attr *a)
{
	bool is_default = !a->prefix.len && span_is_equal(a->local, span_text("xmlns"));

	a->is_ns = is_default || span_is_equal(a->prefix, span_text("xmlns"));
	if (is_default)
		a->local = SPAN_EMPTY;
	if (!a->is_ns)
		return is_reserved(a->prefix)
			       ? BAD(r, "%zu: an xml:* attribute changes what C14N 1.1 does", r->at)
			       : 0;
	if (is_reserved(a->local) || !a->value.len)
		return BAD(r, "%zu: a declaration of xml or xmlns, or of nothing", r->at);
	return 0;
}

static int resolve_name(struct reader *r, uint16_t node, struct span prefix, struct span *ret)
{
	const struct span *uri;

	if (is_reserved(prefix))
		return BAD(r, "%zu: prefix xml or xmlns", r->at);
	uri = xml_namespace(r->doc, node, prefix);
	if (!uri && prefix.len)
		return BAD(r, "%zu: a prefix that is not declared", r->at);
	*ret = uri ? *uri : SPAN_EMPTY;
	return 0;
}

static bool is_same_attr(const struct xml_attr *a, const struct xml_attr *b)
{
	return a->is_ns == b->is_ns && span_is_equal(a->uri, b->uri) &&
	       span_is_equal(a->local, b->local);
}

/* After all declarations of the element are known. Two prefixes may stand for one namespace, so
 * duplicates are told by what the prefixes mean. */
static int resolve(struct reader *r, uint16_t node)
{
	struct xml_node *n = &r->doc->nodes[node];
	struct xml_attr *attrs = &r->doc->attrs[n->attr];

	if (resolve_name(r, node, n->prefix, &n->uri) < 0)
		return err_add(r->e, "element");
	for (uint16_t i = 0; i < n->attr_count; i++)
		if (!attrs[i].is_ns && attrs[i].prefix.len &&
		    resolve_name(r, node, attrs[i].prefix, &attrs[i].uri) < 0)
			return err_add(r->e, "attribute");
	for (uint16_t i = 0; i < n->attr_count; i++)
		for (uint16_t k = 0; k < i; k++)
			if (is_same_attr(&attrs[i], &attrs[k]))
				return BAD(r, "%zu: the same attribute twice", r->at);
	return 0;
}

/* --- Elements --------------------------------------------------------------------------------- */

static int node_add(struct reader *r, struct xml_node **ret)
{
	struct xml_doc *doc = r->doc;
	uint16_t i = (uint16_t)doc->node_count;

	if (doc->node_count == XML_NODES)
		return FAIL(r->e, FAIL_LIMIT, "XML: more than %d nodes", XML_NODES);
	doc->node_count++;
	doc->nodes[i] = (struct xml_node){
		.parent = r->open, .first = XML_NONE, .last = XML_NONE, .next = XML_NONE
	};
	if (r->open != XML_NONE) {
		struct xml_node *parent = &doc->nodes[r->open];

		if (parent->last == XML_NONE)
			parent->first = i;
		else
			doc->nodes[parent->last].next = i;
		parent->last = i;
	}
	*ret = &doc->nodes[i];
	return 0;
}

static int take_attr(struct reader *r, struct xml_node *n)
{
	struct xml_attr a = { 0 };

	if (r->doc->attr_count == XML_ATTRIBUTES || n->attr_count == XML_ELEMENT_ATTRS)
		return FAIL(r->e, FAIL_LIMIT, "XML: more than %d attributes (%d of one element)",
			    XML_ATTRIBUTES, XML_ELEMENT_ATTRS);
	if (take_name(r, &a.prefix, &a.local) < 0)
		return err_add(r->e, "attribute");
	(void)skip_space(r);
	if (take(r, '=') < 0)
		return err_add(r->e, "attribute");
	(void)skip_space(r);
	if (take_value(r, &a.value) < 0 || classify(r, &a) < 0)
		return err_add(r->e, "attribute");
	r->doc->attrs[r->doc->attr_count++] = a;
	n->attr_count++;
	return 0;
}

/* Behind the name: attributes, each with white space in front, up to '>' or "/>". */
static int take_attrs(struct reader *r, struct xml_node *n)
{
	for (;;) {
		bool is_apart = skip_space(r);

		if (is_at(r, '>') || is_at(r, '/'))
			return 0;
		if (!is_apart)
			return BAD(r, "%zu: white space, '>' or '/' expected", r->at);
		if (take_attr(r, n) < 0)
			return -(int)r->e->kind;
	}
}

static int take_start(struct reader *r)
{
	uint16_t index = (uint16_t)r->doc->node_count;
	struct xml_node *n;
	bool is_empty;

	if (r->depth == XML_DEPTH)
		return FAIL(r->e, FAIL_LIMIT, "XML: deeper than %d elements", XML_DEPTH);
	if (node_add(r, &n) < 0 || take(r, '<') < 0 || take_name(r, &n->prefix, &n->local) < 0)
		return -(int)r->e->kind;
	n->attr = (uint16_t)r->doc->attr_count;
	if (take_attrs(r, n) < 0)
		return -(int)r->e->kind;
	is_empty = is_at(r, '/');
	r->at += is_empty;
	if (take(r, '>') < 0 || resolve(r, index) < 0)
		return -(int)r->e->kind;
	if (!is_empty) {
		r->open = index;
		r->depth++;
	}
	return 0;
}

static int take_end(struct reader *r)
{
	const struct xml_node *n = &r->doc->nodes[r->open];
	struct span prefix, local;

	r->at += 2; /* "</" */
	if (take_name(r, &prefix, &local) < 0)
		return -(int)r->e->kind;
	if (!span_is_equal(prefix, n->prefix) || !span_is_equal(local, n->local))
		return BAD(r, "%zu: the end of an element that is not open", r->at);
	(void)skip_space(r);
	if (take(r, '>') < 0)
		return -(int)r->e->kind;
	r->open = n->parent;
	r->depth--;
	return 0;
}

/* "]]>" may not stand in text (XML 1.0, 2.4), and here would hide half a CDATA section. */
static bool has_cdata_end(struct span text)
{
	return text.len >= 3 && memmem(text.at, text.len, "]]>", 3);
}

static int take_text(struct reader *r)
{
	size_t from = r->at;
	struct xml_node *n;

	if (node_add(r, &n) < 0)
		return -(int)r->e->kind;
	n->is_text = true;
	if (take_chars(r, '<', false, &n->text) < 0)
		return -(int)r->e->kind;
	if (has_cdata_end(span(r->text.at + from, r->at - from)))
		return BAD(r, "%zu: \"]]>\" in text", from);
	return 0;
}

/* Inside the root element, until it ends. */
static int take_content(struct reader *r)
{
	while (r->open != XML_NONE) {
		int ret;

		if (!is_at(r, '<'))
			ret = r->at < r->text.len ? take_text(r)
						  : BAD(r, "%zu: the text is cut", r->at);
		else if (r->at + 1 < r->text.len && r->text.at[r->at + 1] == '/')
			ret = take_end(r);
		else
			ret = take_start(r);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int take_document(struct reader *r)
{
	if (take_start(r) < 0 || take_content(r) < 0)
		return -(int)r->e->kind;
	(void)skip_space(r);
	if (r->at != r->text.len)
		return BAD(r, "%zu: something behind the root element", r->at);
	return 0;
}

int xml_parse(struct span text, struct xml_doc **ret, struct err *e)
{
	AUTO_XML struct xml_doc *doc = NULL;
	struct err own = { 0 };
	struct reader r = { .text = text, .open = XML_NONE, .e = e ? e : &own };

	if (text.len > LIMIT_RIM_BYTES)
		return FAIL(e, FAIL_LIMIT, "XML of %zu bytes", text.len);
	doc = calloc(1, sizeof(*doc));
	if (!doc)
		return FAIL_ERRNO(e, "XML");
	doc->resolved = malloc(text.len ? text.len : 1);
	if (!doc->resolved)
		return FAIL_ERRNO(e, "XML");
	r.doc = doc;
	if (take_document(&r) < 0)
		return -(int)r.e->kind;
	*ret = doc;
	doc = NULL;
	return 0;
}

/* --- Asking the tree -------------------------------------------------------------------------- */

bool xml_is(const struct xml_doc *doc, uint16_t node, const char *uri, const char *local)
{
	const struct xml_node *n = &doc->nodes[node];

	return !n->is_text && span_is_equal(n->local, span_text(local)) &&
	       span_is_equal(n->uri, span_text(uri));
}

const struct span *xml_attr(const struct xml_doc *doc, uint16_t node, const char *uri,
			    const char *local)
{
	const struct xml_node *n = &doc->nodes[node];

	for (uint16_t i = 0; i < n->attr_count; i++) {
		const struct xml_attr *a = &doc->attrs[n->attr + i];

		if (!a->is_ns && span_is_equal(a->local, span_text(local)) &&
		    span_is_equal(a->uri, span_text(uri)))
			return &a->value;
	}
	return NULL;
}

size_t xml_attr_count(const struct xml_doc *doc, uint16_t node)
{
	const struct xml_node *n = &doc->nodes[node];
	size_t count = 0;

	for (uint16_t i = 0; i < n->attr_count; i++)
		count += !doc->attrs[n->attr + i].is_ns;
	return count;
}

int xml_elements(const struct xml_doc *doc, uint16_t node, uint16_t *ret, size_t max, struct err *e)
{
	const struct xml_node *n = &doc->nodes[node];
	size_t count = 0;

	for (uint16_t i = n->first; i != XML_NONE; i = doc->nodes[i].next) {
		if (doc->nodes[i].is_text) {
			if (!is_blank(doc->nodes[i].text))
				return FAIL(e, FAIL_INPUT, "%.*s: text beside elements",
					    (int)n->local.len, (const char *)n->local.at);
			continue;
		}
		if (count == max)
			return FAIL(e, FAIL_INPUT, "%.*s: more than %zu elements",
				    (int)n->local.len, (const char *)n->local.at, max);
		ret[count++] = i;
	}
	return (int)count;
}

int xml_text(const struct xml_doc *doc, uint16_t node, struct span *ret, struct err *e)
{
	const struct xml_node *n = &doc->nodes[node];

	if (n->first == XML_NONE) {
		*ret = SPAN_EMPTY;
		return 0;
	}
	if (n->first != n->last || !doc->nodes[n->first].is_text)
		return FAIL(e, FAIL_INPUT, "%.*s: elements in what should be text",
			    (int)n->local.len, (const char *)n->local.at);
	*ret = doc->nodes[n->first].text;
	return 0;
}
