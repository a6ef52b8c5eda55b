/*
 * Evidence of the TEE `sample`, which proves nothing but that both sides computed the same digest;
 * and what verified evidence of any TEE says. Hardware is judged in hardware.h.
 * Spec: coco-protocol reference, sections 1.3, 1.4 and 4.3.
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "base/digest.h"
#include "base/err.h"

/* What verified evidence says; texts are loans from the JSON it was read from. */
struct broker_evidence {
	const char *tee;	 /* "sample", "snp", "tdx", "tpm"                    */
	const char *svn;	 /* of the evidence: a string, "1"                   */
	char device_svn[16];	 /* of a sampledevice beside it; "" without one      */
	const char *measurement; /* "abcde" for sample, as Trustee's verifier claims */
	struct digest report_data;

	/* Of hardware; NULL and empty for sample */
	cJSON *claims;		  /* owned                                            */
	char measurement_hex[97]; /* SNP's launch measurement, MRTD, or PCR 4         */
	bool is_test;		  /* under a root that only tests trust               */
};

/*
 * Verifies {"svn","report_data"}: report_data is the base64 of `expected`, whole and unpadded.
 * -FAIL_DENIED  a TEE for which there is no verifier here
 * -FAIL_INPUT   evidence of another shape
 * -FAIL_FORGED  other report data
 */
int broker_evidence_verify(const char *tee, const cJSON *evidence, const struct digest *expected,
			   struct broker_evidence *ret, struct err *e);

void broker_evidence_done(struct broker_evidence *evidence);

/* True for the names of kbs-types 0.18 (section 1.2), which /auth accepts. */
_Bool broker_tee_is_known(const char *tee);
