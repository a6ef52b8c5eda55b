/* What is judged of a report that is genuine. Spec: cpu-evidence reference 2.6; 2.7, 4..9, 11. */
#pragma once

#include "attest/verify/snp/proof.h"

struct snp_subject {
	const struct context *c;
	const struct part *p;
	const struct snp_report *r;
	const struct snp_proof *proof;
	cJSON *claims; /* of the part; NULL when memory ran out */
};

/* Each says its findings and claims. -FAIL_SYS. */
int snp_judge_platform(const struct snp_subject *s, struct err *e);
void snp_judge_workload(const struct snp_subject *s);

/* Parts of the platform; true when nothing was found against it. */
bool snp_judge_firmware(const struct snp_subject *s); /* TCB, versions, mitigations */
bool snp_judge_modes(const struct snp_subject *s);    /* VMPL, guest policy, flags  */
bool snp_judge_holder(const struct snp_subject *s);   /* chip, cloud, generation    */
int snp_judge_revocation(const struct snp_subject *s, bool *ret_good, struct err *e);
