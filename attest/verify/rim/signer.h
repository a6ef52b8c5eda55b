/*
 * Who may sign a manifest: a leaf under NVIDIA's CoRIM root, through the CA of the chip that the
 * manifest is about. Spec: gpu-evidence reference 3.2, 4.4.
 */
#pragma once

#include "attest/verify/x509/chain.h"

/*
 * Four certificates in the file's order, each issued by the next, P-384 with SHA-384, up to the
 * built-in root or one of `test_roots`; the first is an end entity that may sign. Validity is not
 * judged. -FAIL_FORGED, -FAIL_SYS.
 */
int signer_chain(const struct certs *certs, const struct certs *test_roots,
		 struct chain_result *ret, struct err *e);

/* A certificate's name says that it is of NVIDIA's hierarchy for debugging. */
bool signer_is_debug(const struct certs *certs);

/* The CA's name has the chip as one of its words: "NVIDIA Reference Value GH100 CA". An X in it
 * stands for any digit ("GB1XX"). `chip` as certified, "GH100". */
bool signer_names_chip(const struct chain_result *chain, const char *chip);

/* `pattern` (with X as above) is `chip`. */
bool signer_is_chip(struct span pattern, const char *chip);
