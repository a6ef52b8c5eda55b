/* Reference values as Trustee's RVPS takes them, told in our form. */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"

/* True for RVPS's message ({"version":"0.1.0", "type":"sample", "payload": base64}) and for the
 * provenance inside it ({"snp_launch_measurement": [...], ...}, which has no version). */
bool trustee_is(const cJSON *tree);

/*
 * Appends the policy in our form, as JSON. Every name is one that Trustee's default policy for CPUs
 * uses, and is kept:
 *
 *   snp_launch_measurement           snp.measurement
 *   snp_bootloader, snp_tee_svn,     snp.min_tcb of every product: the smallest of the values,
 * which snp_snp_svn, snp_microcode       must follow one another, since a floor can't keep a gap
 *   snp_smt_enabled, snp_tsme_enabled     snp.platform.smt, .tsme
 *   snp_smt_allowed, snp_single_socket    snp.guest_policy.smt, .single_socket
 *   snp_guest_abi_major, _minor      snp.guest_policy.min_abi
 *   mr_td, rtmr_1, rtmr_2, xfam      tdx.mrtd, .rtmr1, .rtmr2, .xfam
 *   tdvfkernel, tdvfkernelparams     covered by rtmr_1 and rtmr_2, which hold these events; each
 *                                    must be there with one value
 *
 * -FAIL_INPUT names the member: one that is not listed, since a value that is passed over in
 * silence only looks as if it worked, or one of another type. -FAIL_LIMIT, -FAIL_SYS.
 * Spec: measurement reference 5.1, 5.2.
 */
int trustee_policy(const cJSON *tree, struct buf *ret, struct err *e);
