/*
 * A platform whose collateral is all at hand and good, for tests that spoil one thing of it.
 *
 *   struct world w;
 *   world_init(&w, true);
 *   w.tcb.levels[0].status = "OutOfDate";
 *   world_judge(&w);  ->  VERIFY_REFUSED, world_said(&w, "pcs.out-of-date")
 *   world_done(&w);
 *
 * Everything beside the platform is said to be good, so that the decision is about the platform.
 */
#pragma once

#include "attest/verify/pcs/pcs.h"
#include "tests/support/evidence/pcs.h"
#include "tests/support/evidence/pki.h"
#include "tests/unit/verify/rig.h"

/* A store's file: made from the knobs, replaced, or left out. */
struct world_file {
	bool is_absent;
	struct buf instead; /* when not empty */
};

struct world {
	struct rig rig;
	bool is_tdx;
	EVP_PKEY *root_key, *ca_key, *pck_key, *signer_key, *other_key;
	X509 *root, *ca, *pck, *signer;
	struct certs pool;
	struct chain_result chain;

	struct pcs_platform platform;
	struct pcs_enclave enclave;
	struct pcs_tcb_spec tcb;
	struct pcs_qe_spec qe;
	bool other_signs_tcb, other_signs_qe; /* with a key that nobody certified */
	uint8_t root_revokes, ca_revokes;     /* a serial; 0: none                 */
	bool ca_crl_by_root;		      /* the root's list under the CA's name of file */
	int64_t crl_issued, crl_next;
	struct world_file tcb_file, qe_file, signer_file, root_crl_file, ca_crl_file;
};

enum { SERIAL_CA = 0x31, SERIAL_PCK = 0x41, SERIAL_SIGNER = 0x21 };

void world_init(struct world *w, bool is_tdx);
void world_done(struct world *w);

/* A signer other than the good one; the world's from then on. */
void world_sign_by(struct world *w, const struct pcs_signer_spec *spec);

enum verify_decision world_judge(struct world *w);
bool world_said(const struct world *w, const char *code);
/* The claim at that path below "tcb" ("levels", "qe", "isvsvn"; NULL ends); NULL: none. */
const cJSON *world_claim(const struct world *w, const char *a, const char *b, const char *c);

/* A recorded file of TDX into an empty buffer; false where there are none. */
bool world_vector(const char *name, struct buf *ret);

/* Bodies as the knobs have them. The caller's to release. */
struct buf world_tcb_body(const struct world *w);
struct buf world_qe_body(const struct world *w);
struct buf world_signer_pem(const struct world *w);
