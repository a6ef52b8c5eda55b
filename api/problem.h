/* What can go wrong for a tenant: PROTOCOL.md, "Problems". One row a code. */
#pragma once

#include "base/err.h"

enum problem {
	PROBLEM_NONE,
	PROBLEM_NOT_READY,
	PROBLEM_STOPPING,
	PROBLEM_BAD_REQUEST,
	PROBLEM_UNSUPPORTED_MEDIA,
	PROBLEM_METHOD_NOT_ALLOWED,
	PROBLEM_NOT_FOUND,
	PROBLEM_TOO_LARGE,
	PROBLEM_BUSY,
	PROBLEM_TIMEOUT,
	PROBLEM_DENIED,
	PROBLEM_SECRET_MISSING,
	PROBLEM_BROKER_UNAVAILABLE,
	PROBLEM_UNSEAL_REFUSED,
	PROBLEM_EVIDENCE_FAILED,
	PROBLEM_TEE_DEAD,
	PROBLEM_INTERNAL,
	PROBLEM_COUNT,
};

struct problem_row {
	const char *code;
	const char *title;
	int http;    /* status                                    */
	int sealctl; /* its exit status: api/ctl has its own copy */
};

extern const struct problem_row problem_rows[PROBLEM_COUNT];

/* For what the API's own modules refuse; answers of attest are mapped by their routes. */
enum problem problem_of(enum err_kind kind);
