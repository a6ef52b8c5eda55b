/* The identity of Intel's quoting enclave: which enclave may sign quotes. */
#pragma once

#include "attest/verify/pcs/document.h"
#include "attest/verify/pcs/level.h"
#include "attest/verify/pcs/pcs.h"

struct qe_identity {
	struct pcs_edition edition;
	bool is_tdx; /* "TD_QE"; else "QE" */
	uint8_t miscselect[4], miscselect_mask[4];
	uint8_t attributes[16], attributes_mask[16];
	uint8_t mrsigner[32];
	uint16_t isvprodid;
	struct isv_levels levels;
};

#define AUTO_QE_IDENTITY __attribute__((cleanup(qe_identity_done)))

/*
 * Reads the value of "enclaveIdentity", version 2. QVE's identity is refused: it signs no quotes.
 * -FAIL_INPUT, -FAIL_LIMIT, -FAIL_SYS. `ret` borrows from `root` and is the caller's to release.
 * Spec: Intel PCS v4; cpu-evidence reference 4.3.
 */
int qe_identity_parse(const cJSON *root, struct qe_identity *ret, struct err *e);
void qe_identity_done(struct qe_identity *q);

/* Is the enclave that reported itself this one? -FAIL_DENIED names the field. */
int qe_identity_check(const struct qe_identity *q, const struct pcs_enclave *report, struct err *e);
