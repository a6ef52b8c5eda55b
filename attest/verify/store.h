/* Collateral by file name, for the verifiers. The public calls are in verify.h. */
#pragma once

#include "attest/verify/verify.h"

/*
 * The bytes kept under `name`: first what was added, then the directory. Names are [A-Za-z0-9._-],
 * at most 200 bytes, no leading dot. 0, -FAIL_AGAIN (not there), -FAIL_INPUT (unfit name, not a
 * regular file), -FAIL_LIMIT (over `limit` bytes), -FAIL_SYS. The caller's to release.
 *
 * Names, and where their publishers keep them (verdict_miss() gets both):
 *   amd-<Product>-vcek-chain.pem, amd-<Product>-vlek-chain.pem      ASK or ASVK, ARK
 *   amd-<Product>-vcek.crl, amd-<Product>-vlek.crl                  DER, by the ARK
 *   amd-<Product>-vcek-<chip id hex>-<tcb hex>.der                  tcb: the 8 raw bytes; Turin: 16
 * digits of id amd-<Product>-vlek-<tcb hex>.der                                which only the host
 * has intel-root.crl, intel-pck-platform.crl, intel-pck-processor.crl DER, hex or PEM
 *   intel-<tdx|sgx>-tcb-<fmspc hex>.json, intel-<tdx|sgx>-qe.json   bodies as PCS sends them
 *   intel-tcb-signing.pem                                           the issuer chain header, PEM
 * (URL-encoded or not) nvidia-rim-<id>.xml                                             as signed
 *   nvidia-<l1-root|l2-gh100|...|l1-corim>.crl                      DER, named after its
 * distribution point nvidia-ocsp-<sha256 of the certificate, hex>.der                an OCSP
 * response tpm-ak-<sha256 of the SPKI, hex>.pem                            an AK's certificates
 */
int store_find(const struct verify_store *s, const char *name, size_t limit, struct buf *ret,
	       struct err *e);

/* Every added file whose name has this prefix, in the order added: for PEM bundles and chains that
 * users hand over under names of their own. Returns how many there are; `i`-th into `ret` (a loan).
 */
size_t store_count(const struct verify_store *s);
void store_at(const struct verify_store *s, size_t i, const char **ret_name, struct span *ret);

/* Looks into `next` (may be NULL) for what `s` lacks. `next` stays its owner's and must outlive. */
void store_under(struct verify_store *s, const struct verify_store *next);
