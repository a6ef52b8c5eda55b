/*
 * Canonical XML 1.1 without comments, of what xml.h can hold: no processing instructions, no xml:*
 * attributes, no empty default namespace, no carriage returns.
 *
 * Spec: W3C Canonical XML 1.1, sections 2.2 to 2.4.
 */
#pragma once

#include "attest/verify/rim/xml.h"

/*
 * The canonical form of the element `apex` and of all in it, but the element `without` (XML_NONE:
 * nothing left out), in place of what `ret` held; the caller's to release. An apex that is not the
 * root gets every namespace in scope, as the specification has it for a document subset.
 * -FAIL_LIMIT (8 * LIMIT_RIM_BYTES), -FAIL_SYS (ENOMEM).
 */
int c14n(const struct xml_doc *doc, uint16_t apex, uint16_t without, struct buf *ret,
	 struct err *e);
