/* How sealverify ends; sealverify.1 (EXIT STATUS) says the same to people. */
#pragma once

#include "attest/verify/verify.h"

enum exits {
	EXITS_ACCEPTED = 0,
	EXITS_REFUSED = 1,
	EXITS_USAGE = 2,	    /* the command line, or the content of what an option names */
	EXITS_UNKNOWN_WORKLOAD = 3, /* genuine hardware, and no reference value                 */
	EXITS_UNPROVEN = 4,	    /* something is missing                                     */
	EXITS_NOT_FRESH = 5,	    /* accepted but for freshness, which nobody asked for       */
	EXITS_UNREADABLE = 6,	    /* a file can't be read, or nothing in it is evidence       */
	EXITS_INTERNAL = 7,	    /* memory, OpenSSL, standard output                         */
};

int exits_of(enum verify_decision d);

/* What an error of verify_evidence() or verify_show() means. */
int exits_of_error(const struct err *e);

/* "sealverify: text" to standard error, and for EXITS_USAGE where to read more. Returns `status`.
 */
int exits_report(int status, const struct err *e);
