/* TCB info: which SVNs of a platform family are worth what. */
#pragma once

#include <stdbool.h>

#include "attest/verify/pcs/document.h"
#include "attest/verify/pcs/level.h"

/* Whose TDX module it is: tdxModule, or an element of tdxModuleIdentities. */
struct tdx_module {
	uint8_t major; /* of "TDX_01": 1; 0 for tdxModule itself */
	uint8_t mrsigner[48];
	uint8_t attributes[8];
	uint8_t attributes_mask[8];
	struct isv_levels levels; /* empty for tdxModule */
};

struct tcb_info {
	struct pcs_edition edition;
	bool is_tdx;
	uint8_t fmspc[6];
	uint8_t pceid[2];
	struct tcb_level *levels; /* highest first: sgx, then pcesvn, then tdx; no two alike */
	size_t level_count;
	struct tdx_module module; /* TDX */
	struct tdx_module *modules;
	size_t module_count;
};

#define AUTO_TCB_INFO __attribute__((cleanup(tcb_info_done)))

/*
 * Reads the value of "tcbInfo", version 2 (SGX, components as flat members) or 3. Members that
 * Intel may add are passed over. Levels may come in any order.
 *   -FAIL_INPUT  a member is missing or unfit; not exactly 16 components; two levels or two module
 *                identities alike; an unknown status, id, version or tcbType
 *   -FAIL_LIMIT  more than LIMIT_TCB_LEVELS, LIMIT_TCB_MODULES
 *   -FAIL_SYS    no memory
 * `ret` borrows from `root` and is the caller's to release.
 * Spec: Intel PCS v4; cpu-evidence reference 4.3.
 */
int tcb_info_parse(const cJSON *root, struct tcb_info *ret, struct err *e);
void tcb_info_done(struct tcb_info *t);

/* The module's identity for that major version; NULL if Intel names none. */
const struct tdx_module *tcb_info_module(const struct tcb_info *t, uint8_t major);
