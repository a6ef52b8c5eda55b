/* What one certificate of a chain must be, whoever signed it. */
#pragma once

#include "attest/verify/x509/chain.h"

/* A certificate as texts name it: its CN, or "?". */
#define LINK_NAME_BYTES 48
struct link_name {
	char text[LINK_NAME_BYTES];
};
struct link_name link_subject(const X509 *cert);
struct link_name link_issuer(const X509 *cert);

/*
 * An issuer with `below` certificates between it and the leaf: version 3, CA:TRUE, keyCertSign, a
 * path length that suffices, a key of the rules' kind, no critical extension that isn't understood.
 * The leaf: not a CA, digitalSignature if it has a key usage, its own kind of key.
 * With rules->strict also what X509_V_FLAG_X509_STRICT asks for. -FAIL_FORGED names the CN.
 * Spec: RFC 5280 4.1, 4.2.1, 6.1.4.
 */
int link_check_issuer(const struct chain_rules *rules, X509 *issuer, size_t below, struct err *e);
int link_check_leaf(const struct chain_rules *rules, X509 *leaf, struct err *e);

/* The signature of `cert` by the key of `issuer`, whose names and key identifiers must fit. Costs
 * what the signature costs; everything cheap is looked at first. -FAIL_FORGED, -FAIL_SYS. */
int link_check_signature(X509 *cert, X509 *issuer, enum chain_key kind, struct err *e);
