/*
 * The direct way to a TD quote: a TDREPORT from the CPU, quoted by the host's service without the
 * kernel in between. As strong as the way through the kernel, which leads to the same service: in
 * either case the host carries the report to an enclave and the quote back, and the signatures of
 * the quote are what a verifier believes.
 * Spec: cpu-evidence reference 3.1, 3.3, 3.4.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/evidence/driver.h"
#include "attest/evidence/qgs.h"
#include "attest/evidence/qgs_vsock.h"
#include "attest/evidence/tdx_registers.h"
#include "base/err.h"
#include "base/span.h"

/* What it stands on, so that tests can stand in for it, and what it has learned. One caller at a
 * time. */
struct tdx_direct {
	/* As tdx_tdreport(). */
	int (*tdreport)(int device, const uint8_t data[static REPORT_DATA_BYTES],
			uint8_t ret[static TDREPORT_BYTES], struct err *e);
	qgs_connect_fn *connect;
	void *ctx; /* connect's */
	uint64_t rest_until_ms;
};

/* A service that refuses costs microseconds, and is asked each time. One that kept us waiting and
 * then failed is left alone for LIMIT_QGS_REST_MS: true until then. */
bool tdx_direct_is_resting(const struct tdx_direct *d);

/*
 * A quote over `data`.
 *
 *   device   /dev/tdx_guest, stays open
 *   ret      the caller's; what lies behind the quote's own end is cut off
 *
 * -FAIL_FORGED: the TDREPORT has other data, or the quote is of another TDREPORT. -FAIL_INPUT: the
 * quote has another form. Else as tdx_tdreport() and qgs_quote().
 */
int tdx_direct_quote(struct tdx_direct *d, int device, const uint8_t data[static REPORT_DATA_BYTES],
		     uint64_t deadline_ms, struct buf *ret, struct err *e);

/* Reads the CPU's own device, and knows the service by vsock. */
#define TDX_DIRECT(conf) ((struct tdx_direct){ tdx_tdreport, qgs_vsock_connect, (conf), 0 })
