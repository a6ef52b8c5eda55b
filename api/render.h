/* Status and volumes, as JSON for programs and as text for people (PROTOCOL.md). */
#pragma once

#include "api/form.h"
#include "api/status.h"
#include "base/span.h"

/* `form` is FORM_JSON or FORM_TEXT. Appends to `ret`. -FAIL_SYS (ENOMEM). */
int render_status(const struct status *s, enum form form, struct buf *ret, struct err *e);
int render_volumes(const struct status *s, enum form form, struct buf *ret, struct err *e);

/* The text form of attest's evidence document. -FAIL_INPUT: it is not one. */
int render_evidence(struct span json, struct buf *ret, struct err *e);
