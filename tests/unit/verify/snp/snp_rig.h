/* A report of the generator, on its way through snp_verify() under its own root. */
#pragma once

#include "attest/verify/snp/policy.h"
#include "tests/support/evidence/snp.h"
#include "tests/unit/verify/rig.h"

/* The generator's defaults pass under this policy. */
#define SNP_POLICY                                                                         \
	"{\"measurement\":"                                                                \
	"\"808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"               \
	"a0a1a2a3a4a5a6a7a8a9aaabacadaeaf\",\"csp_id\":\"CN=cloud.example\",\"min_tcb\":{" \
	"\"Milan\":{\"bootloader\":4,\"tee\":0,\"snp\":24,\"microcode\":219},"             \
	"\"Genoa\":{\"bootloader\":10,\"tee\":0,\"snp\":23,\"microcode\":84},"             \
	"\"Turin\":{\"fmc\":1,\"bootloader\":2,\"tee\":3,\"snp\":4,\"microcode\":75}}"

struct snp_case {
	struct snp_spec spec;
	struct snp_made made;
	struct rig rig;
};

/* Makes the evidence of k->spec; trusts its root, hands over leaf, ASK and ARK, keeps its CRL, asks
 * for its report data, and sets SNP_POLICY, closed. */
void snp_case_make(struct snp_case *k);
void snp_case_done(struct snp_case *k);
enum verify_decision snp_case_run(struct snp_case *k);

/* In place of what was set: policy text; what comes with the report. */
void snp_case_policy(struct snp_case *k, const char *json);
void snp_case_certs(struct snp_case *k, X509 *const certs[], size_t count);
void snp_case_keep(struct snp_case *k, const char *name, struct span bytes);
/* A new, empty store. */
void snp_case_forget(struct snp_case *k);
void snp_case_crl(struct snp_case *k); /* k->made.crl, under its name */

const struct verify_missing *snp_case_missing(struct snp_case *k, const char *file);

/* A row of the reference's table of negative tests: one change, and what must come of it. */
struct snp_row {
	const char *id, *what;
	enum snp_gen product;
	enum snp_gen_key key;
	void (*before)(struct snp_case *k); /* of the knobs; NULL: none */
	void (*after)(struct snp_case *k);  /* of what was made */
	enum verify_decision want;
	const char *code; /* a finding that must be there */
};

/* Prints the row and asserts its outcome. */
void snp_row_run(const struct snp_row *r);
