/* A JSON body of a tenant. */
#pragma once

#include "base/json.h"

/*
 * As json_parse(), but first counts what would become nodes and members: every request of this API
 * is one flat object, while eight megabytes of "[[[" or of tiny members would cost the parser a
 * hundred times their size, or minutes.
 *
 * -FAIL_INPUT, -FAIL_LIMIT, -FAIL_SYS.
 */
int body_parse(struct span body, cJSON **ret, struct err *e);
