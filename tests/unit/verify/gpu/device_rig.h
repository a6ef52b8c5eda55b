/* A device of tests/support/evidence/gpu.h before the verifier. */
#pragma once

#include "tests/support/evidence/gpu.h"
#include "tests/unit/verify/rig.h"

struct device_rig {
	struct rig rig;
	struct gpu_made made;
};

/* The part's certificates and the test root are the made ones. */
void device_rig_init(struct device_rig *r, const struct gpu_spec *s);
void device_rig_done(struct device_rig *r);

/* Judges the made report, or these bytes in its place. */
enum verify_decision device_run(struct device_rig *r);
enum verify_decision device_run_bytes(struct device_rig *r, struct span bytes);

/* The word "genuine" of a report of that spec; `*ret_code`, if it isn't NULL, gets the first
 * finding's code. */
enum verify_word device_genuine(const struct gpu_spec *s, const char **ret_code);

/* What the store gets about one of the made certificates (its place, 0..4). */
enum device_crl { DEVICE_CRL_GOOD, DEVICE_CRL_REVOKED, DEVICE_CRL_STALE, DEVICE_CRL_OTHER_KEY };
void device_add_crl(struct device_rig *r, size_t cert, enum device_crl how);
enum device_ocsp {
	DEVICE_OCSP_GOOD,
	DEVICE_OCSP_REVOKED,
	DEVICE_OCSP_HOLD,
	DEVICE_OCSP_UNKNOWN,
	DEVICE_OCSP_STALE,
	DEVICE_OCSP_NO_RESPONDER, /* signed by the device's leaf */
	DEVICE_OCSP_OTHER_ISSUER, /* signed by the CA above      */
	DEVICE_OCSP_BROKEN,	  /* one bit of the signature    */
	DEVICE_OCSP_OTHER_CERT,
	DEVICE_OCSP_CUT,
};
void device_add_ocsp(struct device_rig *r, size_t cert, enum device_ocsp how);

/* All of them good: what a careful user's cache has. */
void device_add_revocation(struct device_rig *r);

/* Measurements as tests/support/evidence/rim.h has them, before the rig is made of the spec; and
 * its manifests into the store, their signer asked about. With the nonce asked for, this device is
 * accepted. */
void device_spec_match(struct gpu_spec *s);
void device_add_rims(struct device_rig *r);
void device_ask_nonce(struct device_rig *r, const struct gpu_spec *s);

/* A device that is accepted, and was judged so once. */
void device_accepted(struct device_rig *r, struct gpu_spec *s);
