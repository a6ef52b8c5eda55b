/* A body as Intel's PCS sends it: one JSON member, and the signature over its very bytes. */
#pragma once

#include <cjson/cJSON.h>
#include <openssl/evp.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct pcs_document {
	struct span signed_bytes; /* the member's value as it stands; a loan from the body */
	uint8_t signature[64];	  /* r, s                                                  */
};

/*
 * Finds the signed bytes of {"<member>":<value>,"signature":"<128 hex>"}, digits in lower case as
 * PCS writes them, with white space behind it and nowhere else: the value is neither parsed nor
 * written anew, since any other spelling of it would be other bytes. -FAIL_INPUT. Spec:
 * cpu-evidence reference 4.3, "Which bytes are signed".
 */
int pcs_document_find(struct span body, const char *member, struct pcs_document *ret,
		      struct err *e);

/* ECDSA P-256 with SHA-256 by `key`. -FAIL_FORGED, -FAIL_SYS. */
int pcs_document_check(const struct pcs_document *d, EVP_PKEY *key, struct err *e);

/* The value as a tree: one object that fills the signed bytes, no member twice. The caller's to
 * free. -FAIL_INPUT, -FAIL_LIMIT, -FAIL_SYS. */
int pcs_document_parse(const struct pcs_document *d, cJSON **ret, struct err *e);

/* What TCB info and QE identity have in common. */
struct pcs_edition {
	const char *id; /* a loan from the tree; NULL: none (TCB info version 2) */
	uint64_t version;
	int64_t issue_date; /* seconds since 1970 */
	int64_t next_update;
	uint64_t evaluation; /* tcbEvaluationDataNumber */
};

/* -FAIL_INPUT: a member is missing, of another type, or the dates are out of order. */
int pcs_edition_parse(const cJSON *root, struct pcs_edition *ret, struct err *e);
