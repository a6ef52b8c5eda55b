/* The bodies of quotes: what a TDX module says of a TD, and a processor of an enclave. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/verify/tdx/quote.h"

/* Bits of TD attributes. Spec: Intel TDX Module ABI, ATTRIBUTES; cpu-evidence reference 4.6. */
#define TD_DEBUG	   (UINT64_C(1) << 0)
#define TD_UNDER_DEBUG	   UINT64_C(0xfe) /* the rest of the byte: reserved for more of the kind */
#define TD_SEPT_VE_DISABLE (UINT64_C(1) << 28)
#define TD_MIGRATABLE	   (UINT64_C(1) << 29)
#define TD_PKS		   (UINT64_C(1) << 30)
#define TD_KEY_LOCKER	   (UINT64_C(1) << 31)
#define TD_PERFMON	   (UINT64_C(1) << 63)

/* Spans are loans from the body. */
struct td {
	struct span tee_tcb_svn;				       /* 16 */
	struct span mrseam, mrsignerseam;			       /* 48 */
	struct span seamattributes;				       /* 8  */
	struct span attributes, xfam;				       /* 8  */
	struct span mrtd, mrconfigid, mrowner, mrownerconfig, rtmr[4]; /* 48 */
	struct span report_data;				       /* 64 */
	bool is_td15;
	struct span tee_tcb_svn2;  /* 16; TD 1.5, otherwise empty */
	struct span mr_service_td; /* 48; TD 1.5, otherwise empty */
};

/* The body of a quote about a TD. */
struct td td_view(const struct quote *q);

/* Bits of an enclave's attributes. Spec: Intel SDM volume 3D, 35.7.1. */
#define ENCLAVE_INIT  UINT64_C(1)
#define ENCLAVE_DEBUG UINT64_C(2)

struct enclave {
	struct span cpusvn, isvextprodid, attributes, isvfamilyid; /* 16 */
	struct span miscselect;					   /* 4  */
	struct span mrenclave, mrsigner;			   /* 32 */
	struct span configid, report_data;			   /* 64 */
	uint16_t isvprodid, isvsvn, configsvn;
};

/* A REPORT of QUOTE_ENCLAVE_BYTES: a quote's body, or the quoting enclave's own. */
struct enclave enclave_view(struct span report);
