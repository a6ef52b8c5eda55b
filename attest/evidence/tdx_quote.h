/*
 * A TD quote, as far as its own lengths go: where it ends and what it binds. Its signatures are
 * somebody else's to check.
 * Spec: Intel, TDX DCAP Quoting Library API, "Quote Format"; cpu-evidence reference 4.1.
 */
#pragma once

#include "base/err.h"
#include "base/span.h"

#define TDX_REPORT_DATA_BYTES 64
#define TDX_TD_BYTES	      400 /* attributes, XFAM, MRTD, MRCONFIGID .. RTMR3: as in TDINFO */

struct tdx_quote {
	struct span bytes;	 /* without what lay behind it: a loan from the input */
	struct span td;		 /* TDX_TD_BYTES                                      */
	struct span report_data; /* TDX_REPORT_DATA_BYTES                             */
};

/* Versions 4 and 5 with a TD report 1.0 or 1.5. -FAIL_INPUT: any other form, or cut short. */
int tdx_quote_parse(struct span outblob, struct tdx_quote *ret, struct err *e);
