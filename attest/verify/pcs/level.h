/* TCB levels: what Intel says of a set of security version numbers. */
#pragma once

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define TCB_COMPONENTS 16

/* From best to worst, so that the worse of two is the greater. The last two pass nowhere. */
enum tcb_status {
	TCB_UP_TO_DATE = 1,
	TCB_SW_HARDENING_NEEDED,
	TCB_CONFIGURATION_NEEDED,
	TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
	TCB_TD_RELAUNCH_ADVISED, /* by evaluation alone, as the next */
	TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
	TCB_OUT_OF_DATE,
	TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
	TCB_NOT_SUPPORTED, /* below every level: by evaluation alone */
	TCB_REVOKED,
	TCB_STATUSES
};

/* As Intel spells it: "UpToDate", "SWHardeningNeeded". */
const char *tcb_status_name(enum tcb_status s);

struct tcb_rating {
	enum tcb_status status;
	int64_t date;		 /* tcbDate, seconds since 1970                              */
	const cJSON *advisories; /* a loan: at most LIMIT_TCB_ADVISORIES texts of at most
				    REF_BYTES; NULL when none                                */
};

/* A level of the platform. `tdx` is zero in TCB info for SGX. */
struct tcb_level {
	uint8_t sgx[TCB_COMPONENTS];
	uint16_t pcesvn;
	uint8_t tdx[TCB_COMPONENTS];
	struct tcb_rating rating;
};

/* A level of an enclave or of a TDX module. */
struct isv_level {
	uint16_t isvsvn;
	struct tcb_rating rating;
};

/* Highest first, each isvsvn once. Owned. */
struct isv_levels {
	struct isv_level *at;
	size_t count;
};

void isv_levels_done(struct isv_levels *l);

/*
 * The members tcbDate, tcbStatus and advisoryIDs of a level. A status that Intel has not defined
 * for platforms is -FAIL_INPUT. `ret` borrows from `level`.
 */
int tcb_rating_parse(const cJSON *level, struct tcb_rating *ret, struct err *e);

/*
 * "tcbLevels" of an enclave or module, in any order: 1 to LIMIT_TCB_LEVELS, with UpToDate,
 * OutOfDate or Revoked. The same isvsvn twice: -FAIL_INPUT. -FAIL_LIMIT, -FAIL_SYS.
 * Spec: cpu-evidence reference 4.3, 4.4.
 */
int isv_levels_parse(const cJSON *list, struct isv_levels *ret, struct err *e);

/* The highest level that `isvsvn` reaches; NULL: none. */
const struct isv_level *isv_levels_find(const struct isv_levels *l, unsigned isvsvn);

/* A whole number up to `max`. -FAIL_INPUT names `where`. */
int tcb_number(const cJSON *node, const char *where, uint64_t max, uint64_t *ret, struct err *e);
