/*
 * A strict XML reader into a tree of bounded size: what a signed manifest is made of, and nothing
 * else of XML. The tree that is canonicalised (c14n.h) is the one that values are read from.
 *
 * Taken: elements, attributes, namespaces, text, the five named references, UTF-8.
 * Refused: XML declaration and processing instructions, DOCTYPE, comments, CDATA, any other entity,
 * xml:* attributes, a namespace that is undeclared or empty; and, since C14N would change them on
 * the way (so that the signed text could not be told from the file), carriage returns, character
 * references, and line feeds or tabs in attribute values.
 *
 * Spec: XML 1.0 (fifth edition), Namespaces in XML 1.0; gpu-evidence reference 4.4.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define XML_DEPTH	  6    /* SoftwareIdentity .. Transform                         */
#define XML_NODES	  512  /* a manifest of 64 resources has 200, white space included */
#define XML_ATTRIBUTES	  1024 /* in all: 64 resources of at most 14, and the heads     */
#define XML_ELEMENT_ATTRS 24   /* of one element, its namespaces included               */
#define XML_NONE	  UINT16_MAX

struct xml_attr {
	bool is_ns;	    /* a namespace declaration: local = prefix ("" default), value = URI */
	struct span prefix; /* as written; "" for none                                 */
	struct span local;
	struct span uri;   /* "" without a prefix: the default namespace does not apply */
	struct span value; /* references resolved                                      */
};

struct xml_node {
	bool is_text;
	uint16_t parent, first, last, next; /* XML_NONE: none */
	uint16_t attr, attr_count;	    /* in doc->attrs  */
	struct span prefix, local, uri;	    /* of an element  */
	struct span text;		    /* of a text      */
};

/* Node 0 is the root element. Spans are loans of the text given or of `resolved`. */
struct xml_doc {
	struct xml_node nodes[XML_NODES];
	struct xml_attr attrs[XML_ATTRIBUTES];
	size_t node_count, attr_count;
	uint8_t *resolved; /* text in which references were replaced */
};

#define AUTO_XML __attribute__((cleanup(xml_done)))

void xml_done(struct xml_doc **doc);

/*
 * One document that fills `text` (white space may follow it), of at most LIMIT_RIM_BYTES. `text`
 * must live as long as the tree, which is the caller's to release.
 * -FAIL_INPUT says what and at which byte; -FAIL_LIMIT one of the bounds above; -FAIL_SYS (ENOMEM).
 */
int xml_parse(struct span text, struct xml_doc **ret, struct err *e);

/* The namespace that `prefix` stands for at `node`; NULL if none is declared. */
const struct span *xml_namespace(const struct xml_doc *doc, uint16_t node, struct span prefix);

bool xml_is(const struct xml_doc *doc, uint16_t node, const char *uri, const char *local);

/* An attribute's value (uri "" for those without a prefix); NULL if absent. */
const struct span *xml_attr(const struct xml_doc *doc, uint16_t node, const char *uri,
			    const char *local);

/* Attributes of an element, namespace declarations left out. */
size_t xml_attr_count(const struct xml_doc *doc, uint16_t node);

/* The elements that a node contains, in order: at most `max` of them into `ret`. Between them there
 * may be white space only. Returns how many; -FAIL_INPUT names the element. */
int xml_elements(const struct xml_doc *doc, uint16_t node, uint16_t *ret, size_t max,
		 struct err *e);

/* The text of an element without elements; empty for an empty one. -FAIL_INPUT. */
int xml_text(const struct xml_doc *doc, uint16_t node, struct span *ret, struct err *e);
