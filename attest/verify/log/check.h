/* Whether an event's data are what was measured. Spec: cpu-evidence reference 7.2. */
#pragma once

#include "attest/verify/log/event.h"

enum tcg_check {
	TCG_CHECK_NO,	   /* the digest is over something that is not in the log: a file, a blob */
	TCG_CHECK_MATCHES, /* the digest is over these data                                      */
	TCG_CHECK_DIFFERS, /* it should be, and is not: type or data were changed                */
};

/* What of the data the digest covers, when it matches. */
enum tcg_covers { TCG_COVERS_NONE, TCG_COVERS_ALL, TCG_COVERS_VARIABLE, TCG_COVERS_TEXT };

struct tcg_checked {
	enum tcg_check check;
	enum tcg_covers covers;
};

/*
 * Compares the event's digest of `alg` with its data, by the rule of its type. An event without
 * that digest is TCG_CHECK_NO. Mind that the type is not authenticated even where data match.
 * -FAIL_SYS.
 */
int tcg_check(const struct tcg_event *event, const struct tcg_header *h, uint16_t alg,
	      struct tcg_checked *ret, struct err *e);

/* "no", "matches", "differs"; "data", "variable-data", "text". */
const char *tcg_check_name(enum tcg_check check);
const char *tcg_covers_name(enum tcg_covers covers);
