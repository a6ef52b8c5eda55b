#include "api/problem.h"

const struct problem_row problem_rows[PROBLEM_COUNT] = {
	[PROBLEM_NONE] = { "none", "No problem", 200, 0 },
	[PROBLEM_NOT_READY] = { "not-ready", "Not ready yet", 503, 10 },
	[PROBLEM_STOPPING] = { "stopping", "Going down", 503, 10 },
	[PROBLEM_BAD_REQUEST] = { "bad-request", "Malformed request", 400, 11 },
	[PROBLEM_UNSUPPORTED_MEDIA] = { "unsupported-media", "Unsupported Content-Type", 415, 11 },
	[PROBLEM_METHOD_NOT_ALLOWED] = { "method-not-allowed", "Method not allowed", 405, 11 },
	[PROBLEM_NOT_FOUND] = { "not-found", "No such path", 404, 12 },
	[PROBLEM_TOO_LARGE] = { "too-large", "Too large", 413, 13 },
	[PROBLEM_BUSY] = { "busy", "Busy", 503, 14 },
	[PROBLEM_TIMEOUT] = { "timeout", "The request took too long", 408, 14 },
	[PROBLEM_DENIED] = { "denied", "Denied", 403, 15 },
	[PROBLEM_SECRET_MISSING] = { "secret-missing", "No such secret", 404, 16 },
	[PROBLEM_BROKER_UNAVAILABLE] = { "broker-unavailable", "No answer of the broker", 503, 17 },
	[PROBLEM_UNSEAL_REFUSED] = { "unseal-refused", "The blob does not open", 422, 18 },
	[PROBLEM_EVIDENCE_FAILED] = { "evidence-failed", "No evidence", 502, 19 },
	[PROBLEM_TEE_DEAD] = { "tee-dead", "No evidence in this boot any more", 502, 21 },
	[PROBLEM_INTERNAL] = { "internal", "Internal error", 500, 20 },
};

enum problem problem_of(enum err_kind kind)
{
	switch (kind) {
	case FAIL_AGAIN:
		return PROBLEM_BUSY;
	case FAIL_INPUT:
		return PROBLEM_BAD_REQUEST;
	case FAIL_LIMIT:
		return PROBLEM_TOO_LARGE;
	case FAIL_DENIED:
		return PROBLEM_DENIED;
	case FAIL_FORGED:
		return PROBLEM_UNSEAL_REFUSED;
	case FAIL_SYS:
	case FAIL_BUG:
		break;
	}
	return PROBLEM_INTERNAL;
}
