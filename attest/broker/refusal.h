/*
 * What the broker's refusals mean. Its HTTP status tells little (401 stands for almost anything);
 * the `type` in its JSON does, where a proxy did not answer in its place.
 * Spec: coco-protocol reference, 1.7.
 */
#pragma once

#include "base/err.h"
#include "base/span.h"

enum refusal_step { REFUSAL_HANDSHAKE, REFUSAL_FETCH };

enum refusal_action {
	REFUSAL_FINAL = 0, /* asking again won't help                                  */
	REFUSAL_AGAIN,	   /* in a while, until the deadline                           */
	REFUSAL_FEW,	   /* in a while, LIMIT_ATTEST_TRIES times in all              */
	REFUSAL_ATTEST,	   /* the session is over: a fresh handshake, once             */
};

/*
 * Reads an answer whose status is not 200; `path` is the resource that was asked for, or NULL.
 * Fills `e` with what the broker said and what to do about it, and returns -e->kind:
 * -FAIL_AGAIN where the action is REFUSAL_AGAIN, -FAIL_LIMIT for 413, -FAIL_DENIED for the rest
 * (e->sys: ENOENT no such resource, EACCES the policy says no).
 */
int refusal_read(unsigned int status, struct span body, enum refusal_step step, const char *path,
		 enum refusal_action *ret_action, struct err *e);
