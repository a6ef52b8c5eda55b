/*
 * Intel's collateral for tests: TCB info, QE identity, their issuer chain and CRLs as PCS sends
 * them, signed under a root that only tests trust, with every number and the layout settable.
 *
 *   struct pcs_tcb_spec s = pcs_tcb_spec_tdx();
 *   s.levels[0].status = "OutOfDate";
 *   AUTO_BUF struct buf body = pcs_tcb_info(&s, pki_p256(5));
 *
 * Everything here aborts when memory or OpenSSL fails: a test can't go on without.
 * Layout: Intel PCS v4 ("Get TCB Info", "Get QE Identity"); version 2 of TCB info: PCS v3.
 */
#pragma once

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* How the body around the signed value goes wrong. The value is signed as it stands. */
enum pcs_layout {
	PCS_COMPACT,	       /* as Intel does                                         */
	PCS_NEWLINE_BEHIND,    /* white space behind the body: still good               */
	PCS_SPACE_BEFORE,      /* between the name and the value                        */
	PCS_SPACE_BEHIND,      /* between the value and the signature                   */
	PCS_SPACE_INSIDE,      /* put into the value after it was signed                */
	PCS_REORDERED_INSIDE,  /* two members of the value swapped after it was signed  */
	PCS_SIGNATURE_FIRST,   /* the members of the body swapped                       */
	PCS_TWICE,	       /* the member twice; the second one is signed            */
	PCS_TWICE_SIGNED,      /* the member twice, and all of that signed              */
	PCS_TWICE_INSIDE,      /* a member of the value twice, signed                   */
	PCS_MEMBER_BEHIND,     /* a third member                                        */
	PCS_NO_SIGNATURE,      /* the member alone                                      */
	PCS_OTHER_NAME,	       /* the member is called otherwise                        */
	PCS_TRAILING_BYTE,     /* a byte that is not white space behind the body        */
	PCS_SIGNATURE_SHORT,   /* 126 digits                                            */
	PCS_SIGNATURE_NOT_HEX, /* one digit is none                                     */
	PCS_SIGNATURE_UPPER,   /* upper-case digits                                     */
	PCS_LAYOUTS
};

#define PCS_LEVELS  8
#define PCS_MODULES 4

struct pcs_level_spec {
	unsigned sgx[18], tdx[18]; /* the first `count` of spec are written */
	unsigned pcesvn;
	const char *status;
	const char *date;	/* NULL: "2025-01-01T00:00:00Z"             */
	const char *advisories; /* ids with a space between; NULL: no member */
};

struct pcs_isv_spec {
	unsigned isvsvn;
	const char *status;
	const char *date;
	const char *advisories;
};

struct pcs_module_spec {
	const char *id; /* NULL: no member */
	uint8_t mrsigner[48];
	uint8_t attributes[8];
	struct pcs_isv_spec levels[PCS_LEVELS];
	size_t level_count;
};

struct pcs_tcb_spec {
	const char *id; /* NULL: no member */
	unsigned version;
	int64_t issue_date, next_update;
	uint8_t fmspc[6], pceid[2];
	unsigned tcb_type;
	unsigned evaluation;
	bool upper_hex;
	bool has_categories;	       /* "category" and "type" of components               */
	unsigned sgx_count, tdx_count; /* components of each level                          */
	bool has_module;
	struct pcs_module_spec module; /* tdxModule: id and levels are not written          */
	struct pcs_module_spec modules[PCS_MODULES];
	size_t module_count; /* 0: no tdxModuleIdentities                         */
	struct pcs_level_spec levels[PCS_LEVELS];
	size_t level_count;
	const char *extra; /* text put in front of the value's "}": ,"member":1     */
	const char *omit;  /* a member of the value that is left out                 */
	enum pcs_layout layout;
};

struct pcs_qe_spec {
	const char *id;
	unsigned version;
	int64_t issue_date, next_update;
	unsigned evaluation;
	uint8_t miscselect[4], miscselect_mask[4];
	uint8_t attributes[16], attributes_mask[16];
	uint8_t mrsigner[32];
	unsigned isvprodid;
	bool upper_hex;
	struct pcs_isv_spec levels[PCS_LEVELS];
	size_t level_count;
	const char *extra;
	const char *omit;
	enum pcs_layout layout;
};

/* Good ones, issued 2026-09-01 for 30 days and evaluation 20: FMSPC 90c06f000000, PCEID 0000, with
 * an UpToDate level and an OutOfDate one below it. */
struct pcs_tcb_spec pcs_tcb_spec_tdx(void); /* modules 0 and TDX_01 */
struct pcs_tcb_spec pcs_tcb_spec_sgx(void);
struct pcs_qe_spec pcs_qe_spec_tdx(void); /* Intel's MRSIGNER, product 2 */
struct pcs_qe_spec pcs_qe_spec_sgx(void); /* Intel's MRSIGNER, product 1 */

/* Bodies, signed by `key`. The caller's to release. */
struct buf pcs_tcb_info(const struct pcs_tcb_spec *s, EVP_PKEY *key);
struct buf pcs_qe_identity(const struct pcs_qe_spec *s, EVP_PKEY *key);

/* {"<member>":<value>,"signature":"..."} for a value of the caller's. */
struct buf pcs_body(const char *member, struct span value, enum pcs_layout layout, EVP_PKEY *key);

/* "Intel SGX TCB Signing" under `root`. Defaults where a member is 0 or NULL. */
struct pcs_signer_spec {
	X509 *root;
	EVP_PKEY *root_key;
	EVP_PKEY *key;
	const char *cn;
	uint8_t serial; /* 0: 0x21 */
	int64_t not_before, not_after;
};
X509 *pcs_signer(const struct pcs_signer_spec *s);

/* The issuer chain as the header has it: percent-encoded PEM. */
struct buf pcs_percent(struct span text);
