/*
 * /auth and /attest: challenge, verification, token.
 * Spec: coco-protocol reference, sections 1.2 and 1.3.
 *
 * A refusal is an answer, so both return 0 for it; less than 0 means that there is no answer
 * (-FAIL_SYS).
 */
#pragma once

#include "tests/broker/broker.h"

int broker_rcar_auth(struct broker *b, const struct broker_request *r, struct broker_answer *ret,
		     struct err *e);

int broker_rcar_attest(struct broker *b, const struct broker_request *r, struct broker_answer *ret,
		       struct err *e);
