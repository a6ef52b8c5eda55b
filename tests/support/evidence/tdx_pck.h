/* Certificates of a quote: root, PCK CA, PCK with Intel's extension. For tdx.c. */
#pragma once

#include "tests/support/evidence/tdx.h"

/* What stands inside the extension, with its twist. The caller's to release. */
struct buf pck_extension(const struct quote_pck *p);

/* Fills m->root, ->ca, ->pck. */
void pck_certs(const struct quote_spec *s, struct quote_made *m);

/* Certification data of type 5, with its twist. The caller's to release. */
struct buf pck_chain(const struct quote_spec *s, const struct quote_made *m);
