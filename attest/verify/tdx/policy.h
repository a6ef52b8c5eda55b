/* The "tdx" and "sgx" members of a policy. All zero is the safe default. */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "attest/verify/refs.h"

/*
 * What Intel's collateral must make of the platform: the same members in "tdx" and in "sgx".
 * Judged by attest/verify/pcs (a TDX quote by tdx.tcb, an SGX quote by sgx.tcb), but for `smt_off`:
 * the PCK certificate alone tells of SMT, and attest/verify/tdx reads it.
 */
struct tcb_policy {
	/* "tcb_status": words as Intel spells them ("SWHardeningNeeded"). Unset: "UpToDate". */
	struct refs status;
	/* "advisories": ids (words) that a TCB level may name. Unset: all that an allowed status
	 * brings; set: these alone. */
	struct refs advisories;
	int64_t min_date;	    /* "min_tcb_date": "2025-05-14T00:00:00Z"; 0: none */
	uint64_t min_evaluation;    /* "min_tcb_evaluation_number"; 0: none            */
	struct refs fmspc;	    /* "fmspc": 6 bytes                                */
	bool revocation_if_present; /* "revocation": "if-present"; else "require"   */
	bool smt_off;		    /* "smt": false, SMT must be certified as off      */
};

struct tdx_policy {
	struct tcb_policy tcb;

	/* The workload, 48 bytes each. */
	struct refs mrtd;
	struct refs rtmr[4]; /* "rtmr0" .. "rtmr3" */
	struct refs mrconfigid;
	struct refs mrowner;
	struct refs mrownerconfig;
	bool mrtd_is_enough; /* matches by MRTD, without RTMR1 and RTMR2 */

	/* The TDX module and the TD's mode. */
	struct refs mrseam;	     /* 48 bytes                              */
	struct refs mr_service_td;   /* 48 bytes; unset: none may be bound    */
	struct refs attributes;	     /* 8 bytes as signed; unset: known bits  */
	struct refs xfam;	     /* 8 bytes as signed; unset: known bits  */
	bool debug;		     /* a TD that the host may debug may pass */
	uint8_t min_tee_tcb_svn[16]; /* each byte a floor                     */
};

struct sgx_policy {
	struct tcb_policy tcb;

	struct refs mrenclave; /* 32 bytes */
	struct refs mrsigner;  /* 32 bytes */
	struct refs configid;  /* 64 bytes */
	bool has_isvprodid;
	uint16_t isvprodid; /* exactly */
	uint16_t min_isvsvn;
	bool debug; /* a debug enclave may pass */
};

/* Strict: an unknown member is -FAIL_INPUT. Releases what `ret` held on failure too. */
int tdx_policy_parse(const cJSON *node, struct tdx_policy *ret, struct err *e);
void tdx_policy_done(struct tdx_policy *p);

/* The same for "sgx". */
int sgx_policy_parse(const cJSON *node, struct sgx_policy *ret, struct err *e);
void sgx_policy_done(struct sgx_policy *p);
