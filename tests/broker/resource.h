/*
 * GET /kbs/v0/resource/<repository>/<type>/<tag>: token, policy, file, JWE, in this order.
 * Spec: coco-protocol reference, sections 1.6, 1.7 and 2.
 */
#pragma once

#include "tests/broker/broker.h"

/* `name` is the path behind "resource/". 0 with an answer, a refusal included; -FAIL_SYS. */
int broker_resource_get(struct broker *b, const struct broker_request *r, struct span name,
			struct broker_answer *ret, struct err *e);
