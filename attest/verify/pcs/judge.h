/* What the files of this folder share while one platform is judged. */
#pragma once

#include "attest/verify/context.h"
#include "attest/verify/pcs/pcs.h"
#include "base/limits.h"

struct judge {
	const struct context *c;
	size_t part;
	const struct chain_result *chain; /* leaf (PCK), CA, root */
	const struct pcs_platform *platform;
	const struct pcs_enclave *qe;
	const struct tcb_policy *policy;
	bool is_sound; /* nothing was found wrong or missing so far */
};

/* A finding that speaks against the platform. */
void judge_object(struct judge *j, enum reason r, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What an error below means: damaged (PCS_FORMAT), forged (PCS_FORGED), without its issuer
 * (PCS_MISSING). 0 once it is said; -FAIL_SYS when it was nobody's fault outside. */
int judge_error(struct judge *j, const char *what, const struct err *e);

/* A file of collateral, where Intel keeps it, and what its absence is called. */
struct source {
	char file[64];
	char url[128];
	const char *what;
	enum reason missing;
	bool is_optional; /* its absence is named, and not objected to */
	size_t limit;
};

void source_tcb_info(struct source *s, const struct pcs_platform *p);
void source_qe_identity(struct source *s, const struct pcs_platform *p);
void source_signer(struct source *s, const struct pcs_platform *p);
void source_root_crl(struct source *s);
void source_pck_crl(struct source *s, const struct pcs_platform *p);

/* Takes it from the store. *ret_found false once its absence or unfitness is said. 0, or
 * -FAIL_SYS. */
int judge_take(struct judge *j, const struct source *s, struct buf *ret, bool *ret_found,
	       struct err *e);

/* Names a file that is there and past its time, so that the user knows what to get anew. */
void judge_renew(struct judge *j, const struct source *s);
