/* The few claims of each part that a person looks for. */
#pragma once

#include "attest/verify/cli/page.h"
#include "attest/verify/verify.h"

/* One paragraph a part: short values in a row, long ones in lines of their own. Of a part that was
 * not authenticated it says so, and nothing else. */
void claims_put(struct page *p, const struct verify_verdict *v);
