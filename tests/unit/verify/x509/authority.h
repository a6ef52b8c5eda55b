/* Chains as the three makers' look, under roots of our own. */
#pragma once

#include "attest/verify/x509/chain.h"
#include "tests/support/evidence/pki.h"

#define AUTHORITY_MAX 5

/* Leaf first, root last; each key belongs to the certificate of its number. */
struct authority {
	X509 *cert[AUTHORITY_MAX];
	EVP_PKEY *key[AUTHORITY_MAX];
	size_t count;
	const char *const *names;
	bool bare_leaf; /* AMD's: serial 0, no usual extensions */
	bool no_basic;	/* NVIDIA's: no basic constraints       */
	struct root_pin pin;
	struct certs pool;	  /* all but the leaf             */
	struct chain_rules rules; /* with that one pin, and no test root */
};

#define AUTO_AUTHORITY __attribute__((cleanup(authority_done)))

/* RSA-4096 with PSS above, P-384 below. */
void authority_amd(struct authority *a);
/* P-256, three certificates; strict. */
void authority_intel(struct authority *a);
/* P-384, five certificates; strict. */
void authority_nvidia(struct authority *a);
/* P-384, three certificates, for what is done thousands of times. */
void authority_short(struct authority *a);
void authority_done(struct authority *a);

/* How number `i` is made, to make another one like it. */
struct pki_spec authority_spec(const struct authority *a, size_t i);

/* Puts another certificate in the place of number `i`, and into the pool. The pin stays. */
void authority_replace(struct authority *a, size_t i, X509 *cert);

/* Makes number `i` anew, and all that it issued; a new root gets the pin. */
void authority_remake(struct authority *a, size_t i, const struct pki_spec *s);

/* Pins the root that is there now. */
void authority_pin(struct authority *a);

/* chain_verify() of it all. */
int authority_verify(const struct authority *a, struct chain_result *ret, struct err *e);
